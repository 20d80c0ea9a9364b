"""The report's plots: what was written beside what the paper printed of its own data.

matplotlib belongs to the extra `eval`; without it there is a report all the same, and it says so.
Figures are made without pyplot, which would keep them in global state; the same figures give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personavlm.synthesis.report import FIG_7, FIG_8_AXES, REPORT, TABLE_6
from personavlm.synthesis.store import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = "plots"
OURS, PAPER, FAINT = "#1d7a70", "#c4560f", "#8a897f"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "personavlm",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.edgecolor": FAINT,
}
BINS = 12
Figures = Mapping[str, Any]


def illustrate(figures: Figures, out: Path) -> None:
    """Draw all plots below a run's folder, and add them to its report."""
    lines = ["", "## Plots", ""]
    if find_spec("matplotlib") is None:
        lines.append("None were drawn: that needs `pip install 'personavlm[eval]'`.")
    else:
        folder = out / FOLDER
        folder.mkdir(exist_ok=True)
        for name, (about, plot) in _PLOTS.items():
            if _save(plot, figures, folder / name):
                lines += [f"![{about}]({FOLDER}/{name}.png)", "", f"{about}.", ""]
    report = out / REPORT
    write(report, report.read_text("utf-8") + "\n".join(lines).rstrip() + "\n")


def _save(plot: Callable[[Figures], Figure | None], figures: Figures, path: Path) -> bool:
    """Write `path` as SVG and PNG; whether there is anything to draw."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = plot(figures)
        if figure is None:
            return False
        figure.draw_without_rendering()  # which lays it out: once is enough
        figure.set_layout_engine("none")
        figure.savefig(path.with_name(f"{path.name}.svg"), metadata={"Date": None})
        figure.savefig(path.with_name(f"{path.name}.png"), dpi=120)
    return True


def _shares(figures: Figures) -> Figure | None:
    """Fig. 7: of what the files consist."""
    found = {name: FIG_7[name] for name in FIG_7 if figures["formats"].get(name)}
    if not found:
        return None
    axes = _panels([len(published) for published in found.values()])
    for panel, (name, published) in zip(axes, found.items(), strict=True):
        counts = [figures["formats"][name].get(kind, 0) for kind in published]
        _pairs(panel, list(published), _percent(counts), _percent(list(published.values())))
        panel.set_title(f"{name}: {sum(counts):,} rows here, {sum(published.values()):,} published")
        panel.set_xlabel("share of the rows (%)")
    return _figure_of(axes)


def _lengths(figures: Figures) -> Figure | None:
    """Fig. 8: how long lives are; its axes are all that is known of the published ones."""
    from matplotlib.ticker import MaxNLocator

    axes = _panels([3, 3])
    for panel, (unit, (least, most)) in zip(axes, FIG_8_AXES.items(), strict=True):
        panel.axvspan(least, most, color=PAPER, alpha=0.15, label="published: the axis of Fig. 8")
        panel.hist(figures["measures"][f"{unit} of each"], bins=BINS, color=OURS, label="here")
        panel.set_xlabel(f"{unit} a person")
        panel.set_ylabel("people")
        panel.yaxis.set_major_locator(MaxNLocator(integer=True))
        panel.legend(fontsize=7, frameon=False)
    return _figure_of(axes)


def _benchmark(figures: Figures) -> Figure | None:
    """Table 6: each figure on a scale of its own, by the published one."""
    names = list(TABLE_6)
    axes = _panels([len(names)])
    ours = [100 * figures["measures"][name] / TABLE_6[name] for name in names]
    labels = [f"{name}\n{figures['measures'][name]:g} / {TABLE_6[name]:g}" for name in names]
    _pairs(axes[0], labels, ours, [100.0] * len(names))
    axes[0].set_xlabel("of the published figure (%)")
    axes[0].set_title("here / published")
    return _figure_of(axes)


_PLOTS: Mapping[str, tuple[str, Callable[[Figures], Figure | None]]] = {
    "fig7-rows": ("What the training files consist of, beside the paper's Fig. 7", _shares),
    "fig8-lengths": ("How long people talk, beside the axes of the paper's Fig. 8", _lengths),
    "table6-benchmark": (
        "The figures of the paper's Table 6, which is of its benchmark",
        _benchmark,
    ),
}


def _panels(heights: Sequence[int]) -> list[Axes]:
    """One below the other."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 0.9 + 0.55 * sum(heights)), layout="constrained")
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)
    return [row[0] for row in axes]


def _figure_of(axes: Sequence[Axes]) -> Figure:
    figure = axes[0].get_figure(root=True)
    assert figure is not None, "it was made with one"
    return figure


def _pairs(
    axes: Axes, labels: Sequence[str], ours: Sequence[float], published: Sequence[float]
) -> None:
    """Two bars for each label, the first at the top."""
    places = range(len(labels))
    axes.barh([p - 0.2 for p in places], ours, 0.38, color=OURS, label="here")
    axes.barh(
        [p + 0.2 for p in places], published, 0.38, color=PAPER, hatch="//", label="published"
    )
    axes.set_yticks(list(places), list(labels))
    axes.invert_yaxis()
    axes.legend(fontsize=7, frameon=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _percent(counts: Sequence[int]) -> list[float]:
    return [100 * count / max(1, sum(counts)) for count in counts]
