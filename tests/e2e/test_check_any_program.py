"""`breakeven check` of programs that are not Breakeven's: in repositories made here, by times of a file."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from holding import TWO_HOLD
from program import PROGRAM, Bench
from repository import RECIPE, Repository

# The same times as a program of Google Benchmark writes them, one row for each of BM_a and BM_b/8.
GBENCH = """#!/bin/sh
for word in "$@"; do case "$word" in
  --benchmark_out=*) out=${word#*=};;
  --benchmark_filter=*) filter=${word#*=};;
esac; done
n=$(wc -c < ../count); printf x >> ../count
t=$(sed -n "$((n + 1))p" ../times)
{ echo '{"context": {"date": "2026-01-01", "num_cpus": 2}, "benchmarks": ['
  for name in BM_a BM_b/8; do echo "$name" | grep -Eq -- "${filter:-.}" && awk -v t="$t" -v n="$name" 'BEGIN {
    printf "{\\"run_name\\": \\"%s\\", \\"name\\": \\"%s\\", \\"run_type\\": \\"iteration\\", ", n, n
    printf "\\"real_time\\": %f, \\"cpu_time\\": %f, \\"time_unit\\": \\"us\\"},", t, t / 2 }'; done
  echo '{"name": "BM_e", "error_occurred": true, "error_message": "no file"}]}'; } > "$out"
"""


def test_an_unchanged_commit_is_green(repository: Repository) -> None:
    assert repository.check().code == 0
    assert repository.verdicts == {"sort": "same", "scan": "same"}
    assert "Outputs not compared." in repository.json["note"]


def test_five_per_cent_more_is_red_with_the_cases_name(repository: Repository) -> None:
    repository.commit("slower", factor="1.05\n")
    finished = repository.check("--head", "main", base="main~1")
    assert finished.code == 1 and repository.verdicts == {"sort": "slower", "scan": "same"}
    assert "sort: slower by more than 1 %; confirmed by a second run" in finished.out


def test_a_process_of_google_benchmark_measures_one_benchmark(repository: Repository) -> None:
    text = GBENCH.replace("../", f"{repository.folder.parent}/")
    recipe = {"build": "cp bench.sh {build}", "run": "sh {build}/bench.sh", "adapter": "gbench"}
    repository.commit("gbench", **{"bench.sh": text, "breakeven.json": json.dumps(recipe)})
    assert repository.check("--head=main").code == 0
    assert repository.verdicts == {"BM_a": "same", "BM_b/8": "same"}
    assert [one["name"] for one in repository.json["left_out"]] == ["BM_e"]
    assert repository.json["cases"][0]["base_ns"] == pytest.approx(1e6, rel=0.02)
    samples = [json.loads(line) for line in (repository.out / "samples.jsonl").read_text().splitlines()]
    processes = (repository.folder.parent / "count").stat().st_size
    assert processes == 2 + len(samples)  # the two that found the names out


def test_changes_that_are_not_committed_are_what_is_judged(repository: Repository) -> None:
    repository.write(factor="1.05\n")
    assert repository.check().code == 1
    assert "changed" in repository.json["head"] and repository.verdicts["sort"] == "slower"


@pytest.mark.parametrize("side", ["base", "head"])
def test_a_build_that_fails_is_2_with_its_message_and_leaves_nothing(
    repository: Repository, side: str
) -> None:
    broken = json.dumps({**RECIPE, "build": "echo 'x.c:1: error: no such luck' >&2; false"})
    good = json.dumps(RECIPE)
    repository.commit("first", **{"breakeven.json": broken if side == "base" else good})
    repository.commit("second", **{"breakeven.json": broken if side == "head" else good})
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 2
    assert "does not build: x.c:1: error: no such luck" in finished.complaint
    assert (repository.out / f"build-{side}.log").read_text().startswith("x.c:1:")
    kept = list((repository.folder / ".git" / "breakeven").glob("*/*/*/ready"))
    assert len(kept) == (side == "head")  # base's


def test_a_base_is_built_once(repository: Repository) -> None:
    assert "building" in repository.check("--head=main").err
    repository.out.rename(repository.out.with_name("first"))
    assert "building" not in repository.check("--head=main").err


def test_the_rules_are_bases_and_the_build_is_each_revisions_own(repository: Repository) -> None:
    changed = {**RECIPE, "filter": "nothing", "adapter": "command", "build": f"{RECIPE['build']} && echo own"}
    repository.commit("another rule", **{"breakeven.json": json.dumps(changed)})
    assert repository.check("--head=main", base="main~1").code == 0
    assert set(repository.verdicts) == {"sort", "scan"} and repository.json["suite"] == "lines"


ACCEPT = {"case": "sort", "up_to": "10%", "reason": "it checks its input now"}


def test_a_known_red_is_shown_and_is_none(repository: Repository) -> None:
    accepting = json.dumps({**RECIPE, "accept": [ACCEPT]})
    repository.commit("slower, and known", factor="1.05\n", **{"breakeven.json": accepting})
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 0 and repository.verdicts["sort"] == "accepted"
    assert "it checks its input now (breakeven.json)" in repository.why("sort")


def test_a_commit_can_accept_a_slowdown(repository: Repository) -> None:
    repository.commit("slower\n\nBreakeven-Accept: sort 10% it checks its input now", factor="1.05\n")
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 0 and repository.verdicts["sort"] == "accepted"
    assert "it checks its input now (commit " in repository.why("sort")


def test_a_slowdown_beyond_what_is_accepted_stays_red(repository: Repository) -> None:
    accepting = json.dumps({**RECIPE, "accept": [{**ACCEPT, "up_to": "2%"}, {**ACCEPT, "case": "gone"}]})
    repository.commit("slower", factor="1.05\n", **{"breakeven.json": accepting})
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 1 and repository.verdicts["sort"] == "slower"
    assert "breakeven.json accepts no more than 2 %" in finished.out
    assert "accepts a slowdown of gone, which is no case here" in repository.json["note"]


def test_every_link_of_a_build_is_another_layout_and_one_is_drawn_a_sample(repository: Repository) -> None:
    main, other = "int f(void); int main(void) { return f(); }\n", "int f(void) { return 0; }\n"
    repository.write(**{"main.c": main, "f.c": other})
    objects = "cc -c main.c -o {build}/main.o && cc -c f.c -o {build}/f.o"
    build = f"{objects} && cc {{build}}/main.o {{build}}/f.o -o {{build}}/x"
    recipe = {**RECIPE, "build": f"{build} && {{build}}/x && {RECIPE['build']}", "layouts": 3}
    repository.commit("layouts", **{"breakeven.json": json.dumps(recipe)})
    assert repository.check("--head=main").code == 0
    assert "Layout alone (3 links a side) moves" in repository.json["note"]
    samples = [json.loads(line) for line in (repository.out / "samples.jsonl").read_text().splitlines()]
    assert {(sample["build"], sample["layout"]) for sample in samples} >= {
        (build, layout) for build in ("base", "head", "control") for layout in range(3)
    }


def test_a_build_that_never_links_has_no_layouts_and_says_so(repository: Repository) -> None:
    assert repository.check("--head=main", "--layouts=2").code == 0
    assert "Layout not varied (the build's link was not seen)" in repository.json["note"]


def body(repository: Repository, text: str, **recipe: Any) -> None:
    """A commit whose program does something else."""
    repository.commit("other", **{"bench.sh": text, "breakeven.json": json.dumps({**RECIPE, **recipe})})


@pytest.mark.parametrize(
    "text, says",
    [
        ("true\n", "prints no time: expected"),
        ("echo sort 0 ns\n", "sort of build head failed: its time is 0.0"),
        ("echo other 5 ns\n", "have no case in common"),
        ("exit 3\n", "of build head before the first round: ended with"),
        ("echo no such file >&2; kill -9 $$\n", "was ended by signal 9; it said: no such file"),
    ],
)
def test_a_program_that_does_not_measure_is_one_line(repository: Repository, text: str, says: str) -> None:
    body(repository, text)
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 2 and says in finished.complaint


def test_a_program_that_never_ends_is_ended(repository: Repository) -> None:
    body(repository, "while :; do sleep 1; done\n", timeout="300ms")
    finished = repository.check("--head=main", base="main")
    assert finished.code == 2 and "did not end within its deadline" in finished.complaint


def test_a_program_that_fails_in_the_tenth_round_names_it(repository: Repository) -> None:
    text = (repository.folder / "bench.sh").read_text()
    body(repository, text.replace("awk", "[ $n -lt 29 ] || { echo out of luck >&2; exit 7; }\nawk"))
    finished = repository.check("--head=main")
    assert finished.code == 2
    assert "in round 10: ended with exit code 7; it said: out of luck" in finished.complaint
    assert not list(repository.out.glob("sample-*"))


def test_a_case_of_one_side_only_is_left_out_by_name(repository: Repository) -> None:
    text = (repository.folder / "bench.sh").read_text()
    body(repository, text + "echo new 5 ns\n")
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 0 and set(repository.verdicts) == {"sort", "scan"}
    assert "left out: new: only head measures it; in base: is not there" in finished.out


def test_a_program_that_is_not_there_after_the_build_is_named(repository: Repository) -> None:
    repository.commit("gone", **{"breakeven.json": json.dumps({**RECIPE, "run": "{build}/nothing"})})
    finished = repository.check("--head=main", base="main~1")
    assert finished.code == 2 and "/nothing is not there; does the build make it?" in finished.complaint


@pytest.mark.parametrize(
    "base, says",
    [("nowhere", "no such revision here"), ("--help", "no such revision"), ("--all", "no such revision")],
)
def test_a_reference_that_is_none_is_named_and_never_an_option(
    repository: Repository, base: str, says: str
) -> None:
    finished = repository.check(base=base)
    assert finished.code == 2 and says in finished.complaint and repository.is_clean()


def test_a_branch_that_reads_as_an_option_can_be_the_base(repository: Repository) -> None:
    repository.git("update-ref", "refs/heads/--help", "HEAD")
    assert repository.check(base="--help").code == 0


def test_a_shallow_clone_says_what_to_fetch(repository: Repository, tmp_path: pathlib.Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("two")
    clone = ["git", "clone", "-q", "--depth=1", f"file://{repository.folder}", tmp_path / "shallow"]
    subprocess.run(clone, check=True)
    repository.folder = tmp_path / "shallow"
    finished = repository.check(base=first)
    assert finished.code == 2 and "is not in this shallow clone; run `git fetch" in finished.complaint


@pytest.mark.parametrize(
    "text, says",
    [
        ('{"run": "x", "bulid": "y"}', "unknown key `bulid`; did you mean `build`?"),
        ("{", "breakeven.json: "), ("[]", "expected an object"),
        ('{"build": "x"}', "has no `run`"), ('{"run": "a && b"}', "`&&` needs a shell"),
        ('{"run": "x", "layouts": 0}', "expected a number of builds from 1 to 16"),
        ('{"run": "x", "accept": [{"case": "a"}]}', "accept[0]: expected"),
        ('{"run": "x", "timeout": "soon"}', "timeout: `soon` is not a number with a unit"),
    ],
)
def test_a_wrong_file_is_one_line_with_the_place(repository: Repository, text: str, says: str) -> None:
    repository.commit("wrong", **{"breakeven.json": text})
    finished = repository.check()
    assert finished.code == 2 and says in finished.complaint


def test_a_repository_without_a_file_is_told_of_init(repository: Repository) -> None:
    repository.git("rm", "-q", "breakeven.json")
    repository.commit("none", **{"CMakeLists.txt": "add_executable(my_bench x.cpp)\n"})
    finished = repository.check()
    assert finished.code == 2 and "breakeven check --init" in finished.complaint
    init = [str(PROGRAM), "check", "--init"]
    done = subprocess.run(init, cwd=repository.folder, capture_output=True, text=True)
    assert done.returncode == 0 and "CMake project" in done.stdout
    written = json.loads((repository.folder / "breakeven.json").read_text())
    assert written["run"] == "{build}/my_bench" and written["adapter"] == "gbench"
    again = subprocess.run(init, cwd=repository.folder, capture_output=True, text=True)
    assert again.returncode == 2 and "is there already" in again.stderr


def test_outside_a_repository_that_is_said(bench: Bench) -> None:
    finished = bench("check", "--base", "main", "--run-command", "true", "--adapter", "command")
    assert finished.code == 2 and "is in no git repository" in finished.complaint


def test_init_outside_a_repository_writes_nothing(bench: Bench) -> None:
    finished = bench("check", "--init")
    assert finished.code == 2 and "is in no git repository" in finished.complaint
    assert list(bench.folder.iterdir()) == []


def test_two_commands_are_compared_as_a_whole(bench: Bench) -> None:
    words = ["check", "--adapter", "command", "--budget", "20s", "--expect-same-output", "--prepare", "true"]
    finished = bench(*words, "--base", "sh -c 'echo a'", "--head", "sh -c 'echo a'", "-o", "one")
    assert finished.code in (0, 1, 3, 5), finished.err  # a real time: any verdict
    found = json.loads((bench.folder / "one" / "check.json").read_text())
    assert [case["name"] for case in found["cases"]] == ["sh"]
    assert set(found["cases"][0]["metrics"]) >= {"cpu_ns", "peak_rss_bytes"}
    assert "Outputs not compared" not in found["note"]
    other = bench(*words, "--base", "sh -c 'echo a'", "--head", "sh -c 'echo b'", "-o", "two")
    assert other.code == 2 and "outputs differ: digest" in other.complaint


def test_memory_is_that_of_all_processes_of_a_case(bench: Bench) -> None:
    """Two processes of 8 MiB each in base, and of 16 MiB each in head, which is soon seen to be faster."""
    script = bench.folder / "hold.py"
    script.write_text(TWO_HOLD)
    sides = ["--base", f"{sys.executable} {script} 8 0.1", "--head", f"{sys.executable} {script} 16 0.02"]
    finished = bench("check", "--adapter", "command", "--budget", "60s", *sides, "-o", "out")
    assert finished.code in (0, 1, 3, 5), finished.err
    (case,) = json.loads((bench.folder / "out" / "check.json").read_text())["cases"]
    held = case["metrics"]["pss_bytes"]
    assert held["ratio"] > 1.2 and 1 <= held["rounds"] <= 8  # as many as an eighth of the budget holds


def test_a_prepare_that_fails_ends_the_check(bench: Bench) -> None:
    sides = ["--base", "sh -c true", "--head", "sh -c true"]
    finished = bench("check", "--adapter", "command", "--prepare", "exit 4", *sides)
    assert finished.code == 2
    assert "--prepare before the first round: `exit 4` ended with exit" in finished.complaint


@pytest.mark.parametrize(
    "words, says",
    [
        (["--adapter", "lnes"], "valid are gbench, command, lines, pytest, breakeven"),
        (["--adapter", "command", "--filter", "x"], "has one case, the whole command"),
        (["--adapter", "lines", "--expect-same-output"], "is for --adapter command"),
        (["--adapter", "command", "--suite", "ci"], "is for Breakeven's own programs"),
        (["--adapter", "command", "--layouts", "99"], "expected a number of builds from 1 to 16"),
        (["--adapter", "command", "--build-command", "x"], "nothing is built of programs"),
        ([], "how does `sh` tell its times?"),
    ],
)
def test_options_that_do_not_fit_are_refused(bench: Bench, words: list[str], says: str) -> None:
    finished = bench("check", "--base", "sh -c true", "--head", "sh -c true", *words)
    assert finished.code == 2 and says in finished.complaint
    assert list(bench.folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_check_leaves_no_process_and_no_scratch(repository: Repository, number: int) -> None:
    mark = f"{repository.folder.parent}/mark"
    forever = f"sleep 9876{number:02}99"  # of this test alone: others run beside it
    body(repository, f"echo sort 5 ns; [ -s {mark} ] && exec {forever}; echo x >> {mark}\n")
    command = [str(PROGRAM), "check", "--base=main", "--head=main", "-o", str(repository.out)]
    silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=repository.folder, **silent)
    end = time.monotonic() + 60
    while not list(repository.out.glob("sample-*")) or not os.path.exists(mark):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    process.wait(timeout=60)
    assert process.returncode == 128 + number
    assert not list(repository.out.glob("sample-*"))
    left = subprocess.run(["pgrep", "-f", forever], capture_output=True, text=True).stdout.split()
    assert left == []


def start_check(repository: Repository, out: str) -> "subprocess.Popen[str]":
    command = [str(PROGRAM), "check", "--base=main", "--head=main", "-o", str(repository.out / out)]
    options: dict[str, Any] = {"cwd": repository.folder, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)


def test_of_two_checks_at_once_both_are_right_and_one_builds(repository: Repository) -> None:
    processes = [start_check(repository, out) for out in ("one", "two")]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum("building" in text for text in said) == 1


def test_a_check_waits_while_another_has_the_repository(repository: Repository) -> None:
    cache = repository.folder / ".git" / "breakeven"
    cache.mkdir()
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        check = start_check(repository, "one")
        assert check.stderr is not None
        assert "waiting for another check of" in check.stderr.readline()
    check.communicate(timeout=120)
    assert check.returncode == 0
