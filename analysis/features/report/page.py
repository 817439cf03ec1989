"""report.html from evaluations: the answer, an instrument over every case, charts, the machines."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, Sequence

from ...show import charts, html, units
from ...statistics import model
from ..advise import trial
from ..advise.text import held_out_error
from . import data, machine, words
from ...files.results import Results
from ...statistics.stats import Evaluation

_TEMPLATE = Path(__file__).with_name("report.html.jinja")
_SCRIPT = Path(__file__).with_name("report.js")
_STYLE = Path(__file__).with_name("report.css")
_REASONS_SHOWN = 20
_MOST_CASES_DRAWN = 2000  # beyond them the charts would be thousands
_TITLES = {
    "backends": "Which backend is fastest",
    "workers": "How far it scales",
    "payload": "What communication costs",
    "tasksize": "How long a task must be",
    "distribution": "The samples behind it",
    "winners": "Which backend wins where",
    "costs": "Where the time goes",
    "skew": "Unequal tasks",
    "oversubscription": "More workers than cores",
    "memory": "What is held in memory",
    "completion": "When results are there",
    "hosts": "What further hosts gain",
}
_FIRST = ("winners", "payload", "costs")  # what answers most comes first


def render(evaluations: Sequence[tuple[str, Evaluation]]) -> bytes:
    """The page as UTF-8; each evaluation with the name of its file."""
    script = _SCRIPT.read_text(encoding="utf-8")
    fitted = [model.fit(evaluation) for _, evaluation in evaluations]
    sections, missing = _sections(evaluations)
    return html.render(
        _TEMPLATE,
        {
            "files": [_file(name, one, costs) for (name, one), costs in zip(evaluations, fitted)],
            "sections": sections,
            "missing": missing,
            "data": html.safe(data.page_data(evaluations)),
            "script": html.safe(script),
            "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            "own_css": html.safe(_STYLE.read_text(encoding="utf-8")),
        },
    )


def _file(name: str, evaluation: Evaluation, costs: model.CostModel | None) -> dict[str, Any]:
    results = evaluation.results
    return {
        "name": name,
        "place": f"{results.context.cpu or 'unknown CPU'}, {units.count(results.context.cores, 'core')}",
        "summary": words.summary(evaluation, costs),
        "examples": words.examples(costs, results.context.usable_cores) if costs else [],
        "workers": units.count(results.context.usable_cores, "worker"),
        "error": _error(costs),
        "trial": _trial(results) if costs else "",
        "facts": machine.facts(results),
        "findings": machine.findings(results),
        "disturbances": machine.disturbances(results),
        "command": machine.command(results),
        "lost": _lost(results),
    }


def _error(costs: model.CostModel | None) -> str:
    if costs is None:
        return ""
    median, ninety = held_out_error(costs)
    return (
        f"median {median:.1%}, 90 % within {ninety:.1%}, over {units.count(len(costs.held_out), 'case')} of "
        f"{units.count(len(costs.backends), 'backend')}"
    )


def _trial(results: Results) -> str:
    """How its advice did on random shapes, or how to find out."""
    kept = trial.kept(results)
    return kept.text() if kept else "not done with this file"


def _lost(results: Results) -> list[tuple[str, int]]:
    """Failed samples and skipped cases with their reasons, the most frequent first."""
    reasons = Counter(f"failed ({f.kind}): {f.name}: {f.reason}" for f in results.failures)
    reasons.update(f"skipped: {skip.case.backend}: {skip.reason}" for skip in results.skipped)
    return reasons.most_common(_REASONS_SHOWN)


def _sections(evaluations: Sequence[tuple[str, Evaluation]]) -> tuple[list[dict[str, Any]], list[str]]:
    """For each kind of chart its figures, those of several files side by side; what was not drawn."""
    order = [*_FIRST, *(chart for chart in charts.CHARTS if chart not in _FIRST)]
    sections, missing = [], []
    count = 0
    cases = sum(len(evaluation.of_role("case")) for _, evaluation in evaluations)
    if cases > _MOST_CASES_DRAWN:
        few = f"at most {_MOST_CASES_DRAWN:,} cases, not {cases:,}: `breakeven charts` draws any file"
        return [], [f"{_TITLES.get(chart, chart)}: needs {few}" for chart in order]
    for chart in order:
        drawn: dict[str, list[dict[str, Any]]] = {}
        needs = ""
        for file, evaluation in evaluations:
            needs, figures = charts.draw(chart, evaluation)
            for name, figure in figures:
                heading = " ".join(figure.texts[0].get_text().split())  # what it shows, in words
                count += 1
                svg = html.inline_svg(figure, f"f{count}", heading)
                drawn.setdefault(name, []).append({"title": heading, "file": file, "svg": svg})
        if drawn:
            rows = list(drawn.values())
            sections.append({"name": chart, "title": _TITLES.get(chart, chart), "rows": rows})
        else:
            missing.append(f"{_TITLES.get(chart, chart)}: needs {needs}")
    return sections, missing
