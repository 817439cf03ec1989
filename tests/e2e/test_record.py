"""A recorded loop: from a serial program to its profile, the advice by it, and its replay."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from program import BUILD, Bench

from analysis.files import profile

PROGRAM = r"""
#include "bench/site.h"
#include <string>
#include <thread>
#include <vector>

static unsigned long work(unsigned long units) {
  volatile unsigned long state = units;
  for (unsigned long i = 0; i < units; ++i) state = state * 6364136223846793005UL + 1;
  return state;
}

int main(int count, char** words) {
  const std::string way = count > 1 ? words[1] : "";
  std::vector<std::string> inputs;
  for (int i = 0; i < 400; ++i) inputs.push_back(std::string(1000, 'x'));
  std::vector<std::vector<unsigned long>> results(inputs.size());
  const auto loop = [&](std::size_t first, std::size_t last) {
    BREAKEVEN_SITE(multiply);
    for (std::size_t i = first; i < last; ++i) {
      BREAKEVEN_TASK(inputs[i], results[i]);
      if (way == "throw" && i == 5) throw i;
      results[i] = {work(i % 10 == 7 ? 200000 : 20000), i};
    }
  };
  if (way == "passes") {
    for (std::size_t i = 0; i < 4; ++i) loop(100 * i, 100 * (i + 1));
  } else if (way == "threads") {
    loop(0, 10);
    std::thread([&] { loop(10, 20); }).join();
  } else if (way == "throw") {
    try { loop(0, 20); } catch (std::size_t) {}
  } else if (way == "empty") {
    loop(0, 0);
  } else if (way == "fails") {
    loop(0, 50);
    return 3;
  } else {
    loop(0, 400);
  }
  return results[1].size() == 2 ? 0 : 0;
}
"""

PYTHON = """
import sys
from breakeven.site import Site

site = Site("squares")
way = sys.argv[1] if len(sys.argv) > 1 else ""

def run(n):
    return sum(i * i for i in range(n))

if way == "decorated":
    run = site.recorded(run)
    print([run(n) for n in (100, 200, 300)])
elif way == "passes":
    for _ in range(3):
        with site:
            for n in range(5):
                with site.task(n) as task:
                    task.result = run(n)
elif way == "unpicklable":
    for n in range(5):
        with site.task(lambda: n) as task:
            task.result = run(n)
else:
    for n in [2000] * 300:
        with site.task("x" * 500) as task:
            task.result = run(n)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Compiled as a user would, by the oldest standard that the header promises."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "program.cpp").write_text(PROGRAM)
    words = [
        "-std=c++17",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        f"-I{BUILD / 'include'}",
        "program.cpp",
        "-o",
        "program",
    ]
    subprocess.run(["g++", *words, "-pthread"], cwd=folder, check=True, capture_output=True, text=True)
    return folder / "program"


def recorded(bench: Bench, site: str = "multiply") -> profile.Profile:
    return profile.load(bench.folder / f"{site}.profile.json")


def test_every_task_of_the_loop_is_in_the_profile(bench: Bench, program: pathlib.Path) -> None:
    finished = bench("record", str(program))
    assert finished.code == 0, finished.err
    one = recorded(bench)
    assert (one.tasks, len(one.task_ns), one.passes, one.language) == (400, 400, (400,), "c++")
    assert one.data["command"] == [str(program)]
    assert len(one.data["sizes"]) == 100 and one.into.median == 1008 and one.out.median == 8 + 16
    heavy = [ns for i, ns in enumerate(one.task_ns) if i % 10 == 7]
    assert sorted(heavy)[20] > 4 * sorted(one.task_ns)[200]
    assert 0 < one.tasks_ns <= one.program_ns
    assert (
        "multiply: 400 tasks" in finished.out
        and "breakeven advise --profile multiply.profile.json" in finished.out
    )


def test_the_program_does_the_same_without_recording(program: pathlib.Path, tmp_path: pathlib.Path) -> None:
    finished = subprocess.run([str(program)], cwd=tmp_path, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_loop_that_runs_several_times_has_passes(bench: Bench, program: pathlib.Path) -> None:
    assert bench("record", str(program), "passes").code == 0
    assert recorded(bench).passes == (100, 100, 100, 100)


def test_how_memory_bound_a_loop_is_stands_in_its_profile(bench: Bench, program: pathlib.Path) -> None:
    finished = bench("record", "--memory", str(program))
    assert finished.code == 0, finished.err
    found = recorded(bench).data["memory"]
    assert found["slowed"] > 0 and found["loss"] >= 1 and 0 <= found["step_bytes"] <= 16
    assert "a neighbour that reads memory slows it" in finished.out


def test_tasks_that_threw_are_counted(bench: Bench, program: pathlib.Path) -> None:
    finished = bench("record", str(program), "throw")
    assert finished.code == 0 and recorded(bench).data["threw"] == 1
    assert "1 task ended by an exception" in finished.out


@pytest.mark.parametrize(
    "way, says",
    [
        ("threads", "several threads ran its tasks"),
        ("empty", "recorded nothing: no task of a site ran in it"),
    ],
)
def test_what_cannot_be_recorded_is_said_in_a_line(
    bench: Bench, program: pathlib.Path, way: str, says: str
) -> None:
    finished = bench("record", str(program), way)
    assert finished.code == 2 and says in finished.complaint
    assert list(bench.folder.glob("*.profile.json")) == []


def test_a_program_that_fails_leaves_the_profile_of_what_it_did(bench: Bench, program: pathlib.Path) -> None:
    finished = bench("record", "-o", "there", "--", str(program), "fails")
    assert finished.code == 1 and "ended with exit code 3" in finished.complaint
    assert profile.load(bench.folder / "there" / "multiply.profile.json").tasks == 50


def test_a_program_that_is_not_there_is_said(bench: Bench) -> None:
    finished = bench("record", "./nothing")
    assert finished.code == 2 and "./nothing: cannot be run: No such file" in finished.complaint


@pytest.mark.parametrize(
    "line, says",
    [
        (
            "const char* text = nullptr; BREAKEVEN_TASK(text, i);",
            "this type cannot be sent to another process",
        ),
        ("struct Open { std::string name; } one; BREAKEVEN_TASK(one, i);", "name its parts"),
    ],
)
def test_what_cannot_be_sized_does_not_compile_and_says_what_to_write(
    tmp_path: pathlib.Path, line: str, says: str
) -> None:
    body = (
        '#include "bench/site.h"\nint main() { BREAKEVEN_SITE(loop); for (int i = 0; i < 2; ++i) { '
        + line
        + " } }\n"
    )
    (tmp_path / "bad.cpp").write_text(body)
    found = subprocess.run(
        ["g++", "-std=c++17", f"-I{BUILD / 'include'}", "-fsyntax-only", "bad.cpp"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert found.returncode != 0 and says in found.stderr


def python(bench: Bench, *words: str) -> Any:
    (bench.folder / "program.py").write_text(PYTHON)
    return bench("record", sys.executable, "program.py", *words)


def test_a_loop_of_python_is_recorded_with_its_pickles_sizes(bench: Bench) -> None:
    finished = python(bench)
    assert finished.code == 0, finished.err
    one = recorded(bench, "squares")
    assert (one.tasks, one.language, one.passes) == (300, "python", (300,))
    assert 500 < one.into.median < 560 and 0 < one.out.median < 40
    assert len({number for number, _, _ in one.data["sizes"]}) == 100


def test_a_decorated_function_is_recorded(bench: Bench) -> None:
    finished = python(bench, "decorated")
    assert finished.code == 0 and "[328350, 2646700, 8955050]" in finished.out
    assert recorded(bench, "squares").tasks == 3


def test_passes_of_python_are_told_by_with(bench: Bench) -> None:
    assert python(bench, "passes").code == 0
    assert recorded(bench, "squares").passes == (5, 5, 5)


def test_what_cannot_be_pickled_is_said_and_no_processes_are_advised(bench: Bench) -> None:
    finished = python(bench, "unpicklable")
    assert finished.code == 0 and "cannot be sent to other processes" in finished.out
    advice = bench("advise", "--profile", "squares.profile.json", "--json")
    assert {way["backend"] for way in json.loads(advice.out)["ways"]} == {"py_thread_pool"}


def test_three_commands_lead_from_a_serial_loop_to_an_advised_backend(
    bench: Bench, program: pathlib.Path
) -> None:
    assert bench("record", str(program)).code == 0
    advised = bench("advise", "--profile", "multiply.profile.json")
    assert advised.code == 0, advised.err
    assert "Use " in advised.out and "the program takes" in advised.out
    words = ["--rounds", "2", "--backend", "thread_pool", "--backend", "fork_pool/shm", "--out", "out/r.json"]
    replayed = bench("measure", "--profile", "multiply.profile.json", *words)
    assert replayed.code == 0, replayed.err
    rows = bench.results("out/r.json")["benchmarks"]
    cases = [row["breakeven"]["case"] for row in rows]
    assert {(case["tasks"], case["in_bytes"], case["out_bytes"]) for case in cases} == {(400, 1008, 24)}
    assert {case["backend"] for case in cases} == {"serial", "ceiling", "thread_pool", "fork_pool/shm"}


def test_a_profile_of_python_is_replayed_by_pythons_pools(bench: Bench) -> None:
    python(bench)
    words = ["--rounds", "2", "--out", "out/r.json", "--tasks", "40"]
    replayed = bench("measure", "--profile", "squares.profile.json", *words)
    assert replayed.code == 0, replayed.err
    cases = [row["breakeven"]["case"] for row in bench.results("out/r.json")["benchmarks"]]
    assert {case["backend"] for case in cases} == {
        "py_serial",
        "py_thread_pool",
        "py_process_pool",
        "py_mp_pool",
    }
    assert {case["tasks"] for case in cases} == {40}


@pytest.mark.parametrize(
    "words, says",
    [
        (["--task", "1ms"], "--task is what --profile says itself"),
        (["--each", "x {}"], "give one of --python, --each and --profile"),
    ],
)
def test_measure_refuses_what_a_profile_says_itself(bench: Bench, words: list[str], says: str) -> None:
    (bench.folder / "p.json").write_text("{}")
    finished = bench("measure", "--profile", "p.json", *words)
    assert finished.code == 2 and says in finished.complaint


def test_measure_refuses_a_file_that_is_no_profile(bench: Bench) -> None:
    (bench.folder / "p.json").write_text("{}")
    finished = bench("measure", "--profile", "p.json")
    assert finished.code == 2 and "is no profile; `breakeven record COMMAND` writes one" in finished.complaint


def test_memory_that_is_read_along_gives_the_same_results_everywhere(bench: Bench) -> None:
    grid = {
        "workload": ["stream/8B", "stream/1B@16KiB"],
        "tasks": 20,
        "cost": "20us",
        "backends": ["thread_pool", "fork_pool/shm"],
    }
    finished = bench("run", bench.suite(rounds=1, grids=[grid]))
    assert finished.code == 0, finished.err
    rows = bench.results()["benchmarks"]
    digests = {(row["breakeven"]["case"]["workload"], row["breakeven"]["digest"]) for row in rows}
    assert len(digests) == 2


def test_tasks_with_threads_of_their_own_give_the_same_results_everywhere(bench: Bench) -> None:
    grid = {
        "workload": "nested/3",
        "tasks": 20,
        "cost": "50us",
        "backends": ["thread_pool", "std_async", "fork_pool/shm", "fork_pool/inherit"],
        "workers": [1, 2, 4],
    }
    finished = bench("run", bench.suite(rounds=2, grids=[grid]))
    assert finished.code == 0, finished.err
    assert len({row["breakeven"]["digest"] for row in bench.results()["benchmarks"]}) == 1


@pytest.mark.parametrize(
    "name",
    [
        "nested/0",
        "nested/x",
        "nested/65",
        "stream/",
        "stream/65B",
        "stream/8B@5KiB",
        "stream/8Q",
        "stream/8B@2GiB",
    ],
)
def test_a_stream_that_makes_no_sense_is_refused_in_a_line(bench: Bench, name: str) -> None:
    grid = {"workload": name, "tasks": 2, "cost": "20us", "backends": ["thread_pool"]}
    finished = bench("run", bench.suite(grids=[grid]))
    assert finished.code == 2 and name in finished.complaint
