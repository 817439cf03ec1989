"""Speed-up against nodes, as it is predicted, with the wall; and against payload, as it was measured over
several links.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from .. import units
from ...files.output import write_atomically
from ...statistics.stats import Estimate
from . import frame, style

_COLORS = ("#3a6ea5", "#c2693d", "#4f8a4c", "#8a5fa8")
_MARGINS = frame.Margins(right=0.5)


@dataclass(frozen=True)
class NodesChart:
    """`points`: nodes and the speed-up with its range; `slots`: of a node, for the ideal line."""

    title: str
    finding: str
    points: tuple[tuple[float, Estimate], ...]
    wall: float
    slots: float


@dataclass(frozen=True)
class LinkLine:
    """Of one link: speed-up by payload each way, bytes, and the same as the model says it."""

    name: str
    points: tuple[tuple[float, Estimate], ...]
    predicted: tuple[tuple[float, float], ...]


def save(path: Path, chart: NodesChart) -> None:
    """As SVG or PNG, by the name's end. Raises OSError."""
    _write(draw_nodes(chart), path)


def save_links(
    path: Path, title: str, subtitle: str, source: str, panels: Sequence[tuple[str, Sequence[LinkLine]]]
) -> None:
    """A panel for each task size."""
    _write(draw_links(title, subtitle, source, panels), path)


def draw_nodes(chart: NodesChart) -> Any:
    figure, (axes,) = frame.make_with_footer(
        chart.title,
        chart.finding,
        "predicted by breakeven advise --nodes from the measured link",
        [3.4],
        _MARGINS,
    )
    xs = [nodes for nodes, _ in chart.points]
    values = [estimate.value for _, estimate in chart.points]
    axes.plot(
        xs,
        [nodes * chart.slots for nodes in xs],
        color=style.MUTED,
        linewidth=1,
        linestyle=":",
        label="ideal",
    )
    axes.fill_between(
        xs, [e.low for _, e in chart.points], [e.high for _, e in chart.points], color=_COLORS[0], alpha=0.18
    )
    axes.plot(xs, values, color=_COLORS[0], marker="o", markersize=3.5, label="speed-up")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_ylim(min(0.5, *values), 2 * max(values))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.3g}")
    axes.axhline(1, color=style.INK, linewidth=0.8)
    if xs[0] <= chart.wall <= xs[-1]:
        axes.axvline(chart.wall, color=_COLORS[1], linewidth=1.2)
        axes.annotate(
            f"wall: {units.significant(chart.wall, 2)} nodes",
            (chart.wall, axes.get_ylim()[1]),
            xytext=(4, -12),
            textcoords="offset points",
            fontsize=9,
            color=_COLORS[1],
        )
    axes.set_xlabel("nodes")
    axes.set_ylabel("speed-up over the plain loop")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def draw_links(
    title: str, subtitle: str, source: str, panels: Sequence[tuple[str, Sequence[LinkLine]]]
) -> Any:
    figure, every = frame.make_with_footer(title, subtitle, source, [2.8] * len(panels), _MARGINS)
    for axes, (name, lines) in zip(every, panels):
        sizes = sorted({payload for line in lines for payload, _ in line.points})
        places = {payload: float(place) for place, payload in enumerate(sizes)}
        for line, color in zip(lines, _COLORS):
            xs = [places[payload] for payload, _ in line.points]
            values = [estimate.value for _, estimate in line.points]
            low = [e.value - (e.low if e.low is not None else e.value) for _, e in line.points]
            high = [(e.high if e.high is not None else e.value) - e.value for _, e in line.points]
            axes.errorbar(
                xs,
                values,
                yerr=[low, high],
                color=color,
                marker="o",
                markersize=4,
                capsize=2,
                label=line.name,
            )
            axes.plot(
                [places[payload] for payload, _ in line.predicted],
                [value for _, value in line.predicted],
                color=color,
                linestyle="--",
                linewidth=1,
            )
        axes.axhline(1, color=style.INK, linewidth=0.8)
        axes.set_ylim(bottom=0)
        axes.set_xticks(
            list(places.values()), [units.size(payload) if payload else "none" for payload in places]
        )
        axes.set_xlabel("payload each way of a task")
        axes.set_ylabel("speed-up")
        axes.legend(frameon=False, fontsize=8, loc="lower left")
        frame.panel_title(axes, name)
    return figure


def _write(figure: Any, path: Path) -> None:
    import io

    import matplotlib

    data = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "breakeven"}):
        figure.savefig(
            data,
            format=path.suffix.lstrip(".") or "svg",
            metadata={"Date": None} if path.suffix == ".svg" else None,
        )
    write_atomically(path, data.getvalue())
