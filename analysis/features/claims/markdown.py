"""claims.md: the claims as Markdown, for issues and documents; no string of the file can mark up anything."""

from __future__ import annotations

from typing import Sequence

from . import page, text
from .costs import Costs
from .model import Claim, Finding, Unit, Verdict
from ...show.tables import markdown as table, plain
from ...statistics.stats import Evaluation


def render(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> str:
    """The whole document; ends with a line feed."""
    parts = [
        "# Threads, processes and APIs in Python: the claims, measured",
        plain(page.source(evaluation)),
        verdicts(claims),
        *(_claim(number, claim) for number, claim in enumerate(claims, 1)),
        *(["## What a task and a byte cost", *map(cost_table, costs)] if costs else []),
    ]
    return "\n\n".join(parts) + "\n"


def verdicts(claims: Sequence[Claim]) -> str:
    rows = [
        [f"{number}. {plain(claim.title)}: {plain(claim.gist)}", _verdict(claim.verdict), plain(claim.answer)]
        for number, claim in enumerate(claims, 1)
    ]
    return table(["claim", "verdict", "what was found"], "lll", rows)


def _claim(number: int, claim: Claim) -> str:
    parts = [
        f"## {number}. {plain(claim.title)}",
        f"> {plain(claim.gist)}",
        f"{_verdict(claim.verdict)}{'. ' + plain(claim.answer) if claim.answer else ''}.",
        f"*Experiment.* {plain(claim.experiment)}",
        f"*Rule.* {plain(claim.rule)}",
        *map(plain, claim.notes),
    ]
    for finding in claim.findings:
        parts += _finding(finding, claim.rule)
    if claim.table:
        rows = [[plain(cell) for cell in row] for row in claim.table.rows]
        parts += [table(list(claim.table.head), "l" * len(claim.table.head), rows), plain(claim.table.note)]
    return "\n\n".join(parts)


def _finding(finding: Finding, shown_rule: str) -> list[str]:
    beside = "" if finding.decides else " (beside the claim: does not decide it)"
    rule = "" if finding.rule == shown_rule else f" *Rule.* {plain(finding.rule)}"
    parts = [f"### {plain(finding.statement)}", f"{_verdict(finding.verdict)}{beside}.{rule}"]
    if finding.figures:
        rows = [
            [
                plain(figure.label),
                text.value_text(figure.unit, figure.estimate),
                text.bounds_text(figure.unit, figure.estimate),
                f"{figure.estimate.count}",
                plain(figure.note),
            ]
            for figure in finding.figures
        ]
        parts.append(table(["case", plain(finding.measure), "95 % interval", "rounds", ""], "lrrrl", rows))
    return parts


def cost_table(costs: Costs) -> str:
    head = ["way", costs.unit, "95 % interval"]
    if costs.reference:
        head += [f"over {plain(costs.reference)}", "95 % interval"]
    rows = []
    for row in costs.rows:
        own = row.cost.estimate
        cells = [plain(row.cost.label), text.value_text(Unit.TIME, own), text.bounds_text(Unit.TIME, own)]
        if costs.reference:
            cells += [show(Unit.RATIO, row.over_reference) for show in (text.value_text, text.bounds_text)]
        rows.append(cells)
    return f"{plain(costs.what)}; {plain(costs.how)}\n\n{table(head, 'l' + 'r' * (len(head) - 1), rows)}"


def _verdict(verdict: Verdict) -> str:
    return f"**{verdict.shown}**" + (f": {plain(verdict.detail)}" if verdict.detail else "")
