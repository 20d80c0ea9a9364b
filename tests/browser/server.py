"""The app with an engine of moods, for the browser tests: a real server, agent and memory.

A message with [break] fails in the middle of its reply, once; one with [slow] is answered so slowly
that there is time to stop it. Everything else is the preview engine.

    python tests/browser/server.py PORT DATA_DIR
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from personavlm import PersonaVLM
from personavlm.engines.base import Chunk, Engine, Report, Request, silent
from personavlm.engines.choose import PREVIEW, Wanted, choose_engine
from personavlm.errors import EngineUnavailable
from personavlm.memory.encode import MiniLM
from personavlm.protocol.inputs import AnswerInputs, ReasonInputs
from personavlm.ui.serve import serve
from personavlm.vision.base import Vision
from personavlm.vision.covariance import Covariance


class MoodyEngine(Engine):
    """Breaks or dawdles where a message asks for it."""

    name = PREVIEW

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._broken: set[str] = set()

    @property
    def description(self) -> str:
        return self._engine.description

    def load(self, report: Report = silent) -> None:
        self._engine.load()

    def generate(self, request: Request) -> Iterator[Chunk]:
        text = ""
        if isinstance(request.inputs, ReasonInputs | AnswerInputs):
            text = request.inputs.query.text
        if "[slow]" in text:
            yield Chunk("<think>Slowly.</think><answer>One ")
            for _ in range(100):
                time.sleep(0.1)
                yield Chunk("word ")
        for number, chunk in enumerate(self._engine.generate(request)):
            if "[break]" in text and number == 2 and text not in self._broken:
                self._broken.add(text)
                raise EngineUnavailable("The engine stopped. Press Retry to ask again.")
            yield chunk


def see() -> Vision:
    """What needs no weights, also where some lie in the Hub's cache."""
    return Vision(None, Covariance(), "Told apart by colour and texture.")


def main() -> None:
    port, data_dir = int(sys.argv[1]), Path(sys.argv[2])
    encoder = MiniLM()
    preview, why = choose_engine(Wanted(PREVIEW), encoder)
    with PersonaVLM(MoodyEngine(preview), why, encoder, data_dir, see=see) as model:
        serve(model, "127.0.0.1", port, started=model.start_loading)


if __name__ == "__main__":
    main()
