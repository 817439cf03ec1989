"""What a chart's title says it shows: the surest sentence, and none where nothing is certain."""

from __future__ import annotations

from pathlib import Path

import builder
import charting
import pytest
from builder import Block, Shape, Way

from analysis.files import results
from analysis.show.charts import findings
from analysis.statistics import stats
from analysis.statistics.stats import Estimate


def heading(figure):
    return " ".join(figure.texts[0].get_text().split())


def estimate(value, spread=0.01):
    return Estimate(value, value * (1 - spread), value * (1 + spread), 12)


@pytest.mark.parametrize(
    "rows, words",
    [
        ([("a", estimate(1.9)), ("b", estimate(1.2))], "a is the fastest: 1.90×"),
        ([("a", estimate(1.9)), ("b", estimate(1.89))], "a and b are level: 1.90×"),
        (
            [("a", estimate(1.9)), ("b", estimate(1.89)), ("c", estimate(1.9))],
            "a and 2 more are level: 1.90×",
        ),
        ([("a", estimate(0.9)), ("b", estimate(0.5))], "Nothing pays: the best, a, has 0.90×"),
        ([("a", Estimate(1.9, None, None, 2)), ("b", estimate(1.2))], ""),
        ([], ""),
    ],
)
def test_the_fastest_or_who_is_level(rows, words):
    assert findings.fastest(rows) == words


def test_the_chart_of_backends_says_who_is_fastest(evaluate):
    blocks = [Block(Shape(), (Way("a", 1.9), Way("b", 1.2)))]
    assert heading(charting.only(evaluate(blocks), "backends")) == "a is the fastest: 1.90×"


def test_with_too_few_rounds_the_title_is_what_was_measured(evaluate):
    blocks = [Block(Shape(), (Way("a", 1.9), Way("b", 1.2)))]
    title = heading(charting.only(evaluate(blocks, rounds=2), "backends"))
    assert title == "factorize: 300 tasks, no payload, 2 workers"


def test_the_chart_of_payload_says_where_each_pays(evaluate):
    title = heading(charting.only(evaluate(builder.ipc_volume(("thread_pool", "fork_pool/pipe"))), "payload"))
    assert title.startswith("Pays at every size measured: thread_pool; up to ") and title.endswith(
        ": fork_pool/pipe"
    )


def payload_blocks(gains):
    return [
        Block(
            Shape(in_bytes=size, out_bytes=size), tuple(Way(name, own[place]) for name, own in gains.items())
        )
        for place, size in enumerate((1 << 10, 1 << 14, 1 << 18))
    ]


def test_what_never_pays_is_said(evaluate):
    title = heading(charting.only(evaluate(payload_blocks({"a": (0.5, 0.4, 0.3)})), "payload"))
    assert title == "Never: a"


def test_a_mark_that_is_not_drawn_is_not_explained(evaluate):
    crossing, level = (
        charting.words(charting.only(evaluate(payload_blocks({"a": gains})), "payload"))
        for gains in ((1.9, 1.5, 0.5), (1.9, 1.8, 1.7))
    )
    assert "Diamond" in crossing and "Diamond" not in level


def test_what_was_measured_at_one_place_alone_is_no_line(evaluate):
    two = Block(Shape(), (Way("a", 1.9, 2), Way("a", 1.5, 4), Way("b", 1.8, 2)))
    figure = charting.only(evaluate([two]), "workers")
    assert "b" not in charting.lines(figure.axes[0]) and "a" in charting.lines(figure.axes[0])


@pytest.mark.parametrize("chart", ["workers", "oversubscription"])
def test_a_mode_that_was_measured_at_one_place_alone_has_no_figure(evaluate, chart):
    many = [Way(f"backend{n}", 1.5, workers, "submit") for n in range(13) for workers in (2, 4)]
    one = [Way(f"backend{n}", 1.5, 2, "map") for n in range(13)]
    assert len(charting.figures(evaluate([Block(Shape(), tuple(many + one))]), chart)) == 1


def test_the_map_counts_wins_ties_and_losses(evaluate):
    blocks = []
    for place, (label, time) in enumerate((("10us", 1e4), ("1ms", 1e6))):
        for size in (0, 1 << 16):
            gain = (1.9, 1.2) if place else (1.9, 1.9) if size else (0.5, 0.4)
            shape = Shape("compute", 200, size, size, cost=int(time / 5), cost_ns=time, cost_label=label)
            blocks.append(Block(shape, (Way("a", gain[0]), Way("b", gain[1]))))
    title = heading(charting.only(evaluate(blocks), "winners"))
    assert title == "a wins 2 of 4 shapes; 1 is a tie; in 1 the plain loop is fastest"


def memory_file(sizes):
    data = builder.result_file([Block(Shape(), tuple(Way(name, 1.9) for name in sizes))], rounds=2)
    for row in data["benchmarks"]:
        size = sizes.get(row["breakeven"]["case"]["backend"])
        if size and row["breakeven"]["round"] == 0:
            row["breakeven"]["covariates"] = {"pss_bytes": size, "processes": 3}
    return data


def test_memory_is_drawn_where_it_was_read(file_of):
    loaded = results.load(file_of(memory_file({"thread_pool": 4 << 20, "fork_pool/pipe": 9 << 20})))
    figure = charting.only(stats.evaluate(loaded), "memory")
    assert heading(figure) == "thread_pool holds 4 MiB, fork_pool/pipe 9 MiB"
    assert sorted(bar.get_width() for bar in figure.axes[0].patches) == [4 << 20, 9 << 20]
    assert charting.overlaps(figure) == [] and charting.outside(figure) == []


def test_memory_is_not_drawn_where_it_was_not_read(evaluate):
    assert charting.figures(evaluate([Block(Shape(), (Way("a", 1.9), Way("b", 1.2)))]), "memory") == {}


def test_when_results_are_there_is_drawn_where_it_was_watched():
    data = builder.result_file([Block(Shape(), (Way("a", 1.9), Way("b", 1.2)))], rounds=2)
    for row in data["benchmarks"]:
        backend = row["breakeven"]["case"]["backend"]
        if backend in "ab":
            first = 2000 if backend == "a" else 9000
            row["breakeven"]["completion"] = {
                "first_ns": first,
                "median_ns": 5 * first,
                "p99_ns": 9 * first,
                "last_ns": 10 * first,
            }
    evaluation = stats.evaluate(results.typed(Path("x.json"), data))
    figure = charting.only(evaluation, "completion")
    assert heading(figure) == "The first result comes from a after 2.00 µs, from b after 9.00 µs"
    assert charting.points(figure.axes[0], "a") == [(10000.0, 1.0)]
    assert charting.overlaps(figure) == [] and charting.outside(figure) == []
