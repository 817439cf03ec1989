"""The map of winners: a cell per task size and payload, its words, ties, and where the plain loop wins."""

from __future__ import annotations

import builder
import charting
from builder import Block, Shape, Way


def plane(speedups, sizes=(0, 4096)):
    """Blocks of 2 task sizes; `speedups` maps (label, size) to those of `fast` and `slow`."""
    blocks = []
    for label, time in (("1us", 1e3), ("1ms", 1e6)):
        for size in sizes:
            fast, slow = speedups.get((label, size), (1.8, 1.2))
            shape = Shape("compute", 100, size, size, cost=int(time), cost_ns=time, cost_label=label)
            blocks.append(Block(shape, (Way("fast", fast), Way("slow", slow))))
    return blocks


def cells(axes):
    """Words of each cell by (column, row)."""
    found = {}
    for text in axes.texts:
        if text.get_gid() == "cell label":
            found.setdefault(text.xy, []).append(text.get_text())
    return found


def test_each_cell_names_the_winner_its_speed_up_and_its_lead(evaluate):
    (axes,) = charting.only(evaluate(plane({}), noise=1e-9), "winners").axes
    assert cells(axes) == {(x, y): ["fast", "1.80×, next +50 %"] for x in (0, 1) for y in (0, 1)}


def test_columns_are_task_sizes_and_rows_payloads_in_their_order(evaluate):
    (axes,) = charting.only(evaluate(plane({("1us", 4096): (1.1, 1.6)}), noise=1e-9), "winners").axes
    assert cells(axes)[0, 1][0] == "slow"
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1 µs", "1 ms"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0 B", "4 KiB"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time of one task", "payload per task")


def test_an_undecided_lead_is_shown_as_a_tie(evaluate):
    (axes,) = charting.only(evaluate(plane({("1us", 0): (1.8, 1.8)}), noise=0.02), "winners").axes
    assert cells(axes)[0, 0][1].endswith("≈ tie")


def test_where_nothing_pays_the_plain_loop_wins(evaluate):
    (axes,) = charting.only(evaluate(plane({("1us", 4096): (0.5, 0.2)}), noise=1e-9), "winners").axes
    assert cells(axes)[0, 1] == ["serial", "best: 0.50×"]


def test_a_winner_has_its_colour_of_all_charts(evaluate):
    evaluation = evaluate(plane({}))
    (axes,) = charting.only(evaluation, "winners").axes
    line = charting.lines(charting.only(evaluation, "tasksize").axes[0])["fast"]
    from matplotlib.colors import to_hex

    assert line.get_color() in {to_hex(patch.get_facecolor()) for patch in axes.patches}


def test_each_direction_has_a_panel(evaluate):
    figure = charting.only(evaluate(builder.plane(("thread_pool", "fork_pool/pipe"))), "winners")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Payload both ways", "Payload in only", "Payload out only"]


def test_a_single_payload_or_a_single_backend_is_no_map(evaluate):
    assert not charting.figures(evaluate(plane({}, sizes=(0,))), "winners")
    assert not charting.figures(evaluate(builder.plane(("thread_pool",))), "winners")
