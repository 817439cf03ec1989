"""Instruction counts beside the time: a rule of their own, shown, and deciding nothing."""

import math
import random

import fake_program
import pytest

from analysis.features.check import metrics
from analysis.features.check.pairs import Rounds


def counted(factor, rounds=15, noise=0.0005):
    """Pairs of counts, head's larger by `factor`."""
    rng = random.Random(1)
    base = tuple(math.log(5e7) + rng.gauss(0, noise) for _ in range(rounds))
    head = tuple(math.log(5e7 * factor) + rng.gauss(0, noise) for _ in range(rounds))
    return metrics.judge(Rounds(base, head, base))


@pytest.mark.parametrize("factor, word", [(1.10, "more"), (1.02, "more"), (1.005, "equal"), (0.9, "fewer")])
def test_a_change_beyond_one_per_cent_is_named(factor, word):
    found = counted(factor)
    assert found.word == word and found.change.value == pytest.approx(factor, rel=0.001)


def test_a_change_at_the_margin_is_unclear():
    assert counted(1.01).word == "unclear"


def test_noisy_counts_are_unclear():
    assert counted(1.0, noise=0.1).word == "unclear"


def test_too_few_rounds_for_99_per_cent_say_nothing():
    assert counted(1.5, rounds=7).word == "unclear"  # 2 / 2^7 > 1 %
    assert counted(1.5, rounds=8).word == "more"


def test_more_instructions_in_the_same_time_stay_a_remark(check, tmp_path):
    program = fake_program.make(tmp_path, instructions={"head": {"openmp": 1.2}})
    assert check(program) == 0 and check.verdicts()["openmp"] == "same"
    said = {case["label"].split(" ")[0]: case["instructions"]["verdict"] for case in check.json["cases"]}
    assert said == {"thread_pool": "equal", "openmp": "more", "fork_pool/pipe": "equal", "std_async": "equal"}
    assert "+20.0 % (more)" in check.text and "instructions" in (check.out / "check.md").read_text()


def test_where_the_kernel_counts_nothing_there_is_no_column(check, tmp_path):
    assert check(fake_program.make(tmp_path)) == 0
    assert "instructions" not in check.text
    assert all(case["instructions"] is None for case in check.json["cases"])
