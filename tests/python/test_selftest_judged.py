"""The self-test on data whose truth is known: it passes intervals that hold and fails those that do not."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
import selftesting

from analysis.features.intervals import comparisons, judge, measures, plan
from analysis.features.intervals.comparisons import Comparison
from analysis.statistics.rate import Rate
from analysis.statistics.stats import Estimate
from analysis.features.intervals.stopping import PRECISION, ROUNDS, Stopped

pytestmark = pytest.mark.xdist_group("selftest judged")

NOISES = (selftesting.symmetric, selftesting.skewed, selftesting.bimodal)


@pytest.fixture(scope="module", params=NOISES, ids=[noise.__name__ for noise in NOISES])
def report(request):
    return judge.judge(selftesting.made(request.param, seed=2))


def finding(report, key):
    return next(f for section in report.sections for f in section.findings if f.key == key)


def keys(findings):
    return {finding.key for finding in findings}


# Intervals that hold. Of 300 comparisons a coverage of 95 % is known to 1.3 points, so exact intervals miss
# a gate now and then; what follows are bounds of some three standard deviations.


@pytest.mark.parametrize("key, least, most", [
    ("same-coverage-50", 0.4, 0.6), ("same-coverage-80", 0.72, 0.88), ("same-coverage-95", 0.91, 0.985),
    ("early-coverage-95", 0.91, 0.99), ("same-pull95", 0.8, 1.25), ("pairs-coverage-95", 0.915, 0.98),
    ("planted-work-found", 1.0, 1.0), ("planted-work-covered", 0.88, 1.0),
    ("planted-work-median", 0.045, 0.055), ("sessions-median", 0.0, 0.003),
    ("half-width-median", 0.005, 0.016), ("rounds-mean", 26, 42),
])
def test_intervals_that_hold_are_found_to_hold(report, key, least, most):
    assert least <= finding(report, key).value <= most


def test_every_case_of_every_run_is_counted(report):
    assert finding(report, "same-coverage-95").share.count == 300
    assert report.kinds[-1].kind == "all" and report.kinds[-1].coverage.count == 300
    assert sum(row.coverage.count for row in report.kinds[:-1]) == 300


# Intervals that do not


def scaled(factor):
    true_interval = Comparison.interval

    def interval(self, level):
        e = true_interval(self, level)
        if e.low is None:
            return e
        low, high = e.value - factor * (e.value - e.low), e.value + factor * (e.high - e.value)
        return Estimate(e.value, low, high, e.count)

    return interval


def test_intervals_twice_as_wide_pass_no_pull(monkeypatch):
    monkeypatch.setattr(Comparison, "interval", scaled(2.0))
    missed = judge.judge(selftesting.made(runs=30, reference_rounds=120))
    assert finding(missed, "same-pull95").value < 0.7
    assert {"same-pull95", "same-coverage-50", "same-coverage-95"} <= keys(missed.missed)


def test_intervals_of_two_thirds_of_their_width_are_caught(monkeypatch):
    monkeypatch.setattr(Comparison, "interval", scaled(0.7))
    missed = judge.judge(selftesting.made(runs=30, reference_rounds=600))
    assert finding(missed, "same-pull95").value > 1.2
    assert {"same-pull95", "same-coverage-95", "pairs-coverage-95"} <= keys(missed.missed)


def test_a_bias_that_the_program_does_not_know_of_is_caught():
    missed = judge.judge(selftesting.made(shift=0.01, reference_rounds=120))
    assert {"same-coverage-50", "same-coverage-80", "same-coverage-95", "same-pull95"} <= keys(missed.missed)


def test_wide_noise_misses_the_gates_of_width_and_of_rounds():
    wide = selftesting.made(lambda dice: dice.gauss(0, 0.3), runs=30, reference_rounds=120)
    missed = judge.judge(wide)
    assert {"half-width-median", "half-width-p90", "rounds-mean"} <= keys(missed.missed)
    assert finding(missed, "same-coverage-95").share.count == 300  # those at the cap count too
    assert "planted-work-found" in keys(missed.missed)


def test_an_effect_that_is_not_there_is_missed():
    none = selftesting.made(planted=0.0, reference_rounds=120)
    assert "planted-work-found" in keys(judge.judge(none).missed)


def test_runs_that_differ_by_themselves_show_a_spread_between_them():
    data = selftesting.made(runs=30, reference_rounds=120)
    dice = random.Random(5)
    runs = tuple(replace(run, series={n: moved(s, dice.gauss(0, 0.02)) for n, s in run.series.items()})
                 for run in data.runs)
    spread = finding(judge.judge(replace(data, runs=runs)), "sessions-median").value
    assert 0.02 < spread < 0.037  # two cases' own: 0.02 times the root of two


def moved(series, by):
    times = {build: tuple(round(t * math.exp(by)) for t in own) for build, own in series.times_ns.items()}
    return replace(series, times_ns=times)


# What is counted


def comparison(logs, truth=0.0, why=ROUNDS):
    return Comparison("quiet", Stopped(tuple(logs), len(logs), why), truth)


def test_no_interval_is_a_miss():
    few = [comparison([0.0, 0.1, 0.2]), comparison([])]
    assert measures.coverage(few, 0.95) == Rate(0, 2)
    assert measures.pull95(few) == math.inf and measures.half_widths(few) == [math.inf, math.inf]


def test_a_pull_is_the_error_over_the_room_on_its_side():
    lopsided = [-0.01, 0, 0, 0.04, 0.05, 0.06]  # the 95 % interval of six: nearly the least and the largest
    low = comparison(lopsided).interval(0.95).low
    assert measures.pull95([comparison(lopsided, truth=low)]) == pytest.approx(1.0)
    assert measures.pull95([comparison(lopsided, truth=0.02)]) == pytest.approx(0.0)


@pytest.mark.parametrize("hits, count, low, high", [
    (279, 300, 0.895, 0.956), (0, 10, 0.0, 0.308), (10, 10, 0.692, 1.0), (1, 2, 0.0126, 0.9874),
])
def test_exact_bounds_of_a_share(hits, count, low, high):
    assert Rate(hits, count).bounds() == pytest.approx((low, high), abs=5e-4)


def test_a_truth_that_was_measured_takes_its_share_of_the_coverage():
    of_40 = Comparison("quiet", Stopped((0.0,) * 40, 40, PRECISION), 0.0, reference_rounds=540)
    assert measures.exact_coverage([of_40], 0.95) == pytest.approx(0.9414, abs=5e-4)


# The reference run


def test_subsets_are_disjoint_and_their_truth_is_the_rest():
    parts = comparisons.random_parts(600)
    assert len(parts) == 10 * len(plan.SUBSET_SEEDS)
    assert sorted(number for part in parts[:10] for number in part.judged) == list(range(600))
    assert all(sorted([*part.judged, *part.truth]) == list(range(600)) for part in parts)
    assert parts == comparisons.random_parts(600)


def test_windows_are_judged_against_what_is_outside_of_them():
    parts = comparisons.consecutive_parts(600, 3)
    assert len(parts) == 9 and list(parts[1].judged[:3]) == [1, 4, 7]
    assert all(min(abs(a - b) for a in part.judged for b in part.truth) >= 1 for part in parts)
    assert set(parts[0].truth).isdisjoint(range(180)) and len(parts[0].truth) == 420


@pytest.mark.parametrize("rounds", [0, 59, 60])
def test_a_reference_run_without_rounds_to_spare_judges_nothing(rounds):
    assert comparisons.random_parts(rounds) == [] and comparisons.consecutive_parts(rounds, 1) == []


def test_a_run_that_ends_before_its_rule_is_an_error():
    data = selftesting.made(runs=1, reference_rounds=120)
    first = data.runs[0].series["case-0"]
    short = replace(first, starts_ms=first.starts_ms[:20],
                    times_ns={build: own[:20] for build, own in first.times_ns.items()})
    cut = replace(data, runs=(replace(data.runs[0], series={**data.runs[0].series, "case-0": short}),))
    with pytest.raises(comparisons.BadData, match="run 1, case-0: ends after 20 rounds"):
        judge.judge(cut)
