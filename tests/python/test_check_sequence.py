"""The course of a check within its budget: which look is not begun, and which reds are still confirmed."""

import math
import random

import pytest

from analysis.check import rule, sequence
from analysis.check.pairs import Rounds
from analysis.check.verdict import Word

ROUND_S = 1.0  # of one case


class Machine:
    """A Source with a clock of its own: every case's round takes a second, and the truths are chosen."""

    def __init__(self, changes, **noise):
        self.changes, self.noise = changes, noise
        self.now = 0.0
        self.taken = {name: 0 for name in changes}
        self.again = None

    def rounds(self, name, count, seed):
        rng, noise = random.Random(f"{name}/{seed}"), self.noise.get(name, 0.005)
        base, head, control = zip(*([rng.gauss(0, noise) for _ in range(3)] for _ in range(count)))
        return Rounds(base, tuple(t + math.log1p(self.changes[name]) for t in head), control)

    def take(self, rounds, only, seconds):
        for name in only or self.taken:
            self.now += ROUND_S * (rounds - self.taken[name])
            self.taken[name] = rounds
        return {name: self.rounds(name, count, 1) for name, count in self.taken.items()}

    def take_again(self, rounds, only, seconds):
        self.now += ROUND_S * rounds * len(only)
        self.again = list(only)
        return {name: self.rounds(name, rounds, 2) for name in only}

    def seconds_for(self, rounds, only):
        return ROUND_S * rounds * len(only)


def run(machine, budget):
    found = sequence.run(machine, budget, clock=lambda: machine.now)
    return found, {name: case.judged for name, case in found.cases.items()}


def test_time_is_kept_for_confirming_what_is_red():
    # After 15 rounds of both: the red needs 60 more, the noisy case 15 up to its next look. 100 - 30 = 70.
    machine = Machine({"red": 0.10, "open": 0.02}, open=0.05)
    found, judged = run(machine, 100)
    assert judged["red"].word is Word.SLOWER and machine.now <= 100
    assert found.cases["open"].rounds.count == 15 and found.out_of_time


def test_with_time_enough_the_open_case_is_looked_at_again():
    machine = Machine({"red": 0.10, "open": 0.02}, open=0.05)
    found, judged = run(machine, 1000)
    assert judged["red"].word is Word.SLOWER and found.cases["open"].rounds.count > 15


def test_where_time_is_short_the_surest_reds_are_confirmed_and_the_others_say_why():
    machine = Machine({"less": 0.03, "sure": 0.20, "same": 0.0}, less=0.02)
    found, judged = run(machine, 3 * 15 + 70)
    assert machine.again == ["sure"] and machine.now <= 115
    assert judged["sure"].word is Word.SLOWER and judged["same"].word is Word.SAME
    assert judged["less"].word is Word.INCONCLUSIVE
    assert judged["less"].why.endswith("and the budget left no time to confirm it")


def test_no_red_is_given_without_its_confirmation():
    machine = Machine({"red": 0.10})
    found, judged = run(machine, 15 + 59)
    assert machine.again is None
    assert judged["red"].word is Word.INCONCLUSIVE and found.word is Word.INCONCLUSIVE


def test_a_red_that_does_not_come_again_is_inconclusive():
    machine = Machine({"once": 0.10})
    first = machine.rounds

    def rounds(name, count, seed):
        taken = first(name, count, seed)
        return taken if seed == 1 else Rounds(taken.base, taken.control, taken.control)

    machine.rounds = rounds
    _, judged = run(machine, 1000)
    assert judged["once"].word is Word.INCONCLUSIVE and "did not confirm" in judged["once"].why


@pytest.mark.parametrize("short", [0, 1])
def test_a_confirmation_with_too_few_rounds_confirms_nothing(short):
    machine = Machine({"red": 0.10})
    whole = machine.rounds
    machine.rounds = lambda name, count, seed: whole(name, count - short if seed == 2 else count, seed)
    _, judged = run(machine, 1000)
    assert (judged["red"].word is Word.SLOWER) is (short == 0)


def test_the_looks_are_those_of_the_rule():
    machine = Machine({"open": 0.01}, open=0.05)
    found, _ = run(machine, 1000)
    assert [look.rounds for look in found.cases["open"].trail.looks] == list(rule.LOOKS)
    assert not found.out_of_time
