"""Commands as tasks: `measure --each COMMAND FILES`."""

from __future__ import annotations

from typing import Any

import pytest
from program import Bench, Finished


def measure(bench: Bench, command: str, *files: str) -> Finished:
    return bench("measure", "--rounds", "2", "--out", "out/r.json", "--each", command, *files)


def rows(bench: Bench) -> list[dict[str, Any]]:
    return bench.results("out/r.json")["benchmarks"]


def some_files(bench: Bench) -> list[str]:
    names = ["a.txt", "with space.txt", "it's; echo.txt", "-n"]
    for name in names:
        (bench.folder / name).write_text(name * 1000)
    return ["--", *names]


def test_a_command_runs_for_each_file_in_a_row_and_so_many_at_once(bench: Bench) -> None:
    finished = measure(bench, "cksum < ./{}", *some_files(bench))
    assert finished.code == 0, finished.err
    cases = [row["breakeven"]["case"] for row in rows(bench)]
    assert {case["backend"] for case in cases} == {"serial", "thread_pool"}
    assert {1, 2, 4} <= {case["workers"] for case in cases if case["backend"] == "thread_pool"}
    assert {case["tasks"] for case in cases} == {4}
    assert len({row["breakeven"]["digest"] for row in rows(bench)}) == 1
    assert "thread_pool" in finished.out


def test_the_processor_time_is_that_of_the_commands(bench: Bench) -> None:
    """Threads that wait for processes use next to nothing themselves; other tests may take half of a core."""
    finished = measure(bench, "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; : {}", *some_files(bench))
    assert finished.code == 0, finished.err
    for row in rows(bench):
        assert row["breakeven"]["cpu_time_ns"] > 0.1 * row["real_time"]


def test_the_case_can_be_measured_again(bench: Bench) -> None:
    measure(bench, "cat ./{}", *some_files(bench))
    name = next(row["breakeven"]["case"] for row in rows(bench))["workload"]
    assert name.startswith("command/results/commands/cat-")
    assert (bench.folder / name[len("command/"):]).exists()


@pytest.mark.parametrize("command, says", [
    ("cat ./{} no-such-file", "exit code 1; it said: cat: no-such-file: No such file or directory"),
    ("no-such-program {}", "ended with exit code 127"),
    ("kill -9 $$; echo {}", "was ended by signal 9"),
])
def test_a_command_that_fails_is_named_with_what_it_said(bench: Bench, command: str, says: str) -> None:
    finished = measure(bench, command, *some_files(bench))
    assert finished.code == 2
    failures = [line for line in finished.err.splitlines() if line.startswith("failed: ")]
    assert failures and all("task 0: " in line and says in line for line in failures)


def test_a_command_that_prints_something_else_each_time_is_found_out(bench: Bench) -> None:
    finished = measure(bench, "date +%N; : {}", *some_files(bench))
    assert finished.code == 1 and "two plain loops differ" in finished.err


@pytest.mark.parametrize("words, says", [
    (["--each", "cat {}"], "for which files?"),
    (["a.txt"], "files go with --each"),
    (["--each", "cat", "--task", "1us", "a"], "--task is what --each says itself"),
    (["--each", "cat", "--python", "a:b", "a"], "give one of --python, --each and --profile"),
])
def test_what_cannot_be_meant_is_refused_in_one_line(bench: Bench, words: list[str], says: str) -> None:
    refused = bench("measure", *words)
    assert refused.code == 2 and says in refused.complaint
