"""The files that lives are written to: training data as published, and the benchmark's layout."""

from enum import StrEnum


class Format(StrEnum):
    """sft and rl: the published training files' layouts; persona-mme: the benchmark's."""

    SFT = "sft"
    RL = "rl"
    PERSONA_MME = "persona-mme"
