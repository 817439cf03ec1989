"""Layouts: a red that speaks of the source, and the linker in front of the linker."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from statistics import median

import pytest

from analysis.features.check import layout_rule, linker
from analysis.features.check.pairs import Rounds
from analysis.features.check.sequence import CaseOutcome, Outcome
from analysis.features.check.verdict import Judged, Trail, Word

# Median times of twelve links of one source, relative to the fastest, measured with g++ 12 on an AMD EPYC:
# a sum of integers, a sort of 64 numbers, and a chain of multiplications.
SUM = (1.000, 1.008, 1.002, 1.003, 1.000, 1.002, 1.002, 1.997, 1.002, 2.000, 1.001, 2.010)
SORT = (1.030, 1.025, 1.000, 1.002, 1.034, 1.333, 1.025, 1.057, 1.005, 1.067, 1.031, 1.059)
CHAIN = (1.000, 1.000, 1.002, 1.002, 1.001, 1.001, 1.003, 1.000, 1.001, 1.003, 1.001, 1.002)


def layouts(times, factor=1.0):
    return {number: [math.log(time * factor)] * 3 for number, time in enumerate(times)}


def shown(times, factor, count=4):
    """The share of ways to give base and head so many links each in which head is called slower: by the
    rounds, which see the medians a per cent apart, and by the layouts."""
    found = []
    for base in itertools.combinations(range(len(times)), count):
        rest = [i for i in range(len(times)) if i not in base]
        for head in itertools.islice(itertools.combinations(rest, count), 0, None, 7):
            sides = [[times[i] for i in side] for side in (base, head)]
            apart = median(sides[1]) * factor > 1.01 * median(sides[0])
            found.append(apart and layout_rule.shows(layouts(sides[0]), layouts(sides[1], factor)))
    return sum(found) / len(found)


@pytest.mark.parametrize("times", [SUM, SORT, CHAIN])
def test_two_sets_of_links_of_one_source_are_hardly_ever_told_apart(times):
    assert shown(times, 1.0) <= layout_rule.LEVEL


def test_a_change_of_the_source_shows_where_layout_does_not_matter():
    assert shown(CHAIN, 1.05) == 1 and shown(CHAIN, 1.02) > 0.99


def test_a_slow_mode_is_judged_by_its_share_of_each_layouts_rounds():
    def side(slow):
        return {i: [math.log(2.0)] * count + [0.0] * (20 - count) for i, count in enumerate(slow)}

    assert layout_rule.shows_mode(side((0, 1, 0, 1)), side((8, 9, 7, 8)))
    assert not layout_rule.shows_mode(side((0, 0, 0, 0)), side((0, 0, 20, 0)))  # one link
    assert not layout_rule.shows(side((0, 1, 0, 1)), side((8, 9, 7, 8)))


def test_one_layout_a_side_shows_nothing():
    assert not layout_rule.shows({0: [0.0] * 9}, {0: [1.0] * 9})


def outcome(word, suspect=("slower",)):
    rounds = Rounds((0.0,), (0.1,), (0.0,))
    judged = Judged(word, "slower by more than 1 %; confirmed by a second run", suspect)
    return Outcome({"a": CaseOutcome(judged, rounds, Trail("a", (), ()))}, False, 1.0)


@pytest.mark.parametrize("word", [Word.SLOWER, Word.SUSPECT])
def test_a_red_that_layout_explains_is_undecided_and_says_so(word):
    explained = layout_rule.apply(outcome(word), {"a": (layouts(SORT[:4]), layouts(SORT[4:8]))})
    judged = explained.cases["a"].judged
    assert judged.word is Word.INCONCLUSIVE
    assert judged.why == "slower by more than 1 %, by no more than links of one source may differ by"
    stands = layout_rule.apply(outcome(word), {"a": (layouts(CHAIN[:4]), layouts(CHAIN[4:8], 1.05))})
    assert stands.cases["a"].judged.word is word


def test_without_layouts_and_of_what_is_the_same_nothing_changes():
    assert layout_rule.apply(outcome(Word.SLOWER), {}).cases["a"].judged.word is Word.SLOWER
    same = layout_rule.apply(outcome(Word.SAME), {"a": (layouts(SORT[:4]), layouts(SORT[4:8]))})
    assert same.cases["a"].judged.word is Word.SAME


LINK = ["-o", "out.o", "/usr/lib/crt1.o", "/usr/lib/crtbegin.o", "a.o", "b.o", "-lc", "c.o"]
LINK += ["/usr/lib/crtend.o"]


def test_a_link_gets_padding_in_front_of_the_users_objects_in_another_order(tmp_path: Path):
    padding = tmp_path / "padding.o"
    padding.touch()
    words = linker.varied(LINK, 1, str(padding))
    assert words[:4] == LINK[:4] and words[4] == str(padding) and words[-1] == LINK[-1]
    assert sorted(words[5:]) == sorted(LINK[4:]) and linker.varied(LINK, 1, str(padding)) == words
    links = [linker.varied(LINK, number, "none") for number in range(16)]
    assert len({tuple(word for word in link if word in "a.o b.o c.o") for link in links}) == 6


@pytest.mark.parametrize("words", [["-v"], ["-r", "a.o", "b.o"], ["-o", "x", "/usr/lib/crt1.o", "lib.a"], []])
def test_a_link_without_objects_of_the_users_and_a_partial_one_are_left_alone(words):
    assert linker.varied(words, 3, "none") == words


def test_the_first_layout_is_the_link_as_it_is():
    assert linker.varied(LINK, 0, "none") == LINK
