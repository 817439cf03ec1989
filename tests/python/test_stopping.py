"""Stopping by precision, held to the same vectors as tests/cpp/stop_rule_test.cpp."""

from __future__ import annotations

import math

import pytest
from test_stats import GOLDEN

from analysis.statistics.stopping import GO_ON, PRECISION, ROUNDS, PrecisionRule, Stopped, stop

RULE = PrecisionRule(0.02, 60)


def even_spread(count, half_width):
    """So many logarithms that lie evenly within +-half_width."""
    return [half_width * (2 * i / (count - 1) - 1) for i in range(count)]


def test_it_stops_when_the_interval_is_narrow():
    assert RULE.judge(even_spread(12, 0.01), 12, 100) == PRECISION
    assert RULE.judge(even_spread(12, 0.1), 12, 100) == GO_ON


@pytest.mark.parametrize("factor, verdict", [(0.95, PRECISION), (1.1, GO_ON)])
def test_it_judges_the_99_percent_interval(factor, verdict):
    # Of 12 values it reaches the second from either end: 9/11 of the half spread.
    assert RULE.judge(even_spread(12, math.log1p(0.02) * 11 / 9 * factor), 12, 100) == verdict


def test_the_golden_vector_is_too_wide_for_2_percent_and_narrow_enough_for_16():
    # Half its 99 % interval is 0.147.
    assert PrecisionRule(0.02, 60).judge(GOLDEN, 12, 100) == GO_ON
    assert PrecisionRule(0.158, 60).judge(GOLDEN, 12, 100) == GO_ON
    assert PrecisionRule(0.159, 60).judge(GOLDEN, 12, 100) == PRECISION


@pytest.mark.parametrize("rounds", range(6, 60))
def test_it_looks_every_four_rounds_from_the_twelfth(rounds):
    look = rounds >= 12 and rounds % 4 == 0
    assert RULE.judge(even_spread(rounds, 0.001), rounds, 100) == (PRECISION if look else GO_ON)


def test_the_rounds_must_span_several_modes_of_the_machine():
    assert RULE.judge(even_spread(20, 0.001), 20, 29) == GO_ON


def test_it_gives_up_at_the_last_round():
    assert RULE.judge(even_spread(60, 1), 60, 100) == ROUNDS


def test_a_case_that_only_fails_is_not_stopped():
    assert RULE.judge([], 12, 100) == GO_ON
    assert RULE.judge([], 60, 100) == ROUNDS


def test_what_comes_after_the_stop_does_not_count():
    logs = [0.001 * (i % 5) for i in range(28)] + [5.0] * 10
    assert stop([1.2 * i for i in range(38)], logs, RULE) == Stopped(tuple(logs[:28]), 28, PRECISION)


def test_rounds_that_end_before_the_rule_does_have_no_end():
    assert stop([1.2 * i for i in range(20)], [0.0] * 20, RULE) is None


def test_a_failed_round_counts_as_due_and_gives_no_value():
    logs = [None if i == 3 else 0.0 for i in range(40)]
    stopped = stop([1.2 * i for i in range(40)], logs, RULE)
    assert stopped.rounds == 28 and len(stopped.logs) == 27
