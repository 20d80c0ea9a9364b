"""The API: five named endpoints for programs. Everything in and out is JSON.

Each takes `session`: any text of at least 16 characters that the caller chose. It is the key to a
memory of its own; whoever knows it reads that memory, so make it random and keep it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.events import api

from personavlm.agent import Agent
from personavlm.errors import BadImage, BadInput, PersonaVLMError
from personavlm.personality import TRAITS, describe
from personavlm.ui import as_json
from personavlm.ui.session import Lobby

SHORTEST_KEY = 16

P = ParamSpec("P")
T = TypeVar("T")


def add_api(lobby: Lobby) -> None:
    """Register the endpoints in the Blocks that are being built."""

    def agent(session: str) -> Agent:
        if not isinstance(session, str) or len(session) < SHORTEST_KEY:
            raise BadInput(
                f"`session` must have at least {SHORTEST_KEY} characters: it is the key to the "
                "memory. Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        return lobby.agent(f"api:{session}")

    @_told
    def chat(
        message: str, session: str, images: list[str] | None = None, time: str | None = None
    ) -> dict[str, Any]:
        """One turn. session: a secret of yours, the key to the memory. images: base64 or
        data: URLs. time: ISO 8601, to replay a history."""
        one = agent(session)
        reply = one.chat(
            message, [_picture(text) for text in images or ()] or None, time=_time(time, one)
        )
        kept = one.remembered(reply.turn) if reply.turn is not None else []
        return as_json.reply(reply) | {"remembered": [as_json.remembered(item) for item in kept]}

    @_told
    def memory(session: str) -> dict[str, Any]:
        """All that is remembered."""
        return as_json.memory(agent(session).memory)

    @_told
    def personality(session: str) -> dict[str, Any]:
        """The Big Five, each from 1 to 5, and the sentence that the prompt holds."""
        vector = agent(session).personality
        scores = dict(zip(TRAITS, vector.values(), strict=True))
        return {"traits": scores, "sentence": describe(vector)}

    @_told
    def end_session(session: str) -> dict[str, Any]:
        """Close the running session and write what it was about into memory."""
        return {"remembered": [as_json.remembered(item) for item in agent(session).finish()]}

    @_told
    def export(session: str) -> dict[str, Any]:
        """Everything about this session's person, as a zip in base64."""
        archive = agent(session).memory.export()
        return {"filename": "memory.zip", "base64": base64.b64encode(archive).decode("ascii")}

    for endpoint in (chat, memory, personality, end_session, export):
        api(
            endpoint,
            api_name=endpoint.__name__,
            api_description=endpoint.__doc__,
            concurrency_limit=16,
            concurrency_id="api",
        )


def _told(endpoint: Callable[P, T]) -> Callable[P, T]:
    """Our errors reach the caller as their message."""

    @wraps(endpoint)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return endpoint(*args, **kwargs)
        except PersonaVLMError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return telling


def _picture(text: str) -> bytes:
    """Base64, bare or after `data:image/png;base64,`."""
    if not isinstance(text, str):
        raise BadImage("`images` takes each picture as base64 text or as a data: URL.")
    try:
        return base64.b64decode(text.partition(",")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage("A picture in `images` is not valid base64.") from error


def _time(text: str | None, agent: Agent) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput("`time` must look like 2026-10-05T20:08 (ISO 8601).") from error
    return time if time.tzinfo else time.replace(tzinfo=agent.zone)
