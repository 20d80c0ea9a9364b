"""Tables 8 and 9: what PersonaVLM loses without each of its parts."""

from eval.benchmarks.p_soups import AXES
from eval.benchmarks.persona_mme import ASPECTS
from eval.case import Benchmark
from eval.published.table import Column, Note, Row, Table
from eval.scoring.groups import OVERALL, WITHOUT

SUBSET = (
    "The row's percentages are no whole numbers of the questions of the other rows: it was run on "
    "some of them only, so its distance to the full system compares two sets of questions."
)

TABLE_8 = Table(
    "8",
    "Ablations on Persona-MME, without Alignment: accuracy in percent",
    (
        *(Column(name, Benchmark.PERSONA_MME, name) for name in ASPECTS.values()),
        Column("Overall", Benchmark.PERSONA_MME, WITHOUT),
    ),
    (
        Row("32k", "", "PersonaVLM", (69.89, 76.8, 58.05, 69.02, 73.21, 86.78, 71.48)),
        Row("32k", "", "w/o Core", (73.66, 74.59, 59.32, 63.59, 67.26, 83.91, 69.80)),
        Row("32k", "", "w/o Procedural", (72.58, 79.01, 59.32, 59.78, 70.24, 85.06, 70.33)),
        Row("32k", "", "w/o Semantic", (66.67, 72.38, 59.32, 66.30, 72.02, 85.63, 69.71)),
        Row("32k", "", "w/o Episodic", (33.77, 55.35, 56.68, 66.27, 69.84, 74.07, 59.07)),
        Row("32k", "", "w/o Reasoning", (69.57, 69.7, 60.48, 62.14, 71.76, 83.61, 68.73)),
        Row("128k", "", "PersonaVLM", (69.28, 77.70, 61.50, 60.26, 75.00, 87.97, 71.05)),
        Row("128k", "", "w/o Core", (69.28, 77.70, 64.17, 58.28, 72.50, 84.21, 70.39)),
        Row("128k", "", "w/o Procedural", (69.88, 77.03, 61.50, 54.97, 69.17, 87.97, 69.39)),
        Row("128k", "", "w/o Semantic", (67.47, 73.65, 60.43, 60.93, 74.17, 88.72, 69.94)),
        Row("128k", "", "w/o Episodic", (50.60, 68.92, 60.96, 62.25, 70.00, 88.72, 65.86)),
        Row("128k", "", "w/o Reasoning", (59.21, 71.97, 57.87, 65.87, 73.39, 80.00, 67.32)),
    ),
    (
        Note(SUBSET, "32k", "w/o Episodic"),
        Note(SUBSET, model="w/o Reasoning"),
    ),
)

TABLE_9 = Table(
    "9",
    "Without the Personality Evolving Mechanism (PEM), on P-SOUPS: accuracy in percent",
    (
        *(Column(axis, Benchmark.P_SOUPS, axis) for axis in AXES),
        Column("Overall", Benchmark.P_SOUPS, OVERALL),
    ),
    (
        Row("", "", "PersonaVLM", (51.1, 53.6, 44.0, 49.6)),
        Row("", "", "w/o PEM", (48.5, 50.2, 38.3, 45.6)),
    ),
    (
        Note(
            "Printed as 9.2 below PersonaVLM; 44.0 less 38.3 is 5.7. The printed overall goes with "
            "38.3.",
            model="w/o PEM", column="Style",
        ),
        Note("Table 2 has 51.16, which rounds to 51.2.", model="PersonaVLM", column="Expertise"),
    ),
    decimals=1,
)  # fmt: skip
