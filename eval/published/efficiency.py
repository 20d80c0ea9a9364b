"""Table 11: tokens and seconds an answer, on 100 random questions of Persona-MME.

Seconds are from the question to the end of the reply, without the update of the memory. The paper
does not say on which hardware.
"""

from eval.published.table import Column, Note, Row, Table

QUESTIONS = 100
TABLE_11 = Table(
    "11",
    f"Efficiency on {QUESTIONS} random questions of Persona-MME",
    (Column("Tokens", None, "tokens"), Column("Seconds", None, "seconds")),
    (
        Row("", "full context", "Qwen2.5-VL-7B", (43530, 8.4)),
        Row("", "", "w/o Reasoning", (2726, 2.09)),
        Row("", "", "PersonaVLM", (2170, 10.18)),
    ),
    (
        Note(
            "The text says 4.8 times as fast as the baseline; 8.4 s by 2.09 s is 4.02.",
            model="w/o Reasoning", column="Seconds",
        ),
        Note(
            "The text says 21.1% more than the baseline; 10.18 s by 8.4 s is 21.2%.",
            model="PersonaVLM", column="Seconds",
        ),
    ),
)  # fmt: skip


def row_of(*labels: str) -> Row | None:
    """The row that the table calls by any of these labels."""
    return next((row for row in TABLE_11.rows if row.label in labels), None)
