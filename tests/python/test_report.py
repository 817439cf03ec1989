"""The report without a browser: what its words say, that it holds every case, that it is one small file."""

from __future__ import annotations

import json
import math
import re

import builder
from builder import Block, Shape, Way

from analysis.files import program, results
from analysis.statistics import model, stats
from analysis.features import report
from analysis.cli import main
from analysis.features.report import data as page_data
from analysis.features.report import machine, words


def text(blocks, evaluate, **options):
    return report.render([("mine", evaluate(blocks, **options))]).decode()


def moved(evaluate, file_of, blocks):
    """A file in which fork_pool moves bytes between processes, as its samples say."""
    data = builder.result_file(blocks, rounds=6)
    for row in data["benchmarks"]:
        if row["breakeven"]["case"]["backend"].startswith("fork_pool"):
            row["breakeven"]["bytes_moved"] = 1000
    return stats.evaluate(results.load(file_of(data)))


def test_processes_are_told_from_threads_by_the_bytes_that_they_move(evaluate, file_of):
    evaluation = moved(evaluate, file_of, builder.article(("thread_pool", "fork_pool/pipe")))
    assert program.answer_of(evaluation.results.path).processes == ("fork_pool/pipe",)


def test_threads_or_processes_is_answered_first(evaluate, file_of):
    evaluation = moved(evaluate, file_of, builder.grid())
    first, *rest = words.summary(evaluation, model.fit(evaluation))
    assert first.startswith("Here: ") and "of 20 shapes" in first
    assert any(one.startswith("With processes a job of 1,000 tasks pays, without payload") for one in rest)


def test_losses_are_not_hidden(evaluate):
    evaluation = evaluate([Block(Shape(), (Way("a", 0.5), Way("b", 1.5)))])
    assert any("Never: a map (0.50x at best)." in one for one in words.summary(evaluation, None))


def test_nothing_is_certain_without_intervals(evaluate):
    blocks = [Block(Shape(), (Way("a", 0.5), Way("b", 1.5)))]
    said = " ".join(words.summary(evaluate(blocks, rounds=2), None))
    assert said == "Nothing is certain yet: an interval takes 6 rounds, and no case has so many."


def test_a_gain_that_no_interval_separates_from_none_is_no_gain(evaluate):
    said = words.summary(evaluate([Block(Shape(), (Way("a", 0.9), Way("b", 0.95)))], noise=0.1), None)
    assert any("gains nothing for certain" in one for one in said)


def test_more_than_ideal_is_explained_and_never_the_headline(evaluate):
    blocks = [Block(Shape(out_bytes=1 << 20), (Way("cached", 2.6), Way("plain", 1.8)))]
    said = words.summary(evaluate(blocks), None)
    assert not any("2.6" in one for one in said if "caches" not in one)
    (beyond,) = [one for one in said if "caches" in one]
    assert beyond.startswith("1 case of more than the number of workers, up to 2.6x")


def test_a_shape_whose_intervals_meet_is_a_tie(evaluate, file_of):
    near = Block(Shape(tasks=10), (Way("thread_pool", 1.90), Way("fork_pool/pipe", 1.90)))
    apart = Block(Shape(tasks=20), (Way("thread_pool", 1.9), Way("fork_pool/pipe", 0.9)))
    first, *_ = words.summary(moved(evaluate, file_of, [near, apart]), None)
    assert first == "Here: threads. They are faster in 1 of 2 shapes, level with processes in 1."


def test_an_empty_file_says_so(evaluate):
    assert "nothing can be said" in words.summary(evaluate([]), None)[0]
    assert b"Every case" in report.render([("mine", evaluate([]))])


def test_every_case_stands_in_the_table(evaluate):
    data = data_of(text(builder.ipc_volume(), evaluate, rounds=6))
    assert {len(column) for column in data["columns"].values()} == {11 * (12 + 2)}


def test_it_is_one_file_that_needs_no_network(evaluate):
    page = text(builder.grid(), evaluate, rounds=6)
    assert len(page) < 3 << 20
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)


def test_charts_without_data_are_named(evaluate):
    assert "Unequal tasks: needs one task measured with at least two values of skew." in text(
        builder.article(("openmp", "tbb")), evaluate
    )


def test_the_error_on_held_out_shapes_is_stated(evaluate):
    assert re.search(
        r"held out of the fit: median [\d.]+%, 90 % within", text(builder.grid(), evaluate, rounds=4)
    )


def test_several_files_stand_side_by_side_with_their_names(tmp_path, capsys):
    files = []
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        data = builder.result_file(builder.ipc_volume(("thread_pool", "openmp")), rounds=2)
        files.append(str(builder.write(tmp_path / name / "results.json", data)))
    out = tmp_path / "report.html"
    assert main(["report", *files, "-o", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert '<div class="side several">' in page
    assert "<figcaption>monday</figcaption>" in page
    assert [file["name"] for file in data_of(page)["files"]] == ["monday", "tuesday"]
    assert capsys.readouterr().out == f"{out}\n"


def test_the_doctors_findings_are_shown_where_the_file_has_them(evaluate, file_of):
    data = builder.result_file(builder.article(("openmp",)), rounds=2)
    assert machine.findings(results.load(file_of(data))) == []
    found = {
        "id": "steal",
        "severity": "warning",
        "what": "a shared host",
        "effect": "noise",
        "remedy": "move",
    }
    data["context"]["breakeven"]["findings"] = [found]
    page = report.render([("mine", stats.evaluate(results.load(file_of(data))))]).decode()
    assert "<b>Warning:</b> a shared host" in page and "To mend it: move" in page


def test_disturbances_are_summed_up_where_samples_have_them(file_of):
    data = builder.result_file(builder.article(("openmp",)), rounds=2)
    for number, row in enumerate(data["benchmarks"]):
        row["breakeven"]["covariates"] = {"line_before_ns": 100.0 + number, "steal_ns": None}
    ((name, middle, largest),) = machine.disturbances(results.load(file_of(data)))
    assert (name, largest) == ("round trip of a cache line between cores", "107 ns")


def test_the_command_that_measures_it_again_is_given(evaluate):
    assert "<code>breakeven run article</code>" in text(
        builder.article(("openmp", "tbb")), evaluate, rounds=2
    )


def test_when_results_come_is_shown_where_it_was_watched(file_of):
    data = builder.result_file([Block(Shape(), (Way("a", 2.0),))], rounds=3)
    assert "first" not in data_of(page_of(stats, results, file_of(data)))["columns"]
    for row in data["benchmarks"]:
        if row["breakeven"]["case"]["backend"] == "a":
            row["breakeven"]["completion"] = {"first_ns": 2100, "p99_ns": 7300, "last_ns": 7300}
    columns = data_of(page_of(stats, results, file_of(data)))["columns"]
    assert 2100 in columns["first"] and 7300 in columns["p99"]


def data_of(page):
    """What the page's script reads."""
    return json.loads(re.search(r'id="report-data">(.*?)</script>', page, re.DOTALL)[1])


def page_of(stats, results, file):
    return report.render([("mine", stats.evaluate(results.load(file)))]).decode()


def row_of(data, backend, block=0):
    places = {one["label"]: place for place, one in enumerate(data["series"])}
    start = data["blocks"][block]["start"]
    members = range(start, start + data["blocks"][block]["count"])
    (row,) = [row for row in members if data["columns"]["series"][row] == places[backend]]
    return row


def pair_of(data, first, second, block=0):
    """The stored logarithms of how many times as fast `first` is as `second`, in ten-thousandths."""
    one = data["blocks"][block]
    i, j = row_of(data, first, block) - one["start"], row_of(data, second, block) - one["start"]
    assert i < j
    place = 3 * (i * one["count"] - i * (i + 1) // 2 + j - i - 1)
    return one["pairs"][place:place + 3]


def test_every_pair_of_a_block_has_its_paired_interval(evaluate):
    blocks = [Block(Shape(), (Way("a", 2.0), Way("b", 1.0), Way("c", 1.5)))]
    evaluation = evaluate(blocks, rounds=12)
    data = data_of(report.render([("mine", evaluation)]).decode())
    estimates = {e.case.backend: e for e in evaluation.of_role("case")}
    for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
        wanted = stats.paired_ratio(evaluation.rounds(estimates[second]), evaluation.rounds(estimates[first]))
        stored = pair_of(data, first, second)
        assert stored == [round(1e4 * math.log(x)) for x in (wanted.value, wanted.low, wanted.high)]


def test_a_pair_of_too_few_rounds_has_a_value_and_no_interval(evaluate):
    data = data_of(text([Block(Shape(), (Way("a", 2.0), Way("b", 1.0)))], evaluate, rounds=2))
    value, low, high = pair_of(data, "a", "b")
    assert value > 0 and low is None and high is None


def test_blocks_beyond_the_most_pairs_have_none(evaluate, monkeypatch):
    monkeypatch.setattr(page_data, "MOST_PAIRS", 10)
    two = [Block(Shape(tasks=n), tuple(Way(name, 1.5) for name in "abc")) for n in (10, 20)]
    blocks = data_of(text(two, evaluate))["blocks"]
    assert [one["pairs"] is None for one in blocks] == [False, True]


def test_where_each_backend_stops_paying_is_said(evaluate):
    lines = data_of(text(builder.ipc_volume(("thread_pool", "fork_pool/pipe")), evaluate))["lines"]
    said = {one["line"]: one["says"] for one in lines if "both ways" in one["where"]}
    assert said["thread_pool"] == "pays at every size measured"
    assert re.fullmatch(r"pays up to [\d.]+ [KM]iB", said["fork_pool/pipe"])


def test_nothing_in_the_data_ends_its_script(evaluate):
    page = text([Block(Shape(), (Way("</script><!--<script>", 2.0),))], evaluate)
    assert data_of(page)["series"][-1]["label"] == "</script><!--<script>"


def test_the_command_of_a_case_has_no_place_and_no_choice_of_the_old_run(file_of):
    data = builder.result_file([Block(Shape(), (Way("a", 2.0),))], rounds=2)
    words = ["breakeven", "run", "x", "--filter", "b", "--out", "y", "--axis", "workers=2"]
    data["context"]["breakeven"]["command"] = words
    (file,) = data_of(page_of(stats, results, file_of(data)))["files"]
    assert file["command"] == ["breakeven", "run", "x", "--axis", "workers=2"]


def test_memory_is_the_proportional_set_size_where_it_was_measured(file_of):
    data = builder.result_file([Block(Shape(), (Way("a", 2.0),))], rounds=2)
    own = [row for row in data["benchmarks"] if row["breakeven"]["case"]["backend"] == "a"]
    own[0]["breakeven"]["covariates"] = {"pss_bytes": 5 << 20, "processes": 3}
    found = data_of(page_of(stats, results, file_of(data)))
    row = row_of(found, "a")
    assert found["columns"]["memory"][row] == 5242900 and found["columns"]["processes"][row] == 3
