"""The self-test's driver with a program that answers at once, its files, and its command."""

from __future__ import annotations

import json

import fake_program
import pytest
import selftesting

from analysis.cli import main
from analysis.features.intervals import command, data as data_file, driver, plan
from analysis.files.program import MeasurementFailed, Program

pytestmark = pytest.mark.xdist_group("selftest driver")

CONTENDED, QUIET = "compute/tasks=100/in=0/out=0/cost=200", "compute/tasks=100/in=0/out=0/cost=8000"


@pytest.fixture
def program(tmp_path):
    return fake_program.make(tmp_path, self_test=True)


def collected(program, folder, runs=1):
    return driver.collect(Program(program), folder, runs, "build/breakeven self-test --intervals")


def sessions(folder):
    return (folder / "journal.jsonl").read_text().splitlines()


def test_rounds_go_on_only_for_the_cases_that_are_open(program, tmp_path):
    data = collected(program, tmp_path / "out")
    rounds = {name: series.rounds for name, series in data.runs[0].series.items()}
    assert {rounds[f"{CONTENDED}/{name}/workers=2/map"] for name in ("thread_pool", "openmp")} == {60}
    assert {rounds[f"{QUIET}/{name}/workers=2/map"] for name in ("thread_pool", "openmp")} == {24}
    assert data.reference.series[f"{QUIET}/openmp/workers=2/map"].rounds == plan.reference_rounds(1)
    assert [s.kind for s in data.cases] == ["contended", "contended", "quiet", "quiet"]


def test_looks_that_can_stop_nothing_are_left_out(program, tmp_path):
    collected(program, tmp_path / "out")
    asked = [line.split("--rounds ")[1].split()[0] for line in sessions(tmp_path / "out" / "run-01")]
    assert asked == ["12", "24", "28", "32", "36", "40", "44", "48", "52", "56", "60"]


def test_a_second_call_measures_nothing_anew(program, tmp_path):
    first = collected(program, tmp_path / "out")
    assert collected(program, tmp_path / "out") == first


def test_more_runs_are_added_to_those_that_are_there(program, tmp_path):
    first = collected(program, tmp_path / "out")
    second = collected(program, tmp_path / "out", runs=2)
    assert second.runs[0] == first.runs[0] and [run.seed for run in second.runs] == [1, 2]


def test_a_run_that_was_cut_off_before_its_first_line_begins_anew(program, tmp_path):
    folder = tmp_path / "out" / "run-01"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text('{"journal": {"cont')
    assert len(collected(program, tmp_path / "out").runs) == 1


def test_a_program_that_fails_is_quoted_with_its_exit_code(tmp_path):
    program = fake_program.make(tmp_path, exit_code=4, say="breakeven: the disk is on fire")
    with pytest.raises(MeasurementFailed, match="the disk is on fire") as caught:
        collected(program, tmp_path / "out")
    assert caught.value.exit_code == 4


def test_a_program_that_is_not_there_is_one_line(tmp_path, capsys):
    missing, out = str(tmp_path / "no"), str(tmp_path / "out")
    assert main(["self-test", "--intervals", "--program", missing, "--out", out]) == 2
    assert "cannot be run" in capsys.readouterr().err


def test_the_file_holds_what_was_measured(program, tmp_path):
    data = collected(program, tmp_path / "out")
    for name in ("data.json", "data.json.gz"):
        data_file.write(tmp_path / name, data)
        assert data_file.read(tmp_path / name) == data
    assert str(tmp_path) not in (tmp_path / "data.json").read_text()


# The command


def test_too_few_runs_are_judged_by_no_gate(program, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["--program", str(program), "--runs", "1", "--out", str(out)]
    assert main(["self-test", "--intervals", *words]) == 0
    said = capsys.readouterr()
    assert "1 of 30 runs: too few to judge" in said.out and "MISSED" not in said.out
    assert "about" in said.err and str(out) in said.err
    found = json.loads((out / "intervals.json").read_text())
    assert found["met"] is None and found["sections"][0]["findings"][2]["hits"] <= 4
    assert (out / command.DATA_NAME).exists() and (out / "intervals.md").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Data of 30 runs by noise: `good`, and `biased` of a program with a bias."""
    folder = tmp_path_factory.mktemp("data")
    data_file.write(folder / "good.json.gz", selftesting.made(selftesting.bimodal, reference_rounds=600))
    data_file.write(folder / "biased.json.gz", selftesting.made(shift=0.02, reference_rounds=120))
    return folder


def test_gates_that_are_met_are_exit_code_0(whole, capsys):
    assert main(["self-test", "--intervals", "--recompute", str(whole / "good.json.gz")]) == 0
    assert "All 14 gates are met." in capsys.readouterr().out


def test_a_gate_that_is_missed_is_exit_code_1(whole, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["self-test", "--intervals", "--recompute", str(whole / "biased.json.gz")]) == 1
    assert "same-pull95" in capsys.readouterr().out
    assert not out.exists()


def test_several_self_tests_are_judged_together_and_each_is_shown(whole, tmp_path, capsys):
    files = [str(whole / "good.json.gz"), str(whole / "biased.json.gz")]
    page = tmp_path / "method.md"
    page.write_text("<!-- self-test:each -->\n<!-- /self-test -->\n")
    words = ["--recompute", files[0], "--recompute", files[1], "--document", str(page)]
    assert main(["self-test", "--intervals", *words]) == 1
    assert "The same program twice: 600 comparisons" in capsys.readouterr().out
    rows = page.read_text().splitlines()[3:-1]
    assert len(rows) == 2 and rows[0].endswith("| none |") and "same-pull95" in rows[1]


def test_a_document_is_filled_from_the_data_alone(whole, tmp_path, capsys):
    page = tmp_path / "method.md"
    names = ("intervals", "kinds", "each", "source")
    page.write_text("".join(f"<!-- self-test:{name} -->\nstale\n<!-- /self-test -->\n" for name in names))
    words = ["self-test", "--intervals", "--recompute", str(whole / "good.json.gz"), "--document", str(page)]
    assert main(words) == 0
    text = page.read_text()
    assert "stale" not in text and "| 95 % intervals that hold the truth |" in text and "made up" in text
    assert main(words) == 0 and page.read_text() == text


@pytest.mark.parametrize("words, says", [
    (["--program", "x", "--runs", "0"], "--runs 0"),
    (["--program", "x", "--runs", "31"], "1 to 30"), (["--recompute", "/no/such/file"], "/no/such/file"),
    (["--recompute", "x", "--program", "y"], "--recompute"),
])
def test_wrong_usage_is_one_line(words, says, capsys):
    assert main(["self-test", "--intervals", *words]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\x1f\x8bxx", b'{"breakeven_self_test": "intervals"}', b"\xff"]
)
def test_a_file_that_is_no_data_is_one_line(content, tmp_path, capsys):
    (tmp_path / "data").write_bytes(content)
    assert main(["self-test", "--intervals", "--recompute", str(tmp_path / "data")]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "data") in error and error.count("\n") == 1
