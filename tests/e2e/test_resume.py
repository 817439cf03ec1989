"""`breakeven run --resume`: a run that was cut off goes on as if it had not been."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time
import zlib

from program import PROGRAM, Bench


def order(results: dict) -> list[tuple[str, int, int]]:
    rows = results["benchmarks"]
    return [(row["name"], row["breakeven"]["round"], row["breakeven"]["sequence"]) for row in rows]


def start(bench: Bench, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [str(PROGRAM), *words], cwd=bench.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def events(journal: pathlib.Path) -> int:
    return journal.read_text().count("\n") if journal.exists() else 0


def test_a_run_killed_at_random_moments_loses_at_most_the_sample_in_flight(bench: Bench) -> None:
    suite = bench.suite(rounds=60)
    assert bench("run", suite, "--out", "whole/results.json").code == 0
    expected = order(bench.results("whole/results.json"))
    journal = bench.folder / "cut" / "journal.jsonl"
    moments = random.Random(1)
    words = ["run", suite, "--out", "cut/results.json"]
    kills = 0
    kept = b""  # whole lines that were on the disk when the run before was killed
    while kills < 50:
        enough = events(journal) + moments.randint(2, 6)  # a session's own line, and some samples
        process = start(bench, *words)
        while events(journal) < enough and process.poll() is None:
            time.sleep(moments.uniform(0, 0.005))  # any moment will do: in a sample, or between two
        kills += 1 if process.poll() is None else 0
        process.kill()
        process.wait()
        held = journal.read_bytes()
        assert held.startswith(kept), "a sample that was measured is gone"
        kept = held[:held.rfind(b"\n") + 1]
        words = ["run", "--resume", "cut"]
        if events(journal) > len(expected) * 1.5:
            break
    assert bench("run", "--resume", "cut").code == 0
    assert order(bench.results("cut/results.json")) == expected
    assert kills == 50


def test_a_finished_run_resumes_to_nothing(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "a/results.json")
    before = order(bench.results("a/results.json"))
    assert bench("run", "--resume", "a").code == 0
    assert order(bench.results("a/results.json")) == before


def test_more_rounds_of_some_cases(bench: Bench) -> None:
    bench("run", bench.suite(rounds=2), "--out", "a/results.json")
    rows = bench.results("a/results.json")["benchmarks"]
    chosen = next(row["name"] for row in rows if "thread_pool" in row["name"])
    (bench.folder / "only.txt").write_text(chosen + "\n")
    assert bench("run", "--resume", "a", "--rounds", "4", "--only", "only.txt").code == 0
    counts: dict[str, int] = {}
    for row in bench.results("a/results.json")["benchmarks"]:
        counts[row["breakeven"]["case"]["backend"]] = counts.get(row["breakeven"]["case"]["backend"], 0) + 1
    assert counts["thread_pool"] == 4 and counts["fork_pool/pipe"] == 2 and counts["serial"] == 8
    assert bench("run", "--resume", "a").code == 0  # goes through both sessions again


def test_another_program_is_refused(bench: Bench) -> None:
    program = bench.folder / "program"
    shutil.copy(PROGRAM, program)
    bench("run", bench.suite(), "--build", f"head={program}", "--out", "a/results.json")
    with program.open("ab") as file:
        file.write(b"changed")
    refused = bench("run", "--resume", "a", "--build", f"head={program}")
    assert refused.code == 2 and "not the program that was measured" in refused.complaint


def test_programs_that_were_compared_are_given_again(bench: Bench) -> None:
    old = bench.folder / "old"
    shutil.copy(PROGRAM, old)
    with old.open("ab") as file:
        file.write(b"another build")
    words = ["--build", f"old={old}", "--build", f"new={PROGRAM},extra=10%"]
    bench("run", bench.suite(rounds=1), *words, "--out", "a/results.json")
    refused = bench("run", "--resume", "a", "--rounds", "2")
    assert refused.code == 2 and "--build old=PATH" in refused.complaint
    refused = bench("run", "--resume", "a", "--rounds", "2", *words[:2], "--build", f"new={PROGRAM}")
    assert refused.code == 2 and "extra" in refused.complaint
    refused = bench("run", "--resume", "a", "--rounds", "2", *words, "--build", f"third={PROGRAM}")
    assert refused.code == 2 and "third" in refused.complaint
    assert bench("run", "--resume", "a", "--rounds", "2", *words).code == 0
    assert len(bench.results("a/results.json")["benchmarks"]) == 2 * 2 * 5


def test_a_journal_can_never_name_a_command(bench: Bench) -> None:
    bench("run", bench.suite(rounds=1), "--out", "a/results.json")
    command = bench.folder / "command"
    command.write_text("#!/bin/sh\ntouch owned\n")
    command.chmod(0o755)
    journal = bench.folder / "a" / "journal.jsonl"
    first, *rest = journal.read_text().splitlines()
    header = json.loads(first)
    del header["crc32"]

    def sealed() -> str:  # as a forger would: with a checksum that fits
        text = json.dumps(header)
        return f'{{"crc32":"{zlib.crc32(text.encode()):08x}",{text[1:]}'

    build = header["journal"]["plan"]["builds"][0]
    build["executable"] = str(command)
    journal.write_text("\n".join([sealed(), *rest]) + "\n")
    assert bench("run", "--resume", "a", "--rounds", "2").code == 0  # by this program, whatever it says
    build["digest"] = f"{zlib.crc32(command.read_bytes()):08x}"
    journal.write_text("\n".join([sealed(), *rest]) + "\n")
    refused = bench("run", "--resume", "a", "--rounds", "2")
    assert refused.code == 2 and "not the program that was measured" in refused.complaint
    assert not (bench.folder / "owned").exists()


def test_another_suite_is_refused(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "a/results.json")
    refused = bench("run", bench.suite(grids=[{"workload": "factorize", "tasks": 4}]), "--resume", "a")
    assert refused.code == 2 and "suite" in refused.complaint


def test_no_such_run_is_refused(bench: Bench) -> None:
    refused = bench("run", "--resume", "nowhere")
    assert refused.code == 2 and "nowhere" in refused.complaint


def test_two_runs_never_write_one_journal(bench: Bench) -> None:
    process = start(bench, "run", bench.suite(rounds=100000), "--out", "a/results.json")
    journal = bench.folder / "a" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > 5):
        assert time.monotonic() < deadline
    refused = bench("run", "--resume", "a")
    process.kill()
    process.wait()
    assert refused.code == 4 and "another run" in refused.complaint


def test_results_keep_their_name(bench: Bench) -> None:
    bench("run", bench.suite(rounds=1), "--out", "a/mine.json")
    assert bench("run", "--resume", "a", "--rounds", "2").code == 0
    assert bench("recover", "a").code == 0
    assert len(bench.results("a/mine.json")["benchmarks"]) == 2 * 5
    assert not (bench.folder / "a" / "results.json").exists()


def test_a_journal_cut_at_any_byte_resumes_or_says_why(bench: Bench) -> None:
    assert bench("run", bench.suite(rounds=1), "--out", "a/results.json").code == 0
    whole = (bench.folder / "a" / "journal.jsonl").read_bytes()
    expected = order(bench.results("a/results.json"))
    places = random.Random(2)
    for place in [0, 1, len(whole) - 1, *(places.randrange(len(whole)) for _ in range(15))]:
        (bench.folder / "a" / "journal.jsonl").write_bytes(whole[:place])
        resumed = bench("run", "--resume", "a")
        if resumed.code == 0:
            assert order(bench.results("a/results.json")) == expected
        else:
            assert resumed.code == 2 and resumed.complaint


def test_no_descendant_outlives_a_killed_run(bench: Bench) -> None:
    process = start(bench, "run", bench.suite(rounds=100000), "--out", "a/results.json")
    journal = bench.folder / "a" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > 5):
        assert time.monotonic() < deadline
    process.kill()
    process.wait()

    def ours() -> list[str]:
        commands = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if (entry / "cwd").readlink() == bench.folder and int(entry.name) != os.getpid():
                        commands.append((entry / "cmdline").read_text())
                except OSError:
                    pass
        return commands

    while ours():
        assert time.monotonic() < deadline, ours()


def test_every_case_says_why_it_stopped_and_how_precise_it_is(bench: Bench) -> None:
    bench("run", bench.suite(rounds=6), "--out", "a/results.json")
    cases = bench.results("a/results.json")["context"]["breakeven"]["cases"]
    assert {case["stop"] for case in cases} == {"rounds"}
    assert all(case["rounds"] == 6 and case["precision"] > 0 for case in cases)
    json.dumps(cases)
