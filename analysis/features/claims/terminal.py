"""The terminal's answer: each claim with its verdict and what was found. Plain ASCII, 100 columns."""

from __future__ import annotations

import textwrap
from typing import Iterator, Sequence

from ...show import units
from .model import Claim, Verdict
from ...statistics.stats import Evaluation

WIDTH = 100
_INDENT = "   "


def render(evaluation: Evaluation, claims: Sequence[Claim]) -> str:
    """Ends with a line feed."""
    return "".join(f"{line}\n" for line in _lines(evaluation, claims))


def _lines(evaluation: Evaluation, claims: Sequence[Claim]) -> Iterator[str]:
    results = evaluation.results
    context = results.context
    machine = f"{context.cpu or 'unknown CPU'}, {units.count(context.cores, 'core')}"
    rounds = units.count(context.rounds, "round")
    yield from _wrapped(f"suite {context.suite}, {rounds}, {context.date[:19]}, {machine}", "")
    if context.interrupted:
        yield "The run was interrupted: it holds what was measured until then."
    for number, claim in enumerate(claims, 1):
        yield ""
        yield from _wrapped(f"{number}  {claim.gist}", _INDENT)
        yield from _wrapped(f"{_INDENT}{_verdict(claim.verdict)}", _INDENT * 2)
        if claim.answer:
            yield from _wrapped(f"{_INDENT}{claim.answer}", _INDENT)
    if results.failures:
        yield ""
        yield f"{units.count(len(results.failures), 'sample')} failed; `breakeven summary` says why"


def _verdict(verdict: Verdict) -> str:
    return f"=> {verdict}"


def _wrapped(words: str, indent: str) -> list[str]:
    plain = units.ascii_text(words.replace("–", "..").replace("→", "->").replace("−", "-"))
    return textwrap.wrap(plain, WIDTH, subsequent_indent=indent)
