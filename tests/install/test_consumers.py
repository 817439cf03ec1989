"""Another project uses Breakeven: as its subproject, installed, installed and moved."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from conftest import BUILD, ROOT, Finished, done, run

PROJECT = ROOT / "tests" / "consumers"


def build(folder: pathlib.Path, *words: str) -> pathlib.Path:
    done(["cmake", "-S", PROJECT, "-B", folder, *words])
    done(["cmake", "--build", folder, "-j", "2"])
    return folder


WAYS = [pytest.param("subproject", marks=pytest.mark.minutes), "installed", "installed and moved"]


@pytest.fixture(scope="module", params=WAYS)
def consumer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("consumer")
    if request.param == "subproject":
        # Breakeven's own parts without optimisation: they take half the time to build.
        return build(folder, f"-DBREAKEVEN_SOURCE={ROOT}", "-DBREAKEVEN_ADDED_FLAGS=-O0")
    if request.param == "installed":
        prefix = tmp_path_factory.mktemp("prefix")
        done(["cmake", "--install", BUILD, "--prefix", prefix])
    else:
        prefix = request.getfixturevalue("moved")
    return build(folder, f"-DCMAKE_PREFIX_PATH={prefix}")


def measure(program: pathlib.Path, folder: pathlib.Path) -> "tuple[Finished, dict[str, Any]]":
    words = ["measure", "--workload", "sum_of_squares", "--tasks", "10", "--rounds", "1", "--backend",
             "thread_pool", "--out", folder / "own.json"]
    finished = run([program, *words], cwd=folder)
    assert finished.returncode == 0, finished.stderr
    return finished, json.loads((folder / "own.json").read_text())["context"]["breakeven"]


def test_an_own_workload_is_measured(consumer: pathlib.Path, tmp_path: pathlib.Path) -> None:
    finished, context = measure(consumer / "own", tmp_path)
    assert "sum_of_squares/tasks=10/in=8/out=8" in finished.stdout  # its sizes are its payload
    assert "unoptimised_workloads" not in context


def test_the_file_records_the_flags_of_the_workload(consumer: pathlib.Path, tmp_path: pathlib.Path) -> None:
    _, context = measure(consumer / "own", tmp_path)
    assert context["workload_flags"].split() == ["-O2"]  # the project names no build type


def test_words_of_the_analysis_are_found_from_the_own_program(
    consumer: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    measure(consumer / "own", tmp_path)
    assert "sum_of_squares" in done([consumer / "own", "csv", tmp_path / "own.json"])


def test_the_thread_pool_runs_alone(consumer: pathlib.Path) -> None:
    assert done([consumer / "threads"]) == "5050 42\n"


def test_the_fork_pool_runs_alone(consumer: pathlib.Path) -> None:
    assert done([consumer / "processes"]) == "81 0\n"


@pytest.fixture(scope="module")
def unoptimised(moved: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("unoptimised")
    return build(folder, f"-DCMAKE_PREFIX_PATH={moved}", "-DOWN_OPTIONS=-O0")


def test_an_own_workload_without_optimisation_is_announced(
    unoptimised: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    finished, _ = measure(unoptimised / "own", tmp_path)
    assert "warning: Compiled without optimisation: sum_of_squares." in finished.stderr


def test_an_own_workload_without_optimisation_is_recorded(
    unoptimised: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    _, context = measure(unoptimised / "own", tmp_path)
    assert context["unoptimised_workloads"] == ["sum_of_squares"]
    assert "unoptimised_workload" in [finding["id"] for finding in context["findings"]]


@pytest.mark.parametrize("build_type", ["Debug", "Release"])
def test_the_build_type_of_the_project_stays(
    moved: pathlib.Path, tmp_path: pathlib.Path, build_type: str
) -> None:
    words = [f"-DCMAKE_PREFIX_PATH={moved}", f"-DCMAKE_BUILD_TYPE={build_type}"]
    done(["cmake", "-S", PROJECT, "-B", tmp_path, *words, f"-DEXPECTED_BUILD_TYPE={build_type}"])
    done(["cmake", "--build", tmp_path, "--target", "own", "-j", "2"])
    flags = measure(tmp_path / "own", tmp_path)[1]["workload_flags"].split()
    assert flags == {"Debug": ["-g", "-O2"], "Release": ["-O3", "-DNDEBUG"]}[build_type]
