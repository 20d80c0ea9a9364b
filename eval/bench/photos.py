"""Photos of subjects, and what the cosines between descriptions of them are worth."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

PHOTOS = (".jpg", ".jpeg", ".png", ".webp")
PETS = ("cat", "dog")


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos and, for each, its `subject/file`, its subject and the class of that."""

    names: Sequence[str]
    pictures: Sequence[Pillow.Image]
    subjects: NDArray[np.str_]
    classes: NDArray[np.str_]


def read(folder: Path) -> Photos:
    """All subjects with two photos or more."""
    classes = read_classes(folder / "prompts_and_classes.txt")
    names, pictures, subjects = [], [], []
    for subject in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in subject.iterdir() if path.suffix.lower() in PHOTOS)
        if len(files) > 1:
            pictures += [Pillow.open(file) for file in files]
            names += [f"{subject.name}/{file.name}" for file in files]
            subjects += [subject.name] * len(files)
    if len(set(subjects)) < 3:
        sys.exit(
            f"{folder} has folders with two photos or more of {len(set(subjects))} subjects; three "
            "subjects are needed, as a threshold for one comes from what tells the others apart."
        )
    kinds = [classes.get(name, name.rstrip("0123456789")) for name in subjects]
    return Photos(
        names,
        pictures,
        np.array(subjects),
        np.array(["pet" if kind in PETS else kind for kind in kinds]),
    )


def read_classes(file: Path) -> dict[str, str]:
    """The class of each subject, as the lines `subject_name,class` have it."""
    if not file.is_file():
        return {}
    rows = csv.reader(file.read_text("utf-8").splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}


def recall(cosines: NDArray[np.float64], subjects: NDArray[np.str_]) -> tuple[int, float, float]:
    """How many questions there are, and recall@1 and @2 in percent."""
    first = second = 0.0
    pairs = [(q, e) for q, e in np.argwhere(subjects[:, None] == subjects[None, :]) if q != e]
    for query, enrolled in pairs:
        # How likely the enrolled photo of each other subject is at least as near.
        nearer = [
            np.mean(cosines[query, subjects == other] >= cosines[query, enrolled])
            for other in np.unique(subjects)
            if other != subjects[query]
        ]
        none, one = 1.0, 0.0  # the likelihood that none of them is, that one is
        for likely in nearer:
            none, one = none * (1 - likely), one * (1 - likely) + none * likely
        first, second = first + none, second + none + one
    return len(pairs), 100 * first / len(pairs), 100 * second / len(pairs)


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs of two photos: their cosine, whose they are, and what they are to each other."""

    cosines: NDArray[np.float64]
    subjects: NDArray[np.str_]  # two columns
    same: NDArray[np.bool_]
    alike: NDArray[np.bool_]  # different subjects of one class

    def threshold(self, percent: float, without: str | None = None) -> float:
        """The cosine from which that share of the pairs of different subjects is accepted."""
        fit = ~self.same & (self.subjects != without).all(axis=1)
        return float(np.quantile(self.cosines[fit], 1 - percent / 100))

    def accepted(self, which: NDArray[np.bool_], threshold: float) -> float:
        """Percent of these pairs; not a number without any."""
        cosines = self.cosines[which]
        return float(100 * np.mean(cosines >= threshold)) if len(cosines) else float("nan")

    def held_out(self, percent: float) -> tuple[float, float, float]:
        """Percent accepted of same, different and look-alike pairs, by others' thresholds."""
        totals = np.zeros(3)
        counts = np.zeros(3)
        for subject in np.unique(self.subjects):
            threshold = self.threshold(percent, str(subject))
            its = (self.subjects == subject).any(axis=1)
            for place, kind in enumerate((self.same, ~self.same, self.alike)):
                totals[place] += np.sum(self.cosines[its & kind] >= threshold)
                counts[place] += np.sum(its & kind)
        same, different, alike = 100 * totals / np.where(counts, counts, np.nan)
        return float(same), float(different), float(alike)


def pair_up(cosines: NDArray[np.float64], photos: Photos) -> Pairs:
    left, right = np.triu_indices(len(cosines), 1)
    same = photos.subjects[left] == photos.subjects[right]
    return Pairs(
        cosines[left, right],
        np.stack([photos.subjects[left], photos.subjects[right]], axis=1),
        same,
        ~same & (photos.classes[left] == photos.classes[right]),
    )
