"""Whom made-up people are for."""

from enum import StrEnum


class Split(StrEnum):
    """Whom people are for; names, stories and templates of the two never meet."""

    TRAIN = "train"
    TEST = "test"
