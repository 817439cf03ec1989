"""The statistics against golden vectors, and the pairing of samples."""

from __future__ import annotations

import math

import builder
import pytest
from builder import Block, Shape, Way

from analysis.files import results
from analysis.statistics import stats
from analysis.statistics.stats import Crossing, Estimate

BASE = [100, 101, 99, 103, 100.5, 150, 98, 102, 100.2, 99.5, 104, 97]
CASE = [104, 107, 105, 160, 103, 106, 155, 104.5, 105.5, 108, 103.5, 102.5]
GOLDEN = [math.log(base / case) for base, case in zip(BASE, CASE)]


def test_golden_vector_at_95_percent():
    estimate = stats.median_interval(GOLDEN, 0.95)
    assert estimate.value == pytest.approx(-0.053347, abs=5e-7)
    assert estimate.low == pytest.approx(-0.075887, abs=5e-7)
    assert estimate.high == pytest.approx(-0.024308, abs=5e-7)
    assert estimate.count == 12


def test_golden_vector_at_99_percent():
    estimate = stats.median_interval(GOLDEN, 0.99)
    assert (estimate.low, estimate.high) == pytest.approx((-0.300674, -0.006501), abs=5e-7)


def test_golden_rank_and_interpolation():
    rank, share = stats.interval_rank(12, 0.95)
    assert rank == 3
    assert share == pytest.approx(0.263118, abs=5e-7)


@pytest.mark.parametrize("count, rank", [(6, 1), (10, 2), (12, 3), (15, 4), (20, 6), (40, 14), (60, 22)])
def test_rank_table_at_95_percent(count, rank):
    assert stats.interval_rank(count, 0.95)[0] == rank


@pytest.mark.parametrize("count, rank", [(12, 2), (20, 4), (40, 12), (60, 20)])
def test_rank_table_at_99_percent(count, rank):
    assert stats.interval_rank(count, 0.99)[0] == rank


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_too_few_values_have_a_median_but_no_interval(count):
    estimate = stats.median_interval([float(i) for i in range(count)])
    assert estimate == Estimate((count - 1) / 2, None, None, count)


def test_no_values_are_an_error():
    with pytest.raises(ValueError):
        stats.median_interval([])


def test_the_order_of_values_does_not_matter():
    assert stats.median_interval(GOLDEN[::-1]) == stats.median_interval(GOLDEN)


def evaluate_times(baselines, cases, tmp_path):
    """One block with these baseline pairs and case times, one of each per round."""
    shape, rows = Shape(), []
    for number, (pair, time) in enumerate(zip(baselines, cases)):
        for half, value in enumerate(pair):
            way = Way("serial", 1, 1)
            rows.append(builder.row(shape, way, "baseline", half, number, value, len(rows)))
        rows.append(builder.row(shape, Way("pool", 1), "case", None, number, time, len(rows)))
    data = builder.result_file([]) | {"benchmarks": rows}
    evaluation = stats.evaluate(results.load(builder.write(tmp_path / "results.json", data)))
    return evaluation.of_role("case")[0]


def test_the_base_time_is_the_geometric_mean_of_both_halves(tmp_path):
    estimate = evaluate_times([(100.0, 400.0)], [100.0], tmp_path)
    assert estimate.speedup.value == pytest.approx(2.0)
    assert estimate.speedup.low is None


def test_the_speed_up_is_the_median_of_paired_ratios(tmp_path):
    estimate = evaluate_times([(time, time) for time in BASE], CASE, tmp_path)
    assert estimate.speedup.value == pytest.approx(math.exp(-0.053347), abs=1e-6)
    assert estimate.speedup.low == pytest.approx(math.exp(-0.075887), abs=1e-6)
    assert estimate.efficiency.value == pytest.approx(estimate.speedup.value / 2)


def test_pairing_removes_what_a_block_has_in_common(evaluate):
    estimate = evaluate([Block(Shape(), (Way("pool", 1.5),))], noise=1e-9).of_role("case")[0]
    assert estimate.speedup.low == pytest.approx(1.5, rel=1e-6)


def test_the_share_of_the_ceiling_is_paired_too(evaluate):
    evaluation = evaluate([Block(Shape(), (Way("pool", 1.5),), ceilings=((2, 2.0),))], noise=1e-9)
    assert evaluation.of_role("case")[0].ceiling_share.value == pytest.approx(0.75, rel=1e-6)
    assert evaluation.of_role("ceiling")[0].speedup.value == pytest.approx(2.0, rel=1e-6)


def test_the_ceiling_of_other_workers_is_not_used(evaluate):
    evaluation = evaluate([Block(Shape(), (Way("pool", 1.5, workers=4),), ceilings=((2, 2.0),))])
    assert evaluation.of_role("case")[0].ceiling_share is None


def test_each_case_is_compared_with_its_own_baseline(evaluate):
    ways = (Way("pool", 2.0), Way("py_pool", 0.05, baseline="py_serial"))
    data = builder.result_file([Block(Shape(), ways, ceilings=((2, 2.0),))], noise=1e-9)
    for row in data["benchmarks"]:
        if row["breakeven"]["case"]["backend"] == "py_serial":
            row["real_time"] *= 40  # Python's own loop is that much slower
    evaluation = stats.evaluate(results.typed("", data))
    python = next(e for e in evaluation.of_role("case") if e.case.backend == "py_pool")
    assert python.speedup.value == pytest.approx(2.0, rel=1e-6)
    assert python.ceiling_share.value == pytest.approx(1.0, rel=1e-6)


def test_builds_are_never_paired_with_each_other(evaluate):
    ways = (Way("pool", 2.0, build="base"), Way("pool", 1.0, build="head"))
    cases = evaluate([Block(Shape(), ways)], noise=1e-9).of_role("case")
    assert {e.build: e.speedup.value for e in cases} == pytest.approx({"base": 2.0, "head": 1.0}, rel=1e-6)


def test_a_case_without_its_baseline_has_a_time_and_no_speed_up():
    data = builder.result_file([Block(Shape(), (Way("pool", 2.0),))])
    data["benchmarks"] = [row for row in data["benchmarks"] if row["breakeven"]["role"] == "case"]
    estimate = stats.evaluate(results.typed("", data)).estimates[0]
    assert estimate.speedup is None and estimate.efficiency is None
    assert estimate.time_ns.count == 12


def test_samples_that_are_not_ok_are_left_out():
    data = builder.result_file([Block(Shape(), (Way("pool", 2.0),))])
    data["benchmarks"][2]["breakeven"]["ok"] = False
    assert stats.evaluate(results.typed("", data)).of_role("case")[0].time_ns.count == 11


def sure(value):
    return Estimate(value, value * 0.99, value * 1.01, 12)


def unsure(value):
    return Estimate(value, value * 0.5, value * 2, 12)


def test_break_even_is_interpolated_in_both_logarithms():
    (crossing,) = stats.break_even([(1024.0, sure(2.0)), (1024.0 * 16, sure(0.5))])
    assert crossing == Crossing(pytest.approx(4096.0), rising=False)


def test_break_even_knows_its_direction():
    crossings = stats.break_even([(1.0, sure(0.5)), (2.0, sure(2.0)), (4.0, sure(0.5))])
    assert [crossing.rising for crossing in crossings] == [True, False]


def test_a_line_that_hovers_about_1_breaks_even_once():
    points = [sure(2.0), unsure(0.98), unsure(1.02), unsure(0.99), sure(0.5)]
    crossings = stats.break_even([(float(2**i), e) for i, e in enumerate(points)])
    assert [c.rising for c in crossings] == [False]


def test_a_line_that_is_never_decided_has_no_break_even():
    assert stats.break_even([(1.0, unsure(0.9)), (2.0, unsure(1.1))]) == ()


def test_without_intervals_the_medians_decide():
    bare = [(1.0, Estimate(2.0, None, None, 3)), (4.0, Estimate(0.5, None, None, 3))]
    assert stats.break_even(bare) == (Crossing(pytest.approx(2.0), False),)


def test_a_point_exactly_at_1_is_where_it_crosses():
    points = [(1.0, sure(2.0)), (3.0, Estimate(1.0, 1.0, 1.0, 12)), (9.0, sure(0.5))]
    assert stats.break_even(points)[0].x == pytest.approx(3.0)


def test_a_shift_between_samples_without_pairs_has_the_interval_of_the_rank_test():
    left, right = [11.0, 12, 13, 14, 15, 16], [1.0, 2, 3, 4, 5, 6]
    # All 36 differences, 5 to 15; the normal approximation puts the ends at the sixth from either side.
    assert stats.shift(left, right) == Estimate(10.0, 7.0, 13.0, 6)


def test_a_shift_of_few_values_has_no_interval_and_of_none_is_nothing():
    assert stats.shift([3.0, 4.0], [1.0]) == Estimate(2.5, None, None, 1)
    assert stats.shift([], [1.0]) is None
