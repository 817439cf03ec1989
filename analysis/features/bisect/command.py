"""Name the commit that made a program slower: the check, and a search among the
commits between a good one and a bad one."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any, Sequence

from . import search
from .search import Answer, Like
from ..check import any_program, options as words, revisions
from ..check.driver import MeasurementFailed
from ..check.pairs import BASE, CONTROL, HEAD
from ...files.processes import Processes
from ..check.program_source import ProgramSource
from ..check.repository import Built, Repository
from ..check.revisions import SourceFailed
from ..check.sequence import Outcome
from ..check.verdict import Word
from ...files.errors import UsageError
from ...files.output import make_folder, write_atomically
from ...show import units

EXAMPLES = """examples:
  breakeven bisect --good v1.2                 which commit since v1.2?
  breakeven bisect --good v1.2 --bad v1.3 --filter BM_parse

The program is built and measured as `breakeven check` does it, by the rules of
the good commit. First the whole check says what is slower; then each step
measures the clearest case alone, the commit between the good and the bad one,
until it is plainly like one of the two; in the end the commit that is named is
checked against the one before it. Merges are taken as one commit.

exit codes: 0 named; 1 more than one commit is left (some could not be built or
measured); 3 the bad commit is not slower; 2 wrong usage, a build or a
measurement failed; 4 the output failed"""

_FOUND, _SEVERAL, _NOT_SLOWER = 0, 1, 3


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "breakeven bisect --good REF [OPTION …]"
    add = parser.add_argument
    add("--good", metavar="REF", required=True, help="a commit that was fast enough")
    add("--bad", metavar="REF", default="HEAD", help="one that is not; default: HEAD")
    add("--budget", metavar="TIME", help="of each of the two whole checks; default: 4m")
    add("-o", "--out", type=Path, metavar="DIR", help="default: results/bisect-TIME")
    words.add_program_options(parser.add_argument_group("the program (docs/check.md)"))


def run(options: argparse.Namespace) -> int:
    out: Path = options.out or Path("results") / time.strftime("bisect-%Y%m%d-%H%M%S", time.gmtime())
    words.refuse_occupied(out)
    with Processes() as processes:
        folder = any_program.folder_of(options)
        repository = Repository(folder, any_program.given_by(options), processes, out)
        commits = _commits(repository.root, options.good, options.bad)
        return _Bisection(repository, processes, out, options.good, commits).run()


def _commits(root: Path, good: str, bad: str) -> list[str]:
    """After `good` up to `bad`, along first parents. Raises UsageError where bad does not come from good."""
    first, last = revisions.resolve(root, good), revisions.resolve(root, bad)
    if first == last:
        raise UsageError(f"--good {good} and --bad {bad} are the same commit")
    if revisions.git(root, "merge-base", "--is-ancestor", first, last).returncode != 0:
        raise UsageError(f"{bad} does not descend from {good}; give two commits of one line")
    said = revisions.git(root, "rev-list", "--first-parent", "--reverse", f"{first}..{last}").stdout
    return said.split()


class _Bisection:
    def __init__(
        self, repository: Repository, processes: Processes, out: Path, good: str, commits: Sequence[str]
    ) -> None:
        self._repository, self._processes, self._out = repository, processes, out
        self._good, self._commits = good, commits
        self._begun = time.monotonic()
        self._sides: tuple[Built, Built] | None = None

    def run(self) -> int:
        good, bad = self._repository.sides(self._good, self._commits[-1])
        self._repository.keep(good, bad)
        self._sides = (good, bad)
        count = units.count(len(self._commits), "commit")
        _say(f"checking {bad.described} against {good.described}, {count}")
        outcome = self._check(good, bad, "whole", None)
        cases = outcome.cases.items()
        reds = [name for name, case in cases if case.judged.word in (Word.SLOWER, Word.SUSPECT)]
        if not reds:
            return self._end(_NOT_SLOWER, {"verdict": outcome.word.value, "said": (
                f"{bad.described} is not shown to be slower than {good.described}: the check says "
                f"{outcome.word.value}. Give an older --good, or --filter for the cases that matter."
            )})
        primary = max(reds, key=lambda name: _clearness(outcome, name))
        _say(f"slower: {', '.join(reds)}; the search goes by {primary}")
        ended = search.search(len(self._commits), lambda number: self._ask(number, primary))
        return self._told(outcome, reds, primary, ended)

    def _ask(self, number: int, primary: str) -> Answer:
        assert self._sides is not None
        good, bad = self._sides
        commit = self._commits[number]
        try:
            middle = self._repository.built(commit, good.recipe)
            source = self._source(good, middle, bad, f"step-{number}")
            source.discover()
            answer = self._looked_at(source, primary)
        except (SourceFailed, MeasurementFailed) as error:
            answer = Answer(Like.SKIPPED, why=str(error))
        _say(f"{self._named(commit)}: {answer.like.value}" + (
            f" in {answer.rounds} rounds" if answer.rounds else f": {answer.why}"
        ))
        return answer

    def _looked_at(self, source: ProgramSource, primary: str) -> Answer:
        answer = Answer(Like.UNDECIDED)
        for looks, rounds in enumerate(search.LOOKS, 1):
            found = source.take(rounds, [primary], math.inf)[primary]
            answer = search.nearer(found.base, found.head, found.control, looks)
            if answer.like is not Like.UNDECIDED:
                break
        return answer

    def _source(self, good: Built, middle: Built, bad: Built | None, name: str) -> ProgramSource:
        source = any_program.source_of(good, middle, self._processes, self._out / name)
        if bad is not None:
            source.sides = {BASE: good.side, HEAD: middle.side, CONTROL: bad.side}
        return source

    def _check(self, base: Built, head: Built, name: str, only: Sequence[str] | None) -> Outcome:
        source = self._source(base, head, None, name)
        source.discover()
        if only is not None:
            source.restrict(only)
        budget = words.seconds(base.recipe.budget or words.DEFAULT_BUDGET, "--budget")
        return any_program.judged(source, budget, _say)

    def _told(self, whole: Outcome, reds: Sequence[str], primary: str, ended: search.Ended) -> int:
        left = self._commits[ended.first:ended.last + 1]
        found: dict[str, Any] = {
            "slower": {name: whole.cases[name].rounds.change_ratio for name in reds}, "searched_by": primary,
            "error": ended.error, "commits": left,
            "steps": [
                {"commit": self._commits[i], "like": one.like.value, "rounds": one.rounds, "why": one.why}
                for i, one in ended.answers.items()
            ],
        }
        if len(left) > 1:
            names = "\n".join(f"  {self._named(commit)}" for commit in left)
            why = "those between could not be built, or lie between good and bad"
            said = f"one of these made {primary} slower; {why}:\n{names}"
            return self._end(_SEVERAL, {**found, "said": said})
        return self._end(_FOUND, {**found, **self._verified(left[0], ended, primary, reds)})

    def _verified(
        self, commit: str, ended: search.Ended, primary: str, reds: Sequence[str]
    ) -> dict[str, Any]:
        """The commit against the one before it: whether it alone does it, and which of the reds are its."""
        assert self._sides is not None
        before = self._repository.built(self._before(ended.first), self._sides[0].recipe)
        self._repository.keep(before)
        culprit = self._repository.built(commit, self._sides[0].recipe)
        _say(f"checking {self._named(commit)} against the commit before it")
        outcome = self._check(before, culprit, "verification", reds)
        own = [name for name, case in outcome.cases.items() if case.judged.word is Word.SLOWER]
        gains = {name: 100 * (outcome.cases[name].rounds.change_ratio - 1) for name in own}
        changes = ", ".join(f"{name} {gain:+.1f} %" for name, gain in gains.items())
        others = [name for name in reds if name not in own]
        sure = f"{100 * (1 - ended.error):.1f} % sure by its steps"
        said = f"{self._named(commit)} made {primary} slower, {sure}"
        if primary in own:
            said += f"; against the commit before it: {changes}"
        else:
            word = outcome.cases[primary].judged.word.value if primary in outcome.cases else "left out"
            said += f"; but against the commit before it {primary} is {word}: look at it again"
        if others:
            said += f". Not its: {', '.join(others)}; search again with --filter"
        return {"commit": commit, "is_verified": primary in own, "own": own, "said": said}

    def _before(self, number: int) -> str:
        return self._commits[number - 1] if number else revisions.resolve(self._repository.root, self._good)

    def _named(self, commit: str) -> str:
        """`3f2a9c1b7d1e Sort once`"""
        form = ["log", "-1", "--format=%h %s", "--abbrev=12", commit]
        said = revisions.git(self._repository.root, *form).stdout
        return "".join(c for c in said.strip() if c.isprintable())[:100]

    def _end(self, code: int, found: dict[str, Any]) -> int:
        seconds = time.monotonic() - self._begun
        sys.stdout.write(f"{found['said']}\n{len(found.get('steps', ()))} steps, {seconds:.0f} s\n")
        make_folder(self._out)
        content = {"schema": "1.0.0", "exit_code": code, "seconds": round(seconds, 1), **found}
        write_atomically(self._out / "bisect.json", (json.dumps(content, indent=1) + "\n").encode())
        sys.stdout.write(f"{self._out}/bisect.json\n")
        return code


def _clearness(outcome: Outcome, name: str) -> float:
    """How far a change stands out of the control's: the larger, the fewer rounds a step takes."""
    rounds = outcome.cases[name].rounds
    middle = math.log(rounds.change_ratio)
    spread = sorted(abs(value - middle) for value in rounds.change)
    return middle / (spread[len(spread) // 2] + 1e-4)


def _say(text: str) -> None:
    print(f"bisect: {text}", file=sys.stderr, flush=True)
