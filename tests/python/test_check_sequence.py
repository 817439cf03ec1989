"""The course of a check within its budget: which look is not begun, and which reds are still confirmed."""

import math
import random

import pytest

from analysis.features.check import rule, sequence, verdict
from analysis.features.check.pairs import Rounds
from analysis.features.check.verdict import Word

ROUND_S = 1.0  # of one case


class Machine:
    """A Source with a clock of its own: every case's round takes a second, and the truths are chosen.

    `limits`: the most rounds of a case; `aside`: how many of those taken are set aside; `ends_at`: a run that
    would last longer ends then.
    """

    def __init__(self, changes, *, limits={}, aside={}, ends_at=math.inf, **noise):
        self.changes, self.noise = changes, noise
        self.limits, self.aside, self.ends_at = limits, aside, ends_at
        self.now = 0.0
        self.taken = {name: 0 for name in changes}
        self.again = None

    def more(self, name, done, rounds):
        """How many rounds of a case there are after a run up to `rounds`."""
        whole = min(rounds, self.limits.get(name, rounds))
        time = max(0, int((self.ends_at - self.now) / ROUND_S)) if self.ends_at < math.inf else whole
        taken = max(done, min(whole, done + time))
        self.now += ROUND_S * (taken - done)
        return taken

    def rounds(self, name, count, seed):
        rng, noise = random.Random(f"{name}/{seed}"), self.noise.get(name, 0.005)
        base, head, control = zip(*([rng.gauss(0, noise) for _ in range(3)] for _ in range(count)))
        return Rounds(base, tuple(t + math.log1p(self.changes[name]) for t in head), control)

    def take(self, rounds, only, seconds):
        for name in only or self.taken:
            self.taken[name] = self.more(name, self.taken[name], rounds)
        return {name: self.rounds(name, self.kept(name, count), 1) for name, count in self.taken.items()}

    def take_again(self, rounds, only, seconds):
        self.again = list(only)
        return {name: self.rounds(name, self.kept(name, self.more(name, 0, rounds)), 2) for name in only}

    def kept(self, name, taken):
        return taken - self.aside.get(name, 0)

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


def test_where_time_is_short_what_is_plain_is_confirmed_in_fewer_rounds_and_nothing_dismissed():
    machine = Machine({"less": 0.03, "sure": 0.20, "same": 0.0}, less=0.02)
    first = machine.rounds

    def rounds(name, count, seed):  # the second run does not show the smaller one again
        taken = first(name, count, seed)
        return Rounds(taken.base, taken.control, taken.control) if (name, seed) == ("less", 2) else taken

    machine.rounds = rounds
    found, judged = run(machine, 3 * 15 + 70)
    assert sorted(machine.again) == ["less", "sure"] and machine.now <= 115
    assert found.cases["sure"].again.count == 35
    assert judged["sure"].word is Word.SLOWER and judged["same"].word is Word.SAME
    assert judged["less"].word is Word.SUSPECT
    assert judged["less"].why.endswith("and the budget left no time to confirm it")


def test_where_time_is_shorter_still_the_surest_red_alone_is_confirmed():
    machine = Machine({"less": 0.03, "sure": 0.20}, less=0.02)
    _, judged = run(machine, 2 * 15 + 20)
    assert machine.again == ["sure"] and judged["sure"].word is Word.SLOWER
    assert judged["less"].word is Word.SUSPECT


def test_what_is_plain_before_the_first_look_is_a_suspect():
    found, judged = run(Machine({"red": 4.27}, ends_at=10), 10)
    assert judged["red"].word is Word.SUSPECT and found.cases["red"].rounds.count == 10


def test_a_red_without_its_confirmation_is_a_suspect_with_a_code_of_its_own():
    machine = Machine({"red": 0.10})
    found, judged = run(machine, 15 + 14)
    assert machine.again is None
    assert judged["red"].word is Word.SUSPECT and found.word is Word.SUSPECT
    assert verdict.exit_code(found.word, found.words, fail_on_inconclusive=False) == 5


def test_a_red_that_does_not_come_again_is_inconclusive():
    machine = Machine({"once": 0.10})
    first = machine.rounds

    def rounds(name, count, seed):
        taken = first(name, count, seed)
        return taken if seed == 1 else Rounds(taken.base, taken.control, taken.control)

    machine.rounds = rounds
    _, judged = run(machine, 1000)
    assert judged["once"].word is Word.INCONCLUSIVE and "did not confirm" in judged["once"].why


@pytest.mark.parametrize("ends_at", [75, 74, 30, 29])
def test_a_confirmation_that_the_budget_cuts_off_confirms_from_15_rounds_on(ends_at):
    machine = Machine({"red": 0.10}, ends_at=ends_at)
    machine.seconds_for = lambda rounds, only: 0.0  # an estimate that was too good
    _, judged = run(machine, ends_at)
    assert (judged["red"].word is Word.SLOWER) is (ends_at >= 15 + 15)
    assert ends_at >= 30 or judged["red"].why.endswith("and the budget left no time to confirm it")


def test_a_confirmation_that_the_suite_keeps_short_is_judged_with_the_rounds_it_has():
    _, judged = run(Machine({"red": 0.10}, limits={"red": 20}), 1000)
    assert judged["red"].word is Word.SLOWER


def test_a_case_that_its_suite_gives_too_few_rounds_says_so_and_stops_no_other():
    machine = Machine({"few": 0.10, "open": 0.01, "red": 0.10}, limits={"few": 6}, open=0.05)
    found, judged = run(machine, 1000)
    assert judged["few"].word is Word.INCONCLUSIVE
    assert judged["few"].why.startswith("6 rounds, and a look takes 15:")
    assert found.cases["open"].rounds.count == 60 and judged["red"].word is Word.SLOWER
    assert not found.out_of_time


def looks_of(case):
    return [look.rounds for look in case.trail.looks]


def test_a_case_that_gets_a_few_rounds_more_is_looked_at_with_all_of_them():
    found, judged = run(Machine({"open": 0.01}, limits={"open": 20}, open=0.05), 1000)
    assert looks_of(found.cases["open"]) == [15, 20] and not found.out_of_time
    assert judged["open"].why.endswith("in 20 rounds: the suite limits its rounds, or sets samples aside")


def test_a_case_with_samples_set_aside_is_looked_at_with_the_others():
    found, _ = run(Machine({"open": 0.01}, aside={"open": 2}, open=0.05), 1000)
    assert looks_of(found.cases["open"]) == [28, 43, 58] and not found.out_of_time


def test_only_the_clock_ends_a_check_for_want_of_time():
    machine = Machine({"open": 0.01, "other": 0.01}, ends_at=40, open=0.05, other=0.05)
    machine.seconds_for = lambda rounds, only: 0.0  # an estimate that was too good
    found, judged = run(machine, 40)
    assert found.out_of_time and [case.rounds.count for case in found.cases.values()] == [25, 15]
    assert judged["open"].why == "neither a change nor its absence is shown"


def test_the_looks_are_those_of_the_rule():
    machine = Machine({"open": 0.01}, open=0.05)
    found, _ = run(machine, 1000)
    assert [look.rounds for look in found.cases["open"].trail.looks] == list(rule.LOOKS)
    assert not found.out_of_time
