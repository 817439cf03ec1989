"""Known reds: slowdowns of named cases that a repository accepts, up to a size, with the reason.

They stand in breakeven.json (`accept`), or as a trailer of a commit between base and head:

    Breakeven-Accept: BM_parse/1024 10% the new check of the input is worth it
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Sequence

from . import revisions
from .options import fraction
from .recipe import Accepted
from .sequence import CaseOutcome, Outcome
from .verdict import Judged, Word
from ...files.errors import UsageError

TRAILER = "Breakeven-Accept"
_VALUE = re.compile(r"(.*\S)\s+(\d+(?:\.\d+)?%)\s+(\S.*)")


def of_commits(root: Path, base: str, head: str) -> list[Accepted]:
    """From the messages of the commits that head has and base has not. Raises UsageError."""
    form = f"--format=%h%x09%(trailers:key={TRAILER},valueonly,unfold,separator=%x09)"
    said = revisions.git(root, "log", form, "--end-of-options", f"{base}..{head}").stdout
    found = []
    for line in said.splitlines():
        commit, *values = line.split("\t")
        for value in filter(None, map(str.strip, values)):
            match = _VALUE.fullmatch(value)
            if not match:
                raise UsageError(f"commit {commit}: {TRAILER}: {value}: expected `CASE 10% the reason`")
            found.append(Accepted(match[1], fraction(match[2], TRAILER), match[3], f"commit {commit}"))
    return found


def apply(outcome: Outcome, accepted: Sequence[Accepted]) -> Outcome:
    """Reds that are accepted are none; one that is slower than accepted stays, and says so."""
    by_case = {one.case: one for one in accepted}
    cases = {
        name: replace(case, judged=_settled(case, by_case[name])) if name in by_case else case
        for name, case in outcome.cases.items()
    }
    return replace(outcome, cases=cases)


def _settled(case: CaseOutcome, accepted: Accepted) -> Judged:
    judged = case.judged
    if judged.word not in (Word.SLOWER, Word.SUSPECT):
        return judged
    change = (case.again or case.rounds).change_ratio - 1
    limit = f"{100 * accepted.up_to:g} %"
    if change > accepted.up_to:
        return replace(judged, why=f"{judged.why}; {accepted.origin} accepts no more than {limit}")
    why = f"{judged.why}; up to {limit} is accepted: {accepted.reason} ({accepted.origin})"
    return Judged(Word.ACCEPTED, why)


def notes(outcome: Outcome, accepted: Sequence[Accepted]) -> list[str]:
    """A sentence for each line that is needed no more, or names no case."""
    found = []
    for one in accepted:
        case = outcome.cases.get(one.case)
        if case is None:
            found.append(f"{one.origin} accepts a slowdown of {one.case}, which is no case here.")
        elif case.judged.word in (Word.SAME, Word.FASTER):
            found.append(f"{one.origin} accepts a slowdown of {one.case}, which is not slower.")
    return found
