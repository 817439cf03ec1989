"""Speed-up against task size: panels by payload, the break-even task size."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import Block, Shape, Way


def sizes(speedups, payload=0):
    return [
        Block(
            Shape("compute", 400, payload, payload, cost=int(time / 5), cost_ns=time, cost_label=None),
            (Way("pool", value),), ((2, 2.0),),
        )
        for time, value in zip((1e3, 1e5, 1e7), speedups)
    ]


def test_a_line_has_the_speed_up_at_each_task_size(evaluate):
    (axes,) = charting.only(evaluate(sizes((0.5, 2, 2)), noise=1e-9), "tasksize").axes
    assert charting.shows(axes, "pool", [(1e3, 0.5), (1e5, 2), (1e7, 2)])
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "time of one task"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1 µs", "100 µs", "10 ms"]


def test_the_break_even_task_size_is_marked_and_labelled(evaluate):
    figure = charting.only(evaluate(sizes((0.5, 2, 2)), noise=1e-9), "tasksize")
    (mark,) = [line for line in figure.axes[0].lines if line.get_gid() == "break-even"]
    assert mark.get_xdata()[0] == pytest.approx(1e4, rel=1e-6)
    assert "pays from 10.0 µs" in charting.words(figure)


def test_each_payload_has_a_panel_the_smallest_first(evaluate):
    axes = charting.only(evaluate(builder.task_sizes(("thread_pool",))), "tasksize").axes
    titles = ["no payload", "4 KiB in, 4 KiB out", "256 KiB in, 256 KiB out"]
    assert [a.get_title(loc="left") for a in axes] == titles


def test_task_counts_may_shrink_as_tasks_grow(evaluate):
    blocks = [
        Block(Shape("compute", tasks, cost=cost, cost_ns=5.0 * cost), (Way("pool", 1.5),))
        for tasks, cost in ((20_000, 200), (1000, 4000), (50, 100_000))
    ]
    assert "compute: 50 to 20,000 tasks" in charting.words(charting.only(evaluate(blocks), "tasksize"))


def test_two_task_sizes_that_were_run_in_different_ways_are_no_sweep(evaluate):
    def block(cost, pool):
        ways = (Way("a", 1.5, pool=pool), Way("b", 1.2, pool=pool))
        return Block(Shape("compute", 100, cost=cost, cost_ns=5.0 * cost), ways)

    evaluation = evaluate([block(1000, "warm"), block(4000, "cold")])
    assert not charting.figures(evaluation, "tasksize")
    assert len(charting.figures(evaluation, "backends")) == 2


def test_workloads_whose_cost_has_no_time_are_no_chart(evaluate):
    assert not charting.figures(evaluate(builder.ipc_volume(("thread_pool",))), "tasksize")


def test_metg_is_marked_where_the_efficiency_is_one_half(evaluate):
    blocks = [
        Block(
            Shape("compute", 400, cost=int(time / 5), cost_ns=time, cost_label=None),
            (Way("pool", value, 4),), ((4, 4.0),),
        )
        for time, value in ((1e3, 0.5), (1e5, 2.0), (1e7, 3.9))
    ]
    figure = charting.only(evaluate(blocks, noise=1e-9, cores=4), "tasksize")
    (mark,) = [line for line in figure.axes[0].lines if line.get_gid() == "mark"]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (pytest.approx(1e5, rel=0.05), 2)
    assert "METG 2" in charting.words(figure)


def test_with_payload_no_metg_is_claimed(evaluate):
    figure = charting.only(evaluate(sizes((0.5, 1.2, 2), payload=4096), noise=1e-9), "tasksize")
    assert not [line for line in figure.axes[0].lines if line.get_gid() == "mark"]
