"""What must not leave this machine, by its shape: tokens and private keys."""

from __future__ import annotations

import re
from pathlib import Path

BLOCK = 1 << 22  # bytes looked through at a time
LONGEST = 512  # bytes of a secret: blocks overlap by so many
HEADER_LENGTH = 8  # bytes: how long the header of a safetensors file is

SHAPES: dict[str, re.Pattern[bytes]] = {
    name: re.compile(shape)
    for name, shape in {
        "a Hugging Face token": rb"\b(?:hf|api_org)_[A-Za-z0-9]{30,200}",
        "a key of a model provider": rb"\bsk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,200}",
        "an AWS key": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        "an AWS secret": rb"(?i:aws_secret_access_key)\W{1,5}[A-Za-z0-9/+=]{40}",
        "a GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,200}|github_pat_\w{50,200})",
        "a GitLab token": rb"\bglpat-[\w-]{20,200}",
        "a Google key": rb"\bAIza[\w-]{35}",
        "a Slack token": rb"\bxox[abeoprs]-[\w-]{10,200}",
        "a private key": rb"-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----",
    }.items()
}


def find_secret(path: Path) -> str | None:
    """What a file holds that looks like a secret, and in which line; never the secret itself.

    Of a safetensors file the header is read, where its metadata stand; of any other all bytes.
    """
    limit = _header(path) if path.suffix == ".safetensors" else None
    lines, overlap = 0, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK if limit is None else min(BLOCK, limit - file.tell())):
            text = overlap + block
            if found := secret_in(text, lines):
                return found
            overlap = text[-LONGEST:]
            lines += text.count(b"\n", 0, len(text) - len(overlap))
    return None


def secret_in(text: bytes, lines: int = 0) -> str | None:
    """What of a text looks like a secret, as `find_secret`. lines: so many come before it."""
    text = text.replace(b"\0", b"")  # of UTF-16, where there is one beside each letter
    for name, shape in SHAPES.items():
        if found := shape.search(text):
            line = lines + 1 + text.count(b"\n", 0, found.start())
            return f"{name} in line {line}"
    return None


def mask(text: str) -> str:
    """A message without what looks like a secret, and without the signatures of addresses."""
    for shape in SHAPES.values():
        text = shape.sub(b"***", text.encode()).decode()
    return re.sub(r"(https?://[^\s?]+)\?\S+", r"\1", text)


def _header(path: Path) -> int:
    """Where the header of a safetensors file ends, in bytes."""
    with path.open("rb") as file:
        return HEADER_LENGTH + int.from_bytes(file.read(HEADER_LENGTH), "little")
