"""An installation that was moved, without its source tree: everything is found from where the program is."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from typing import Any

import pytest

from conftest import BUILD, ROOT, Finished, done, run

TINY: dict[str, Any] = {
    "suite": "tiny", "rounds": 6, "min_time_s": 0,
    "grids": [
        {"workload": "factorize", "tasks": 3, "backends": ["thread_pool", "fork_pool/pipe", "bare_ring"]},
        {"workload": "factorize", "tasks": 3, "backends": ["py_process_pool"]},
        {"workload": "factorize", "tasks": 3, "backends": ["py_thread_pool,kernel=native"]},
    ],
}


@pytest.fixture(scope="module")
def measured(
    moved: pathlib.Path, hidden: list[str], tmp_path_factory: pytest.TempPathFactory
) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("measured")
    (folder / "tiny.json").write_text(json.dumps(TINY))
    done([*hidden, moved / "bin" / "breakeven", "run", "tiny.json", "--out", folder / "r.json"], cwd=folder)
    return folder


def test_no_installed_file_names_the_source_tree(moved: pathlib.Path) -> None:
    files = [path for path in moved.rglob("*") if path.is_file()]
    needles = [str(ROOT).encode(), str(BUILD).encode()]
    assert len(files) > 100
    assert [path for path in files if any(needle in path.read_bytes() for needle in needles)] == []


def test_pools_of_both_languages_are_measured(measured: pathlib.Path) -> None:
    rows = json.loads((measured / "r.json").read_text())["benchmarks"]
    assert not [row["error_message"] for row in rows if "error_message" in row]
    backends = {row["breakeven"]["case"]["backend"] for row in rows}
    assert {"thread_pool", "fork_pool/pipe", "py_process_pool", "py_thread_pool,kernel=native"} <= backends


def test_the_suite_quick_is_found(moved: pathlib.Path, hidden: list[str], tmp_path: pathlib.Path) -> None:
    words = [*hidden, moved / "bin" / "breakeven", "run", "quick", "--out", tmp_path / "q.json"]
    done(words, cwd=tmp_path)
    assert (tmp_path / "q.json").exists()


@pytest.mark.parametrize("words", [["summary"], ["csv"], ["charts"]])
def test_a_word_of_the_analysis_reads_the_results(
    moved: pathlib.Path, hidden: list[str], measured: pathlib.Path, words: list[str]
) -> None:
    done([*hidden, moved / "bin" / "breakeven", *words, measured / "r.json"], cwd=measured)


def test_two_programs_are_checked(moved: pathlib.Path, hidden: list[str], measured: pathlib.Path) -> None:
    program = moved / "bin" / "breakeven"
    suite = {**TINY, "grids": TINY["grids"][:1]}
    (measured / "check.json").write_text(json.dumps(suite))
    words = ["check", "--base", program, "--head", program, "--suite", "check.json", "--budget", "10s"]
    checked = run([*hidden, program, *words, "--out", measured / "check"], cwd=measured)
    assert checked.returncode in (0, 1, 3), checked.stderr
    assert json.loads((measured / "check" / "check.json").read_text())["cases"]


def test_the_python_package_is_called_breakeven(
    moved: pathlib.Path, hidden: list[str], measured: pathlib.Path
) -> None:
    python = done([moved / "share/breakeven/python/breakeven/find-python"]).strip()
    environment = {**os.environ, "PYTHONPATH": str(moved / "share" / "breakeven" / "python")}
    said = done([*hidden, python, "-m", "breakeven", "csv", measured / "r.json"], env=environment)
    assert "factorize" in said


def complaint(finished: Finished) -> str:
    assert finished.returncode == 2 and finished.stderr.count("\n") == 1, finished.stderr
    return finished.stderr


@pytest.mark.parametrize(
    "words", [["run", "quick"], ["list"], ["measure", "--task", "1us"], ["charts"], ["check"]]
)
def test_a_program_without_its_share_folder_says_so(
    moved: pathlib.Path, tmp_path: pathlib.Path, words: list[str]
) -> None:
    shutil.copytree(moved / "bin", tmp_path / "bin")
    said = complaint(run([tmp_path / "bin" / "breakeven", *words], cwd=tmp_path))
    assert "share/breakeven" in said and "install breakeven anew" in said


@pytest.mark.parametrize("word", ["charts", "check", "report"])
def test_a_word_of_the_analysis_says_that_python_is_missing(
    moved: pathlib.Path, tmp_path: pathlib.Path, word: str
) -> None:
    environment = {**os.environ, "BREAKEVEN_PYTHON": str(tmp_path / "no-python")}
    said = complaint(run([moved / "bin" / "breakeven", word], cwd=tmp_path, env=environment))
    assert "BREAKEVEN_PYTHON" in said


def test_a_measurement_needs_no_python(moved: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps({**TINY, "grids": TINY["grids"][:1]}))
    environment = {**os.environ, "BREAKEVEN_PYTHON": str(tmp_path / "no-python")}
    done([moved / "bin" / "breakeven", "run", "tiny.json", "--out", "r.json"], cwd=tmp_path, env=environment)


def test_a_prefix_that_cannot_be_written_gets_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    said = complaint(run([ROOT / ".ci" / "prefix", tmp_path / "file" / "prefix"], cwd=ROOT))
    assert "cannot be written" in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_installing_again_leaves_no_file_of_the_older_installation(tmp_path: pathlib.Path) -> None:
    (tmp_path / "share" / "breakeven" / "suites").mkdir(parents=True)
    (tmp_path / "share" / "breakeven" / "suites" / "gone.json").write_text("{}")
    done([ROOT / ".ci" / "prefix", tmp_path], cwd=ROOT)
    assert not (tmp_path / "share" / "breakeven" / "suites" / "gone.json").exists()
    assert "quick" in done([tmp_path / "bin" / "breakeven", "list"])


def test_a_measurement_without_hwloc_says_so(moved: pathlib.Path, tmp_path: pathlib.Path) -> None:
    shutil.copytree(moved, tmp_path / "prefix")
    teller = tmp_path / "prefix" / "lib" / "breakeven" / "breakeven_topology"
    teller.write_text("#!/bin/sh\necho 'libhwloc.so.15: cannot open shared object file' >&2; exit 127\n")
    said = complaint(run([tmp_path / "prefix" / "bin" / "breakeven", "run", "quick"], cwd=tmp_path))
    assert "libhwloc.so.15" in said and "install hwloc's library" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prefix"]
