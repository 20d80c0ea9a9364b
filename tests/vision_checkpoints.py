"""Tiny, randomly initialised CLIP and Grounding DINO checkpoints, saved by the real classes.

What they see is noise; config, weights file, processor, tokenizer and loading code are the real
ones.
"""

from __future__ import annotations

from pathlib import Path

# Where BERT's vocabulary has these: the model knows them by their numbers.
SPECIAL = {
    "[PAD]": 0,
    "[UNK]": 100,
    "[CLS]": 101,
    "[SEP]": 102,
    "[MASK]": 103,
    ".": 1012,
    "?": 1029,
}
WORDS = ("a", "cat", "dog", "corgi", "red", "mug", "object", "bike", "-", "'", "s")


def clip_checkpoint(folder: Path, *, seed: int = 0) -> Path:
    """A CLIP of 32 pixels a side and 24 dimensions."""
    import torch
    from transformers import CLIPConfig, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(seed)
    layers = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4}
    config = CLIPConfig(
        text_config=layers | heads | {"vocab_size": 64, "bos_token_id": 0, "eos_token_id": 1},
        vision_config=layers | heads | {"image_size": 32, "patch_size": 8},
        projection_dim=24,
    )
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    return folder


def grounding_dino_checkpoint(folder: Path, *, seed: int = 0) -> Path:
    """A Grounding DINO of 20 queries that finds a good many boxes in anything."""
    import torch
    from transformers import (
        BertConfig,
        BertTokenizerFast,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoProcessor,
        SwinConfig,
    )
    from transformers.models.grounding_dino.image_processing_pil_grounding_dino import (
        GroundingDinoImageProcessorPil,
    )

    vocabulary = SPECIAL | {word: 1100 + place for place, word in enumerate(WORDS)}
    unused = set(range(1100)) - set(SPECIAL.values())
    vocabulary |= {f"[unused{number}]": number for number in unused}
    torch.manual_seed(seed)
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            embed_dim=16,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
        ),
        d_model=32,
        num_queries=20,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer = BertTokenizerFast(vocab=vocabulary)
    size = {"shortest_edge": 128, "longest_edge": 192}
    processor = GroundingDinoProcessor(GroundingDinoImageProcessorPil(size=size), tokenizer)
    processor.save_pretrained(folder)
    return folder
