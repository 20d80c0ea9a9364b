"""How well a thing is known again from one photo of it.

    python eval/bench/objects.py --dreambooth DIR [--json OUT] [--clip MODEL] [--weights MODEL]

DIR has one folder of photos a subject, as google/dreambooth's `dataset`. MODEL is a folder or a Hub
repository: a CLIP, and a chat model with eyes. A descriptor whose weights are not at hand is shown
as missing.

One photo of each subject is enrolled, and another one is asked for: recall@k is how often its
subject is among the k nearest. Each pair of photos of a subject is one question in each direction;
the photos enrolled of the other subjects are any of theirs, all equally likely, and the figure is
the exact mean over all of these choices. Whole photos are compared: no detector decides here.

A threshold is calibrated on the pairs of photos of different subjects, so that 5% of them are
accepted. Look-alikes are subjects of one class (`prompts_and_classes.txt`, else the folder's name
without its number); cats and dogs count as one. For the figures `held out`, the threshold is set
without the subject that it is then judged on.

How wide a crop should be is measured with boxes drawn by hand (`--boxes`, in shares of width and
height), as there is no detector at hand that could draw them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from eval.bench.machine import machine  # noqa: E402
from eval.bench.photos import Photos, pair_up, read, recall  # noqa: E402
from personavlm.errors import PersonaVLMError, WeightsError  # noqa: E402
from personavlm.memory.encode import Vectors  # noqa: E402
from personavlm.vision.base import MARGIN, Box, Descriptor, cropped  # noqa: E402
from personavlm.vision.choose import CLIP, choose_vision, short_name  # noqa: E402
from personavlm.vision.covariance import Covariance  # noqa: E402

ACCEPTED = 5.0  # percent of the pairs of different subjects that a calibrated threshold accepts
BOXES = Path(__file__).parent / "data" / "dreambooth_boxes.json"
MARGINS = (  # of the picture (the paper's way), and of the box itself, on each side
    *(("the whole picture", None), ("0.15 of the picture", (0.15, 0.0))),
    *(("0.05 of the picture", (0.05, 0.0)), ("0.25 of the box", (0.0, 0.25))),
    *((f"{MARGIN:g} of the box", (0.0, MARGIN)), ("none", (0.0, 0.0))),
)
CURVE = (1.0, 2.0, 5.0, 10.0, 20.0)  # the same, for the curve


class ColourHistogram:
    """The floor: how much of which of 512 colours there is, under the square root (Hellinger)."""

    name = "colour histogram (the floor)"
    dimension = 512
    threshold = float("nan")  # ships nowhere

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        return np.stack([self._describe(crop) for crop in crops])

    def _describe(self, crop: Pillow.Image) -> Vectors:
        levels = np.asarray(crop.convert("RGB").resize((128, 128)), np.int64) // 32
        counts = np.bincount((levels @ (64, 8, 1)).reshape(-1), minlength=self.dimension)
        return np.sqrt(counts / counts.sum()).astype(np.float32)


def examine(descriptor: Descriptor, photos: Photos) -> dict[str, Any]:
    """One row of the result."""
    vectors = descriptor.describe(photos.pictures).astype(np.float64)
    cosines = vectors @ vectors.T
    pairs = pair_up(cosines, photos)
    calibrated = pairs.threshold(ACCEPTED)
    ships = not math.isnan(descriptor.threshold)
    threshold = descriptor.threshold if ships else calibrated
    n, first, second = recall(cosines, photos.subjects)
    held = pairs.held_out(ACCEPTED)
    figures = {
        "recall@1": first,
        "recall@2": second,
        "false_accept": pairs.accepted(pairs.alike, threshold),
        "false_accept_any": pairs.accepted(~pairs.same, threshold),
        "accept": pairs.accepted(pairs.same, threshold),
        **dict(zip(("held_out_accept", "held_out_false_any", "held_out_false"), held, strict=True)),
    }
    curve = [
        {
            "false_accept_any": percent,
            "threshold": round(pairs.threshold(percent), 4),
            "accept": rounded(pairs.accepted(pairs.same, pairs.threshold(percent))),
            "false_accept": rounded(pairs.accepted(pairs.alike, pairs.threshold(percent))),
        }
        for percent in CURVE
    ]
    return {
        "descriptor": descriptor.name,
        "n": n,
        **{name: rounded(figure) for name, figure in figures.items()},
        "threshold": round(threshold, 4),
        "calibrated": round(calibrated, 4),
        "curve": curve,
    }


def rounded(percent: float) -> float | None:
    """To a tenth; None where there was nothing to count, such as no look-alikes."""
    return None if math.isnan(percent) else round(percent, 1)


def by_margin(
    descriptor: Descriptor, photos: Photos, boxes: dict[str, list[float]]
) -> Iterator[dict[str, Any]]:
    """A row a margin; none where a photo has no box."""
    if not boxes.keys() >= set(photos.names):
        return
    placed = [
        (picture, boxes[name]) for name, picture in zip(photos.names, photos.pictures, strict=True)
    ]
    for name, margins in MARGINS:
        crops = photos.pictures
        if margins is not None:
            crops = [crop(picture, box, *margins) for picture, box in placed]
        row = examine(descriptor, replace(photos, pictures=crops))
        yield {"margin": name} | {key: row[key] for key in CROPS if key != "margin"}


def crop(
    picture: Pillow.Image, shares: Sequence[float], of_picture: float, of_box: float
) -> Pillow.Image:
    left, top, right, bottom = shares
    across, down = (of_picture + of_box * side for side in (right - left, bottom - top))
    box = Box(
        round((left - across) * picture.width),
        round((top - down) * picture.height),
        round((right + across) * picture.width),
        round((bottom + down) * picture.height),
    )
    return cropped(picture, box, margin=0)


def descriptors(asked: argparse.Namespace) -> Iterator[Descriptor | tuple[str, str]]:
    """Each one that is at hand, or its name and why it is missing."""
    yield ColourHistogram()
    yield Covariance()
    yield _or_why(f"CLIP, {asked.clip or short_name(CLIP)}", lambda: _clip(asked.clip))
    yield _or_why("the model's own eyes", lambda: _eyes(asked.weights))


def _or_why(name: str, make: Callable[[], Descriptor]) -> Descriptor | tuple[str, str]:
    try:
        return make()
    except PersonaVLMError as error:
        return name, str(error)


def _clip(source: str | None) -> Descriptor:
    from personavlm.hub.prepare import prepare_weights
    from personavlm.vision.clip import Clip

    if source is not None:
        return Clip(short_name(source), prepare_weights(source, report=tell, chat=False))
    found = choose_vision(clip=CLIP).descriptor
    if not isinstance(found, Clip):
        raise WeightsError("It is not in the Hub's cache. Name it with --clip to fetch it.")
    return found


def _eyes(source: str | None) -> Descriptor:
    if source is None:
        raise WeightsError("No model was named with --weights.")
    from personavlm.engines.transformers.engine import TransformersEngine
    from personavlm.hub.prepare import prepare_weights
    from personavlm.vision.eyes import Eyes

    engine = TransformersEngine(lambda report: prepare_weights(source, report=report))
    engine.load(tell)
    return Eyes(engine)


def tell(line: str) -> None:
    print(line, file=sys.stderr)


COLUMNS = (
    *("descriptor", "n", "recall@1", "recall@2", "threshold", "accept", "false_accept_any"),
    "false_accept",
)
HELD = ("descriptor", "held_out_accept", "held_out_false_any", "held_out_false")
CROPS = (
    *("descriptor", "margin", "n", "recall@1", "recall@2", "calibrated", "held_out_accept"),
    *("held_out_false_any", "held_out_false"),
)
POINTS = ("descriptor", "false_accept_any", "threshold", "accept", "false_accept")


def tables(
    rows: Sequence[dict[str, Any]],
    margins: Sequence[dict[str, Any]],
    missing: Sequence[tuple[str, str]],
) -> str:
    """What is printed."""
    empty = [dict.fromkeys(COLUMNS, "") | {"descriptor": name} for name, _ in missing]
    points = [{"descriptor": row["descriptor"]} | point for row in rows for point in row["curve"]]
    parts = [
        "percent; accepted at the threshold that ships (the floor's: calibrated here): pairs of "
        "one subject, of two, of look-alikes\n" + table(COLUMNS, [*rows, *empty]),
        *(f"missing: {name}: {why}" for name, why in missing),
        f"thresholds that accept {ACCEPTED:g}% of the pairs without the subject, judged on it\n"
        + table(HELD, rows),
        "crops by boxes drawn by hand, with a margin on each side\n" + table(CROPS, margins),
        "calibration curve, all subjects\n" + table(POINTS, points),
    ]
    return "\n\n".join(parts)


def table(head: Sequence[str], lines: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    body = ["| " + " | ".join(str(line[name]) for name in head) + " |" for line in lines]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *body])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--dreambooth", type=Path, metavar="DIR", required=True)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--clip", metavar="MODEL", help="a CLIP: a Hub repository or a folder")
    parser.add_argument("--weights", metavar="MODEL", help="a chat model with eyes, likewise")
    parser.add_argument("--boxes", type=Path, metavar="FILE", default=BOXES)
    asked = parser.parse_args()
    boxes = json.loads(asked.boxes.read_text("utf-8"))
    photos = read(asked.dreambooth)
    rows, margins, missing = [], [], []
    for found in descriptors(asked):
        if isinstance(found, tuple):
            missing.append(found)
        else:
            rows.append(examine(found, photos))
            margins += by_margin(found, photos, boxes)
    print(tables(rows, margins, missing))
    if asked.json:
        result = {
            "machine": machine(),
            "subjects": len(np.unique(photos.subjects)),
            "photos": len(photos.pictures),
            "rows": rows,
            "margins": margins,
            "missing": [{"descriptor": name, "why": why} for name, why in missing],
        }
        asked.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
