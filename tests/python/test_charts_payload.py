"""Speed-up against payload: directions, the place of 0, break-even points."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import Block, Shape, Way

SIZES = (0, 1 << 10, 1 << 14, 1 << 18)


def sweep(speedups, sizes=SIZES):
    return [
        Block(Shape(in_bytes=size, out_bytes=size), (Way("fork_pool", value),), ((2, 2.0),))
        for size, value in zip(sizes, speedups)
    ]


def test_a_line_has_the_speed_up_at_each_payload(evaluate):
    (axes,) = charting.only(evaluate(sweep((2, 2, 1, 0.5)), noise=1e-9), "payload").axes
    assert charting.shows(axes, "fork_pool", [(1 << 10, 2), (1 << 14, 1), (1 << 18, 0.5)])
    assert charting.lines(axes)["ceiling"]


def test_zero_has_a_place_and_no_line_pretends_to_know_what_lies_beside_it(evaluate):
    (axes,) = charting.only(evaluate(sweep((2, 2, 1, 0.5)), noise=1e-9), "payload").axes
    assert axes.get_xscale() == "symlog"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0 B", "1 KiB", "16 KiB", "256 KiB"]
    zero = next(line for line in axes.lines if line.get_label() == "_before" and line.get_marker() == "s")
    assert zero.get_xdata()[0] == 0 and zero.get_linestyle() == "None"
    first, second = (axes.transData.transform((x, 1))[0] for x in (0, 1 << 10))
    assert axes.bbox.x0 < first < second < axes.bbox.x1


def test_without_a_payload_of_zero_the_axis_is_logarithmic(evaluate):
    (axes,) = charting.only(evaluate(sweep((2, 1, 0.5), SIZES[1:])), "payload").axes
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "payload per task and direction"


def test_the_break_even_is_marked_and_labelled(evaluate):
    figure = charting.only(evaluate(sweep((2, 2, 2, 0.5)), noise=1e-9), "payload")
    (mark,) = [line for line in figure.axes[0].lines if line.get_gid() == "break-even"]
    assert mark.get_xdata()[0] == pytest.approx(1 << 16, rel=1e-6)
    assert mark.get_ydata()[0] == 1
    assert "pays up to 64 KiB" in charting.words(figure)


def test_the_break_even_line_stands_at_1(evaluate):
    (axes,) = charting.only(evaluate(sweep((2, 2, 2, 0.5))), "payload").axes
    (line,) = [line for line in axes.lines if line.get_gid() == "break-even line"]
    assert list(line.get_ydata()) == [1, 1]


@pytest.mark.parametrize(
    "speedups, words", [((2, 2, 2, 2), "pays at every size measured"), ((0.5,) * 4, "never pays")]
)
def test_without_a_break_even_it_says_which_side(evaluate, speedups, words):
    assert words in charting.words(charting.only(evaluate(sweep(speedups)), "payload"))


def test_each_direction_has_a_panel(evaluate):
    axes = charting.only(evaluate(builder.ipc_volume(("thread_pool", "openmp"))), "payload").axes
    assert [a.get_title(loc="left").split(":")[0] for a in axes] == ["Both ways", "In only", "Out only"]
    assert len({a.get_xlim() for a in axes}) == len({a.get_ylim() for a in axes}) == 1


def test_one_figure_per_number_of_workers(evaluate):
    blocks = builder.ipc_volume(("thread_pool",), workers=(1, 2))
    assert sorted(charting.figures(evaluate(blocks), "payload")) == [
        "payload-factorize-300tasks-1worker", "payload-factorize-300tasks-2workers",
    ]


def test_tasks_may_shrink_as_the_payload_grows(evaluate):
    shapes = [Shape(tasks=400 >> i, in_bytes=size, out_bytes=size) for i, size in enumerate(SIZES)]
    blocks = [Block(shape, (Way("pool", 2),)) for shape in shapes]
    assert len(charting.figures(evaluate(blocks), "payload")) == 1


def test_two_task_counts_at_one_payload_are_two_figures(evaluate):
    shapes = [Shape(tasks=n, in_bytes=size, out_bytes=size) for size in SIZES for n in (100, 200)]
    blocks = [Block(shape, (Way("pool", 2),)) for shape in shapes]
    assert len(charting.figures(evaluate(blocks), "payload")) == 2


def test_two_sizes_are_no_chart(evaluate):
    assert not charting.figures(evaluate(sweep((2, 1), SIZES[:2])), "payload")
