"""The search for a commit, and when a step is decided."""

from __future__ import annotations

import math
import random

import pytest

from analysis.features.bisect.search import Answer, Like, nearer, search


def asked(count, first_bad, odd={}):
    """What a search finds, and which commits it asks for, where `odd` ones answer something else."""
    seen = []

    def ask(number):
        seen.append(number)
        return odd.get(number) or Answer(Like.BAD if number >= first_bad else Like.GOOD, 0.001, 10)

    return search(count, ask), seen


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
def test_every_commit_is_found_in_as_many_steps_as_that_takes(count):
    for first_bad in range(count):
        ended, seen = asked(count, first_bad)
        assert (ended.first, ended.last) == (first_bad, first_bad)
        assert len(seen) <= math.ceil(math.log2(count)) and len(set(seen)) == len(seen)
        assert ended.error == pytest.approx(0.001 * len(seen))


@pytest.mark.parametrize("like", [Like.SKIPPED, Like.UNDECIDED])
def test_a_commit_without_an_answer_is_passed_over(like):
    ended, _ = asked(9, 6, {4: Answer(like), 3: Answer(like)})
    assert (ended.first, ended.last) == (6, 6)


def test_what_stays_open_is_named_as_a_range():
    odd = {number: Answer(Like.SKIPPED) for number in (3, 4, 5)}
    ended, _ = asked(9, 4, odd)
    assert (ended.first, ended.last) == (3, 6)


def sides(rounds, place, gap=0.05, noise=0.01, seed=1):
    """Logarithms of good, middle and bad; `place`: 0 by good, 1 by bad."""
    rng = random.Random(seed)
    return [[rng.gauss(gap * at, noise) for _ in range(rounds)] for at in (0, place, 1)]


@pytest.mark.parametrize("place, like", [(0, Like.GOOD), (1, Like.BAD), (0.5, Like.UNDECIDED)])
def test_a_commit_is_like_the_one_whose_times_it_has(place, like):
    assert nearer(*sides(15, place), looks=2).like is like


def test_too_few_rounds_decide_nothing():
    assert nearer(*sides(9, 1), looks=1).like is Like.UNDECIDED
    assert nearer(*sides(10, 1), looks=1).like is Like.BAD


def test_a_wrong_answer_is_as_rare_as_said():
    """A commit halfway between: either answer is wrong, and all eight looks are taken."""
    wrong = 0
    for seed in range(400):
        good, middle, bad = sides(60, 0.5, gap=0.0, seed=seed)
        answers = [nearer(good[:n], middle[:n], bad[:n], 1) for n in (10, 15, 20, 60)]
        wrong += any(answer.like is not Like.UNDECIDED for answer in answers)
    assert wrong <= 8  # 4 looks x 2 sides x 0.001 x 400 = 3.2 at most; P(X > 8) < 1 %
