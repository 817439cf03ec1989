"""What would make a sample lie is kept from it, or named: environments, foreign cells, files that change."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
from typing import Callable

import pytest
from program import BUILD, PROGRAM, RECORD, Bench, crashing_manifest, foreign_suite


@pytest.mark.parametrize("name, value", [
    ("BENCHMARK_REPETITIONS", "2"), ("BENCHMARK_MIN_WARMUP_TIME", "1"), ("BENCHMARK_MIN_TIME", "0.5"),
])
def test_flags_of_google_benchmark_in_the_environment_change_no_sample(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = bench("run", bench.suite(), "--out", "a/results.json")
    assert done.code == 0, done.err
    rows = [row["breakeven"] for row in bench.results("a/results.json")["benchmarks"]]
    assert rows and all(len(row["iteration_ns"]) == row["iterations"] for row in rows)


def test_variables_that_change_a_runtime_are_recorded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_PLACES", "cores")
    bench("run", bench.suite(), "--out", "a/results.json")
    ours = bench.results("a/results.json")["context"]["breakeven"]
    assert ours["machine"]["environment"]["OMP_PLACES"] == "cores"
    found = next(finding for finding in ours["findings"] if finding["id"] == "environment")
    assert "OMP_PLACES=cores" in found["what"]


def test_variables_of_openmp_bind_nobody_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_PLACES", "cores")
    monkeypatch.setenv("OMP_PROC_BIND", "true")
    grids = [{"workload": "factorize", "tasks": 3, "backends": ["thread_pool", "openmp"], "ceiling": False}]
    bench("run", bench.suite(grids=grids), "--out", "a/results.json")
    found = bench.results("a/results.json")
    affinity = found["context"]["breakeven"]["machine"]["topology"]["affinity"]
    assert affinity == sorted(os.sched_getaffinity(0))
    runtimes = {row["breakeven"]["case"]["backend"]: row["breakeven"]["facts"] for row in found["benchmarks"]}
    assert "libgomp" in runtimes["openmp"]["runtime"]


def test_no_process_but_openmps_own_loads_its_runtime(bench: Bench) -> None:
    linked = subprocess.run(["ldd", str(PROGRAM)], capture_output=True, text=True, check=True).stdout
    assert "libgomp" not in linked and "hwloc" not in linked


def family_with_a_baseline_of_its_own(folder: pathlib.Path, body: str) -> str:
    manifest = pathlib.Path(crashing_manifest(folder, body))
    command = json.loads(manifest.read_text())["backends"][0]["command"]
    backends = [
        {"name": "own_loop", "command": command, "max_workers": 1, "baseline": "own_loop"},
        {"name": "foreign", "command": command, "baseline": "own_loop"},
    ]
    manifest.write_text(json.dumps({"breakeven_manifest": 1, "backends": backends}))
    return str(manifest)


def test_a_family_with_a_baseline_of_its_own_is_held_against_the_programs_outputs(bench: Bench) -> None:
    manifest = family_with_a_baseline_of_its_own(bench.folder, RECORD % "deadbeef")
    grid = {"workload": "factorize", "tasks": 3, "backends": ["foreign"], "ceiling": False}
    suite = bench.suite(grids=[grid])
    done = bench("run", suite, "--backend-manifest", manifest, "--out", "a/results.json")
    found = bench.results("a/results.json")
    assert done.code == 2 and found["benchmarks"] == []  # nothing was measured that can be believed
    assert {failure["kind"] for failure in found["failures"]} == {"wrong_digest"}
    assert "x" not in done.out.split("No sample was measured.")[0]


def test_wrong_outputs_are_nowhere_in_the_table(bench: Bench) -> None:
    manifest = crashing_manifest(bench.folder, RECORD % "deadbeef")
    done = bench("run", foreign_suite(bench), "--backend-manifest", manifest, "--out", "a/results.json")
    assert "foreign" not in done.out and "foreign" in done.err


def test_a_cell_that_ends_in_the_middle_of_its_work_is_told_from_one_that_cannot_speak(bench: Bench) -> None:
    manifest = crashing_manifest(bench.folder, "sys.exit(0)")
    bench("run", foreign_suite(bench), "--backend-manifest", manifest, "--out", "a/results.json")
    reason = bench.results("a/results.json")["failures"][0]["reason"]
    assert "exit code 0" in reason and "in the middle of its work" in reason


def test_what_fails_three_times_and_never_works_is_given_up_and_named(bench: Bench) -> None:
    manifest = crashing_manifest(bench.folder, "sys.exit(3)")
    suite = foreign_suite(bench, rounds=6)
    done = bench("run", suite, "--backend-manifest", manifest, "--out", "a/results.json")
    found = bench.results("a/results.json")
    assert len(found["failures"]) == 3
    stops = {case["name"]: case["stop"] for case in found["context"]["breakeven"]["cases"]}
    assert [stop for name, stop in stops.items() if "foreign" in name] == ["failed"]
    assert done.err.count("given up: factorize") == 1
    again = bench("run", "--resume", "a", "--rounds", "8", "--backend-manifest", manifest)
    assert again.code == 1 and len(bench.results("a/results.json")["failures"]) == 3


def test_what_a_cell_says_cannot_steer_the_terminal(bench: Bench) -> None:
    body = r"sys.stderr.buffer.write(b'one\x1b[2Jtwo\nthree\xff'); sys.exit(3)"
    manifest = crashing_manifest(bench.folder, body)
    words = [foreign_suite(bench, rounds=1), "--backend-manifest", manifest, "--out", "a/"]
    command = [str(PROGRAM), "run", *words]
    said = subprocess.run(command, cwd=bench.folder, capture_output=True, timeout=60).stderr
    (line,) = [line for line in said.splitlines() if line.startswith(b"failed: ")]
    assert b"\x1b" not in said and b"one?[2Jtwo three" in line


def test_a_cell_that_writes_without_end_meets_its_deadline(bench: Bench) -> None:
    manifest = crashing_manifest(bench.folder, "while True: print('x' * 100000)")
    suite = foreign_suite(bench, deadline_s=1, rounds=1)
    bench("run", suite, "--backend-manifest", manifest, "--out", "a/results.json")
    assert [failure["kind"] for failure in bench.results("a/results.json")["failures"]] == ["timeout"]


class Running:
    """A run that is in the middle of its samples."""

    def __init__(self, bench: Bench, *words: str, before_exec: Callable[[], object] | None = None) -> None:
        command = [str(PROGRAM), "run", *words, "--out", "a/results.json"]
        self.process = subprocess.Popen(
            command, cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=before_exec,
        )
        journal = bench.folder / "a" / "journal.jsonl"
        deadline = time.monotonic() + 60
        while not journal.exists() or journal.read_bytes().count(b'"sample"') < 3:
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)

    def end(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=120)[1]
        return self.process.returncode, said


def test_a_program_that_is_replaced_while_it_is_measured_is_measured_to_the_end(bench: Bench) -> None:
    program, other = bench.folder / "program", bench.folder / "other"
    shutil.copy(PROGRAM, program)
    other.write_text("#!/bin/sh\nexit 7\n")
    other.chmod(0o755)
    run = Running(bench, bench.suite(rounds=30), "--build", f"head={program}")
    os.replace(other, program)  # as a linker does, and a package manager
    code, said = run.end()
    assert code == 0, said
    assert bench.results("a/results.json")["failures"] == []


def test_a_program_that_is_written_over_while_it_is_measured_ends_the_run(bench: Bench) -> None:
    program = bench.folder / "program"
    shutil.copy(PROGRAM, program)
    run = Running(bench, bench.suite(rounds=100000), "--build", f"head={program}")
    os.utime(program)
    code, said = run.end()
    assert code == 1 and f"{program} was changed while it was measured" in said


def test_a_script_of_a_cell_that_changes_while_it_is_measured_ends_the_run(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "digest/results.json")
    digest = bench.results("digest/results.json")["benchmarks"][0]["breakeven"]["digest"]
    manifest = crashing_manifest(bench.folder, "import beside\n" + RECORD % digest)
    (bench.folder / "beside.py").write_text("")
    run = Running(bench, foreign_suite(bench, rounds=100000), "--backend-manifest", manifest)
    (bench.folder / "beside.py").write_text("# another version\n")
    code, said = run.end()
    assert code == 1 and "beside.py was changed while it was measured" in said
    assert bench.results("a/results.json")["context"]["breakeven"]["interrupted"]


def test_a_hangup_that_was_ignored_stays_ignored(bench: Bench) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    run = Running(bench, bench.suite(rounds=30), before_exec=ignore)
    run.process.send_signal(signal.SIGHUP)  # as when a terminal closes, after `nohup breakeven run`
    assert run.end()[0] == 0


def test_no_program_takes_a_library_from_the_folder_in_which_it_is_called() -> None:
    """An empty or relative part of a run path is the current folder, and whatever lies there."""
    programs = [PROGRAM, *(BUILD / "lib/breakeven").iterdir()]
    for program in programs:
        read = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True)
        for paths in re.findall(r"R(?:UN)?PATH\).*\[(.*)\]", read.stdout):
            assert all(part.startswith(("/", "$ORIGIN")) for part in paths.split(":")), (program, paths)
