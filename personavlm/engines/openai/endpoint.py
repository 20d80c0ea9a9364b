"""One model at one address that speaks OpenAI's chat protocol: messages in, an answer out.

The openai package waits and asks again where a server is busy, fails, or cannot be reached. It
belongs to an extra and takes a second to import, so it is imported where it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from personavlm.engines.chat_messages import chat_messages
from personavlm.engines.openai.failures import (
    malformed,
    not_taken,
    of_body,
    of_package,
    unreachable,
)
from personavlm.engines.openai.wire import Said
from personavlm.errors import EngineUnavailable
from personavlm.protocol.messages import Message
from personavlm.records import Usage

if TYPE_CHECKING:
    from openai import OpenAI

OPENAI = "https://api.openai.com/v1"
RETRIES = 7  # half a minute in all, unless the server asks for longer pauses
CONNECT = 10.0  # seconds
SILENCE = 180.0  # seconds: a model that thinks says nothing while it does
LIMIT, NEWER_LIMIT = "max_tokens", "max_completion_tokens"
# What some models do not take: they answer without it, as their provider has set them up.
OPTIONAL = ("temperature", "seed", "stop", "stream_options")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn, and where it ends: after so many tokens, or before a text in `stop`.

    temperature: 0 takes the likeliest. seed: None leaves it to the server.
    """

    max_tokens: int
    temperature: float = 0.0
    seed: int | None = None
    stop: Sequence[str] = ()

    def parameters(self) -> dict[str, object]:
        """As a request has them."""
        wanted: dict[str, object] = {LIMIT: self.max_tokens, "temperature": self.temperature}
        if self.seed is not None:
            wanted["seed"] = self.seed
        if self.stop:
            wanted["stop"] = list(self.stop)
        return wanted


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer. usage: as the server counts; no tokens where it does not say.

    finish: why it ended: `stop`, `length` or `content_filter`; empty where the server does not say.
    model, fingerprint: what the server says that it ran, which may be more exact than what was
    asked for (`gpt-4o-2024-08-06` for `gpt-4o`).
    """

    text: str
    usage: Usage
    finish: str
    model: str
    fingerprint: str | None = None


class Endpoint:
    """Asks one model. Safe to use from several threads; nothing is sent before the first question.

    model: as the server names it. url: up to and with its `/v1`. key: sent with each request, and
    in nothing that is shown or written.

    Raises:
        EngineUnavailable: `url` is not an address, or holds a key; the key cannot be sent; the
        openai package is missing.
    """

    def __init__(self, model: str, *, url: str = OPENAI, key: str | None = None) -> None:
        self.model = model
        self.url = _checked(url)
        self._client = _client(self.url, key)
        self._refused: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Endpoint({self.model!r}, url={self.url!r})"

    @property
    def host(self) -> str:
        """Whose machine answers: the name in the address."""
        return urlsplit(self.url).hostname or ""

    @property
    def left_out(self) -> frozenset[str]:
        """The parameters that the model turned out not to take: it answers without them."""
        return self._refused & frozenset(OPTIONAL)

    def ask(
        self, messages: Sequence[Message], sampling: Sampling, *, sees: bool = True
    ) -> Answered:
        """The whole answer. sees: whether pictures are sent; if not, a word stands for each.

        Raises:
            EngineUnavailable: nothing can be asked: no network, no such model, a wrong key, no
            credit, or still too busy after several tries. TooLong: the messages do not fit.
            BadInput: this request is refused. BadImage: a picture cannot be read any more.
        """
        started = time.perf_counter()
        said = chat_messages(messages, sees=sees)
        with self._translated():
            whole = self._read(self._create(said, sampling.parameters()))
        if not whole.choices:
            raise malformed(self.url)
        (choice, *_) = whole.choices
        return _answered(choice.words.text, choice.finish_reason or "", whole, started)

    def stream(
        self, messages: Sequence[Message], sampling: Sampling, *, sees: bool = True
    ) -> Iterator[str | Answered]:
        """The answer piece by piece, and last the whole. Closing the iterator ends the request.

        Raises:
            EngineUnavailable, TooLong, BadInput, BadImage: as `ask`; a stream may also break off.
        """
        started = time.perf_counter()
        said = chat_messages(messages, sees=sees)
        wanted = {**sampling.parameters(), "stream_options": {"include_usage": True}}
        text, finish, told = "", "", Said()
        with self._translated(), self._create(said, wanted, stream=True) as chunks:
            for chunk in chunks:
                piece = self._read(chunk)
                told = told.updated(piece)
                for choice in piece.choices:
                    finish = choice.finish_reason or finish
                    text += choice.words.text
                    yield choice.words.text
        if not finish:  # the package takes a connection that was cut for the end
            raise unreachable(self.url) if told.model else malformed(self.url)
        yield _answered(text, finish, told, started)

    def close(self) -> None:
        """Close idle connections. Calling it twice is fine."""
        self._client.close()

    def _create(
        self, said: Sequence[object], wanted: Mapping[str, object], stream: bool = False
    ) -> Any:
        """Ask; and again without a parameter that turns out not to be taken."""
        from openai import BadRequestError, UnprocessableEntityError

        create: Callable[..., Any] = self._client.chat.completions.create
        while True:
            body = _taken(wanted, self._refused)
            try:
                return create(model=self.model, messages=said, stream=stream, **body)
            except (BadRequestError, UnprocessableEntityError) as error:
                name = not_taken(error, [name for name in (LIMIT, *OPTIONAL) if name in body])
                if name is None:
                    raise
                self._refused |= {name}

    def _read(self, got: Any) -> Said:
        """What the package made of the body, if it can be one of ours.

        Raises:
            EngineUnavailable: it is something else. PersonaVLMError: it is an error after all.
        """
        from openai import BaseModel

        if not isinstance(got, BaseModel):
            raise malformed(self.url)
        told = got.to_dict(warnings=False)
        said = Said.model_validate({name: is_ for name, is_ in told.items() if is_ is not None})
        if said.error is not None:
            raise of_body(said.error, self.url, self.model)
        return said

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Other errors as ours, and without them: they know the key and the words."""
        from openai import APIError

        try:
            yield
        except APIError as error:
            raise of_package(error, self.url, self.model) from None
        except (ValidationError, JSONDecodeError, UnicodeDecodeError):
            raise malformed(self.url) from None


def _client(url: str, key: str | None) -> OpenAI:
    if find_spec("openai") is None:
        raise EngineUnavailable(
            "Models behind OpenAI's protocol need the openai package. "
            "Install it with: pip install 'personavlm[eval]'"
        )
    from openai import DefaultHttpxClient, OpenAI, Timeout

    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):  # else an error of the package would quote it
        raise EngineUnavailable(
            f"The key for {url} has characters that cannot be sent. Copy it again into the "
            "environment."
        )
    return OpenAI(
        base_url=url,
        api_key=key or "none",  # the package insists on one, servers of one's own seldom do
        max_retries=RETRIES,
        timeout=Timeout(SILENCE, connect=CONNECT),
        # To this machine there is no proxy, whatever the environment names.
        http_client=DefaultHttpxClient(trust_env=not _is_here(url)),
    )


def _checked(url: str) -> str:
    """Without a slash at its end.

    Raises:
        EngineUnavailable: it is no address, or has something in it that must not be shown.
    """
    if "@" in url or "?" in url:
        raise EngineUnavailable(
            "The address of a model is kept with its answers, so no name or key may be in it. "
            "Give the key in PERSONAVLM_ENGINE_KEY instead."
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineUnavailable(
            f"{url} is not the address of a model. It looks like {OPENAI}, with http:// or "
            "https:// in front."
        )
    return url.rstrip("/")


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _taken(wanted: Mapping[str, object], refused: frozenset[str]) -> dict[str, object]:
    body = {name: value for name, value in wanted.items() if name not in refused}
    if LIMIT in refused:
        body[NEWER_LIMIT] = wanted[LIMIT]
    return body


def _answered(text: str, finish: str, told: Said, started: float) -> Answered:
    usage = told.counted(time.perf_counter() - started)
    return Answered(text, usage, finish, told.model, told.system_fingerprint)
