"""What a server says about itself: which model, whether it sees, how much fits at once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from personavlm.engines.sglang.client import Client
from personavlm.hub.weights import Weights

LANES = 32  # requests side by side, where a server does not say
CONTEXT = 32_768  # tokens, where a server does not say

# Where the Hub's cache keeps a snapshot: its repository and commit can be told from the path.
_SNAPSHOT = re.compile(
    r"models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>[0-9a-f]{40})"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server runs.

    sees: whether it takes pictures. context: tokens of prompt and reply together. lanes: requests
    side by side. background_priority: what an update is sent with (a person's request has 0); None
    where the server does not go by priorities. special: its tokenizer's special tokens, where its
    files are on this machine. routed: SGLang's router answers for the servers.
    """

    name: str
    sees: bool
    context: int
    lanes: int
    background_priority: int | None
    weights: Weights
    special: tuple[str, ...] = ()
    routed: bool = False


class ModelInfo(BaseModel):
    model_config = ConfigDict(protected_namespaces=())

    model_path: str
    served_model_name: str
    has_image_understanding: bool
    architectures: list[str] | None = None


class State(BaseModel):
    effective_max_running_requests_per_dp: int | None = None


class ServerInfo(BaseModel):
    """Of a router only the last one is known, of a server all others."""

    dtype: str = "unknown"
    enable_priority_scheduling: bool = False
    schedule_low_priority_values_first: bool = False
    dp_size: int = 1
    internal_states: list[State] = []
    workers_count: int | None = None


class ListedModel(BaseModel):
    max_model_len: int | None = None


class Models(BaseModel):
    data: list[ListedModel]


def ask(client: Client) -> Served:
    """What `client`'s server runs. A router answers for its first worker.

    Raises:
        ServerGone: it is not there, or not ready. EngineUnavailable: it refuses, or is not SGLang.
    """
    # SGLang has newer names for the first two, which its router does not know.
    model = client.get("/get_model_info", ModelInfo)
    server = client.get("/get_server_info", ServerInfo)
    listed = client.get("/v1/models", Models)
    lanes = [state.effective_max_running_requests_per_dp for state in server.internal_states]
    low_first = server.schedule_low_priority_values_first
    return Served(
        name=model.served_model_name,
        sees=model.has_image_understanding,
        context=min((entry.max_model_len or CONTEXT for entry in listed.data), default=CONTEXT),
        lanes=((lanes and lanes[0]) or LANES) * server.dp_size * (server.workers_count or 1),
        background_priority=(
            (1 if low_first else -1) if server.enable_priority_scheduling else None
        ),
        weights=_weights(model, server.dtype),
        special=_special_tokens(Path(model.model_path)),
        routed=server.workers_count is not None,
    )


def _weights(model: ModelInfo, dtype: str) -> Weights:
    """The server's word for what it loaded: its path is on its disk, their size is not told."""
    source, commit = model.model_path, None
    if found := _SNAPSHOT.search(source):
        source, commit = f"{found['owner']}/{found['name']}", found["commit"]
    architecture = (model.architectures or ["unknown"])[0]
    return Weights(source, commit, Path(model.model_path), architecture, dtype, bytes=0)


def _special_tokens(folder: Path) -> tuple[str, ...]:
    file = folder / "tokenizer.json"
    if not file.is_file():
        return ()
    added = json.loads(file.read_text("utf-8")).get("added_tokens", [])
    return tuple(token["content"] for token in added if token["special"])
