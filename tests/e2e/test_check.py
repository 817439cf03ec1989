"""The check of two real programs, and what `breakeven run` does for it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
from typing import Any

import pytest
from processes import eventually
from program import PROGRAM, ROOT, Bench


def roles(results: dict[str, Any]) -> list[str]:
    return [row["breakeven"]["role"] for row in results["benchmarks"]]


def check(folder: pathlib.Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(PROGRAM), "check", "-o", str(folder / "out"), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_baselines_of_the_first_round_alone_give_the_digest(bench: Bench) -> None:
    words = ["--build", f"base={PROGRAM}", "--build", f"head={PROGRAM}", "--baseline-rounds", "1"]
    assert bench("run", bench.suite(rounds=2), *words, "--out", "a/results.json").code == 0
    assert bench("run", "--resume", "a", "--rounds", "4").code == 0
    found = roles(bench.results("a/results.json"))
    assert found.count("baseline") == 2 * 2 and found.count("case") == 2 * 2 * 4


def test_baseline_rounds_of_a_run_that_is_taken_up_again_stay(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "a/results.json")
    refused = bench("run", "--resume", "a", "--baseline-rounds", "1")
    assert refused.code == 2 and "--resume goes on" in refused.complaint


def test_two_copies_of_a_program_are_compared_to_the_end(bench: Bench) -> None:
    copy = bench.folder / "copy"
    shutil.copy(PROGRAM, copy)
    done = check(bench.folder, "--base", str(PROGRAM), "--head", str(copy), "--suite", bench.suite())
    found = json.loads((bench.folder / "out" / "check.json").read_text())
    # Which verdict depends on the machine; that the exit code says it does not.
    codes = {"same": 0, "faster": 0, "slower": 1, "inconclusive": 3, "suspect": 5}
    assert done.returncode == codes[found["verdict"]], done.stderr
    assert len(found["cases"]) == 2 and {case["rounds"] for case in found["cases"]} <= {15, 30, 45, 60}
    measured = bench.results("out/run/results.json")["context"]["breakeven"]
    assert [build["name"] for build in measured["builds"]] == ["base", "head", "control"]


def test_a_grid_with_few_rounds_of_its_own_ends_no_check(bench: Bench) -> None:
    case = {"workload": "factorize", "tasks": 3, "ceiling": False}
    grids = [{**case, "backends": ["thread_pool"], "rounds": 6}, {**case, "backends": ["fork_pool/pipe"]}]
    suite = bench.suite(grids=grids)
    done = check(bench.folder, "--base", str(PROGRAM), "--head", str(PROGRAM), "--suite", suite)
    found = json.loads((bench.folder / "out" / "check.json").read_text())
    other, few = sorted(found["cases"], key=lambda case: str(case["label"]))
    assert (few["rounds"], few["verdict"]) == (6, "inconclusive"), done.stdout
    assert few["why"].startswith("6 rounds, and a look takes 15") and found["note"] == ""
    assert other["rounds"] >= 15


def test_a_head_with_other_outputs_is_no_verdict(bench: Bench) -> None:
    other = bench.folder / "other"
    # Both ways, so that the head finds nothing wrong with itself.
    turned = "sed -E 's/(digest[^0-9a-f]{3})([0-9a-f])([0-9a-f]{7})/\\1\\3\\2/'"
    back = "sed -E 's/(digest[^0-9a-f]{3})([0-9a-f]{7})([0-9a-f])/\\1\\3\\2/'"
    other.write_text(
        f'#!/bin/bash\n[ "$1" = cell ] || exec {PROGRAM} "$@"\n'
        f'request=$({back} <<< "$2")\nset -o pipefail\n{PROGRAM} cell "$request" | {turned}\n'
    )
    other.chmod(0o755)
    done = check(bench.folder, "--base", str(PROGRAM), "--head", str(other), "--suite", bench.suite())
    assert done.returncode == 2, done.stdout
    assert "builds with other outputs cannot be compared" in done.stderr


def test_planted_work_of_a_third_is_red(bench: Bench) -> None:
    grids = [{"workload": "factorize", "tasks": 12, "backends": ["thread_pool"], "workers": 1}]
    suite = bench.suite(grids=grids, min_time_s=0.003)
    programs = ["--base", str(PROGRAM), "--head", str(PROGRAM)]
    done = check(bench.folder, *programs, "--suite", suite, "--plant", "35%")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SLOWER: 1 slower" in done.stdout


def test_stored_results_of_one_suite_are_compared_and_of_two_are_refused(bench: Bench) -> None:
    for name in ("base", "head"):
        assert bench("run", bench.suite(rounds=6), "--out", f"{name}/results.json").code == 0
    assert bench("run", bench.suite(rounds=6, suite="other"), "--out", "other/results.json").code == 0
    base, head, other = (str(bench.folder / name / "results.json") for name in ("base", "head", "other"))
    done = check(bench.folder, base, head)
    assert done.returncode in (0, 1, 3) and "Weaker than a check of two builds" in done.stdout
    refused = check(bench.folder, base, other)
    assert refused.returncode == 2 and "compare runs of one suite" in refused.stderr


def measuring(bench: Bench) -> "subprocess.Popen[bytes]":
    """A check in the middle of its measurement."""
    suite = bench.suite(rounds=60, min_time_s=0.05)
    words = ["--base", str(PROGRAM), "--head", str(PROGRAM), "--suite", suite]
    words += ["--out", str(bench.folder / "out")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([str(PROGRAM), "check", *words], **pipes)
    journal = bench.folder / "out" / "run" / "journal.jsonl"
    eventually(lambda: journal.exists() and journal.read_bytes().count(b'"sample"') > 2)
    return process


@pytest.mark.parametrize(
    "number, code", [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_check_that_is_ended_leaves_no_process_and_no_program(
    bench: Bench, number: signal.Signals, code: int
) -> None:
    process = measuring(bench)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert not (bench.folder / "out" / "programs").exists()
    eventually(lambda: not running_below(bench.folder))


def test_what_a_check_started_ends_with_it_even_where_it_is_killed(bench: Bench) -> None:
    process = measuring(bench)
    process.kill()
    process.communicate(timeout=60)
    eventually(lambda: not running_below(bench.folder))


def running_below(folder: pathlib.Path) -> list[str]:
    """The command lines of processes whose program lies in the folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "exe").startswith(str(folder)):
                found.append((entry / "cmdline").read_text())
        except OSError:  # ended meanwhile
            pass
    return found
