"""`breakeven judge`: the rule of `--precision`, for data at hand."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from program import Bench


def even_spread(count: int, half_width: float) -> list[float | None]:
    """So many logarithms that lie evenly within +-half_width."""
    return [half_width * (2 * i / (count - 1) - 1) for i in range(count)]


def judge(bench: Bench, logs: list[float | None], round_s: float = 5, **changes: Any) -> dict[str, Any]:
    question = {"precision": 0.02, "most_rounds": 60, "starts_s": [round_s * i for i in range(len(logs))],
                "logs": logs, **changes}
    done = bench("judge", stdin=json.dumps(question) + "\n")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def test_it_stops_when_the_interval_is_narrow(bench: Bench) -> None:
    assert judge(bench, even_spread(12, 0.01)) == {"stop": "precision", "rounds": 12}
    assert judge(bench, even_spread(12, 0.1)) == {"stop": None, "rounds": 12}


@pytest.mark.parametrize("factor, stop", [(0.95, "precision"), (1.1, None)])
def test_it_judges_the_99_percent_interval(bench: Bench, factor: float, stop: str | None) -> None:
    # Of 12 values it reaches the second from either end: 9/11 of the half spread.
    assert judge(bench, even_spread(12, math.log1p(0.02) * 11 / 9 * factor))["stop"] == stop


def test_twelve_ratios_that_alternate_between_the_modes_are_not_precise(bench: Bench) -> None:
    # 6 rounds in each mode, 7 % apart: within 5 % of their middle, and two figures. A rule that does not know
    # the modes stops here.
    logs: list[float | None] = [0.035 * (-1) ** i + 0.0005 * i for i in range(12)]
    far = [i % 2 == 1 for i in range(12)]
    assert judge(bench, logs, precision=0.05) == {"stop": "precision", "rounds": 12}
    assert judge(bench, logs, precision=0.05, far=far) == {"stop": None, "rounds": 12}


def test_the_rounds_must_span_several_modes_of_the_machine(bench: Bench) -> None:
    assert judge(bench, even_spread(20, 0.001), round_s=29 / 19)["stop"] is None


def test_it_gives_up_at_the_last_round(bench: Bench) -> None:
    assert judge(bench, even_spread(60, 1)) == {"stop": "rounds", "rounds": 60}


def test_what_comes_after_the_stop_does_not_count(bench: Bench) -> None:
    logs: list[float | None] = [0.001 * (i % 5) for i in range(28)] + [5.0] * 10
    assert judge(bench, logs, round_s=1.2) == {"stop": "precision", "rounds": 28}


def test_a_failed_round_counts_as_due(bench: Bench) -> None:
    logs = [None if i == 3 else 0.0 for i in range(40)]
    assert judge(bench, logs, round_s=1.2) == {"stop": "precision", "rounds": 28}


def test_a_case_that_only_fails_is_not_stopped_before_the_last_round(bench: Bench) -> None:
    assert judge(bench, [None] * 60) == {"stop": "rounds", "rounds": 60}


_RULE = '{"precision": 0.02, "most_rounds": 60, "starts_s": [1], '


@pytest.mark.parametrize(
    "text", ["", "[]", '{"precision": 0.02}', _RULE + '"logs": []}', _RULE + '"logs": ["x"]}']
)
def test_what_is_not_a_question_is_refused_in_one_line(bench: Bench, text: str) -> None:
    refused = bench("judge", stdin=text + "\n")
    assert refused.code == 2 and "judge" in refused.complaint
