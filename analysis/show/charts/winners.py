"""The map of winners: which backend is fastest, and by how much, over task size and payload."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Callable, Sequence

from ...statistics import stats
from .. import units
from . import families, frame, scales, style, text
from ..naming import special_words
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Estimate, Evaluation

NEEDS = "one workload measured with at least two task sizes and two sizes of payload"

_CELL = 0.62  # inches high
_SIZE = 8.0


@dataclass(frozen=True)
class Cell:
    """The fastest way of one shape; `lead`: its time to the next backend's, paired; None: it is alone."""

    case: Case
    winner: CaseEstimate
    lead: Estimate | None

    @property
    def pays(self) -> bool:
        return self.winner.speedup is not None and self.winner.speedup.value > 1

    @property
    def tied(self) -> bool:
        """The lead's interval holds 1, or there is none to tell."""
        return self.lead is not None and (self.lead.low is None or self.lead.low <= 1)


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per workload and number of workers, with a panel per direction of the payload."""
    look = style.Look.of(evaluation)
    known = [e for e in evaluation.of_role("case") if e.speedup and e.case.cost_ns and e.case.workers > 1]
    figures = []
    for _, members in families.grouped(known, _plane):
        found = [_cell(evaluation, shape) for _, shape in families.grouped(members, _place)]
        cells = _one_a_place([cell for cell in found if cell is not None])
        panels = [
            (f"Payload {direction}", part)
            for belongs, direction in families.DIRECTIONS if _is_map(part := _part(cells, belongs))
        ]
        if panels:
            figures.append((_name(panels[0][1][0].case), _figure(evaluation, look, panels)))
    return figures


def _plane(case: Case) -> Any:
    return families.fixed(case, "cost", "payload", "tasks")


def _place(case: Case) -> Any:
    return case.cost, case.in_bytes, case.out_bytes, case.tasks


def _cell(evaluation: Evaluation, shape: Sequence[CaseEstimate]) -> Cell | None:
    """The fastest, and its lead over the fastest of another backend; None of fewer than two backends."""
    ranked = sorted(shape, key=lambda e: -e.speedup.value if e.speedup else 0.0)
    winner = ranked[0]
    others = [e for e in ranked if e.case.backend != winner.case.backend]
    if not others:
        return None
    lead = stats.paired_ratio(evaluation.rounds(others[0]), evaluation.rounds(winner))
    return Cell(winner.case, winner, lead)


def _one_a_place(cells: Sequence[Cell]) -> list[Cell]:
    """Where a place was measured with several numbers of tasks: the longest job."""
    best: dict[Any, Cell] = {}
    for cell in cells:
        key = (_cost(cell.case), cell.case.in_bytes, cell.case.out_bytes)
        if key not in best or cell.case.tasks > best[key].case.tasks:
            best[key] = cell
    return list(best.values())


def _cost(case: Case) -> str:
    return case.cost_label or str(case.cost)


def _payload(case: Case) -> int:
    return max(case.in_bytes, case.out_bytes)


def _part(cells: Sequence[Cell], belongs: Callable[[Case], bool]) -> list[Cell]:
    """The cells of one direction, without task sizes and payloads of which only stray cells were measured."""
    part = [cell for cell in cells if belongs(cell.case)]
    while True:
        kept = _without_strays(_without_strays(part, _cost_of, _payload_of), _payload_of, _cost_of)
        if len(kept) == len(part):
            return kept
        part = kept


def _without_strays(
    part: list[Cell], line: Callable[[Cell], Any], across: Callable[[Cell], Any]
) -> list[Cell]:
    """Without the lines that are less than half full."""
    full = len({across(cell) for cell in part})
    counts = Counter(line(cell) for cell in part)
    return [cell for cell in part if counts[line(cell)] * 2 >= full]


def _cost_of(cell: Cell) -> str:
    return _cost(cell.case)


def _payload_of(cell: Cell) -> int:
    return _payload(cell.case)


def _is_map(part: Sequence[Cell]) -> bool:
    payloads = {_payload(cell.case) for cell in part}
    return len(payloads) >= 2 and len({_cost(cell.case) for cell in part}) >= 2 and max(payloads) > 0


def _figure(evaluation: Evaluation, look: style.Look, panels: Sequence[tuple[str, list[Cell]]]) -> Any:
    case = panels[0][1][0].case
    heights = [_CELL * len({_payload(cell.case) for cell in cells}) for _, cells in panels]
    labels = [units.size(_payload(cell.case)) for _, cells in panels for cell in cells]
    left = 0.55 + max(text.width(label, style.TICK_SIZE) for label in labels) / 72
    figure, axes = frame.make(
        f"{case.workload}: which backend wins, {units.count(case.workers, 'worker')}"
        + "".join(f", {words}" for words in special_words(case)),
        "In each cell: the fastest backend, its speed-up over the baseline, and how much longer the next "
        "best takes. ≈ a tie: the lead is within the error. Grey: the plain loop is fastest.",
        evaluation.results.context,
        heights,
        frame.Margins(left=left, right=0.3, top=0.36),
        _finding([cell for _, cells in panels for cell in cells]),
    )
    for ax, (title, cells) in zip(axes, panels):
        frame.panel_title(ax, title)
        _panel(ax, look, cells)
    return figure


def _finding(cells: Sequence[Cell]) -> str:
    """`thread_pool wins 9 of 20 shapes; 8 are ties; in 3 the plain loop is fastest`."""
    unique = {(cell.winner.block, cell.winner.case.workers): cell for cell in cells}.values()
    if any(cell.lead is not None and cell.lead.low is None for cell in unique):
        return ""
    wins = Counter(cell.winner.case.backend for cell in unique if cell.pays and not cell.tied)
    ties = sum(cell.pays and cell.tied for cell in unique)
    lost = sum(not cell.pays for cell in unique)
    parts = [f"{name} wins {count}" for name, count in wins.most_common(2)]
    parts[:1] = [f"{part} of {units.count(len(unique), 'shape')}" for part in parts[:1]]
    parts += [f"{ties} {'is a tie' if ties == 1 else 'are ties'}"] if ties else []
    parts += [f"in {lost} the plain loop is fastest"] if lost else []
    return "; ".join(parts)


def _panel(ax: Any, look: style.Look, cells: Sequence[Cell]) -> None:
    times = {_cost(cell.case): cell.case.cost_ns or 0.0 for cell in cells}
    columns = {cost: i for i, cost in enumerate(sorted(times, key=times.__getitem__))}
    rows = {payload: i for i, payload in enumerate(sorted({_payload(cell.case) for cell in cells}))}
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(rows) - 0.5))
    ax.set(xlabel="time of one task", ylabel="payload per task")
    names = {_cost(cell.case): _cost_text(cell.case) for cell in cells}
    scales.named_ticks(ax, "x", [names[cost] for cost in columns])
    scales.named_ticks(ax, "y", [units.size(payload) for payload in rows])
    ax.grid(False)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    room = 0.96 * ax.get_window_extent().width / len(columns) / (ax.figure.dpi / 72) - 18
    mode = look.naming.modes([cell.winner for cell in cells])[0]
    for cell in cells:
        _draw_cell(ax, look, cell, columns[_cost(cell.case)], rows[_payload(cell.case)], room, mode)


def _draw_cell(
    ax: Any, look: style.Look, cell: Cell, x: int, y: int, room: float, mode: str
) -> None:
    from matplotlib.patches import Rectangle

    color = look.colors[cell.winner.case.backend] if cell.pays else style.FAINT
    name = look.naming.label(cell.winner, mode) if cell.pays else cell.winner.baseline
    ax.add_patch(Rectangle(
        (x - 0.48, y - 0.46), 0.96, 0.92, facecolor=color, alpha=0.14, edgecolor="none", gid="cell",
        label=f"_{style.plain(name)}", zorder=1,
    ))
    ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.035, 0.92, facecolor=color, edgecolor="none", zorder=1.5))
    lines = [(word, style.INK, "bold") for word in style.plain(name).replace(",", "\n", 1).split("\n")]
    lines.append((_gain(cell), style.MUTED, "normal"))
    for line, (word, ink, weight) in enumerate(lines):
        ax.annotate(
            text.shorten(word, _SIZE, room, weight), (x, y), xytext=(2, 6.0 * (len(lines) - 1) - 12 * line),
            textcoords="offset points", ha="center", va="center", fontsize=_SIZE, color=ink,
            fontweight=weight, zorder=3, gid="cell label",
        )


def _gain(cell: Cell) -> str:
    """`1.98×, next +12 %`, `1.98×, next 2.1×`, `1.98×, ≈ tie`; for the plain loop: the best backend's."""
    assert cell.winner.speedup is not None
    speedup = units.ratio(cell.winner.speedup.value)
    if not cell.pays:
        return f"best: {speedup}"
    if cell.lead is None:
        return speedup
    lead = 100 * (cell.lead.value - 1)
    percent = f"{lead:+.0f} %" if lead < 1000 else f"{units.ratio(cell.lead.value)}"
    return f"{speedup}, {'≈ tie' if cell.tied else f'next {percent}'}"


def _cost_text(case: Case) -> str:
    label = case.cost_label or units.round_time(case.cost_ns or 0.0)
    return label.replace("us", " µs").replace("ms", " ms")


def _name(case: Case) -> str:
    return families.slug("winners", case.workload, *families.special_slugs(case), families.workers_word(case))
