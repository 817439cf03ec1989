"""What a run says while it goes on: a living line on a terminal, plain lines elsewhere, or nothing."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios

from processes import eventually
from program import PROGRAM, Bench

ROUND = re.compile(r"round \d+ of 7, \d+ of 3 cases open, up to [\d.]+ s left(, worst case \+-[\d.]+ %)?")


def on_a_terminal(bench: Bench, *words: str) -> str:
    """Standard error of the command, which takes it for a terminal."""
    ours, theirs = pty.openpty()
    command = [str(PROGRAM), *words]
    with subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        text = b""
        while True:
            try:
                text += os.read(ours, 65536)
            except OSError:  # EIO: the program has closed its end
                break
        assert run.wait() == 0
    os.close(ours)
    lines = text.decode().split("\r\n")
    return "\r\n".join(line for line in lines if not line.startswith("warning: "))


def test_plain_lines_say_rounds_cases_time_left_and_precision(bench: Bench) -> None:
    said = bench("run", bench.suite(rounds=7)).err.splitlines()
    lines = [line for line in said if not line.startswith("warning: ")]
    assert [line.split(",")[0] for line in lines] == ["round 1 of 7", "round 7 of 7"]  # they take no 10 s
    assert all(ROUND.fullmatch(line) for line in lines), lines
    assert "worst case" not in lines[0] and "worst case" in lines[1]  # an interval needs six rounds


def test_a_run_with_a_budget_says_before_it_begins_how_long_it_takes(bench: Bench) -> None:
    said = bench("run", bench.suite(rounds=2), "--budget", "1m", "--precision", "5%").err
    assert "4 cases: this takes at most 1 min 0 s, and less where every one is known to 5 % before" in said


def test_what_to_do_next_is_said_for_this_reader(bench: Bench) -> None:
    few = bench("run", bench.suite(rounds=2), "--out", "a b/r.json").out
    assert "next: breakeven run --resume 'a b/r.json' --rounds 6  (so many give intervals)" in few
    assert bench("run", "--resume", "a b/r.json", "--rounds", "6").code == 0
    enough = bench("run", bench.suite(rounds=6), "--out", "b/r.json").out
    assert "next: breakeven report b/r.json" in enough


def test_a_terminal_gets_one_living_line_that_leaves_nothing_behind(bench: Bench) -> None:
    text = on_a_terminal(bench, "run", bench.suite(rounds=7))
    assert ROUND.search(text) and "thread_pool" in text
    assert "\n" not in text and text.endswith("\r\033[K")


def test_a_quiet_run_prints_only_what_came_of_it(bench: Bench) -> None:
    finished = bench("run", bench.suite(), "--quiet", "--out", "a/results.json")
    assert finished.code == 0 and finished.err == ""
    assert len(finished.out.splitlines()) == 2
    assert "samples" in finished.out and finished.out.endswith("a/results.json\n")
    assert on_a_terminal(bench, "run", bench.suite(), "--quiet", "--out", "b/results.json") == ""


def test_a_quiet_run_still_says_what_failed(bench: Bench) -> None:
    suite = bench.suite(grids=[{"workload": "factorize", "tasks": 3, "backends": "thread_pool"}])
    broken = bench.folder / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    finished = bench("run", suite, "--quiet", "--build", f"head={broken}", "--out", "a/results.json")
    assert finished.code == 2
    assert "failed: " in finished.err and "exited with code 3" in finished.err


def test_a_resumed_run_counts_only_what_is_left(bench: Bench) -> None:
    bench("run", bench.suite(rounds=3), "--out", "a/results.json")
    lines = bench("run", "--resume", "a", "--rounds", "5").err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["round 4 of 5", "round 5 of 5"]


def test_reasons_for_skipping_are_summed_up(bench: Bench) -> None:
    grid = {"workload": "factorize", "tasks": 3, "skew": 2, "backends": "thread_pool", "workers": [1, 2, 3]}
    finished = bench("run", bench.suite(grids=[grid]))
    assert finished.code == 2
    skipped = [line for line in finished.err.splitlines() if line.startswith("skipped: ")]
    assert len(skipped) == 1 and "and 2 more" in skipped[0]


def test_the_time_left_is_never_more_than_the_budget(bench: Bench) -> None:
    said = bench("run", bench.suite(rounds=100000), "--budget", "2s").err.splitlines()
    lines = [line for line in said if line.startswith("round ")]
    left = [re.search(r"up to ([\d.]+) (\w+) left", line) for line in lines]
    assert left and all(found and found[2] in ("s", "ms") for found in left), lines


def test_a_closed_terminal_ends_a_run_by_its_signal(bench: Bench) -> None:
    """SIGHUP comes with it, and nothing more can be written; what was measured is kept."""
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    command = [str(PROGRAM), "run", bench.suite(rounds=100000), "--out", "a/results.json"]
    run = subprocess.Popen(command, cwd=bench.folder, stdout=theirs, stderr=theirs, preexec_fn=take_terminal)
    os.close(theirs)
    journal = bench.folder / "a" / "journal.jsonl"
    eventually(lambda: journal.exists() and journal.read_text().count("\n") > 7)
    os.close(ours)
    assert run.wait(60) == 128 + signal.SIGHUP
    assert bench.results("a/results.json")["context"]["breakeven"]["interrupted"] is True
