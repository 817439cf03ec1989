"""From the looks at every case to verdicts: per case, and one for the suite."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Mapping, Sequence

from ...show import units
from . import rule
from .rule import Look

UNDECIDED_SHARE = 1 / 3  # of the cases: with more of them undecided, so is the suite


class Word(Enum):
    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    ACCEPTED = "accepted"  # slower, as a line in the repository says it may be
    SUSPECT = "suspect"  # looks slower, and there was no time, or were no rounds, to confirm it
    INCONCLUSIVE = "inconclusive"
    CONTAMINATED = "contaminated"  # inconclusive, since the base binary differs from itself

    @property
    def decided(self) -> bool:
        return self not in (Word.SUSPECT, Word.INCONCLUSIVE, Word.CONTAMINATED)


@dataclass(frozen=True)
class Trail:
    """The looks at one case: head against base, and base against itself under the name of control."""

    name: str
    looks: tuple[Look, ...]
    control: tuple[Look, ...]


@dataclass(frozen=True)
class Judged:
    """A verdict with why. Of a red that is still to be confirmed: its signals, and the least p of them."""

    word: Word
    why: str = ""
    suspect: tuple[str, ...] = ()
    p: float = 1.0


def judge(trails: Sequence[Trail]) -> dict[str, Judged]:
    """The verdict of each case, before any red is confirmed: a red has `suspect`."""
    slower = _found(trails, "slower", rule.FALSE_DISCOVERIES)
    faster = _found(trails, "faster", rule.FALSE_DISCOVERIES)
    mode_slower = _found(trails, "mode_slower", rule.FALSE_MODES)
    mode_faster = _found(trails, "mode_faster", rule.FALSE_MODES)
    unlike_itself = _contaminated(trails)
    judged = {}
    for trail in trails:
        name = trail.name
        signals = tuple(
            signal for signal, found in (("slower", slower), ("mode_slower", mode_slower)) if name in found
        )
        if name in unlike_itself:
            judged[name] = Judged(Word.CONTAMINATED, "the base program differs from itself (build control)")
        elif signals:
            p = min(rule.spent(trail.looks, signal) for signal in signals)
            judged[name] = Judged(Word.SLOWER, _WHY[signals[0]], signals, p)
        elif name in faster or name in mode_faster:
            judged[name] = Judged(Word.FASTER, _WHY["faster" if name in faster else "mode_faster"])
        elif trail.looks and trail.looks[-1].same:
            judged[name] = Judged(Word.SAME, "any change is shown to be smaller than 3 %")
        else:
            judged[name] = Judged(Word.INCONCLUSIVE, "neither a change nor its absence is shown")
    return judged


_WHY = {
    "slower": "slower by more than 1 %",
    "faster": "faster by more than 1 %",
    "mode_slower": "in a slow mode more often",
    "mode_faster": "in a slow mode less often",
}


def confirmed(red: Judged, again: Look) -> Judged:
    """A red after the separate second run: it stands where one of its signals is there again."""
    if rule.confirms(again, red.suspect):
        return Judged(Word.SLOWER, f"{red.why}; confirmed by a second run")
    return Judged(Word.INCONCLUSIVE, f"looked {red.why}, which a second run did not confirm")


def unconfirmed(red: Judged) -> Judged:
    return Judged(Word.SUSPECT, f"looks {red.why}, and the budget left no time to confirm it")


_KEPT_SHORT = "the suite limits its rounds, or sets samples aside"


def too_short_again(red: Judged, rounds: int) -> Judged:
    """There was time for a whole second run."""
    why = f"looks {red.why}; a second run of {units.count(rounds, 'round')} cannot confirm it: {_KEPT_SHORT}"
    return Judged(Word.SUSPECT, why)


def kept_short(undecided: Judged, rounds: int) -> Judged:
    """Of a case that got fewer rounds than there was time for."""
    if rounds < rule.LOOKS[0]:
        got = units.count(rounds, "round")
        return replace(undecided, why=f"{got}, and a look takes {rule.LOOKS[0]}: {_KEPT_SHORT}")
    return replace(undecided, why=f"{undecided.why} in {rounds} rounds: {_KEPT_SHORT}")


def suite_verdict(words: Sequence[Word]) -> Word:
    """A confirmed red decides, then one that could not be confirmed; else it is undecided where more than a
    third of the cases are."""
    for red in (Word.SLOWER, Word.SUSPECT):
        if red in words:
            return red
    undecided = sum(not word.decided for word in words)
    if not words or undecided > UNDECIDED_SHARE * len(words):
        return Word.INCONCLUSIVE
    return Word.FASTER if Word.FASTER in words else Word.SAME


def exit_code(suite: Word, words: Sequence[Word], fail_on_inconclusive: bool, left_out: int = 0) -> int:
    """1 slower, 5 suspect, 0 faster or same, 3 inconclusive; strict: 1 where any is undecided or left out."""
    undecided = left_out + sum(not word.decided for word in words)
    if suite is Word.SLOWER or fail_on_inconclusive and undecided:
        return 1
    return 0 if suite.decided else 5 if suite is Word.SUSPECT else 3


def _found(trails: Sequence[Trail], alternative: str, q: float) -> set[str]:
    spent = [rule.spent(trail.looks, alternative) for trail in trails]
    return {trail.name for trail, found in zip(trails, rule.discoveries(spent, q)) if found}


def _contaminated(trails: Sequence[Trail]) -> set[str]:
    """By the very rule that would call the control slower or faster than base."""
    alternatives: Mapping[str, float] = {
        "slower": rule.FALSE_DISCOVERIES, "faster": rule.FALSE_DISCOVERIES,
        "mode_slower": rule.FALSE_MODES, "mode_faster": rule.FALSE_MODES,
    }
    controls = [Trail(trail.name, trail.control, ()) for trail in trails]
    return set().union(*(_found(controls, alternative, q) for alternative, q in alternatives.items()))
