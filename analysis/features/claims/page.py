"""claims.html: one self-contained page, without scripts and without the network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Sequence

from ...show import charts, html
from ...show.charts import frame
from . import drawing, text
from .costs import Costs
from .evidence import Evidence
from .model import Chart, Claim, Unit, Verdict, Word
from ...files.results import Results
from ...statistics.stats import Evaluation

_TEMPLATE = Path(__file__).with_name("page.html.jinja")
_LOOK = {
    Word.HOLDS: ("holds", "✓"),
    Word.WITHIN: ("limited", "≈"),
    Word.FAILS: ("fails", "✗"),
    Word.NOT_MEASURED: ("unknown", "–"),
}
_REASONS_SHOWN = 12


def render(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> bytes:
    return html.render(
        _TEMPLATE,
        {
            "source": source(evaluation),
            "file": f"{evaluation.results.path}",
            "claims": claims,
            "costs": costs,
            "missing": _missing(evaluation.results),
            "badge": _badge,
            "svg": _svg,
            "value": text.value_text,
            "bounds": text.bounds_text,
            "unit": Unit,
        },
    )


def source(evaluation: Evaluation) -> str:
    """`AMD EPYC, 2 cores · Linux 6.1 · 2026-11-22 · suite article-python · 12 rounds · … · CPython 3.11.2`"""
    evidence = Evidence(evaluation)
    python = [f"{name} {version}" for name, version in _pythons(evidence)]
    return " · ".join([frame.footer(evidence.context), *python])


def _pythons(evidence: Evidence) -> list[tuple[str, str]]:
    """Which interpreters ran the pools, as the cells said."""
    found = []
    for sample in evidence.evaluation.results.samples:
        facts = sample.facts
        if isinstance(facts.get("python"), str):
            free = ", no global lock" if facts.get("gil") == "off" else ""
            found.append((str(facts.get("implementation", "Python")), f"{facts['python']}{free}"))
    return list(dict.fromkeys(found))


def _badge(verdict: Verdict) -> Any:
    """The word with its sign, and how far it holds, or why not, or what is missing or open."""
    kind, sign = _LOOK[verdict.word]
    sign_and_word = '<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>'
    markup = html.safe(f'{sign_and_word} <span class="within">{{}}</span>')
    return markup.format(kind, sign, verdict.shown, verdict.detail)


def _svg(claim: Claim, chart: Chart) -> Any:
    with charts.style_context():
        figure = drawing.draw(chart)
    return html.inline_svg(figure, chart.name, f"{claim.title}. {chart.caption}")


def _missing(results: Results) -> list[tuple[str, int]]:
    """Failed samples and skipped cases with their reasons, the most frequent first."""
    reasons = Counter(f"failed ({f.kind}): {f.case.backend}: {f.reason}" for f in results.failures)
    reasons.update(f"skipped: {skip.case.backend}: {skip.reason}" for skip in results.skipped)
    return reasons.most_common(_REASONS_SHOWN)
