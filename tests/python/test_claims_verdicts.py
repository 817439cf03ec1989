"""The rules that turn intervals into verdicts: proven, refuted, limited, left open."""

from __future__ import annotations

import pytest

from analysis.features.claims import verdicts
from analysis.features.claims.model import Verdict, Word
from analysis.features.claims.verdicts import State
from analysis.statistics.stats import Estimate

HOLDS, WITHIN, FAILS, UNKNOWN = Word.HOLDS, Word.WITHIN, Word.FAILS, Word.NOT_MEASURED


def interval(low, high, count=12):
    return Estimate((low * high) ** 0.5, low, high, count)


NONE = Estimate(1.0, None, None, 3)


@pytest.mark.parametrize(
    "estimate, word",
    [
        (interval(0.97, 1.02), HOLDS), (interval(0.5, 0.9), HOLDS), (interval(1.01, 1.08), WITHIN),
        (interval(1.06, 1.5), FAILS), (interval(0.9, 1.4), UNKNOWN), (NONE, UNKNOWN),
    ],
)
def test_no_gain(estimate, word):
    assert verdicts.no_gain(estimate).word is word


def test_no_gain_says_within_what_it_holds():
    assert str(verdicts.no_gain(interval(1.01, 1.08))) == "holds: at most 1.08×"


@pytest.mark.parametrize(
    "estimate, workers, word",
    [
        (interval(1.88, 1.95), 2, HOLDS), (interval(1.3, 1.4), 2, WITHIN), (interval(1.88, 1.95), 8, WITHIN),
        (interval(0.9, 1.04), 2, FAILS), (interval(1.0, 1.9), 2, UNKNOWN), (NONE, 2, UNKNOWN),
    ],
)
def test_gain(estimate, workers, word):
    assert verdicts.gain(estimate, workers).word is word


def test_too_few_rounds_are_named():
    assert verdicts.gain(NONE, 2).detail == "3 rounds; an interval needs at least 6"


@pytest.mark.parametrize(
    "estimate, state",
    [
        (interval(0.95, 1.05), State.SAME),
        (interval(1.2, 1.3), State.DIFFERENT), (interval(0.5, 0.8), State.DIFFERENT),
        (interval(1.05, 1.2), State.OPEN), (interval(0.8, 1.2), State.OPEN), (NONE, State.OPEN),
    ],
)
def test_compared(estimate, state):
    assert verdicts.compared(estimate) is state


def test_something_matters_if_one_ratio_is_different():
    assert verdicts.matters([interval(0.99, 1.01), interval(2, 3)]).word is HOLDS
    assert verdicts.matters([interval(0.99, 1.01), interval(0.95, 1.05)]).word is FAILS
    assert verdicts.matters([interval(0.99, 1.01), interval(0.8, 1.3)]).word is UNKNOWN
    assert verdicts.matters([]).word is UNKNOWN


TENTH = "they differ by less than a tenth"
SAME, OTHER, OPEN = interval(0.98, 1.02), interval(5, 6), interval(0.9, 1.3)


@pytest.mark.parametrize(
    "points, word, detail",
    [
        ([(1e3, SAME), (1e5, SAME), (1e7, SAME)], HOLDS, ""),
        ([(1e5, SAME), (1e7, SAME)], WITHIN, f"{TENTH} from 100 µs a task on"),
        ([(1e3, OTHER), (1e5, SAME), (1e7, SAME)], WITHIN, f"{TENTH} from 100 µs a task on"),
        ([(1e3, SAME), (1e5, OTHER), (1e7, SAME)], WITHIN, f"{TENTH} from 10.0 ms a task on"),
        ([(1e3, OPEN), (1e5, SAME)], WITHIN, f"{TENTH} from 100 µs a task on"),
        ([(1e3, SAME), (1e5, SAME), (1e5, OTHER)], FAILS, ""),
        ([(1e3, SAME), (1e5, OTHER)], FAILS, ""),
        ([(1e3, OTHER), (1e5, OPEN)], FAILS, "open: tasks of 100 µs"),
        ([(1e3, OPEN), (1e4, OTHER), (1e5, OPEN), (1e7, OPEN)], FAILS,
         "open: tasks of 1.00 µs, 100 µs, 10.0 ms"),
        ([(1e3, SAME), (1e5, OTHER), (1e7, OPEN)], FAILS, "open: tasks of 10.0 ms"),
        ([(1e3, OTHER), (1e5, SAME), (1e7, OPEN)], WITHIN,
         f"{TENTH} at tasks of 100 µs (open: tasks of 10.0 ms)"),
        ([(1e3, SAME), (1e4, SAME), (1e5, OPEN), (1e7, OPEN)], WITHIN,
         f"{TENTH} at tasks of 1.00 µs to 10.0 µs (open: tasks of 100 µs, 10.0 ms)"),
        ([(1e3, OTHER), (1e5, OPEN), (1e7, SAME)], WITHIN, f"{TENTH} from 10.0 ms a task on"),
        ([(1e3, OTHER), (1e5, SAME), (1e5, OPEN)], FAILS, "open: tasks of 100 µs"),
        ([(1e3, OPEN), (1e5, OPEN)], UNKNOWN,
         "the interval 0.90 – 1.30 is too wide to tell: more rounds are needed"),
        ([(1e3, NONE), (1e5, NONE)], UNKNOWN, "3 rounds; an interval needs at least 6"),
        ([], UNKNOWN, "no such pair of cases in the file"),
    ],
)
def test_same_from_which_task_time_on(points, word, detail):
    assert verdicts.same_from(points) == Verdict(word, detail)


def test_the_crossing_is_where_a_price_per_task_is_a_tenth_of_the_task():
    price = 20_000.0
    points = [(task, 1 + price / task) for task in (1e3, 1e4, 1e5, 1e6, 1e7)]
    assert verdicts.crossing(points) == pytest.approx(10 * price, rel=0.06)


def test_what_never_crosses_has_no_crossing():
    assert verdicts.crossing([(1e3, 5.0), (1e6, 2.0)]) is None
    assert verdicts.crossing([(1e3, 1.0), (1e6, 1.0)]) is None
    assert verdicts.crossing([]) is None


def test_the_whole_is_as_weak_as_its_weakest_part():
    holds, within, fails = Verdict(HOLDS), Verdict(WITHIN, "x"), Verdict(FAILS)
    unknown = Verdict(UNKNOWN, "y")
    assert verdicts.all_of([holds, holds]) == holds
    assert verdicts.all_of([holds, within, within]) == within
    assert verdicts.all_of([within, Verdict(WITHIN, "z")]) == Verdict(WITHIN, "x; z")
    assert verdicts.all_of([holds, unknown]) == unknown
    assert verdicts.all_of([unknown, fails]) == fails


def test_of_several_parts_those_that_hold_are_named():
    holds, fails, unknown = Verdict(HOLDS), Verdict(FAILS), Verdict(UNKNOWN, "y")
    assert verdicts.some_of([("a", holds), ("b", holds)]) == holds
    assert verdicts.some_of([("a", holds), ("b", fails)]) == Verdict(WITHIN, "for a alone")
    assert verdicts.some_of([("a", unknown), ("b", holds)]) == Verdict(WITHIN, "for b alone")
    assert verdicts.some_of([("a", fails), ("b", fails)]) == fails
    assert verdicts.some_of([("a", unknown), ("b", unknown)]) == unknown
    assert verdicts.some_of([]).word is UNKNOWN


@pytest.mark.parametrize(
    "estimate, state",
    [
        (interval(11.5, 12.5), State.SAME), (interval(4, 5), State.SAME),
        (interval(1.0, 1.1), State.DIFFERENT), (interval(60, 70), State.DIFFERENT),
        (interval(3, 5), State.OPEN), (NONE, State.OPEN),
    ],
)
def test_a_published_factor_agrees_within_half_of_the_way(estimate, state):
    assert verdicts.agrees(estimate, 12) is state
