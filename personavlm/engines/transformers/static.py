"""Single tokens on a GPU at close to the speed of its memory: fixed buffers, one recorded launch.

At one token a step a GPU waits for Python more than for its memory. So the step is compiled once
over buffers that never move, its launches are recorded as a CUDA graph, and each token replays
them. Prompts are read by the plain network into a cache of their own; the buffers (the "workspace")
take over a copy of it, and hand back what was added when another sequence is due. Copying costs
a fraction of a token's time.

Recorded by hand rather than by `mode="reduce-overhead"`, whose graphs belong to the thread that
compiled them: a server's requests come from many.

Never run on a GPU yet: the tests exercise all but `on_cuda` on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import AttentionInterface, DynamicCache, StaticCache
from transformers.cache_utils import StaticLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from personavlm.engines.base import Report
from personavlm.engines.transformers.model import Model
from personavlm.engines.transformers.prefixes import layers_of, sliceable
from personavlm.engines.transformers.readers import GridReader, TextReader
from personavlm.engines.transformers.steps import PlainSteps, forward

LENGTH = 12_288  # tokens of the workspace: 0.7 GB for the published weights; longer ones go plainly
GROUPED = "personavlm_grouped"

Run = Callable[[], torch.Tensor]


def fits(model: Model) -> bool:
    """Whether `StaticSteps` can run a model: full attention, and positions known to us."""
    cache, static = DynamicCache(config=model.text_config), StaticCache(model.text_config, 1)
    return (
        isinstance(model.reader, TextReader | GridReader)
        and model.text_config._attn_implementation == "sdpa"
        and sliceable(cache)
        and all(type(layer) is StaticLayer for layer in static.layers)
    )


class StaticSteps:
    """`Steps` with one workspace, which one sequence at a time has.

    accelerate: gets the step as a function of the buffers, and returns a faster one.
    """

    def __init__(
        self, model: Model, accelerate: Callable[[Run], Run], length: int = LENGTH
    ) -> None:
        self._network = network = model.network
        self._plain = PlainSteps(network)
        _group_heads(network)
        self._length = min(length, model.context)
        device = network.device
        rows = (3, 1, 1) if isinstance(model.reader, GridReader) else (1, 1)
        self._token = torch.zeros((1, 1), dtype=torch.long, device=device)
        self._position = torch.zeros(rows, dtype=torch.long, device=device)
        self._seen = torch.zeros((1, 1, 1, self._length), dtype=torch.bool, device=device)
        self._workspace = StaticCache(model.text_config, self._length)
        self._holder: DynamicCache | None = None
        self._filled = 0  # tokens in the workspace; the holder's own cache has fewer
        self._prepare(model)
        self._run = accelerate(self._compute)

    def read(self, cache: DynamicCache, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        self.settle(cache)
        return self._plain.read(cache, inputs)

    @torch.no_grad()
    def step(
        self, cache: DynamicCache, token: int, position: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        if self._holder is not cache:
            if cache.get_seq_length() >= self._length:
                return self._plain.step(cache, token, position)
            self._take(cache)
        elif self._filled == self._length:
            self.settle(cache)
            return self._plain.step(cache, token, position)
        self._token.fill_(token)
        self._position.copy_(position["position_ids"])
        self._seen[..., self._filled] = True
        logits = self._run()
        self._filled += 1
        return logits

    @torch.no_grad()
    def settle(self, cache: DynamicCache) -> None:
        if self._holder is not cache:
            return
        self._holder = None
        known = cache.get_seq_length()
        for layer, source in zip(layers_of(cache), layers_of(self._workspace), strict=True):
            added = slice(known, self._filled)
            layer.update(source.keys[:, :, added], source.values[:, :, added])

    def drop(self) -> None:
        self._holder = None

    def _take(self, cache: DynamicCache) -> None:
        """Give the workspace to another sequence."""
        if self._holder is not None:
            self.settle(self._holder)
        self._filled = cache.get_seq_length()
        for layer, source in zip(layers_of(self._workspace), layers_of(cache), strict=True):
            layer.keys[:, :, : self._filled].copy_(source.keys)
            layer.values[:, :, : self._filled].copy_(source.values)
            layer.cumulative_length.fill_(self._filled)
        self._seen.fill_(False)
        self._seen[..., : self._filled] = True
        self._holder = cache

    def _prepare(self, model: Model) -> None:
        """Allocate the workspace, in the shapes and types that a real token has."""
        cache = DynamicCache(config=model.text_config)
        forward(self._network, cache, {"input_ids": self._token, "position_ids": self._position})
        for layer, source in zip(layers_of(self._workspace), layers_of(cache), strict=True):
            layer.lazy_initialization(source.keys, source.values)

    @torch.no_grad()
    def _compute(self) -> torch.Tensor:
        """The step itself: reads the buffers, adds to the workspace, returns the logits."""
        output = self._network(
            input_ids=self._token,
            position_ids=self._position,
            attention_mask=self._seen,
            past_key_values=self._workspace,
            use_cache=True,
            logits_to_keep=1,
        )
        return torch.as_tensor(output.logits[0, -1])


def on_cuda(report: Report) -> Callable[[Run], Run]:
    """Compiles a step and records it; one that cannot be compiled is recorded as it is."""

    def accelerate(run: Run) -> Run:
        try:
            return _record(torch.compile(run, dynamic=False))
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # all of the compiler's errors are
            reason = str(error).split("\n")[0]
            report(f"The step could not be compiled, so it will be slower: {reason}")
            return _record(run)

    return accelerate


def _record(run: Run) -> Run:
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):  # compiles, and lets the libraries allocate what they need
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        logits = run()

    def replay() -> torch.Tensor:
        graph.replay()
        return logits

    return replay


def _group_heads(network: Any) -> None:
    """Let the query heads that share a key read it once, not a copy each."""
    AttentionInterface.register(GROUPED, _grouped_attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    network.set_attn_implementation(GROUPED)


def _grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of one new token: (1, heads, 1, size), the heads of a group as its queries."""
    batch, heads, queries, size = query.shape
    if queries != 1 or attention_mask is None or attention_mask.shape[1:3] != (1, 1):
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
        return found, None
    grouped = query.reshape(batch, key.shape[1], heads // key.shape[1], size)
    found = torch.nn.functional.scaled_dot_product_attention(
        grouped, key, value, attn_mask=attention_mask, scale=options.get("scaling")
    )
    return found.reshape(batch, 1, heads, size), None
