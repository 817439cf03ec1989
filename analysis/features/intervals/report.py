"""The findings of a self-test as text: for the terminal, for docs/method.md, as JSON."""

from __future__ import annotations

import json
import math
from typing import Any, Mapping, Sequence

from ...show import tables
from ...show.tables import plain
from . import judge, plan
from .data import Data
from .judge import Reading, Gate, KindRow, Judgement
from ...show.units import ascii_text

MARK = "self-test"
NO_DATA = "*Not measured yet; `build/breakeven self-test --intervals --document docs/method.md` does.*"

_HEAD = ["measured", "found", "exact 95 % bounds", "asked for", ""]
_EACH_HEAD = [
    "self-test", "50 %", "80 %", "95 %", "pull95", "stopped early: 50 %", "80 %", "95 %", "pull95",
    "half-width, median", "rounds, mean", "gates missed",
]
_EACH_KEYS = (
    "same-coverage-50", "same-coverage-80", "same-coverage-95", "same-pull95",
    "early-coverage-50", "early-coverage-80", "early-coverage-95", "early-pull95",
    "half-width-median", "rounds-mean",
)
_KIND_HEAD = [
    "kind of case", "comparisons", "95 % intervals that hold", "pull95", "half-width, median",
    "90th percentile", "rounds, mean", "stopped early",
]


def _value(form: str, value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return "none"
    if form == judge.SHARE:
        return f"{value * 100:.1f} %"
    return f"{value * 100:.2f} %" if form == judge.FRACTION else f"{value:.2f}"


def _bounds(finding: Reading) -> str:
    if finding.share is None or not finding.independent:
        return ""
    low, high = finding.share.bounds()
    return f"[{low * 100:.1f}, {high * 100:.1f}]"


def _asked(form: str, gate: Gate | None) -> str:
    if gate is None:
        return ""
    if math.isinf(gate.most):
        return f"at least {_bare(form, gate.least)}"
    if math.isinf(gate.least):
        return f"at most {_bare(form, gate.most)}"
    return f"{_bare(form, gate.least, unit=False)} to {_bare(form, gate.most)}"


def _bare(form: str, value: float, unit: bool = True) -> str:
    return f"{value:g}" if form == judge.NUMBER else f"{value * 100:g}" + (" %" if unit else "")


def _row(finding: Reading, whole: bool) -> list[str]:
    word = "" if finding.met is None else "met" if finding.met else "MISSED"
    return [
        finding.what,
        _value(finding.form, finding.value),
        _bounds(finding),
        _asked(finding.form, finding.gate),
        word if whole else "",
    ]


def _kind_row(row: KindRow) -> list[str]:
    width = [_value(judge.FRACTION, value) for value in (row.half_width_median, row.half_width_p90)]
    return [
        row.kind,
        f"{row.coverage.count}",
        _value(judge.SHARE, row.coverage.value),
        _value(judge.NUMBER, row.pull95),
        *width,
        f"{row.rounds_mean:.1f}",
        _value(judge.SHARE, row.early.value),
    ]


def conclusion(report: Judgement) -> str:
    if not report.is_whole:
        whole = len(plan.SEEDS)
        return f"{report.runs} of {whole} runs: too few to judge; the gates were laid down for {whole}."
    gates = sum(finding.met is not None for finding in report.findings)
    if not report.missed:
        return f"All {gates} gates are met."
    return f"{len(report.missed)} of {gates} gates missed: {', '.join(f.key for f in report.missed)}."


def source(data: Data) -> str:
    """Where, when and by what command a self-test was measured."""
    words = data.provenance
    minutes = sum(run.wall_s for run in (*data.runs, data.reference)) / 60
    machine = f"{words.get('cpu') or 'unknown CPU'}, {words.get('cores')} cores, {words.get('kernel')}"
    program = f"program {words.get('git_revision') or 'unknown'} by {words.get('compiler')}"
    work = f"{len(data.runs)} runs and a reference run, {minutes:.0f} min of samples"
    return f"{machine}; {words.get('date')}; {program}; {work}; `{words.get('command')}`"


def each(tests: Sequence[Data]) -> str:
    """A table with a line for every self-test, judged alone."""
    rows = []
    for data in tests:
        alone = judge.judge(data)
        found = {finding.key: finding for finding in alone.findings}
        cells = [_value(found[key].form, found[key].value) if key in found else "" for key in _EACH_KEYS]
        missed = ", ".join(finding.key for finding in alone.missed) or "none"
        rows.append([str(data.provenance.get("date")), *cells, missed if alone.is_whole else "too few runs"])
    return tables.markdown(_EACH_HEAD, "l" + "r" * len(_EACH_KEYS) + "l", rows)


def markdown(tests: Sequence[Data], report: Judgement) -> dict[str, str]:
    """The places of a document: `intervals`, `kinds`, `each` and `source`."""
    parts = [f"**{conclusion(report)}**"]
    for section in report.sections:
        rows = [[plain(cell) for cell in _row(f, report.is_whole)] for f in section.findings]
        parts.append(f"{plain(section.title)}\n\n{tables.markdown(_HEAD, 'lrrrl', rows)}")
    return {
        "intervals": "\n\n".join(parts),
        "kinds": tables.markdown(_KIND_HEAD, "lrrrrrrr", [_kind_row(row) for row in report.kinds]),
        "each": each(tests),
        "source": "\n\n".join(f"Measured on: {source(data)}." for data in tests),
    }


def terminal(tests: Sequence[Data], report: Judgement) -> str:
    lines = [*(source(data).replace("`", "") for data in tests), ""]
    for section in report.sections:
        lines += [section.title, *tables.text([_row(f, report.is_whole) for f in section.findings]), ""]
    kinds = tables.text([_KIND_HEAD, *map(_kind_row, report.kinds)])
    lines += ["The same program twice, by kind of case", *kinds, "", conclusion(report)]
    return "\n".join(ascii_text(line) for line in lines) + "\n"


def as_json(tests: Sequence[Data], report: Judgement) -> str:
    document = {
        "self_test": "intervals",
        "runs": report.runs,
        "met": not report.missed if report.is_whole else None,
        "provenance": [dict(data.provenance) for data in tests],
        "sections": [
            {"key": section.key, "title": section.title,
             "findings": [_finding_json(finding, report.is_whole) for finding in section.findings]}
            for section in report.sections
        ],
        "kinds": [
            {"kind": row.kind, "comparisons": row.coverage.count, "covered": row.coverage.hits,
             "pull95": _finite(row.pull95), "half_width_median": _finite(row.half_width_median),
             "half_width_p90": _finite(row.half_width_p90), "rounds_mean": row.rounds_mean,
             "stopped_early": row.early.hits}
            for row in report.kinds
        ],
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _finding_json(finding: Reading, whole: bool) -> Mapping[str, Any]:
    entry: dict[str, Any] = {"key": finding.key, "what": finding.what, "value": _finite(finding.value)}
    if finding.share is not None:
        entry |= {"hits": finding.share.hits, "count": finding.share.count}
        if finding.independent:
            entry["low"], entry["high"] = finding.share.bounds()
    if finding.gate is not None:
        entry |= {"least": _finite(finding.gate.least), "most": _finite(finding.gate.most),
                  "met": finding.met if whole else None}
    return entry


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
