"""Loading: other architectures of transformers through the same engine, and what cannot run."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from asking import answer, ask
from checkpoints import CHAT_TEMPLATE, CORPUS, engine_at, text_checkpoint, weights_at

from personavlm.engines.pixels import for_model
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.engines.transformers.readers import GridReader, ProcessorReader, TextReader
from personavlm.errors import EngineUnavailable, TooLong, WeightsError
from personavlm.records import Image

Picture = Callable[..., Image]
WIDTHS = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}


@pytest.fixture(scope="module")
def tokenizer(text_folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(text_folder)


def save(folder: Path, network: Any, tokenizer: Any) -> Path:
    """A tiny checkpoint, its weights wide enough for clear preferences."""
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if tensor.dim() > 1 and "visi" not in name:
                tensor.mul_(6.0)
    network.generation_config.eos_token_id = tokenizer.eos_token_id
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """A CLIP and a Llama: pictures of one size, and a processor that expands their token."""
    from transformers import (
        AutoImageProcessor,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    folder = tmp_path_factory.mktemp("llava")
    torch.manual_seed(0)
    token = tokenizer.convert_tokens_to_ids("<|image_pad|>")
    sight = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    sight |= {"num_attention_heads": 2, "image_size": 56, "patch_size": 14, "projection_dim": 32}
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **sight},
        text_config={"model_type": "llama", "vocab_size": 512} | WIDTHS,
        image_token_index=token,
        image_seq_length=16,
    )
    save(folder, LlavaForConditionalGeneration(config), tokenizer)
    size = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 56}}
    (folder / "preprocessor_config.json").write_text(
        json.dumps(size | {"crop_size": {"height": 56, "width": 56}})
    )
    processor = LlavaProcessor(
        AutoImageProcessor.from_pretrained(folder),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        image_token="<|image_pad|>",
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    return folder


def generated(folder: Path, kind: Any, inputs: dict[str, Any], tokens: int) -> str:
    """Greedy output of the model's own `generate`."""
    from transformers import AutoTokenizer

    network = kind.from_pretrained(folder)
    made = network.generate(**inputs, do_sample=False, max_new_tokens=tokens)
    drawn = made[0, inputs["input_ids"].shape[1] :]
    return str(AutoTokenizer.from_pretrained(folder).decode(drawn, skip_special_tokens=True))


def test_another_architecture_with_eyes(llava: Path, picture: Picture) -> None:
    """LLaVA, by its own processor: the same as transformers' own loop, also when gone on from."""
    from transformers import AutoProcessor, LlavaForConditionalGeneration

    images = [picture(1), picture(2, 150, 60)]
    parts = ["Compare ", images[0], " and ", images[1], " please."]
    content = [
        {"type": "image", "image": for_model(part)}
        if isinstance(part, Image)
        else {"type": "text", "text": part}
        for part in parts
    ]
    inputs = AutoProcessor.from_pretrained(llava).apply_chat_template(
        [{"role": "user", "content": content}],
        tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt",
    )  # fmt: skip
    expected = generated(llava, LlavaForConditionalGeneration, dict(inputs), 24)
    with engine_at(llava) as engine:
        engine.load()
        assert engine._model is not None
        assert isinstance(engine._model.reader, ProcessorReader)
        said, usage = answer(engine, ask(*parts))
        assert said == expected
        assert usage.prompt_tokens == inputs["input_ids"].shape[1]
        again, usage = answer(engine, ask(*parts))
        assert (again, usage.cached_tokens) == (expected, usage.prompt_tokens - 1)
        other = ask("Compare ", images[0], " and ", picture(3, 150, 60), " please.")
        said, usage = answer(engine, other)
        fresh, _ = answer(engine, ask(*other.messages[0].parts, salt="fresh"))
        assert said == fresh
        first = inputs["input_ids"][0].tolist().index(engine._model.reader._image_token)
        assert usage.cached_tokens == first  # what follows depends on both pictures
        assert answer(engine, ask("No picture"))[1].completion_tokens > 0


def test_the_family_before_the_published_weights(
    tmp_path: Path, tokenizer: Any, vision_folder: Path, picture: Picture
) -> None:
    """Qwen2-VL: a grid of tokens as well, whose generation has other eyes."""
    from transformers import AutoImageProcessor, Qwen2VLConfig, Qwen2VLForConditionalGeneration

    ids = tokenizer.convert_tokens_to_ids
    torch.manual_seed(0)
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}
    config = Qwen2VLConfig(
        text_config=WIDTHS | {"vocab_size": 512, "rope_parameters": rope},
        vision_config={"depth": 2, "embed_dim": 32, "hidden_size": 64, "num_heads": 2},
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    save(tmp_path, Qwen2VLForConditionalGeneration(config), tokenizer)
    settings = (vision_folder / "preprocessor_config.json").read_text("utf-8")
    (tmp_path / "preprocessor_config.json").write_text(settings, "utf-8")
    with engine_at(tmp_path) as engine:
        said, usage = answer(engine, ask(picture(1), "Who is it?"))
        assert engine._model is not None
        assert isinstance(engine._model.reader, GridReader)
        prompt = engine._model.reader.read(ask(picture(1), "Who is it?").messages)
    seen = AutoImageProcessor.from_pretrained(tmp_path)(
        images=[for_model(picture(1))], return_tensors="pt"
    )
    kinds = (prompt.ids == ids("<|image_pad|>")).int()
    inputs = {"input_ids": prompt.ids[None], "mm_token_type_ids": kinds[None], **seen}
    assert said == generated(tmp_path, Qwen2VLForConditionalGeneration, inputs, 24)
    assert usage.prompt_tokens == len(prompt)


def test_a_window_that_slides_is_read_anew_each_time(tmp_path: Path, tokenizer: Any) -> None:
    """Gemma 3's layers forget their beginning: nothing can be gone on from, and nothing is."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(vocab_size=512, sliding_window=16, head_dim=16, **WIDTHS)
    save(tmp_path, Gemma3ForCausalLM(config), tokenizer)
    with engine_at(tmp_path) as engine:
        request = ask("A prompt that is a good deal longer than the window of the model is.")
        said, usage = answer(engine, request)
        assert usage.prompt_tokens > 32
        assert answer(engine, request)[1].cached_tokens == 0
        assert engine._model is not None
        ids = engine._model.reader.read(request.messages).ids[None]
    assert said == generated(tmp_path, Gemma3ForCausalLM, {"input_ids": ids}, 24)


def test_a_model_without_eyes(text_only: TransformersEngine, text_folder: Path) -> None:
    from transformers import Qwen2ForCausalLM

    assert text_only._model is not None
    assert isinstance(text_only._model.reader, TextReader)
    request = ask(CORPUS[0])
    ids = text_only._model.reader.read(request.messages).ids[None]
    expected = generated(text_folder, Qwen2ForCausalLM, {"input_ids": ids}, 24)
    assert answer(text_only, request)[0] == expected


def test_loading_reports_and_happens_once(text_folder: Path) -> None:
    prepared = []
    lines: list[str] = []

    def prepare(report: Any) -> Any:
        prepared.append(1)
        report("Checking…")
        return weights_at(text_folder)

    engine = TransformersEngine(prepare, "auto")
    assert engine.weights is None
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: engine.load(lines.append), range(4)))
    assert len(prepared) == 1
    assert lines[0] == "Checking…"
    assert any(line.startswith(f"Reading {text_folder.name} (0.0 GB)") for line in lines)
    assert engine.weights == weights_at(text_folder)
    engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        engine.load()


def test_what_failed_to_load_can_be_tried_again(text_folder: Path) -> None:
    tries = iter([WeightsError("The network is down. Try again."), None])

    def prepare(report: Any) -> Any:
        if (error := next(tries)) is not None:
            raise error
        return weights_at(text_folder)

    with TransformersEngine(prepare, "cpu") as engine:
        with pytest.raises(WeightsError, match="Try again"):
            engine.load()
        assert answer(engine, ask("Hello"))[1].completion_tokens > 0


@pytest.mark.parametrize(
    ("kind", "message"),
    [("vit", "cannot chat with that"), ("mystery", "does not know tiny, the architecture")],
)
def test_a_model_that_cannot_chat_is_refused(
    tmp_path: Path, tokenizer: Any, kind: str, message: str
) -> None:
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}), "utf-8")
    with pytest.raises(WeightsError, match=message):
        engine_at(tmp_path).load()


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    folder = text_checkpoint(tmp_path)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(WeightsError, match="no chat template"):
        engine_at(folder).load()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_said(text_folder: Path) -> None:
    engine = TransformersEngine(lambda report: weights_at(text_folder), "cuda")
    with pytest.raises(EngineUnavailable, match="no NVIDIA GPU"):
        engine.load()


def test_scores_are_the_sums_of_the_networks_own(
    vision: TransformersEngine, picture: Picture
) -> None:
    """Against one run of the network over prompt and continuation together."""
    request = ask(picture(1), "Do you like it?")
    texts = ["Yes", "No, not at all. Biscuit does.", "犬", ""]
    scores = vision.logprobs(request.messages, texts)
    model = vision._model
    assert model is not None
    prompt = model.reader.read(request.messages)
    inputs = prompt.inputs(0, len(prompt))
    kinds = (prompt.ids == model.network.config.image_token_id).int()
    for text, score in zip(texts, scores, strict=True):
        ids = torch.tensor(model.tokenizer(text)["input_ids"], dtype=torch.long)
        whole = torch.cat([prompt.ids, ids])[None]
        padded = torch.nn.functional.pad(kinds, (0, len(ids)))[None]
        seen = {name: inputs[name] for name in ("pixel_values", "image_grid_thw")}
        with torch.no_grad():
            logits = model.network(input_ids=whole, mm_token_type_ids=padded, **seen).logits[0]
        odds = logits.log_softmax(-1)
        places = range(len(prompt) - 1, len(prompt) + len(ids) - 1)
        assert score == pytest.approx(float(odds[list(places), ids].sum()), abs=1e-3)
    assert scores[3] == 0.0
    with pytest.raises(TooLong, match="new session"):
        vision.logprobs(request.messages, ["far too long " * 4000])
