"""The engine that runs a model of the transformers library in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from personavlm.engines.base import Chunk, Engine, Report, Request, silent
from personavlm.engines.lane import Lane
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import Weights
from personavlm.protocol.messages import Message

try:
    import numpy as np
    import torch

    from personavlm.engines.transformers import generation, sight, static
    from personavlm.engines.transformers.model import Model, choose_device, load_model
    from personavlm.engines.transformers.prefixes import Prefixes
    from personavlm.engines.transformers.steps import PlainSteps, Steps
except ImportError as error:
    raise EngineUnavailable(
        f"The transformers engine lacks something ({error}). "
        'Install what it needs with: pip install "personavlm[cpu]"'
    ) from error


if TYPE_CHECKING:
    from PIL import Image as Pillow

    from personavlm.memory.encode import Vectors


class TransformersEngine(Engine):
    """One model, one generation's step at a time; sequences that were read are gone on from.

    prepare: gets the weights ready when `load` is called. device: "auto", "cuda" or "cpu".
    """

    name = "transformers"

    def __init__(self, prepare: Callable[[Report], Weights], device: str = "auto") -> None:
        self._prepare = prepare
        self._device = device
        self._lane = Lane()
        self._loading = threading.Lock()
        self._model: Model | None = None
        self._steps: Steps | None = None
        self._prefixes = Prefixes()
        self._closed = False

    def load(self, report: Report = silent) -> None:
        with self._loading:
            if self._closed:
                raise _closed()
            if self._model is not None:
                return
            device = choose_device(self._device)
            weights = self._prepare(report)
            try:
                model = load_model(weights, device, report)
                steps = self._make_steps(model, report)
            except torch.OutOfMemoryError as error:
                raise EngineUnavailable(
                    f"The GPU has too little free memory for {weights.name}. "
                    "Stop what else uses it, or choose a smaller model."
                ) from error
            with self._lane.turn():
                if self._closed:  # in the meantime
                    raise _closed()
                self.weights, self._model, self._steps = weights, model, steps

    def _make_steps(self, model: Model, report: Report) -> Steps:
        if model.network.device.type == "cuda" and static.fits(model):
            report("Preparing the GPU for single tokens (a minute the first time)…")
            return static.StaticSteps(model, static.on_cuda(report))
        return PlainSteps(model.network)

    def generate(self, request: Request) -> Iterator[Chunk]:
        model, steps = self._ready()
        work = generation.generate(model, steps, self._prefixes, request)
        try:
            while True:
                with self._lane.turn(request.background):
                    chunk = next(work, None)
                if chunk is None:
                    return
                if chunk.text or chunk.usage:
                    yield chunk
        except torch.OutOfMemoryError as error:
            with self._lane.turn():
                steps.drop()
                self._prefixes.clear()
            raise _out_of_memory() from error
        finally:
            with self._lane.turn():
                work.close()  # keeps what was read

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        model, _ = self._ready()
        work = generation.score(model, messages, continuations)
        scores: list[float] = []
        try:
            while len(scores) < len(continuations):
                with self._lane.turn():
                    scores.append(next(work))
        except torch.OutOfMemoryError as error:
            raise _out_of_memory() from error
        return scores

    @property
    def sees(self) -> bool:
        return self._model is not None and self._model.reader.sees

    def see(self, pictures: Sequence[Pillow.Image]) -> Vectors:
        model, _ = self._ready()
        rows = []
        try:
            for picture in pictures:  # one a turn, so that nobody waits for many
                with self._lane.turn():
                    rows.append(sight.see(model, picture))
        except torch.OutOfMemoryError as error:
            raise _out_of_memory() from error
        return np.stack(rows)

    def close(self) -> None:
        with self._lane.turn():
            self._closed = True
            self._model = self._steps = None
            self._prefixes.clear()
        torch.cuda.empty_cache()  # does nothing without a GPU

    def _ready(self) -> tuple[Model, Steps]:
        if self._model is None:
            self.load()
        model, steps = self._model, self._steps
        if model is None or steps is None:
            raise _closed()
        return model, steps


def _closed() -> EngineUnavailable:
    return EngineUnavailable("This engine was closed. Open a new one.")


def _out_of_memory() -> EngineUnavailable:
    return EngineUnavailable(
        "The GPU ran out of memory in the middle of the reply. Send a shorter message or fewer "
        "pictures, stop what else uses the GPU, or choose a smaller model."
    )
