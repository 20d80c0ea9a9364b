"""The engine for models behind OpenAI's chat protocol: GPT-4o and the like, by API key."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image as Pillow

from personavlm.engines.base import Chunk, Engine, Report, Request, silent
from personavlm.engines.openai.endpoint import Answered, Endpoint, Sampling
from personavlm.engines.output import Output
from personavlm.errors import BadInput, EngineUnavailable, TooLong
from personavlm.protocol.messages import Message
from personavlm.records import Image

GREETING = "Reply with the single word: ready"
ROOM = 256  # tokens for the reply to it: some models think before each word
SIDE = 56  # pixels
# Updates leave as much room as their grammars could take, which is more than many providers let one
# ask for. Without the grammar there is no such bound, and real updates stay far below this one.
MOST = 4_096  # tokens


class OpenAIEngine(Engine):
    """Text from one model behind an endpoint.

    Loading asks it for a word, with a picture: so a wrong key or name shows at once, and what the
    model is called, whether it sees, and which parameters it takes are known before anything is
    recorded.

    The protocol has no grammars: updates are asked for in the trained line formats and read
    leniently. What a provider keeps of its reading is its own affair: `salt` does not reach it.
    """

    name = "openai"
    concurrency = 32

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._loading = threading.Lock()
        self._served: str | None = None
        self._looks = True
        self._counts = True
        self._closed = False

    @property
    def label(self) -> str:
        """With the host: that a server says it runs gpt-4o is worth no more than the server."""
        what = f"{self._served or self._endpoint.model} on {self.name} ({self._endpoint.host})"
        return ", ".join((what, f"{self.prompts.name} prompts", *self._lacks))

    @property
    def description(self) -> str:
        return f"{self._served or self._endpoint.model} at {self._endpoint.url}"

    @property
    def served(self) -> str | None:
        """What the server calls the model that it runs; None until it was asked."""
        return self._served

    @property
    def _lacks(self) -> Iterator[str]:
        """What makes its answers other than those of an engine that has everything."""
        yield "no grammars"
        if not self._looks:
            yield "no pictures"
        for parameter in sorted(self._endpoint.left_out - {"stream_options"}):
            yield f"no {parameter}"
        if not self._counts:
            yield "tokens not counted"

    def load(self, report: Report = silent) -> None:
        with self._loading:
            self._require_open()
            if self._served is None:
                report(f"Asking {self._endpoint.model} at {self._endpoint.url} for a word…")
                answered = self._greet()
                self._counts = answered.usage.prompt_tokens > 0
                self._served = answered.model or self._endpoint.model

    def generate(self, request: Request) -> Iterator[Chunk]:
        self.load()
        self._require_open()
        output = Output(request.stop)
        with closing(self._fitted(request)) as stream:
            for piece in stream:
                if isinstance(piece, Answered):
                    self._require_good(piece)
                    yield Chunk(_end(piece, request.stop), piece.usage)
                elif not output.stopped:  # else the server overlooked the stop, and counts it
                    yield Chunk(output.feed(piece))

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        raise EngineUnavailable(
            "OpenAI's chat protocol gives no probabilities of a given text. Use the sglang or the "
            "transformers engine to score with."
        )

    def close(self) -> None:
        self._closed = True
        self._endpoint.close()

    def _require_open(self) -> None:
        if self._closed:
            raise EngineUnavailable("This engine was closed. Make a new one.")

    def _greet(self) -> Answered:
        """With a picture; without one where that is refused."""
        with TemporaryDirectory() as folder:
            try:
                return self._asked(GREETING, _grey(Path(folder)))
            except BadInput:
                answered = self._asked(GREETING)
                self._looks = False
                return answered

    def _asked(self, *parts: str | Image) -> Answered:
        """As everything is asked for, so that whatever is not taken shows here."""
        message = Message("user", parts)
        drawn = Sampling(ROOM, seed=0, stop=["</answer>"])
        *_, answered = self._endpoint.stream([message], drawn)
        assert isinstance(answered, Answered), "a stream ends with the whole, or raises"
        return answered

    def _fitted(self, request: Request) -> Generator[str | Answered, None, None]:
        """The reply, with fewer tokens than asked for where the context leaves no more."""
        try:
            yield from self._stream(request, min(request.max_tokens, MOST))
        except TooLong as error:
            if error.room < 1:
                raise
            yield from self._stream(request, error.room)

    def _stream(self, request: Request, max_tokens: int) -> Iterator[str | Answered]:
        drawn = Sampling(max_tokens, request.temperature, request.seed, request.stop)
        return self._endpoint.stream(request.messages, drawn, sees=self._looks)

    def _require_good(self, answered: Answered) -> None:
        """Raise EngineUnavailable if another model answers now, BadInput if it never spoke."""
        if answered.model and answered.model != self._served:
            raise EngineUnavailable(
                f"{self._endpoint.url} answers with {answered.model} now, and with {self._served} "
                "before: results of both must not be mixed. Name one of them with --model."
            )
        if answered.finish == "length" and not answered.text.strip():
            raise BadInput(
                f"{self._served} had used all tokens that a reply may have before its first word: "
                "it thinks where nobody sees it."
            )


def _end(answered: Answered, stops: Sequence[str]) -> str:
    """The stop that a text ended before: the protocol leaves it out, and does not say which one.

    It can only be one that closes what is open.
    """
    if answered.finish != "stop" or any(stop in answered.text for stop in stops):
        return ""
    opened = {stop: answered.text.rfind(stop.replace("</", "<", 1)) for stop in stops}
    last = max(opened, key=opened.__getitem__, default="")
    return last if opened.get(last, -1) >= 0 else ""


def _grey(folder: Path) -> Image:
    path = folder / "grey.png"
    Pillow.new("RGB", (SIDE, SIDE), "grey").save(path)
    return Image("grey", SIDE, SIDE, path)
