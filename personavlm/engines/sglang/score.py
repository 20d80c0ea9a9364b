"""Log-probabilities of given continuations, from SGLang's own /generate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import BaseModel

from personavlm.engines.sglang.chat import chat_messages, pictures
from personavlm.engines.sglang.client import Client
from personavlm.engines.sglang.failures import not_sglang
from personavlm.engines.sglang.served import Served
from personavlm.protocol.messages import Message


class PromptTokens(BaseModel):
    tokens: list[int]


class TextTokens(BaseModel):
    tokens: list[list[int]]


class Meta(BaseModel):
    """Nats (None for a first token, which nothing comes before), id, text: of each prompt token."""

    input_token_logprobs: list[tuple[float | None, int, str | None]]


class Scored(BaseModel):
    meta_info: Meta


def score(
    client: Client,
    served: Served,
    messages: Sequence[Message],
    continuations: Sequence[str],
    salt: str,
) -> list[float]:
    """Nats, summed over the tokens of each continuation, after `messages`, which are read once for
    all that comes with this salt.

    The continuation's tokens are encoded by themselves and put behind the prompt's, so it cannot
    change how the prompt is cut into tokens.

    Raises:
        ServerGone, EngineUnavailable: as `Client.post`. BadInput: prompt and continuation are too
        long. BadImage: a picture cannot be read any more.
    """
    prompt = _prompt(client, served, messages)
    tokens = _encode(client, served, continuations)
    images = pictures(messages, served)
    sums = []
    for ids in tokens:
        if not ids:
            sums.append(0.0)
            continue
        body: dict[str, object] = {
            "input_ids": prompt + ids,
            "return_logprob": True,
            # In the server's count each picture takes more places than the one it has here. So
            # this is early enough, and the continuation's tokens are the last ones that come back.
            "logprob_start_len": len(prompt) - 1,
            "sampling_params": {"max_new_tokens": 0, "temperature": 0.0},
            "cache_salt": salt,
        }
        if images:
            body["image_data"] = images
        sums.append(_sum(client, body, ids))
    return sums


def _prompt(client: Client, served: Served, messages: Sequence[Message]) -> list[int]:
    """The chat template's tokens, each picture still a single one.

    Not the ids that a chat reply can return: those have every picture spelt out, on which
    /generate of SGLang 0.5.23 never answers when it is given the pictures too.
    """
    body = {"model": served.name, "messages": chat_messages(messages, served)}
    return client.post("/tokenize", body, PromptTokens).tokens


def _encode(client: Client, served: Served, texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    body = {"model": served.name, "prompt": list(texts), "add_special_tokens": False}
    return client.post("/tokenize", body, TextTokens).tokens


def _sum(client: Client, body: dict[str, object], ids: list[int]) -> float:
    answer = client.post("/generate", body, Scored)
    scored = answer.meta_info.input_token_logprobs[-len(ids) :]
    nats = [value for value, id, _ in scored if value is not None]
    if [id for _, id, _ in scored] != ids or len(nats) != len(ids):
        raise not_sglang(client.url)
    return math.fsum(nats)
