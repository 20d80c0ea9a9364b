"""Single tokens in fixed buffers: what a GPU runs, here on a CPU and without being recorded.

The recording itself (`static.on_cuda`) needs a GPU: eval/bench/decode.py is where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
import torch
from asking import answer, ask, text_of
from checkpoints import weights_at
from transformers import DynamicCache

from personavlm.engines.base import Report
from personavlm.engines.transformers import static
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.engines.transformers.model import Model
from personavlm.engines.transformers.steps import PlainSteps, Steps
from personavlm.records import Image

LENGTH = 96  # tokens: a long output outgrows it

Picture = Callable[..., Image]


class StaticEngine(TransformersEngine):
    """As on a GPU, without the compiler and the recording; the steps are counted."""

    ran = 0

    def _make_steps(self, model: Model, report: Report) -> Steps:
        assert static.fits(model)
        return static.StaticSteps(model, self._counted, LENGTH)

    def _counted(self, run: static.Run) -> static.Run:
        def counting() -> torch.Tensor:
            self.ran += 1
            return run()

        return counting


@pytest.fixture(params=["vision", "text"])
def plain(request: pytest.FixtureRequest) -> TransformersEngine:
    return request.getfixturevalue({"vision": "vision", "text": "text_only"}[request.param])


@pytest.fixture
def fixed(plain: TransformersEngine) -> Iterator[StaticEngine]:
    assert plain.weights is not None
    folder: Path = plain.weights.path
    with StaticEngine(lambda report: weights_at(folder), "cpu") as engine:
        engine.load()
        yield engine


def test_it_says_the_same(plain: TransformersEngine, fixed: StaticEngine, picture: Picture) -> None:
    for number, parts in enumerate([("Hello",), (picture(1), "Who is it?")]):
        request = ask(*parts, salt=f"static {number}")
        expected, usage = answer(plain, request)
        before = fixed.ran
        assert answer(fixed, request)[0] == expected
        assert fixed.ran - before == usage.completion_tokens - 1  # the prompt gives the first


def test_a_sequence_that_outgrows_the_buffers_goes_on_without(
    plain: TransformersEngine, fixed: StaticEngine
) -> None:
    request = ask("Tell me a very long story.", max_tokens=150, salt="long")
    expected, usage = answer(plain, request)
    assert usage.prompt_tokens + usage.completion_tokens > LENGTH + 5, "it ended too soon"
    assert answer(fixed, request)[0] == expected
    assert fixed.ran == LENGTH - usage.prompt_tokens
    longer = ask("Tell me a very long story. " * 12, salt="longer")
    assert answer(fixed, longer)[0] == answer(plain, longer)[0]
    assert fixed.ran == LENGTH - usage.prompt_tokens  # it never fitted


def test_sequences_take_turns_in_the_buffers(
    plain: TransformersEngine, fixed: StaticEngine
) -> None:
    requests = [ask(words, salt=f"turns {words}") for words in ("Hello", "Good morning", "Who?")]
    expected = [answer(plain, request)[0] for request in requests]
    rounds = list(zip_longest(*map(fixed.generate, requests)))
    columns = zip(*rounds, strict=True)
    assert [text_of([c for c in column if c]) for column in columns] == expected


def test_what_was_read_in_the_buffers_is_gone_on_from(
    plain: TransformersEngine, fixed: StaticEngine
) -> None:
    stream = fixed.generate(ask("Hello you there", max_tokens=60, salt="again"))
    begun = [next(stream) for _ in range(6)]
    stream.close()  # type: ignore[attr-defined]
    (kept,) = fixed._prefixes._kept
    assert kept.cache.get_seq_length() == len(kept.keys) > 30
    request = ask("Hello you there", "and more", max_tokens=30, salt="again")
    expected = answer(plain, request)[0]
    said, usage = answer(fixed, request)
    assert said == expected and usage.cached_tokens > 25
    assert text_of(begun)


def test_one_key_serves_its_group_of_heads() -> None:
    """Against attention with a copy of the key for each head."""
    chance = torch.Generator().manual_seed(0)
    query = torch.randn(1, 6, 1, 8, generator=chance)
    key, value = torch.randn(2, 1, 2, 10, 8, generator=chance)
    seen = (torch.arange(10) < 7)[None, None, None]
    module = torch.nn.Module()
    module.num_key_value_groups = 3  # type: ignore[assignment]
    found, _ = static._grouped_attention(module, query, key, value, seen, scaling=0.3)
    expected = torch.nn.functional.scaled_dot_product_attention(
        query,
        key.repeat_interleave(3, 1),
        value.repeat_interleave(3, 1),
        attn_mask=seen,
        scale=0.3,
    )
    torch.testing.assert_close(found, expected.transpose(1, 2))


def test_the_step_compiles_as_one_graph(text_only: TransformersEngine) -> None:
    """Nothing in it falls back to Python; which kernels it becomes is the compiler's affair."""
    model = text_only._model
    assert model is not None

    def compiled(run: static.Run) -> static.Run:
        return torch.compile(run, dynamic=False, fullgraph=True, backend="eager")

    fixed = static.StaticSteps(model, compiled, LENGTH)
    plain = PlainSteps(model.network)
    prompt = model.reader.read(ask("Hello").messages)
    caches = [DynamicCache(config=model.text_config) for _ in range(2)]
    for cache in caches:
        plain.read(cache, prompt.inputs(0, len(prompt)))
    for number, token in enumerate((5, 6, 7)):
        position = prompt.following(number)
        expected = plain.step(caches[0], token, position)
        torch.testing.assert_close(fixed.step(caches[1], token, position), expected)
