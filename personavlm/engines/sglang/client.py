"""One SGLang server over HTTP: requests, streams, and the freeing of what nobody waits for."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from personavlm.engines.sglang.events import CutOff, Event, Malformed, read_events
from personavlm.engines.sglang.failures import gone, not_sglang, refusal, slow
from personavlm.engines.usage import Used
from personavlm.errors import EngineUnavailable
from personavlm.records import Usage

log = logging.getLogger(__name__)

CONNECT = 5.0  # seconds
SILENCE = 300.0  # seconds between two pieces, or before the first: a full server lets them queue
ABORT = 5.0  # seconds
# Below the five seconds after which the server closes idle connections, so that none is used then.
IDLE = 2.0

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a stream, and the tokens up to here (without seconds)."""

    text: str
    usage: Usage | None


class Client:
    """Speaks to one server, or to a router. Safe to use from several threads.

    Raises:
        EngineUnavailable: `url` is not the address of a server.
    """

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise EngineUnavailable(
                f"{url} is not the address of a server. "
                "It looks like http://127.0.0.1:30000, with http:// or https:// in front."
            )
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(SILENCE, connect=CONNECT),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=IDLE),
            trust_env=False,  # straight to the server, whatever proxy the environment names
        )

    def get(self, path: str, kind: type[Answer]) -> Answer:
        """What is at `path`.

        Raises:
            ServerGone: nobody answers, or not now. EngineUnavailable: another answer than expected.
        """
        with self._translated():
            return self._read(self._http.get(path), kind)

    def post(self, path: str, body: Mapping[str, object], kind: type[Answer]) -> Answer:
        """What comes back.

        Raises:
            ServerGone, EngineUnavailable: as `get`. BadInput: the request is too long, or refused.
        """
        with self._translated():
            return self._read(self._http.post(path, json=body), kind)

    def chat(self, body: Mapping[str, object]) -> Iterator[Piece]:
        """Stream a chat completion. Closing the iterator frees the request on the server.

        Raises:
            ServerGone, EngineUnavailable, BadInput: as `post`; a stream may also break off.
        """
        rid = uuid.uuid4().hex
        over = False  # on the server
        try:
            with (
                self._translated(),
                self._http.stream("POST", "/v1/chat/completions", json={**body, "rid": rid}) as got,
            ):
                if got.status_code != 200:
                    over = True
                    raise refusal(self.url, got.status_code, got.read().decode("utf-8", "replace"))
                for event in read_events(got.iter_bytes()):
                    yield self._piece(event)
            over = True
        finally:
            if not over and not self._http.is_closed:
                self._abort(rid)

    def close(self) -> None:
        """Close idle connections. Calling it twice is fine."""
        self._http.close()

    def _piece(self, event: Event) -> Piece:
        if event.error is not None:
            raise refusal(self.url, event.error.code, event.error.message)
        if any(choice.finish_reason == "abort" for choice in event.choices):
            raise gone(self.url)  # not by us: we would not be reading
        text = "".join(choice.delta.content or "" for choice in event.choices)
        return Piece(text, None if event.usage is None else _usage(event.usage))

    def _abort(self, rid: str) -> None:
        """Without this the server notices some time later that the connection was closed.

        A router has no such route, and leaves it at that.
        """
        try:
            self._http.post("/abort_request", json={"rid": rid}, timeout=ABORT)
        except httpx.TransportError as error:
            log.debug("A request could not be withdrawn: %s", type(error).__name__)

    def _read(self, response: httpx.Response, kind: type[Answer]) -> Answer:
        if response.status_code != 200:
            raise refusal(self.url, response.status_code, response.text)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError:
            raise not_sglang(self.url) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """httpx's errors, and those of a stream, as ours."""
        try:
            yield
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise slow(self.url, SILENCE) from error
        except (httpx.TransportError, CutOff) as error:
            raise gone(self.url) from error
        except (Malformed, httpx.DecodingError) as error:
            raise not_sglang(self.url) from error


def _usage(used: Used) -> Usage:
    details = used.prompt_tokens_details
    cached = details.cached_tokens if details is not None else None
    return Usage(used.prompt_tokens, used.completion_tokens, cached or 0)
