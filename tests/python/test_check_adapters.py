"""How an adapter reads the names and times of a process, and what it says of one that has none."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from analysis.features.check import adapters
from analysis.features.check.adapters.base import CPU, MEMORY, TIME, Options
from analysis.files.processes import Ended, SampleFailed
from analysis.files.errors import UsageError


def ended(out: str = "", err: str = "", **changes: object) -> Ended:
    values = {"exit_code": 0, "signal": 0, "timed_out": False, "wall_ns": 5e6, "cpu_ns": 4e6,
              "peak_rss_bytes": 3e6, "out": out.encode(), "out_is_cut": False, "err": err.encode(), **changes}
    return Ended(**values)


def read(name: str, found: Ended, scratch: Path = Path(), **options: object):
    return adapters.make(name, Options(**options)).read(found, scratch)


@pytest.mark.parametrize(
    "line, name, ns",
    [
        ('{"name": "sort", "ns": 1250}', "sort", 1250), ('{"name": "a b", "ms": 2.5}', "a b", 2.5e6),
        ("sort 1250 ns", "sort", 1250), ("sort 1.25 us", "sort", 1250), ("sort 1.25us", "sort", 1250),
        ("two words 3 ms", "two words", 3e6), ("a/b:c 1e-3 s", "a/b:c", 1e6), ("x 12 µs", "x", 12_000),
        ("BenchmarkFib-8 1234 ns/op", "BenchmarkFib-8", 1234), ("bench 88 ns/iter", "bench", 88),
    ],
)
def test_a_line_with_a_name_and_a_time_is_a_case(line: str, name: str, ns: float) -> None:
    found = read("lines", ended(f"starting up\n{line}\ndone in 3 seconds\n"))
    assert found.rows == {name: {TIME: pytest.approx(ns)}}


def test_a_name_that_stands_several_times_has_the_median() -> None:
    assert read("lines", ended("a 1 ns\na 9 ns\na 2 ns\n")).rows == {"a": {TIME: 2}}


NO_TIMES = ["a 0 ns", "a -1 ns", "a nan ns", '{"name": "a", "ns": null}', '{"name": "a", "ns": "1"}']


@pytest.mark.parametrize("line", NO_TIMES)
def test_a_time_that_is_none_leaves_its_case_out_with_the_reason(line: str) -> None:
    found = read("lines", ended(f"{line}\nb 5 ns\n"))
    assert found.rows == {"b": {TIME: 5}} and "its time is" in found.left_out["a"]


@pytest.mark.parametrize("out", ["", "nothing\n", "a 5 parsecs\n", '{"name": 5, "ns": 1}', "{", "1.2.3 ns"])
def test_a_program_without_times_is_told_what_is_expected(out: str) -> None:
    with pytest.raises(SampleFailed, match="prints no time: expected"):
        read("lines", ended(out))


def test_a_filter_chooses_among_lines() -> None:
    assert list(read("lines", ended("ab 1 ns\nac 2 ns\n"), benchmarks="c$").rows) == ["ac"]
    with pytest.raises(UsageError, match="is not a regular expression"):
        read("lines", ended(), benchmarks="(")


@pytest.mark.parametrize("name", ["command", "lines", "gbench"])
@pytest.mark.parametrize(
    "changes, says",
    [({"exit_code": 3}, "ended with exit code 3; it said: no room"),
     ({"signal": 11}, "was ended by signal 11"),
     ({"timed_out": True, "signal": 9}, "did not end within its deadline")],
)
def test_a_process_that_fails_is_quoted(name: str, changes: dict, says: str) -> None:
    with pytest.raises(SampleFailed, match=says):
        read(name, ended("a 1 ns\n", "first\nno room\n", **changes))


def test_a_command_has_its_wall_time_its_cpu_time_and_its_memory() -> None:
    adapter = adapters.make("command", Options())
    adapter.words(["/usr/bin/sort", "x"], None, Path())
    assert adapter.read(ended(), Path()).rows == {"sort": {TIME: 5e6, CPU: 4e6, MEMORY: 3e6}}


def test_a_commands_output_is_compared_only_where_that_is_asked_for() -> None:
    one, other = (read("command", ended(text), compares_output=True).output for text in ("a", "b"))
    assert one != other and read("command", ended("a")).output is None
    with pytest.raises(SampleFailed, match="more than 16 MiB"):
        read("command", ended(out_is_cut=True), compares_output=True)


def gbench_file(tmp_path: Path, rows: list[dict]) -> Path:
    context = {"date": "2026-01-01", "num_cpus": 2}
    (tmp_path / "benchmark.json").write_text(json.dumps({"context": context, "benchmarks": rows}))
    return tmp_path


def row(name: str, time: float = 5, unit: str = "ns", **more: object) -> dict:
    return {"name": name, "run_name": name, "run_type": "iteration", "iterations": 3, "real_time": time,
            "cpu_time": time / 2, "time_unit": unit, **more}


def test_google_benchmarks_rows_are_read_with_units_errors_and_skips(tmp_path: Path) -> None:
    failed = {"name": "BM_e", "run_name": "BM_e", "run_type": "iteration", "error_occurred": True,
              "error_message": "no file"}
    skipped = {"name": "BM_s", "run_name": "BM_s", "run_type": "iteration", "skipped": True,
               "skip_message": "not here"}
    rows = [row("BM_a/8", 2, "us", items=1e9), failed, skipped]
    found = read("gbench", ended(), gbench_file(tmp_path, rows))
    assert found.rows == {"BM_a/8": {TIME: 2000, CPU: 1000}}
    assert found.left_out == {"BM_e": "no file", "BM_s": "not here"}


def test_of_repetitions_the_median_counts_and_of_aggregates_alone_theirs(tmp_path: Path) -> None:
    repeated = [row("BM_a/repeats:3", t, repetition_index=i) for i, t in enumerate((1, 9, 3))]
    mean = row("BM_a/repeats:3", 4, run_type="aggregate", aggregate_name="mean")
    assert read("gbench", ended(), gbench_file(tmp_path, [*repeated, mean])).rows["BM_a/repeats:3"][TIME] == 3
    alone = [{**row("BM_a/repeats:3", t), "run_type": "aggregate", "aggregate_name": kind,
              "name": f"BM_a/repeats:3_{kind}"} for kind, t in (("mean", 4), ("median", 3), ("stddev", 1))]
    assert read("gbench", ended(), gbench_file(tmp_path, alone)).rows["BM_a/repeats:3"][TIME] == 3


def test_google_benchmark_is_asked_for_exactly_the_open_names(tmp_path: Path) -> None:
    adapter = adapters.make("gbench", Options(benchmarks="BM_", min_time_s=0.5))
    first = adapter.words(["bench", "--benchmark_filter=mine"], None, tmp_path)
    assert first[-1] == "--benchmark_filter=BM_" and "--benchmark_min_time=0.5" in first
    later = adapter.words(["bench"], ["BM_t<std::pair<int, int>>/8", "BM_(x)+[1]"], tmp_path)
    assert later[-1] == r"--benchmark_filter=^BM_t<std::pair<int, int>>/8$|^BM_\(x\)\+\[1\]$"


def test_a_program_that_knows_nothing_of_google_benchmark_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SampleFailed, match="wrote no file of Google Benchmark's"):
        read("gbench", ended("hello\n"), tmp_path)


def pytest_file(tmp_path: Path, **medians: object) -> Path:
    rows = [{"fullname": f"t.py::{name}", "stats": {"median": value}} for name, value in medians.items()]
    (tmp_path / "benchmark.json").write_text(json.dumps({"benchmarks": rows}))
    return tmp_path


def test_pytests_medians_are_seconds_and_a_test_that_fails_is_left_out(tmp_path: Path) -> None:
    out = "FAILED t.py::test_b - AssertionError: no\n1 failed, 1 passed\n"
    found = read("pytest", ended(out, exit_code=1), pytest_file(tmp_path, test_a=2e-6))
    assert found.rows == {"t.py::test_a": {TIME: pytest.approx(2000)}}
    assert found.left_out == {"t.py::test_b": "AssertionError: no"}


@pytest.mark.parametrize(
    "found, says",
    [(ended("ERROR t.py - SyntaxError: no\n", exit_code=2), "t.py: SyntaxError: no"),
     (ended(exit_code=5), "found no benchmark"), (ended(exit_code=2, err="interrupted"), "exit code 2"),
     (ended(exit_code=4, err="error: unrecognized arguments: --benchmark-json=x"), "is not installed"),
     (ended(), "wrote no times")],
)
def test_a_pytest_without_times_says_why(found: Ended, says: str, tmp_path: Path) -> None:
    with pytest.raises(SampleFailed, match=says):
        read("pytest", found, tmp_path)


def test_pytest_leaves_out_what_is_decided_but_nothing_whose_name_begins_alike(tmp_path: Path) -> None:
    adapter = adapters.make("pytest", Options())
    adapter.read(ended(), pytest_file(tmp_path, test_a=1.0, test_ab=1.0, test_c=1.0))
    words = adapter.words(["pytest"], ["t.py::test_ab"], tmp_path)
    assert [word for word in words if word.startswith("--deselect")] == ["--deselect=t.py::test_c"]


@pytest.mark.parametrize("command", [["pytest", "x"], ["python3", "-m", "pytest"], ["/usr/bin/py.test"]])
def test_pytest_is_found_out_by_its_name(command: list[str]) -> None:
    assert adapters.found_out(command) == "pytest"


@pytest.mark.parametrize(
    "content, name", [(b"\x7fELF..libbenchmark.so.1", "gbench"), (b"\x7fELF..breakeven_sample", "breakeven")]
)
def test_a_program_is_found_out_by_what_it_is_linked_with(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "bench").write_bytes(content)
    assert adapters.found_out([str(tmp_path / "bench")]) == name


@pytest.mark.parametrize("content", [b"\x7fELF", b"#!/bin/sh\n", b""])
def test_what_is_not_known_is_asked_for_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bench").write_bytes(content)
    with pytest.raises(UsageError, match="tell its times\\? give --adapter: gbench"):
        adapters.found_out([str(tmp_path / "bench")])


# How the frameworks print a benchmark of 1,234 ns, as docs/check.md turns it into a line.
PRINTED = {
    "go test": "goos: linux\nBenchmarkFib-8   \t  979542\t      1234 ns/op\t  16 B/op\nPASS\n",
    "cargo bench": "test fib ... bench:       1,234 ns/iter (+/- 12)\n\n",
    "cat jmh.csv": '"Benchmark","Mode","Threads","Samples","Score","Score Error (99.9%)","Unit"\n'
                   '"org.x.Fib.run","avgt",1,5,1234.0,1.2,"ns/op"\n',
    '"$1"/tests': '<BenchmarkResults name="fib 20" samples="100" iterations="3">\n'
                  '<mean value="1234" lowerBound="1200" upperBound="1300" ci="0.95"/>\n'
                  '<standardDeviation value="5" lowerBound="4" upperBound="6" ci="0.95"/>\n',
    "cat h.json": '{"results": [{"command": "./fib 20", "mean": 0.000001234, "median": 1}]}',
}


@pytest.mark.parametrize("framework", PRINTED)
def test_the_lines_of_the_manual_make_lines_of_other_frameworks(framework: str) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "check.md").read_text().splitlines()
    (line,) = [line for line in manual if line.startswith(framework)]
    script = "cat | " + line.split(" | ", 1)[1]
    options = {"capture_output": True, "text": True, "check": True}
    done = subprocess.run(["sh", "-c", script], input=PRINTED[framework], **options)
    ((name, values),) = read("lines", ended(done.stdout)).rows.items()
    assert "ib" in name and values[TIME] == pytest.approx(1234)
