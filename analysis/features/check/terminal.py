"""The check's answer on the terminal: the verdict, a row per case, the machine. Plain ASCII."""

from __future__ import annotations

import textwrap
from typing import Iterator, Sequence

from ...show import tables, units
from . import metrics
from .report import CaseReport, Report, interval, machine, percent

WIDTH = 110
_HEAD = ("case", "base", "change", "95 % interval", "rounds", "verdict")


def render(report: Report) -> str:
    """Ends with a line feed."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    planted = f", with {100 * report.plant:g} % planted" if report.plant else ""
    yield from _wrapped(f"suite {report.suite}: head {report.head}{planted} against base {report.base}")
    yield ""
    beside = report.metrics()
    head = (*_HEAD, *(metrics.NAMES[metric] for metric in beside))
    rows = [head, *(_row(case, beside) for case in report.cases)]
    yield from tables.text(rows, "lrrrrl" + "r" * len(beside))
    for name, reason in report.left_out.items():
        yield from _wrapped(f"  left out: {name}: {reason}")
    yield ""
    yield from _wrapped(f"{report.word.value.upper()}: {report.tally()}; {report.seconds:.0f} s")
    for case in report.cases:
        if case.why and case.word.value != "same":
            yield from _wrapped(f"  {case.label}: {case.why}")
    if report.note:
        yield from _wrapped(report.note)
    yield from _wrapped(f"machine: {machine(report)}")


def _row(case: CaseReport, beside: Sequence[str]) -> Sequence[str]:
    again = "" if case.confirmation is None else f"+{case.confirmation.count}"
    cells = [
        case.label, units.time(case.base_ns), percent(case.change.value), interval(case.change),
        f"{case.rounds}{again}", case.word.value,
    ]
    for metric in beside:
        found = case.beside.get(metric)
        cells.append(f"{percent(found.change.value)} ({found.word})" if found else "-")
    return [units.ascii_text(cell) for cell in cells]


def _wrapped(words: str) -> list[str]:
    indent = " " * (len(words) - len(words.lstrip()) + 2)
    return textwrap.wrap(units.ascii_text(words), WIDTH, subsequent_indent=indent, drop_whitespace=True)
