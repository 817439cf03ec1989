"""The check's course: rounds up to each look, only of cases still open, then reds confirmed; in a budget."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Protocol, Sequence

from analysis.check import rule, verdict
from analysis.check.pairs import Rounds
from analysis.check.rule import Look
from analysis.check.verdict import Judged, Trail, Word

Clock = Callable[[], float]


class Source(Protocol):
    """Where the rounds come from: `breakeven run`, or a test."""

    def take(self, rounds: int, only: Sequence[str] | None, seconds: float) -> Mapping[str, Rounds]:
        """All rounds so far, of every case; takes more of the cases in `only` up to `rounds` of each."""
        ...

    def take_again(self, rounds: int, only: Sequence[str], seconds: float) -> Mapping[str, Rounds]:
        """So many rounds of these cases in a separate, later run."""
        ...

    def seconds_for(self, rounds: int, only: Sequence[str]) -> float:
        """What that many rounds of these cases will take, by what the run has taken so far."""
        ...


@dataclass(frozen=True)
class CaseOutcome:
    judged: Judged
    rounds: Rounds
    trail: Trail
    again: Rounds | None = None  # of the confirmation, where there was one


@dataclass(frozen=True)
class Outcome:
    """What came of a check."""

    cases: Mapping[str, CaseOutcome]
    out_of_time: bool  # the budget ended it before the rule did
    seconds: float

    @property
    def words(self) -> list[Word]:
        return [case.judged.word for case in self.cases.values()]

    @property
    def word(self) -> Word:
        return verdict.suite_verdict(self.words)


def run(
    source: Source, budget_s: float, clock: Clock = time.monotonic,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Goes through the looks, then confirms what is red. A look that will not fit the budget is not begun."""
    start = clock()
    live: list[str] | None = None  # None: all, before anybody knows their names
    data: Mapping[str, Rounds] = {}
    looks: dict[str, list[Look]] = {}
    out_of_time = False
    for rounds, weight in zip(rule.LOOKS, rule.WEIGHTS):
        left = budget_s - (clock() - start)
        if live is not None and left < _needed(source, rounds, live, looks, data):
            out_of_time = True
            break
        data = source.take(rounds, live, left)
        for name in list(data) if live is None else live:
            if data[name].count >= rounds:
                pair = data[name].first(rounds)
                looks.setdefault(name, []).append(rule.look_at(pair.base, pair.head, weight))
        live = [name for name in data if not rule.has_stopped(looks.get(name, ()), len(data))]
        progress(f"look at round {rounds}: {len(data) - len(live)} of {len(data)} cases decided")
        out_of_time = any(data[name].count < rounds for name in live)
        if not live or out_of_time:
            break
    judged = verdict.judge(_trails(data, looks))
    again = _confirm(source, judged, budget_s - (clock() - start), progress)
    return Outcome(_outcomes(data, looks, judged, again), out_of_time, clock() - start)


def _needed(
    source: Source, rounds: int, live: Sequence[str], looks: Mapping[str, Sequence[Look]],
    data: Mapping[str, Rounds],
) -> float:
    """Seconds up to the next look, and for confirming what is red already."""
    done = max((data[name].count for name in live), default=0)
    reds = _reds(verdict.judge([Trail(name, tuple(looks.get(name, ())), ()) for name in data]))
    confirmation = source.seconds_for(rule.CONFIRMATION_ROUNDS, reds) if reds else 0.0
    return source.seconds_for(rounds - done, live) + confirmation


def _trails(data: Mapping[str, Rounds], looks: Mapping[str, Sequence[Look]]) -> list[Trail]:
    return [
        Trail(name, tuple(looks.get(name, ())), _control(rounds, looks.get(name, ())))
        for name, rounds in data.items()
    ]


def _control(rounds: Rounds, looks: Sequence[Look]) -> tuple[Look, ...]:
    """The control at the same looks."""
    pairs = [(rounds.first(look.rounds), look.weight) for look in looks]
    return tuple(rule.compare(pair.base, pair.control, weight) for pair, weight in pairs)


def _reds(judged: Mapping[str, Judged]) -> list[str]:
    return [name for name, one in judged.items() if one.word is Word.SLOWER]


def _confirm(
    source: Source, judged: dict[str, Judged], left_s: float, progress: Callable[[str], None]
) -> Mapping[str, Rounds]:
    """Settles the reds in `judged`; the rounds of the second run. If time is short, the surest come first."""
    reds = sorted(_reds(judged), key=lambda name: judged[name].p)
    chosen = list(reds)
    while chosen and source.seconds_for(rule.CONFIRMATION_ROUNDS, chosen) > left_s:
        chosen.pop()
    again: Mapping[str, Rounds] = {}
    if chosen:
        progress(f"confirming {len(chosen)} red")
        again = source.take_again(rule.CONFIRMATION_ROUNDS, chosen, left_s)
    for name in reds:
        pair = again.get(name)
        if pair is None or pair.count < rule.CONFIRMATION_ROUNDS:
            judged[name] = verdict.unconfirmed(judged[name])
        else:
            judged[name] = verdict.confirmed(judged[name], rule.compare(pair.base, pair.head, 1.0))
    return again


def _outcomes(
    data: Mapping[str, Rounds], looks: Mapping[str, Sequence[Look]], judged: Mapping[str, Judged],
    again: Mapping[str, Rounds],
) -> dict[str, CaseOutcome]:
    trails: Iterable[Trail] = _trails(data, looks)
    return {
        trail.name: CaseOutcome(judged[trail.name], data[trail.name], trail, again.get(trail.name))
        for trail in trails
    }
