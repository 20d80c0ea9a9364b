"""Tiny, randomly initialised checkpoints of the real architectures, saved by the real classes.

They stand in for the published weights, which neither fit nor may be fetched where tests run: the
config, the shards, the tokenizer, the processor and the loading code are the real ones, the words
they come to are noise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from personavlm.hub.weights import Weights

if TYPE_CHECKING:
    from personavlm.engines.transformers.engine import TransformersEngine

SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
# The layout of Qwen2.5-VL's chat format: a default system message, pictures as three tokens.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message.role != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}"
    "{% if part.type in ('image', 'image_url') %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CORPUS = (
    "You are the companion of one person. You talk with them day after day.",
    '"reason": a passing question\n"decision": False\n"content": \n"keywords": plants, Nori',
    '"topic_summary": Maya adopted a corgi called Biscuit.\n"source_dialog_indices": 0, 1, 2',
    "<think>It is about her dog.</think><answer>Biscuit is a corgi!</answer>",
    '<retrieve>\n"keywords": corgi\n"start_time": "2026-03-02 09:00"\n</retrieve>',
    "Time: 2026-03-02 09:00 (Monday)\nUser: Hello there\nAssistant: Good morning, Maya!",
)
CONTEXT = 8192  # tokens


def weights_at(folder: Path) -> Weights:
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return Weights(folder.name, None, folder, "tiny", "float32", size)


def engine_at(folder: Path) -> TransformersEngine:
    """An engine of the checkpoint in a folder, with nothing read yet."""
    from personavlm.engines.transformers.engine import TransformersEngine

    return TransformersEngine(lambda report: weights_at(folder), "cpu")


def vision_checkpoint(folder: Path, *, shards: int = 3, seed: int = 0) -> Path:
    """A Qwen2.5-VL of about a megabyte in float32, split into about `shards` files."""
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    ids = _save_tokenizer(folder)
    torch.manual_seed(seed)
    config = Qwen2_5_VLConfig(
        text_config=_text_config(ids)
        | {
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [2, 3, 3],
            }
        },
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 4,
            "out_hidden_size": 64,
            "window_size": 112,
            "fullatt_block_indexes": [1],
        },
        tie_word_embeddings=False,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    model = Qwen2_5_VLForConditionalGeneration(config).to(torch.float32)
    _widen(model, tokens=max(ids.values()) + 1)
    _save(model, folder, shards, ids)
    _save_processor(folder)
    return folder


def text_checkpoint(folder: Path, *, shards: int = 1, seed: int = 0) -> Path:
    """A Qwen2 without eyes, otherwise as `vision_checkpoint`."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    ids = _save_tokenizer(folder)
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(Qwen2Config(**_text_config(ids))).to(torch.float32)
    _widen(model, tokens=max(ids.values()) + 1)
    _save(model, folder, shards, ids)
    return folder


def cross_encoder_checkpoint(folder: Path, *, labels: int = 1) -> Path:
    """A BERT that scores pairs of texts, such as those that rerank; its words are letters."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    letters = [f"{mark}{letter}" for mark in ("", "##") for letter in map(chr, range(97, 123))]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    tokenizer = BertTokenizerFast(vocab={word: id for id, word in enumerate(words)})
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=labels,
        initializer_range=0.5,  # the usual one gives all texts about the same score
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def _text_config(ids: dict[str, int]) -> dict[str, object]:
    return {
        "vocab_size": (max(ids.values()) // 64 + 1) * 64,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": False,
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids["<|im_end|>"],
        "pad_token_id": ids["<|endoftext|>"],
    }


def _widen(model: object, tokens: int) -> None:
    """Weights of the usual size make every next token about equally likely. Larger ones give the
    clear preferences, different from prompt to prompt, that a comparison of engines needs."""
    import torch

    with torch.no_grad():
        for name, tensor in model.named_parameters():  # type: ignore[attr-defined]
            if tensor.dim() > 1 and "visual" not in name:
                tensor.mul_(6.0)
        # The vocabulary is padded, as real ones are. A trained model never picks such a row.
        model.lm_head.weight[tokens:] = 0.0  # type: ignore[attr-defined]


def _save_tokenizer(folder: Path) -> dict[str, int]:
    """A byte-level BPE of a few hundred tokens, trained here. Returns the ids of special tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import Qwen2TokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        CORPUS * 40, trainers.BpeTrainer(vocab_size=480, initial_alphabet=alphabet)
    )
    saved = json.loads(bpe.to_str())["model"]
    tokenizer = Qwen2TokenizerFast(
        vocab=saved["vocab"],
        merges=[tuple(pair) for pair in saved["merges"]],
        unk_token=None,
        bos_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.model_max_length = CONTEXT
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    return {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}


def _save(model: object, folder: Path, shards: int, ids: dict[str, int]) -> None:
    from transformers import GenerationConfig

    parameters = list(model.parameters())  # type: ignore[attr-defined]
    size = sum(p.numel() * p.element_size() for p in parameters)
    model.save_pretrained(folder, max_shard_size=size // shards + 1)  # type: ignore[attr-defined]
    GenerationConfig(
        eos_token_id=[ids["<|im_end|>"], ids["<|endoftext|>"]], pad_token_id=ids["<|endoftext|>"]
    ).save_pretrained(folder)


def _save_processor(folder: Path) -> None:
    """What AutoProcessor and AutoImageProcessor read, as the published checkpoints have it."""
    common = {
        "min_pixels": 3136,
        "max_pixels": 12845056,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    image = common | {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
    }
    video = common | {"video_processor_type": "Qwen2VLVideoProcessor"}
    for name, content in (("preprocessor_config", image), ("video_preprocessor_config", video)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2), "utf-8")
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, "utf-8")
