"""Generation by a tiny Qwen2.5-VL: the tokens that transformers' own loop would give."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from asking import answer, ask, text_of
from checkpoints import engine_at

from personavlm.engines.pixels import for_model
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.errors import EngineUnavailable, TooLong
from personavlm.records import Image

WORDS = (
    "Hello there",
    "My sister adopted a corgi called Biscuit.",
    "What should I cook tonight?",
    "Time: 2026-03-02 09:00 (Monday)\nUser: Good morning!",
    '"keywords": plants, Nori',
    "¿Dónde está Biscuit? 犬はどこ? 🐕",
    "Remember that I moved to Lisbon in May.",
)
Picture = Callable[..., Image]


def transformers_says(folder: Path, parts: tuple[Any, ...], tokens: int) -> tuple[str, int]:
    """The greedy output of the model's own `generate`, and how many tokens it took."""
    from transformers import AutoImageProcessor, AutoTokenizer, Qwen2_5_VLForConditionalGeneration

    network = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pictures = [for_model(part) for part in parts if isinstance(part, Image)]
    content = [
        {"type": "image"} if isinstance(part, Image) else {"type": "text", "text": part}
        for part in parts
    ]
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    inputs: dict[str, Any] = {}
    if pictures:
        processor = AutoImageProcessor.from_pretrained(folder)
        inputs = dict(processor(images=pictures, return_tensors="pt"))
        counts = iter(inputs["image_grid_thw"].prod(-1) // 4)
        pieces = text.split("<|image_pad|>")
        text = pieces[0] + "".join("<|image_pad|>" * int(next(counts)) + p for p in pieces[1:])
    inputs |= dict(tokenizer(text, return_tensors="pt"))
    inputs["mm_token_type_ids"] = (inputs["input_ids"] == network.config.image_token_id).int()
    made = network.generate(**inputs, do_sample=False, max_new_tokens=tokens)
    drawn = made[0, inputs["input_ids"].shape[1] :]
    return tokenizer.decode(drawn, skip_special_tokens=True), len(drawn)


@pytest.mark.parametrize("number", range(21))
def test_greedy_output_is_that_of_transformers(
    vision: TransformersEngine, vision_folder: Path, picture: Picture, number: int
) -> None:
    """A third of the prompts have pictures: one, or two of different sizes."""
    words = f"{WORDS[number % len(WORDS)]} ({number})"
    parts: tuple[Any, ...] = (words,)
    if number % 3 == 0:
        parts = (picture(number), words)
    if number % 6 == 0:
        parts = ("Compare ", *parts, picture(number, 150, 40), " and tell.")
    expected, drawn = transformers_says(vision_folder, parts, 24)
    said, usage = answer(vision, ask(*parts))
    assert said == expected
    assert usage.completion_tokens == drawn


def test_usage_counts_what_was_read_and_drawn(vision: TransformersEngine, picture: Picture) -> None:
    alone = answer(vision, ask("Hello", max_tokens=5))[1]
    seen = answer(vision, ask(picture(1, 280, 140), "Hello", max_tokens=7))[1]
    assert (alone.completion_tokens, seen.completion_tokens) == (5, 7)
    pads = (280 // 28) * (140 // 28)
    assert seen.prompt_tokens == alone.prompt_tokens + pads + 2  # vision start and end
    assert seen.seconds > 0


@pytest.mark.parametrize("words", WORDS[3:6])
def test_what_is_streamed_adds_up(
    vision: TransformersEngine, vision_folder: Path, words: str
) -> None:
    """Random weights write broken UTF-8 too: it becomes what it becomes in the whole."""
    chunks = list(vision.generate(ask(words, max_tokens=80)))
    assert len(chunks) > 5
    assert text_of(chunks) == transformers_says(vision_folder, (words,), 80)[0]


def test_the_output_ends_with_its_first_stop_string(vision: TransformersEngine) -> None:
    whole, _ = answer(vision, ask(WORDS[0], max_tokens=40))
    late, early = whole[20:24], whole[9:12]
    assert whole.find(early) + 3 <= whole.find(late)
    said, usage = answer(vision, ask(WORDS[0], max_tokens=40, stop=(late, early)))
    assert said == whole[: whole.find(early) + len(early)]
    assert usage.completion_tokens < 40


def test_a_turn_ends_with_its_token_which_counts(
    vision: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = answer(vision, ask(WORDS[1], max_tokens=10))
    model = vision._model
    assert model is not None
    tokens = drawn_tokens(vision, WORDS[1], 10)
    fourth = next(i for i in range(3, 10) if tokens[i] not in tokens[:i])
    ended = type(model)(**{
        name: getattr(model, name) for name in model.__slots__
    } | {"ends": frozenset({tokens[fourth]})})  # fmt: skip
    monkeypatch.setattr(vision, "_model", ended)
    said, usage = answer(vision, ask(WORDS[1], max_tokens=10))
    assert usage.completion_tokens == fourth + 1
    assert whole.startswith(said) and len(said) < len(whole)


def drawn_tokens(engine: TransformersEngine, words: str, count: int) -> list[int]:
    """Greedy tokens, by the network alone."""
    model = engine._model
    assert model is not None
    ids = model.reader.read(ask(words).messages).ids[None]
    for _ in range(count):
        with torch.no_grad():
            ids = torch.cat([ids, model.network(input_ids=ids).logits[:, -1:].argmax(-1)], 1)
    return ids[0, -count:].tolist()


def test_a_draw_follows_its_seed(vision: TransformersEngine) -> None:
    said = [answer(vision, ask("Hello", temperature=1.0, seed=seed))[0] for seed in (1, 2, 1)]
    assert said[0] == said[2] != said[1]
    assert said[0] != answer(vision, ask("Hello"))[0]


def test_a_conversation_that_is_too_long_says_so(vision: TransformersEngine) -> None:
    with pytest.raises(TooLong, match=r"at most 8,192 fit .*new session"):
        list(vision.generate(ask("one two three " * 3000)))


def test_an_answer_ends_where_the_context_does(text_folder: Path) -> None:
    with engine_at(text_folder) as engine:
        engine.load()
        prompt = answer(engine, ask("Hello", max_tokens=1))[1].prompt_tokens
        model = engine._model
        assert model is not None
        object.__setattr__(model, "context", prompt + 6)
        assert answer(engine, ask("Hello", max_tokens=50))[1].completion_tokens == 6


def test_closing_the_iterator_frees_the_engine(vision: TransformersEngine) -> None:
    whole, _ = answer(vision, ask(WORDS[2], max_tokens=60, salt="closing"))
    stream = vision.generate(ask(WORDS[2] + "!", max_tokens=4000, salt="closing"))
    begun = [next(stream).text for _ in range(3)]
    stream.close()  # type: ignore[attr-defined]
    assert next(stream, None) is None
    assert answer(vision, ask(WORDS[2], max_tokens=60))[0] == whole
    again, usage = answer(vision, ask(WORDS[2] + "!", salt="closing"))
    assert again.startswith("".join(begun))
    assert usage.cached_tokens == usage.prompt_tokens - 1  # what was read was not lost


def test_two_open_generations_of_one_thread_take_turns(vision: TransformersEngine) -> None:
    alone = [answer(vision, ask(words, salt=words))[0] for words in WORDS[:2]]
    streams = [vision.generate(ask(words, salt=words)) for words in WORDS[:2]]
    pairs = list(itertools.zip_longest(*streams))
    both = [text_of([c for c in column if c]) for column in zip(*pairs, strict=True)]
    assert both == alone


def test_four_conversations_at_once_say_what_each_says_alone(
    vision_folder: Path, vision: TransformersEngine, picture: Picture
) -> None:
    requests = [
        ask(picture(n), WORDS[n], salt=f"person {n}", background=n == 3, max_tokens=30)
        for n in range(4)
    ]
    alone = [answer(vision, request)[0] for request in requests]
    start = threading.Barrier(4)

    def run(number: int) -> str:
        start.wait()
        return answer(engine, requests[number])[0]

    with engine_at(vision_folder) as engine, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == alone  # loads once, too


def test_a_person_does_not_wait_for_an_update(vision: TransformersEngine) -> None:
    """The update is in the middle when a person asks, and goes on once she has her answer."""
    update = vision.generate(ask("An update", background=True, max_tokens=60))
    before = [next(update) for _ in range(3)]
    with ThreadPoolExecutor(1) as pool:
        said, usage = pool.submit(answer, vision, ask("A person", max_tokens=20)).result(60)
    assert said and usage.completion_tokens == 20
    rest = list(update)
    assert text_of(before + rest) == answer(vision, ask("An update", max_tokens=60))[0]


def test_a_long_prompt_of_an_update_is_read_in_pieces(
    vision: TransformersEngine, picture: Picture
) -> None:
    """A person gets in between the pieces; the answer is the same."""
    parts = ("word and word " * 150, picture(5, 640, 480), "word and word " * 150)
    in_pieces = answer(vision, ask(*parts, background=True, salt="a"))
    whole = answer(vision, ask(*parts, salt="b"))
    assert in_pieces[0] == whole[0]
    assert in_pieces[1].prompt_tokens == whole[1].prompt_tokens > 1024


def test_a_gpu_that_runs_out_of_memory_is_said_and_goes_on(
    vision_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is raised by hand: there is no GPU here to fill."""
    with engine_at(vision_folder) as engine:
        expected = answer(engine, ask("Hello"))[0]
        with monkeypatch.context() as patch:

            def fail(*_: Any) -> torch.Tensor:
                raise torch.OutOfMemoryError

            patch.setattr(engine._steps, "step", fail)
            with pytest.raises(EngineUnavailable, match="ran out of memory"):
                list(engine.generate(ask("Hello there")))
        assert len(engine._prefixes) == 0
        said, usage = answer(engine, ask("Hello"))
        assert (said, usage.cached_tokens) == (expected, 0)


def test_a_gpu_that_is_too_small_is_said(
    text_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised by hand as well."""

    def fail(*_: Any) -> None:
        raise torch.OutOfMemoryError

    engine = engine_at(text_folder)
    monkeypatch.setattr(engine, "_make_steps", fail)
    with pytest.raises(EngineUnavailable, match="too little free memory for text"):
        engine.load()
    assert engine.weights is None


def test_a_closed_engine_says_so(text_folder: Path) -> None:
    engine = engine_at(text_folder)
    engine.load()
    engine.close()
    engine.close()
    with pytest.raises(EngineUnavailable, match="was closed"):
        list(engine.generate(ask("Hello")))
