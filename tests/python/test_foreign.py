"""Google Benchmark's own files: their times are drawn, and nothing is claimed that they do not hold."""

from __future__ import annotations

import json

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
    "rows", [[], [row("a_stddev", 1.0, run_type="aggregate")], [row("a", "fast")], ["a"], [row("a", -1)]]
)
def test_a_file_without_a_measured_row_says_so(file_of, rows):
    with pytest.raises(BadResultFile, match="without a measured row"):
        foreign.load(file_of(data(*rows)))


def test_the_command_draws_them_and_says_what_is_missing(file_of, capsys):
    path = file_of(data(row("BM_one", 3.5)))
    assert main(["charts", str(path)]) == 0
    assert (path.parent / "charts" / "times.svg").exists()
    assert "not drawn: arguments (needs one benchmark with at least 3 values" in capsys.readouterr().out


def test_a_row_without_a_time_is_counted_and_named_with_its_reason(file_of, capsys):
    rows = [
        row("a", 5.0), row("b", 0.0, error_occurred=True, error_message="no device"), row("c", 0.0),
        row("d", 1.0, unit="weeks"), row("e", "fast"),
    ]
    path = file_of(data(*rows))
    assert main(["charts", str(path)]) == 0
    said = capsys.readouterr().out
    reasons = "b: no device; c: real_time is 0.0; d: unknown time unit 'weeks'; and 1 more"
    assert f"4 rows not shown: {reasons}" in said
    ((_, figure),) = drawn(file_of, *rows)["times"]
    assert "4 rows not shown" in charting.words(figure).replace("\n", " ")


def test_nan_in_a_counter_of_another_programs_file_is_read(file_of):
    file = foreign.load(file_of('{"context": {"date": "x", "library_build_type": "release"}, "benchmarks": '
                                '[{"name": "a", "run_type": "iteration", "real_time": 2, "hits": NaN}]}'))
    assert [one.times_ns for one in file.benchmarks] == [(2.0,)]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(data(row("a", 2.0))).encode())
    assert len(foreign.load(path).benchmarks) == 1


def test_utf_16_is_named(tmp_path):
    path = tmp_path / "wide.json"
    path.write_bytes(json.dumps(data(row("a", 2.0))).encode("utf-16"))
    with pytest.raises(BadResultFile, match="is UTF-16"):
        foreign.load(path)


def old(name, time):
    """A row of a file from before 2018: without run_type and run_name."""
    return {"name": name, "real_time": time, "time_unit": "ns"}


def test_aggregates_of_old_files_are_known_by_their_endings(file_of):
    rows = [old("BM_foo", 5.0)] * 3 + [old(f"BM_foo_{kind}", 2.0) for kind in ("mean", "median", "stddev")]
    file = foreign.load(file_of(data(*rows, old("BM_arith_mean", 7.0))))
    assert [one.name for one in file.benchmarks] == ["BM_foo", "BM_arith_mean"]


def test_medians_are_drawn_where_nothing_else_is_there(file_of):
    aggregates = [row(f"a_{kind}", time, run_name="a", run_type="aggregate", aggregate_name=kind)
                  for kind, time in (("mean", 5.0), ("median", 4.0), ("stddev", 0.1))]
    file = foreign.load(file_of(data(*aggregates)))
    assert [(one.name, one.times_ns) for one in file.benchmarks] == [("a", (4.0,))]


def test_medians_of_old_files_are_drawn_where_nothing_else_is_there(file_of):
    file = foreign.load(file_of(data(*(old(f"BM_foo_{kind}", 2.0) for kind in ("mean", "median", "stddev")))))
    assert [(one.name, one.times_ns) for one in file.benchmarks] == [("BM_foo", (2.0,))]


def test_a_named_part_of_a_name_is_an_axis_and_a_setting_is_none(file_of):
    names = [f"BM_Q/real_time/iterations:9/threads:{n}" for n in (1, 2, 4)]
    ((_, figure),) = drawn(file_of, *(row(name, 2.0 + i) for i, name in enumerate(names)))["arguments"]
    (axes,) = figure.axes
    assert charting.shows(axes, "BM_Q/real_time/iterations:9/threads:…", [(1, 2.0), (2, 3.0), (4, 4.0)])


@pytest.mark.parametrize("command", ["csv", "report"])
def test_what_needs_a_baseline_refuses_with_one_line(command, file_of, capsys):
    assert main([command, str(file_of(data(row("BM_one", 3.5))))]) == 2
    error = capsys.readouterr().err
    assert "a Google Benchmark file" in error and error.count("\n") == 1
