"""Speed-up against skew and against oversubscription."""

from __future__ import annotations

import charting
from builder import Block, Shape, Way


def skews(values):
    shapes = [(Shape("compute", 200, cost=1000, skew=skew), speedup) for skew, speedup in values]
    return [Block(shape, (Way("pool", speedup),), ((2, 1.9),)) for shape, speedup in shapes]


def scaled(values, **shape):
    ways = tuple(Way("pool", value, workers) for workers, value in values)
    return [Block(Shape(**shape), ways, tuple((workers, 2.0) for workers, _ in values))]


def test_skew_has_a_line_per_backend_on_even_steps(evaluate):
    (axes,) = charting.only(evaluate(skews(((0, 2.0), (2, 1.5), (8, 1.2))), noise=1e-9), "skew").axes
    assert charting.shows(axes, "pool", [(0, 2.0), (2, 1.5), (8, 1.2)])
    assert axes.get_xscale() == "linear" and axes.get_xlabel() == "skew of the task costs"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "2", "8"]


def test_skew_says_where_each_line_ends(evaluate):
    figure = charting.only(evaluate(skews(((0, 2.0), (8, 1.2))), noise=1e-9), "skew")
    assert "1.20× at 8" in charting.words(figure)


def test_one_skew_is_no_chart(evaluate):
    assert not charting.figures(evaluate(skews(((2, 1.5),))), "skew")


def test_oversubscription_counts_workers_per_core_from_all_cores_on(evaluate):
    values = ((1, 1.0), (2, 1.9), (4, 1.7), (8, 1.2))
    (axes,) = charting.only(evaluate(scaled(values), noise=1e-9, cores=2), "oversubscription").axes
    assert charting.shows(axes, "pool", [(1, 1.9), (2, 1.7), (4, 1.2)])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1×", "2×", "4×"]
    assert axes.get_xlabel() == "workers per core"


def test_no_more_workers_than_cores_is_no_oversubscription(evaluate):
    values = ((1, 1.0), (2, 1.9), (4, 1.7))
    assert not charting.figures(evaluate(scaled(values), cores=4), "oversubscription")


def test_weak_scaling_is_no_oversubscription_chart(evaluate):
    values = ((2, 1.9), (4, 1.7))
    assert not charting.figures(evaluate(scaled(values, scaling="weak"), cores=2), "oversubscription")


def test_a_backend_has_one_colour_in_all_charts(evaluate):
    evaluation = evaluate(skews(((0, 2.0), (8, 1.2))) + scaled(((2, 1.9), (4, 1.7))))
    skew, over = (charting.only(evaluation, chart).axes[0] for chart in ("skew", "oversubscription"))
    assert charting.lines(skew)["pool"].get_color() == charting.lines(over)["pool"].get_color()
