"""Ticks and label positions."""

from __future__ import annotations

import pytest

from analysis.show.charts import labels, scales, text


@pytest.mark.parametrize(
    "low, high", [(0.98, 1.02), (0.9, 2.1), (0.6, 8), (0.01, 2), (1e-9, 4), (1, 64), (0.5, 3.9)]
)
def test_ratio_ticks_are_few_and_inside(low, high):
    ticks = scales.ratio_ticks(low, high)
    assert 3 <= len(ticks) <= 12
    assert all(low <= tick <= high for tick in ticks)
    assert ticks == sorted(ticks)


def test_ratio_ticks_hold_1_where_it_is_in_sight():
    assert all(1 in scales.ratio_ticks(low, high) for low, high in [(0.97, 1.03), (0.5, 2.1), (0.1, 16)])


def test_labels_keep_their_places_where_there_is_room():
    assert labels.spread([10, 50, 90], 12, 0, 100) == [10, 50, 90]


def test_labels_that_would_touch_move_apart_evenly():
    assert labels.spread([50, 50], 12, 0, 100) == [44, 56]


def test_labels_keep_their_order():
    assert labels.spread([52, 50, 51], 10, 0, 100) == [61, 41, 51]


def test_labels_stay_inside():
    placed = labels.spread([99, 99, 99, 1], 10, 0, 100)
    assert placed == [80, 90, 100, 1]


def test_labels_without_enough_room_share_it():
    assert labels.spread([5, 5, 5], 10, 0, 10) == [0, 5, 10]


def test_no_labels_are_no_places():
    assert labels.spread([], 10, 0, 100) == []


def test_wrapped_text_fits_and_says_where_it_was_cut():
    lines = text.wrap("one two three four five six seven eight nine ten", 9, 90, lines=2).split("\n")
    assert len(lines) == 2
    assert all(text.width(line, 9) <= 90 for line in lines)
    assert lines[-1].endswith("…")


def test_shortened_text_keeps_both_ends():
    short = text.shorten("fork_pool/shm,help=off,window=64", 9, 100)
    assert short.startswith("fork") and short.endswith("64") and "…" in short
    assert text.width(short, 9) <= 100


def test_a_very_long_name_is_shortened_in_few_steps(monkeypatch):
    measured = []
    real = text.width

    def width(*words):
        measured.append(words)
        return real(*words)

    monkeypatch.setattr(text, "width", width)
    short = text.shorten("x" * 1500 + "y" * 1500, 9, 90)
    assert len(measured) < 20
    assert 85 < real(short, 9) <= 90 and short[0] == "x" and short[-1] == "y" and "…" in short
