"""The rules: from intervals to verdicts. Every threshold of the claims has its name and its reason here.

A rule looks at whole intervals: a statement is proven, refuted, or left open, and what is left open is never
called either. Where the file lacks the data, the verdict is `not measured`.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Callable, Iterable, Sequence

from ...show import units
from .model import Verdict, Word
from ...statistics.stats import Estimate

# A gain below this is none: a run minutes later differs by up to 2.6 % more than its interval says
# (docs/method.md), and twice that is the least that a reader should build on.
NO_GAIN = 1.05

# What moves the time by less than a tenth does not matter for a choice, by more it does. One threshold
# decides both ways, so that no claim gets a milder one. A tenth is small beside the factor near 2 that two
# workers bring.
MATTERS = 1.10

SAME_BAND = (1 / MATTERS, MATTERS)

# Of what the workers could bring at best, at least this share must arrive for a plain "there is a speed-up".
FULL_SHARE = 0.5

# A task as short as this is all overhead for a pool of processes; who measured none has not looked where
# differences between two pools are largest.
SHORT_TASK_NS = 10_000.0

# Tasks as long as this hide what handing them out costs (63 us each, where it is worst).
LONG_TASK_NS = 500_000.0


_NO_PAIR = "no such pair of cases in the file"


def not_measured(missing: str) -> Verdict:
    return Verdict(Word.NOT_MEASURED, missing)


def _without_interval(estimate: Estimate) -> Verdict:
    return not_measured(f"{units.count(estimate.count, 'round')}; an interval needs at least 6")


def _too_wide(estimate: Estimate) -> Verdict:
    return not_measured(f"the interval {interval_text(estimate)} is too wide to tell: more rounds are needed")


def interval_text(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "–"
    return f"{units.ratio_number(estimate.low)} – {units.ratio_number(estimate.high)}"


NO_GAIN_RULE = (
    f"Holds if the whole interval lies below {NO_GAIN:g}×; fails if it lies above; holds within the "
    f"interval's upper end if that is below {MATTERS:g}×."
)


def no_gain(speedup: Estimate) -> Verdict:
    """There is no speed-up."""
    if speedup.low is None or speedup.high is None:
        return _without_interval(speedup)
    if speedup.high <= NO_GAIN:
        return Verdict(Word.HOLDS)
    if speedup.low > NO_GAIN:
        return Verdict(Word.FAILS)
    if speedup.high <= MATTERS:
        return Verdict(Word.WITHIN, f"at most {units.ratio(speedup.high)}")
    return _too_wide(speedup)


def weakest(rule: Callable[[Estimate], Verdict], speedups: Sequence[Estimate], what: str) -> Verdict:
    """What a rule says of all of them, named: of those that hold within a limit the widest one."""
    every = [rule(speedup) for speedup in speedups]
    limits = [(speedup, one) for speedup, one in zip(speedups, every) if one.word is Word.WITHIN]
    verdict = all_of(every)
    if verdict.word is not Word.WITHIN:
        return verdict
    # One rule's limits are all upper or all lower ends; the widest is the one that all of them meet.
    upper = [one for _, one in limits if one.detail.startswith("at most")]
    pick = max if upper else min
    _, one = pick(limits, key=lambda pair: (pair[0].high if upper else pair[0].low) or 0.0)
    return Verdict(Word.WITHIN, f"{what} {one.detail}")


def full_gain(workers: int) -> float:
    """The speed-up from which on a gain is called one without reserve: 1.5 with 2 workers."""
    return 1 + FULL_SHARE * (workers - 1)


GAIN_RULE = (
    f"Holds if the whole interval lies above 1 + {FULL_SHARE:g} (workers - 1); holds within its lower end if "
    f"that is above {NO_GAIN:g}×; fails if the whole interval lies below {NO_GAIN:g}×."
)


def gain(speedup: Estimate, workers: int) -> Verdict:
    """There is a speed-up."""
    if speedup.low is None or speedup.high is None:
        return _without_interval(speedup)
    if speedup.low >= full_gain(workers):
        return Verdict(Word.HOLDS)
    if speedup.low > NO_GAIN:
        return Verdict(Word.WITHIN, f"at least {units.ratio(speedup.low)}")
    return Verdict(Word.FAILS) if speedup.high <= NO_GAIN else _too_wide(speedup)


class State(Enum):
    SAME = "same"
    DIFFERENT = "different"
    OPEN = "open"


def compared(ratio: Estimate, margin: float = MATTERS) -> State:
    """Same: the whole interval within the margin either way. Different: the whole interval beyond it."""
    if ratio.low is None or ratio.high is None:
        return State.OPEN
    if 1 / margin <= ratio.low and ratio.high <= margin:
        return State.SAME
    return State.DIFFERENT if ratio.low > margin or ratio.high < 1 / margin else State.OPEN


def faster(ratio: Estimate) -> str:
    """Of the executor's time / the pool's, in words."""
    pool = "Pool is faster" if ratio.value > 1 else "ProcessPoolExecutor is faster"
    return {State.SAME: "the same", State.OPEN: "undecided", State.DIFFERENT: pool}[compared(ratio)]


def matters_rule(some: str) -> str:
    return f"Holds if {some} the whole interval lies beyond {MATTERS:g}× either way"


def matters(ratios: Sequence[Estimate], missing: str = _NO_PAIR) -> Verdict:
    """Something makes a difference: some ratio is different; refuted if all are the same."""
    if not ratios:
        return not_measured(missing)
    states = [compared(ratio) for ratio in ratios]
    if State.DIFFERENT in states:
        return Verdict(Word.HOLDS)
    if all(state is State.SAME for state in states):
        return Verdict(Word.FAILS)
    return _open(ratios)


def _open(ratios: Sequence[Estimate]) -> Verdict:
    return undecided([ratio for ratio in ratios if compared(ratio) is State.OPEN])


def undecided(estimates: Sequence[Estimate]) -> Verdict:
    """What estimates that leave a question open still need: rounds for an interval, or a narrower one."""
    short = [estimate for estimate in estimates if estimate.low is None]
    return _without_interval(short[0]) if short else _too_wide(estimates[-1])


SAME_FROM_RULE = (
    f"At one size two cases are the same if the whole interval of their ratio lies within {MATTERS:g}× "
    "either way, different if it lies beyond, else open. From the longest tasks down, open sizes are passed "
    "over until one is decided. If that is different, the claim fails. If it is the same, the claim holds "
    "within tasks from the shortest time on from which all sizes up to it are the same; without limit if "
    f"these are all sizes and one of at most {SHORT_TASK_NS / 1000:g} µs is among them. What is open beside "
    "that is named."
)


def same_from(points: Sequence[tuple[float, Estimate]]) -> Verdict:
    """From which task time on, in ns, two ways take the same time; several ratios may stand at one time."""
    if not points:
        return not_measured(_NO_PAIR)
    states: dict[float, set[State]] = {}
    for x, ratio in points:
        states.setdefault(x, set()).add(compared(ratio))
    sizes = sorted(states)
    alike = [x for x in sizes if states[x] == {State.SAME}]
    decided = [x for x in sizes if x in alike or State.DIFFERENT in states[x]]
    if not decided:
        return _open([ratio for x, ratio in points if x == sizes[-1]])
    end = sizes.index(decided[-1])
    if sizes[end] not in alike:
        return Verdict(Word.FAILS, _named_open([x for x in sizes if x not in decided]))
    start = end
    while start > 0 and sizes[start - 1] in alike:
        start -= 1
    shortest, longest = units.time(sizes[start]), units.time(sizes[end])
    if passed_over := _named_open(sizes[end + 1:]):
        span = f"{shortest} to {longest}" if start < end else shortest
        return Verdict(Word.WITHIN, f"they differ by less than a tenth at tasks of {span} ({passed_over})")
    if start == 0 and sizes[0] <= SHORT_TASK_NS:
        return Verdict(Word.HOLDS)
    return Verdict(Word.WITHIN, f"they differ by less than a tenth from {shortest} a task on")


def _named_open(sizes: Sequence[float]) -> str:
    return f"open: tasks of {', '.join(map(units.time, sizes))}" if sizes else ""


def crossing(points: Sequence[tuple[float, float]], margin: float = MATTERS) -> float | None:
    """The task time in ns at which the difference falls to the margin; `points`: task time and ratio, sorted.

    Between the last ratio beyond the margin and its neighbour, interpolated in logarithms of the time and of
    the difference: what handing a task out costs is a share of the task that falls as the task grows.
    """
    limit = math.log(margin)
    logs = [(math.log(x), abs(math.log(value))) for x, value in points]
    for (x0, y0), (x1, y1) in reversed(list(zip(logs, logs[1:]))):
        if y0 > limit >= y1:
            share = math.log(y0 / limit) / math.log(y0 / max(y1, limit / 100))
            return math.exp(x0 + (x1 - x0) * share)
    return None


ALL_RULE = "The claim holds if all findings that decide it hold, and is as limited as they are."


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The weakest of them. One that fails refutes the whole, whatever else was not measured."""
    every = list(verdicts)
    for word in (Word.FAILS, Word.NOT_MEASURED):
        if found := [verdict for verdict in every if verdict.word is word]:
            return found[0]
    limits = list(dict.fromkeys(verdict.detail for verdict in every if verdict.word is Word.WITHIN))
    return Verdict(Word.WITHIN, "; ".join(limits)) if limits else Verdict(Word.HOLDS)


def some_of(parts: Sequence[tuple[str, Verdict]]) -> Verdict:
    """Of several named parts those that hold: all of them, within some, or none."""
    known = [(name, verdict) for name, verdict in parts if verdict.word is not Word.NOT_MEASURED]
    if not known:
        return parts[0][1] if parts else not_measured("nothing of the kind in the file")
    good = [name for name, verdict in known if verdict.word is not Word.FAILS]
    if not good:
        return Verdict(Word.FAILS)
    if len(good) == len(parts):
        return Verdict(Word.HOLDS)
    return Verdict(Word.WITHIN, f"for {', '.join(good)} alone")


def agrees(ratio: Estimate, claimed: float) -> State:
    """Whether a ratio agrees with a factor that somebody published for another machine.

    The same: the whole interval within half of the way from 1 to the factor, in logarithms, on either side.
    No two machines agree better on what handing out a task costs. Different: the whole interval outside.
    """
    low, high = claimed ** 0.5, claimed ** 1.5
    if ratio.low is None or ratio.high is None:
        return State.OPEN
    if low <= ratio.low and ratio.high <= high:
        return State.SAME
    return State.DIFFERENT if ratio.high < low or ratio.low > high else State.OPEN
