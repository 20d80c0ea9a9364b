"""Figure 5: open replies of PersonaVLM against three other models, compared by a judge.

200 random questions of Persona-MME; the judge was Gemini-2.5-Pro. The figures are the labels of the
bars as the paper's text has them; which of two labels is the ties and which the losses was told
from their order, where nothing else says so. Nothing is said on the order in which the two replies
were shown, on a second judge, or on people who judged; the published prompt speaks of the person's
traits and does not give them.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.published.table import SOURCE

FIGURE = f"{SOURCE}, Figure 5"
QUESTIONS = 200
JUDGE = "Gemini-2.5-Pro"


@dataclass(frozen=True, slots=True)
class Versus:
    """PersonaVLM against one model, in percent. None: which of the labels it is cannot be told.

    note: what is not certain, or cannot be compared as it stands.
    """

    opponent: str
    wins: float
    ties: float | None
    loses: float | None
    note: str = ""


FIGURE_5 = (
    Versus(
        "Qwen2.5-VL-7B", 92.5, None, None,
        "The other two labels are 2.5 and 5.0; which is the ties and which the losses cannot be "
        "told.",
    ),
    Versus(
        "InternVL3-8B", 84.0, 7.5, 8.5,
        "Which is the ties and which the losses is told from the order of the labels alone.",
    ),
    Versus("GPT-4o", 79.0, 5.0, 16.0, "The text confirms the 16% of losses."),
)  # fmt: skip


def versus(*labels: str) -> Versus | None:
    """The comparison with a model, by what the paper's tables call its row; None without one."""
    return next((one for one in FIGURE_5 if one.opponent in labels), None)
