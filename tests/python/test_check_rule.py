"""The rule of the verdict, against exact values and against data whose truth is known."""

import math

import numpy as np
import pytest

from analysis.features.check import rule, verdict
from analysis.features.check.rule import Look
from analysis.features.check.verdict import Judged, Trail, Word

BASE = np.log([100, 101, 99, 103, 100.5, 150, 98, 102, 100.2, 99.5, 104, 97])
HEAD = np.log([104, 107, 105, 160, 103, 106, 155, 104.5, 105.5, 108, 103.5, 102.5])


def test_golden_permutation_p_is_exact_at_twelve_rounds():
    assert rule.permutation_p(BASE, HEAD - rule.MARGIN, 1) == 0.001953125  # 8 of 4096 exchanges


def test_golden_wilcoxon_p():
    assert rule.wilcoxon_p(HEAD - BASE - rule.MARGIN) == pytest.approx(0.02124, abs=5e-6)


def test_wilcoxon_p_is_scipys_exact_one():
    scipy_stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(3).normal(0.2, 1, 25)
    expected = scipy_stats.wilcoxon(values, alternative="greater", mode="exact").pvalue
    assert rule.wilcoxon_p(values) == pytest.approx(expected, rel=1e-12)


def test_wilcoxon_p_counts_ties_exactly():
    # Sizes 1, 1, 2: ranks 1.5, 1.5, 3. W+ = 4.5 is reached by {1.5, 3} twice and by all three: 3 of 8.
    assert rule.wilcoxon_p(np.array([1.0, -1.0, 2.0])) == 3 / 8


def test_wilcoxon_p_of_nothing_but_zeros_is_one():
    assert rule.wilcoxon_p(np.zeros(20)) == 1.0


def test_the_lowest_quarter_is_the_mean_of_the_smallest():
    assert rule.lowest_quarter(np.array([8.0, 1, 3, 9, 7, 2, 6, 5])) == 1.5


def test_random_exchanges_agree_with_all_of_them():
    rng = np.random.default_rng(5)
    x = rng.normal(0, 0.02, 13)
    y = x + rng.normal(0.008, 0.02, 13)
    exact = rule.permutation_p(x, y, 1)
    assert 0.02 < exact < 0.9
    few = rule.EXCHANGES
    try:
        rule.EXCHANGES = 2**13 - 2  # one fewer than would be gone through one by one
        drawn = rule.permutation_p(x, y, 1)
    finally:
        rule.EXCHANGES = few
    assert drawn == pytest.approx(exact, rel=0.35)


def test_the_same_data_give_the_same_p_every_time():
    rng = np.random.default_rng(6)
    x, y = rng.normal(0, 0.02, (2, 60))
    first = rule.permutation_p(x, y, 7)
    rule._random_exchanges.cache_clear()
    assert rule.permutation_p(x, y, 7) == first


def test_p_values_are_uniform_at_worst_where_nothing_differs():
    rng = np.random.default_rng(7)
    p = [rule.permutation_p(*rng.normal(0, 0.02, (2, 20)), seed=1) for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_slow_mode_that_became_frequent_is_found_though_the_floor_stays():
    rng = np.random.default_rng(8)
    x, y = rng.normal(0, 0.01, (2, 60))
    y[::2] += 0.4
    more, less, only_x, only_y = rule.mode_test(x, y)
    assert (only_x, only_y) == (0, 30) and more == 2**-30 and less == 1.0


def rounds_with_a_fast_mode(rng, share):
    """60 rounds, some of which take two thirds of the time of the others."""
    return rng.normal(0, 0.02, 60) - 0.4 * (rng.random(60) < share)


def test_two_rounds_more_of_a_fast_mode_are_no_slow_mode():
    x, y = np.zeros(45), np.zeros(45)
    x[:4], y[20:26] = -0.4, -0.4  # the tenth percentile of y alone lies in the fast mode, that of x does not
    assert rule.mode_test(x, y)[:2] == (1.0, 1.0)


def test_a_build_that_became_fast_more_often_is_not_slower():
    rng = np.random.default_rng(12)
    x, y = rounds_with_a_fast_mode(rng, 0), rounds_with_a_fast_mode(rng, 0.15)
    assert rule.mode_test(x, y)[0] == 1.0


def test_the_mode_test_keeps_its_level_where_a_tenth_of_the_rounds_is_fast():
    rng = np.random.default_rng(13)
    p = [rule.mode_test(*(rounds_with_a_fast_mode(rng, 0.1) for _ in "xy"))[0] for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_small_excess_of_slow_rounds_is_not_judged():
    x, y = np.zeros(60), np.zeros(60)
    y[:5] = 0.4
    assert rule.mode_test(x, y)[0] == 1.0


def test_same_is_said_of_equal_builds_and_not_of_five_per_cent():
    rng = np.random.default_rng(9)
    x, y = rng.normal(0, 0.01, (2, 60))
    assert rule.look_at(x, y, 0.4).same
    assert not rule.look_at(x, y + math.log(1.05), 0.4).same


def test_same_is_not_said_of_one_build_with_a_slow_mode():
    rng = np.random.default_rng(10)
    x, y = rng.normal(0, 0.01, (2, 60))
    y[::3] += 0.4
    assert not rule.look_at(x, y, 0.4).same


def test_a_difference_stops_a_case_early():
    rng = np.random.default_rng(11)
    x, y = rng.normal(0, 0.01, (2, 15))
    looks = [rule.look_at(x, y + math.log(1.10), 0.1)]
    assert rule.has_stopped(looks, cases=10)
    assert rule.spent(looks, "slower") <= 0.15 / 10 and rule.spent(looks, "faster") == 1.0


def test_the_looks_share_the_error():
    looks = [look(slower=0.02, weight=0.1), look(slower=0.03, weight=0.2)]
    assert rule.spent(looks, "slower") == pytest.approx(0.15)
    assert rule.spent([], "slower") == 1.0


def test_benjamini_and_hochbergs_own_example():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
         0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # their section 3.1
    assert rule.discoveries(p, 0.05) == [True] * 4 + [False] * 11


def test_unequal_rounds_are_refused():
    with pytest.raises(ValueError, match="equally many"):
        rule.compare([1.0, 2.0], [1.0], 0.1)


def look(slower=1.0, faster=1.0, mode_slower=1.0, mode_faster=1.0, same=False, weight=1.0, rounds=15):
    return Look(rounds, weight, slower, faster, mode_slower, mode_faster, same)


def judged(*looks, control=None):
    return verdict.judge([Trail("case", looks, (control,) if control else ())])["case"]


def test_each_verdict_has_its_evidence():
    assert judged(look(slower=0.001)).word is Word.SLOWER
    assert judged(look(mode_slower=0.001)).suspect == ("mode_slower",)
    assert judged(look(faster=0.001)).word is Word.FASTER
    assert judged(look(same=True)).word is Word.SAME
    assert judged(look()).word is Word.INCONCLUSIVE
    assert judged().word is Word.INCONCLUSIVE


def test_a_base_that_differs_from_itself_contaminates_whatever_was_found():
    assert judged(look(slower=0.001), control=look(faster=0.001)).word is Word.CONTAMINATED
    assert judged(look(same=True), control=look(mode_slower=0.001)).word is Word.CONTAMINATED


def test_a_red_needs_the_same_signal_again():
    red = Judged(Word.SLOWER, "slower by more than 1 %", ("slower",))
    assert verdict.confirmed(red, look(rounds=60, slower=0.05)).word is Word.SLOWER
    assert verdict.confirmed(red, look(rounds=60, slower=0.06, mode_slower=0.001)).word is Word.INCONCLUSIVE


def test_a_second_run_of_fewer_rounds_has_to_show_it_more_clearly():
    red = Judged(Word.SLOWER, "slower by more than 1 %", ("slower",))
    assert verdict.confirmed(red, look(rounds=15, slower=0.0125)).word is Word.SLOWER
    assert verdict.confirmed(red, look(rounds=15, slower=0.02)).word is Word.INCONCLUSIVE


SAME, OPEN, RED, GREEN = Word.SAME, Word.INCONCLUSIVE, Word.SLOWER, Word.FASTER


@pytest.mark.parametrize(
    "words, suite, code, strict",
    [
        ([SAME] * 10, SAME, 0, 0),
        ([SAME] * 9 + [GREEN], GREEN, 0, 0),
        ([SAME] * 9 + [RED], RED, 1, 1),
        ([OPEN] * 9 + [RED], RED, 1, 1),
        ([SAME] * 7 + [OPEN] * 3, SAME, 0, 1),
        ([SAME] * 6 + [OPEN] * 3 + [Word.CONTAMINATED], OPEN, 3, 1),
        ([], OPEN, 3, 3),
    ],
)
def test_the_suites_verdict_and_exit_code(words, suite, code, strict):
    assert verdict.suite_verdict(words) is suite
    assert verdict.exit_code(suite, words, False) == code
    assert verdict.exit_code(suite, words, True) == strict
