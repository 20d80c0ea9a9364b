"""Pictures for models: the sizes that Qwen2.5-VL's processor chooses, and no second resize."""

import base64
import io
import random
from pathlib import Path

import numpy as np
import pytest
from checkpoints import vision_checkpoint
from PIL import Image as Pillow

from personavlm.engines.pixels import MAX_PIXELS, MIN_PIXELS, data_url, for_model, model_size
from personavlm.errors import BadImage
from personavlm.records import Image

SIZES = [(8, 8), (27, 29), (56, 56), (479, 481), (480, 480), (640, 480), (1024, 1024), (1448, 724)]
STRIPS = [(8, 1600), (1600, 8), (8, 8192), (8192, 41), (41, 8192), (5600, 28), (8192, 8)]


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> object:
    from transformers import AutoImageProcessor

    return AutoImageProcessor.from_pretrained(vision_checkpoint(tmp_path_factory.mktemp("tiny")))


def stored(folder: Path, width: int, height: int) -> Image:
    noise = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)
    path = folder / f"{width}x{height}.webp"
    Pillow.fromarray(noise).save(path, "WEBP", lossless=True)
    return Image(path.stem, width, height, path)


def test_sizes_are_those_of_the_real_processor(processor: object) -> None:
    """The processor's own choice, with the published weights' limits, for 1,000 sizes."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    chance = random.Random(0)
    for _ in range(1000):
        width = chance.randint(8, 2048)
        height = chance.randint(max(8, width // 100), min(2048, width * 100))
        high, wide = smart_resize(height, width, 28, MIN_PIXELS, MAX_PIXELS)
        assert model_size(width, height) == (wide, high), (width, height)


@pytest.mark.parametrize(("width", "height"), SIZES + STRIPS)
def test_sizes_stay_in_bounds_and_are_kept_the_second_time(width: int, height: int) -> None:
    wide, high = model_size(width, height)
    assert wide % 28 == high % 28 == 0
    assert MIN_PIXELS <= wide * high <= MAX_PIXELS
    assert max(wide, high) <= 200 * min(wide, high)
    assert model_size(wide, high) == (wide, high)


@pytest.mark.parametrize(("width", "height"), [(8, 8), (640, 480), (1448, 724), (41, 8192)])
def test_the_processor_leaves_our_pixels_alone(
    processor: object, tmp_path: Path, width: int, height: int
) -> None:
    """With its wide default limit, as in a server: its patches are our pixels and nothing else."""
    picture = for_model(stored(tmp_path, width, height))
    seen = processor(images=[picture], return_tensors="np")  # type: ignore[operator]
    wide, high = model_size(width, height)
    assert seen["image_grid_thw"].tolist() == [[1, high // 14, wide // 14]]
    unresized = processor(images=[picture], do_resize=False, return_tensors="np")  # type: ignore[operator]
    np.testing.assert_array_equal(seen["pixel_values"], unresized["pixel_values"])


def test_a_data_url_is_lossless(tmp_path: Path) -> None:
    image = stored(tmp_path, 640, 480)
    kind, _, encoded = data_url(image).partition(",")
    assert kind == "data:image/png;base64"
    with Pillow.open(io.BytesIO(base64.b64decode(encoded))) as decoded:
        assert decoded.mode == "RGB"
        np.testing.assert_array_equal(np.array(decoded), np.array(for_model(image)))


def test_a_lost_or_damaged_file_is_said(tmp_path: Path) -> None:
    image = stored(tmp_path, 64, 48)
    image.path.write_bytes(image.path.read_bytes()[:40])
    with pytest.raises(BadImage, match="Send it again"):
        for_model(image)
    image.path.unlink()
    with pytest.raises(BadImage, match="Send it again"):
        data_url(image)
