"""What a running SGLang server counts."""

from __future__ import annotations

import re

import httpx

from personavlm.engines.sglang.server import Server


def metric(server: Server, name: str) -> float:
    """One of its counts or gauges. Gauges are set every forty tokens, and when it falls idle."""
    headers = {"Authorization": f"Bearer {server.key}"}
    lines = httpx.get(f"{server.url}/metrics", headers=headers, trust_env=False).text
    values = re.findall(rf"^sglang:{name}\{{.*\}} (\S+)$", lines, re.MULTILINE)
    return float(values[0]) if values else 0.0  # a count begins with the first that is counted
