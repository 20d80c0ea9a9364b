"""Every plot that the runs of a folder give: drawn anew, and those of before taken away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.report.accuracy import accuracy
from eval.report.comparison import SLUG, Comparison
from eval.report.cost import cost
from eval.report.drawing import Drawn, draw
from eval.report.evolution import evolution
from eval.report.sections import Section
from eval.report.shares import shares


def plots(found: Sequence[Section], judged: Comparison, folder: Path) -> dict[str, list[Drawn]]:
    """By the section's slug, and that of Fig. 5. folder: for the files; it holds nothing else."""
    folder.mkdir(exist_ok=True)
    drawn = {
        section.slug: [
            draw(plot, folder) for kind in (accuracy, cost, evolution) for plot in kind(section)
        ]
        for section in found
    }
    drawn[SLUG] = [draw(plot, folder) for plot in shares(judged)]
    names = {plot.name for several in drawn.values() for plot in several}
    for path in folder.iterdir():
        if path.suffix in (".png", ".svg") and path.stem not in names:
            path.unlink()  # of runs that are no longer there
    return drawn
