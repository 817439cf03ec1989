"""Where the time goes: a column per price, a row per backend, the cheapest at the top."""

from __future__ import annotations

import builder
import charting
import pytest


@pytest.fixture
def figure(evaluate):
    return charting.only(evaluate(builder.grid(), rounds=4, noise=0.002), "costs")


def test_each_price_has_a_column_and_each_backend_a_row(figure):
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["start-up of a run", "per task", "per byte in", "per byte out", "per byte each way"]
    assert all(
        set(charting.lines(axes)) == {"thread_pool", "std_async", "fork_pool/pipe"} for axes in figure.axes
    )


def test_a_dot_stands_at_the_price(figure):
    ((price, _),) = charting.points(figure.axes[1], "std_async")
    assert price == pytest.approx(builder._PER_TASK_NS["std_async"] / 2, rel=0.1)
    assert figure.axes[1].get_xscale() == "log"


def test_a_price_too_small_to_be_told_is_a_triangle_at_the_edge(figure):
    line = charting.lines(figure.axes[2])["thread_pool"]
    assert line.get_marker() == "<" and line.get_xdata()[0] == figure.axes[2].get_xlim()[0]


def test_without_enough_shapes_there_is_no_chart(evaluate):
    assert not charting.figures(evaluate(builder.task_sizes(("openmp",))[:4]), "costs")
