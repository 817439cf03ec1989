"""Google Benchmark's own files: their times are drawn, and nothing is claimed that they do not hold."""

from __future__ import annotations

import charting
import pytest

from analysis.show import charts
from analysis.files import foreign
from analysis.cli import main
from analysis.files.errors import BadResultFile


def row(name, time, unit="ns", **more):
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "real_time": time,
        "time_unit": unit,
    } | more


def data(*rows):
    context = {
        "date": "2026-11-22T13:00:00",
        "host_name": "box",
        "num_cpus": 4,
        "library_build_type": "release",
    }
    return {"context": context, "benchmarks": list(rows)}


SORTS = [row(f"BM_sort/{n}", n * 1.5, "us") for n in (64, 512, 4096)] + [row("BM_one", 3.5)] * 8


def drawn(file_of, *rows):
    file = foreign.load(file_of(data(*rows)))
    return {name: figures for name, _, figures in charts.draw_file(file)}


def test_every_benchmark_has_a_row_of_its_times(file_of):
    ((_, figure),) = drawn(file_of, *SORTS)["times"]
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == [
        "BM_one",
        "BM_sort/4096",
        "BM_sort/512",
        "BM_sort/64",
    ]
    assert charting.shows(axes, "BM_sort/64", [(64 * 1500, 3)])
    assert axes.get_xlabel() == "time of an iteration" and axes.get_xscale() == "log"


def test_an_argument_that_varies_becomes_an_axis(file_of):
    ((_, figure),) = drawn(file_of, *SORTS)["arguments"]
    (axes,) = figure.axes
    assert charting.shows(axes, "BM_sort/…", [(64, 96e3), (512, 768e3), (4096, 6144e3)])
    assert [t.get_text() for t in axes.get_xticklabels()] == ["64", "512", "4,096"]


def test_too_few_arguments_are_no_chart(file_of):
    assert drawn(file_of, *SORTS[1:])["arguments"] == []


def test_aggregates_and_failed_rows_are_left_out(file_of):
    rows = [row("a", 5.0), row("a_mean", 5.0, run_type="aggregate"), row("b", 0.0, error_occurred=True)]
    file = foreign.load(file_of(data(*rows)))
    assert [one.name for one in file.benchmarks] == ["a"]


def test_nothing_overlaps_or_leaves_the_page(file_of):
    names = ["$\\frac{a}{$", "x" * 200, "<script>", "BM_long/name/with/many/parts/8/real_time"]
    rows = [row(name, 3.0 * 10**i) for i, name in enumerate(names)] + SORTS
    for figures in drawn(file_of, *rows).values():
        for _, figure in figures:
            assert charting.overlaps(figure) == [] and charting.outside(figure) == []


def test_a_file_of_more_benchmarks_than_a_page_holds_says_how_many_are_left_out(file_of):
    ((_, figure),) = drawn(file_of, *(row(f"b{i}", 1.0 + i) for i in range(100)))["times"]
    assert "40 more in the file" in charting.words(figure).replace("\n", " ")


@pytest.mark.parametrize(
    "rows", [[], [row("a", 1.0, run_type="aggregate")], [row("a", "fast")], ["a"], [row("a", -1)]]
)
def test_a_file_without_a_measured_row_says_so(file_of, rows):
    with pytest.raises(BadResultFile, match="without a measured row"):
        foreign.load(file_of(data(*rows)))


def test_the_command_draws_them_and_says_what_is_missing(file_of, capsys):
    path = file_of(data(row("BM_one", 3.5)))
    assert main(["charts", str(path)]) == 0
    assert (path.parent / "charts" / "times.svg").exists()
    assert "not drawn: arguments (needs one benchmark with at least 3 values" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["csv", "report"])
def test_what_needs_a_baseline_refuses_with_one_line(command, file_of, capsys):
    assert main([command, str(file_of(data(row("BM_one", 3.5))))]) == 2
    error = capsys.readouterr().err
    assert "a Google Benchmark file" in error and error.count("\n") == 1
