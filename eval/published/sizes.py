"""How many cases the published figures are over: decoded from the tables, which do not print it.

These are the only counts that make every cell of the open models' full runs, in Tables 1, 2 and 4,
a whole number of right answers. Figure 11 shows three of the 128k counts otherwise (IIR 68, RR 59,
RDC 65); the tables do not fit those.
"""

from collections.abc import Mapping

from eval.benchmarks.p_soups import AXES
from eval.benchmarks.persona_mme import ALIGNMENT, ASPECTS, TASKS
from eval.case import Benchmark
from eval.scoring.groups import MACRO, MICRO, OVERALL, WITH, WITHOUT

_ASPECTS_32K = (186, 181, 236, 184, 168, 174)
_ASPECTS_128K = (166, 148, 187, 151, 120, 133)
_TASKS_128K = (71, 95, 82, 66, 57, 74, 56, 77, 74, 57, 63, 58, 75)

SIZES: Mapping[tuple[Benchmark, str], Mapping[str, int]] = {
    (Benchmark.PERSONA_MME, "32k"): {
        **dict(zip(ASPECTS.values(), _ASPECTS_32K, strict=True)),
        ALIGNMENT: 452,
        WITHOUT: 1129,
        WITH: 1581,
    },
    (Benchmark.PERSONA_MME, "128k"): {
        **dict(zip(ASPECTS.values(), _ASPECTS_128K, strict=True)),
        **dict(zip((task for task, _ in TASKS.values()), _TASKS_128K, strict=True)),
        ALIGNMENT: 360,
        WITHOUT: 905,
        WITH: 1265,
    },
    (Benchmark.PERSONAMEM, "32k"): {MICRO: 589, MACRO: 589},
    (Benchmark.PERSONAMEM, "128k"): {MICRO: 1362, MACRO: 1362},
    (Benchmark.P_SOUPS, ""): {**dict.fromkeys(AXES, 600), OVERALL: 1800},
}
