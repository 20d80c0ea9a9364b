"""Table 2: alignment, on Persona-MME and on P-SOUPS."""

from eval.benchmarks.p_soups import AXES
from eval.benchmarks.persona_mme import ALIGNMENT
from eval.case import Benchmark
from eval.published.table import CUT, Column, Note, Row, Table
from eval.scoring.groups import OVERALL

OTHERWISE = "Table 4 prints {} for the same cell."
NO_COUNT = "Not a whole number of right answers among 360."
MEAN = "The mean of the three axes as printed is {}."

TABLE_2 = Table(
    "2",
    "Personality alignment: accuracy in percent",
    (
        Column("PA 32k", Benchmark.PERSONA_MME, ALIGNMENT, "32k"),
        Column("PA 128k", Benchmark.PERSONA_MME, ALIGNMENT, "128k"),
        *(Column(axis, Benchmark.P_SOUPS, axis, "") for axis in AXES),
        Column("P-SOUPS overall", Benchmark.P_SOUPS, OVERALL, ""),
    ),
    (
        Row("", "", "Qwen2.5-VL-7B", (69.91, 52.27, 39.00, 49.34, 23.00, 37.11)),
        Row("", "", "InternVL3-8B", (55.75, 55.56, 47.16, 51.81, 26.16, 41.71)),
        Row("", "", "InternVL3-38B", (64.60, 63.01, 52.80, 53.30, 32.83, 46.32)),
        Row("", "", "Qwen3-30B-A3B", (80.09, 83.06, 51.67, 54.60, 35.16, 47.14)),
        Row("", "", "Self-Critic", (59.73, 57.66, 39.67, 49.33, 23.67, 37.50)),
        Row("", "", "Few-Shot", (None, None, 42.16, 48.66, 28.33, 39.67)),
        Row("", "", "PersonaVLM", (89.16, 92.22, 51.16, 53.65, 44.00, 49.60)),
    ),
    (
        Note(OTHERWISE.format("55.00"), model="Qwen2.5-VL-7B", column="PA 128k"),
        Note(NO_COUNT, model="Qwen2.5-VL-7B", column="PA 128k"),
        Note(OTHERWISE.format("54.17"), model="InternVL3-8B", column="PA 128k"),
        Note(OTHERWISE.format("63.06"), model="InternVL3-38B", column="PA 128k"),
        Note(NO_COUNT, model="InternVL3-38B", column="PA 128k"),
        Note(OTHERWISE.format("81.39"), model="Qwen3-30B-A3B", column="PA 128k"),
        Note(NO_COUNT, model="Self-Critic", column="PA 128k"),
        Note(CUT.format(283, 600, "47.17"), model="InternVL3-8B", column="Expertise"),
        Note(CUT.format(157, 600, "26.17"), model="InternVL3-8B", column="Style"),
        Note(CUT.format(211, 600, "35.17"), model="Qwen3-30B-A3B", column="Style"),
        Note(CUT.format(253, 600, "42.17"), model="Few-Shot", column="Expertise"),
        Note(CUT.format(307, 600, "51.17"), model="PersonaVLM", column="Expertise"),
        Note(
            "Not a whole number of right answers among 600.",
            model="InternVL3-38B", column="Expertise",
        ),
        Note(
            "Figures of this axis are no whole numbers of right answers among 600: another set of "
            "pairs, or replies that could not be read were left out.",
            column="Informativeness",
        ),
        Note(MEAN.format("37.56"), model="Self-Critic", column="P-SOUPS overall"),
        Note(MEAN.format("39.72"), model="Few-Shot", column="P-SOUPS overall"),
        Note(
            "Most rows are below the 50 of a coin; the paper does not say why, nor in which order "
            "the two replies were shown.",
            column="P-SOUPS overall",
        ),
    ),
)  # fmt: skip
