"""The check as Markdown: for a pull request's comment or a job's summary."""

from __future__ import annotations

from typing import Sequence

from ...show import tables, units
from ...show.tables import plain
from . import metrics
from .report import CaseReport, Report, interval, machine, percent
from .verdict import Word

_MARKS = {
    Word.SLOWER: "🔴 slower", Word.FASTER: "🟢 faster", Word.SAME: "⚪ same",
    Word.SUSPECT: "🟠 suspect", Word.ACCEPTED: "🟣 slower, accepted",
    Word.INCONCLUSIVE: "🟡 inconclusive", Word.CONTAMINATED: "🟡 inconclusive: contaminated",
}


def render(report: Report) -> str:
    """The whole text; ends with a line feed."""
    planted = f" with {100 * report.plant:g} % of work planted" if report.plant else ""
    head = ["case", "base", "change", "95 % interval", "rounds", "verdict"]
    columns = "lrrrrl"
    beside = report.metrics()
    head, columns = [*head, *(metrics.NAMES[metric] for metric in beside)], columns + "r" * len(beside)
    parts = [
        f"### Performance: {_MARKS[report.word]}",
        f"{plain(report.head)}{planted} against {plain(report.base)}, "
        f"suite {plain(report.suite)}: {report.tally()}.",
        tables.markdown(head, columns, [_row(case, beside) for case in report.cases]),
    ]
    told = [case for case in report.cases if case.word is not Word.SAME]
    reasons = [f"- {plain(case.label)}: {plain(case.why)}" for case in told]
    reasons += [f"- left out: {plain(name)}: {plain(reason)}" for name, reason in report.left_out.items()]
    if reasons:
        parts.append("\n".join(reasons))
    if report.note:
        parts.append(plain(report.note))
    parts.append(
        f"<sub>change: head's time / base's, median of neighbours in time. {plain(machine(report))}; "
        f"{report.seconds:.0f} s</sub>"
    )
    return "\n\n".join(parts) + "\n"


def _row(case: CaseReport, beside: Sequence[str]) -> list[str]:
    again = "" if case.confirmation is None else f" + {case.confirmation.count}"
    cells = [
        plain(case.label), units.time(case.base_ns), percent(case.change.value), plain(interval(case.change)),
        f"{case.rounds}{again}", _MARKS[case.word],
    ]
    for metric in beside:
        found = case.beside.get(metric)
        cells.append(f"{percent(found.change.value)} ({found.word})" if found else "–")
    return cells
