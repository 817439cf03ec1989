"""The check's course: rounds up to each look, only of cases still open, then reds confirmed; in a budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, Mapping, Protocol, Sequence

from . import rule, verdict
from .pairs import Rounds
from .rule import Look
from .verdict import Judged, Trail, Word

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

    def left() -> float:
        return budget_s - (clock() - start)

    course, out_of_time = _Course(), False
    for rounds, weight in zip(rule.LOOKS, rule.WEIGHTS):
        if course.live is not None and left() < _needed(source, rounds, course.live, course):
            out_of_time = True
            break
        data = source.take(rounds, course.live, left())
        out_of_time = course.is_short(data, rounds) and left() <= 0
        course.look(data, rounds, weight, in_time=not out_of_time)
        progress(f"look at round {rounds}: {course.decided} of {len(data)} cases decided")
        if not course.live or out_of_time:
            break
    judged = course.judged()
    again = _confirm(source, judged, left, progress)
    cases = {
        trail.name: CaseOutcome(judged[trail.name], course.data[trail.name], trail, again.get(trail.name))
        for trail in course.trails()
    }
    return Outcome(cases, out_of_time, clock() - start)


@dataclass
class _Course:
    """How far the looks have come."""

    data: Mapping[str, Rounds] = field(default_factory=dict)
    looks: dict[str, list[Look]] = field(default_factory=dict)
    live: list[str] | None = None  # cases that need more; None: all, before anybody knows their names
    _offered: dict[str, int] = field(default_factory=dict)  # rounds for which the run had the time
    _ended: set[str] = field(default_factory=set)  # cases that get no more, though there was the time

    def is_short(self, data: Mapping[str, Rounds], rounds: int) -> bool:
        return any(data[name].count < rounds for name in self._asked(data))

    def look(self, data: Mapping[str, Rounds], rounds: int, weight: float, in_time: bool) -> None:
        """A case that has fewer than `rounds`, though there was the time, is looked at with those it has: its
        suite limits its rounds, or sets samples aside. It stays open as long as it still gets more. Where the
        time ends before the first look, what there is is looked at.

        How many rounds that are says nothing about which build is slower, so that every p stays valid.
        """
        for name in self._asked(data):
            count, looks = data[name].count, self.looks.setdefault(name, [])
            before = self.data[name].count if name in self.data else 0
            seen = looks[-1].rounds if looks else rule.LOOKS[0] - 1
            is_all_there_is = not in_time and not looks and count >= rule.LEAST_ROUNDS
            if count >= rounds or in_time and count > seen or is_all_there_is:
                pair = data[name].first(rounds)
                looks.append(rule.look_at(pair.base, pair.head, weight))
            if in_time:
                self._offered[name] = rounds
                if before == count < rounds:
                    self._ended.add(name)
        self.data = data
        self.live = [name for name in data if name not in self._ended and not self._has_stopped(name)]

    @property
    def decided(self) -> int:
        return sum(map(self._has_stopped, self.data))

    def trails(self) -> list[Trail]:
        return [
            Trail(name, tuple(self.looks.get(name, ())), _control(rounds, self.looks.get(name, ())))
            for name, rounds in self.data.items()
        ]

    def judged(self) -> dict[str, Judged]:
        judged = verdict.judge(self.trails())
        for name, one in judged.items():
            count = self.data[name].count
            if one.word is Word.INCONCLUSIVE and count < self._offered.get(name, 0):
                judged[name] = verdict.kept_short(one, count)
        return judged

    def _asked(self, data: Mapping[str, Rounds]) -> list[str]:
        return list(data) if self.live is None else self.live

    def _has_stopped(self, name: str) -> bool:
        return rule.has_stopped(self.looks.get(name, ()), len(self.data))


def _needed(source: Source, rounds: int, live: Sequence[str], course: _Course) -> float:
    """Seconds up to the next look, and for confirming what is red already."""
    done = max((course.data[name].count for name in live), default=0)
    trails = [Trail(name, tuple(course.looks.get(name, ())), ()) for name in course.data]
    reds = _reds(verdict.judge(trails))
    confirmation = source.seconds_for(rule.CONFIRMATION_ROUNDS, reds) if reds else 0.0
    return source.seconds_for(rounds - done, live) + confirmation


def _control(rounds: Rounds, looks: Sequence[Look]) -> tuple[Look, ...]:
    """The control at the same looks."""
    pairs = [(rounds.first(look.rounds), look.weight) for look in looks]
    return tuple(rule.compare(pair.base, pair.control, weight) for pair, weight in pairs)


def _reds(judged: Mapping[str, Judged]) -> list[str]:
    return [name for name, one in judged.items() if one.word is Word.SLOWER]


def _confirm(
    source: Source, judged: dict[str, Judged], left: Callable[[], float], progress: Callable[[str], None]
) -> Mapping[str, Rounds]:
    """Settles the reds in `judged`; the rounds of the second run. If time is short, the surest come first."""
    reds = sorted(_reds(judged), key=lambda name: judged[name].p)
    chosen = list(reds)
    while chosen and (rounds := _fitting(source, chosen, left())) < rule.LOOKS[0]:
        chosen.pop()
    again: Mapping[str, Rounds] = {}
    if chosen:
        progress(f"confirming {len(chosen)} red in {rounds} rounds")
        again = source.take_again(rounds, chosen, left())
    in_time = left() > 0 and bool(chosen) and rounds == rule.CONFIRMATION_ROUNDS
    for name in reds:
        judged[name] = _settled(judged[name], again.get(name), in_time and name in chosen)
    return again


def _fitting(source: Source, names: Sequence[str], seconds: float) -> int:
    """How many rounds of these cases there is the time for, at most those of a confirmation."""
    needed = source.seconds_for(rule.CONFIRMATION_ROUNDS, names)
    share = seconds / needed if needed > 0 else 1.0
    return int(rule.CONFIRMATION_ROUNDS * min(1.0, max(0.0, share)))


def _settled(red: Judged, again: Rounds | None, in_time: bool) -> Judged:
    """Where the clock kept the second run short, what is plain is confirmed, and nothing dismissed."""
    count = again.count if again else 0
    if again is None or count < rule.LOOKS[0]:
        return verdict.too_short_again(red, count) if in_time else verdict.unconfirmed(red)
    found = verdict.confirmed(red, rule.compare(again.base, again.head, 1.0))
    is_whole = in_time or count >= rule.CONFIRMATION_ROUNDS
    return found if is_whole or found.word is Word.SLOWER else verdict.unconfirmed(red)
