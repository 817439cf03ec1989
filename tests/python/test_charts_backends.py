"""The ranked dot plot: which shapes it takes, its order, its numbers."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import Block, Shape, Way


def test_backends_are_ranked_with_the_fastest_on_top(evaluate):
    block = Block(Shape(), (Way("slow", 0.5), Way("fast", 1.9), Way("middle", 1.2)), ((2, 2.0),))
    (axes,) = charting.only(evaluate([block], noise=1e-9), "backends").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "middle", "fast"]
    ranked = [charting.points(axes, name)[0][0] for name in ("slow", "middle", "fast")]
    assert ranked == pytest.approx([0.5, 1.2, 1.9])


def test_ideal_ceiling_and_baseline_are_named(evaluate):
    block = Block(Shape(), (Way("a", 1.5), Way("b", 1.2)), ((2, 1.6),))
    figure = charting.only(evaluate([block]), "backends")
    assert {"ideal", "ceiling"} <= set(charting.lines(figure.axes[0]))
    marks = [t.get_text() for t in charting.texts(figure) if t.get_gid() == "mark"]
    assert marks == ["baseline", "ceiling", "ideal"]


def test_numbers_stand_beside_the_dots(evaluate):
    block = Block(Shape(), (Way("a", 1.5), Way("b", 1.2)), ((2, 1.6),))
    words = charting.words(charting.only(evaluate([block], noise=1e-9), "backends"))
    assert "1.50×" in words and "1.50 – 1.50" in words and "ms" in words


def test_a_sweep_of_payloads_shows_its_smallest(evaluate):
    figures = charting.figures(evaluate(builder.ipc_volume(("thread_pool", "openmp"))), "backends")
    assert list(figures) == ["backends-factorize-300tasks-2workers"]
    assert "no payload" in charting.words(figures["backends-factorize-300tasks-2workers"])


def test_a_sweep_of_workers_shows_the_machines_own_number(evaluate):
    figures = charting.figures(evaluate([builder.scaling(("thread_pool", "openmp"))[0]], cores=2), "backends")
    assert list(figures) == ["backends-factorize-300tasks-2workers"]


def test_a_sweep_of_task_sizes_is_left_to_its_own_chart(evaluate):
    assert not charting.figures(evaluate(builder.task_sizes(("thread_pool", "openmp"))), "backends")


def test_one_backend_is_no_comparison(evaluate):
    assert not charting.figures(evaluate(builder.article(("thread_pool",))), "backends")


def test_an_ideal_far_from_the_data_does_not_squeeze_it(evaluate):
    block = Block(Shape(), (Way("a", 1.1, workers=64), Way("b", 1.2, workers=64)))
    (axes,) = charting.only(evaluate([block]), "backends").axes
    assert axes.get_xlim()[1] < 2
