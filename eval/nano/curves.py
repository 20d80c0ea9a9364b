"""How the nano model learned: `python -m eval.nano.curves OUT` draws what its runs wrote down."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from personavlm.training.metrics import FILE, read_metrics

SMOOTH = 9  # steps of a running mean
PANELS = (("sft", "loss", "SFT: loss of the replies"), ("grpo", "reward", "GRPO: mean reward"))


def draw(out: Path) -> Path:
    """The runs that there are, side by side, as SVG and PNG; returns the SVG."""
    panels = [panel for panel in PANELS if (out / panel[0] / FILE).is_file()]
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(4.5 * len(panels), 3.2), layout="constrained", squeeze=False
    )
    for axis, (run, name, title) in zip(axes[0], panels, strict=True):
        rows = [row for row in read_metrics(out / run / FILE) if name in row]
        steps, values = [row["step"] for row in rows], [row[name] for row in rows]
        axis.plot(steps, values, color="#b8c4d0", linewidth=1, label="each step")
        axis.plot(steps, _running(values), color="#1f5f8b", label=f"mean of {SMOOTH}")
        axis.set(title=title, xlabel="optimiser step")
        axis.legend(frameon=False)
    for kind in ("svg", "png"):
        figure.savefig(out / f"curves.{kind}", dpi=150)
    pyplot.close(figure)
    return out / "curves.svg"


def _running(values: Sequence[float]) -> list[float]:
    """The mean of each value and those before it, as many as there are, up to SMOOTH."""
    windows = (values[max(0, end - SMOOTH) : end] for end in range(1, len(values) + 1))
    return [sum(window) / len(window) for window in windows]


if __name__ == "__main__":
    print(draw(Path(sys.argv[1])))
