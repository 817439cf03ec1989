"""The GitHub Action: its steps, run in a clean folder with the variables that GitHub sets."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import cells
import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = re.findall(r"run: '(.*)'$", (ROOT / "action.yml").read_text(), re.MULTILINE)
INSTALL, CHECK, COMMENT = STEPS

GH = """#!/bin/sh
echo "$@" >> "$0.calls"
case "$*" in *--method*) exit ${GH_CODE:-0};; esac
cat "$0.comments" 2>/dev/null
"""


class Job:
    """A job of GitHub Actions on a repository that measures itself by a line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.temp = folder / "work", folder / "temp"
        self.tools = folder / "tools"
        for each in (self.folder, self.temp, self.tools):
            each.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"
        (self.temp / "breakeven" / "bin").mkdir(parents=True)  # what the first step would install
        (self.temp / "breakeven" / "bin" / "breakeven").symlink_to(cells.BUILD / "breakeven")
        self.gh = self.tools / "gh"
        self.gh.write_text(GH)
        self.gh.chmod(0o755)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        subprocess.run(["git", *who, *words], cwd=self.folder, capture_output=True, check=True)

    def commit(self, ns: float, **recipe: str) -> None:
        found = {"run": "sh bench.sh", "adapter": "lines", **recipe}
        (self.folder / "breakeven.json").write_text(json.dumps(found))
        (self.folder / "bench.sh").write_text(f"echo sort {ns} ns\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a commit")

    def step(self, words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {
            "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "someone/theirs",
            "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/pull/7/merge", "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary),
            "BREAKEVEN_PROGRAM": "", "REPORT": str(self.temp / "breakeven-check"), **variables,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", words]
        options = {"capture_output": True, "text": True, "timeout": 120}
        return subprocess.run(command, cwd=self.folder, env=environment, check=False, **options)

    def calls(self) -> str:
        log = Path(f"{self.gh}.calls")
        return log.read_text() if log.exists() else ""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_an_unchanged_commit_passes_with_a_summary_and_outputs(job: Job) -> None:
    job.commit(1000)
    job.commit(1000, name="x")
    done = job.step(CHECK)
    assert done.returncode == 0, done.stderr
    assert "verdict=same" in job.output.read_text() and "Performance: ⚪ same" in job.summary.read_text()


def test_a_nightly_job_collects_how_often_the_check_is_wrong(job: Job) -> None:
    job.commit(1000)
    lines = 1  # the header
    for _ in range(2):
        done = job.step(CHECK, DETECTOR="1s")
        assert done.returncode == 0, done.stderr
        collected = (job.folder / "breakeven-detector" / "detector.jsonl").read_text().splitlines()
        assert len(collected) > lines
        lines = len(collected)
    assert "false `slower`" in job.summary.read_text() and not job.output.exists()


def test_a_slower_commit_fails_with_an_annotation(job: Job) -> None:
    job.commit(1000)
    job.commit(1050)
    done = job.step(CHECK)
    assert done.returncode == 1 and "::error title=slower%3A sort" in done.stdout
    assert "verdict=slower" in job.output.read_text()


def test_of_a_pull_request_the_base_is_what_it_is_merged_into(job: Job) -> None:
    job.commit(1000)
    job.git("checkout", "-q", "-b", "theirs")
    job.commit(2000)
    job.git("checkout", "-q", "main")
    job.git("merge", "-q", "--no-ff", "theirs", "-m", "merge")
    assert job.step(CHECK, GITHUB_EVENT_NAME="pull_request").returncode == 1


def test_the_arguments_and_the_base_are_words_and_never_a_script(job: Job) -> None:
    job.commit(1000)
    job.commit(1000, name="x")
    trap = job.temp / "trap"
    done = job.step(CHECK, BASE=f"$(touch {trap})", ARGUMENTS=f"--budget 20s; touch {trap}")
    assert done.returncode == 2 and not trap.exists()


@pytest.mark.parametrize("undecided, code", [("pass", 0), ("fail", 3)])
def test_an_undecided_check_does_what_is_wished(job: Job, undecided: str, code: int) -> None:
    count = job.temp / "count"  # of the processes; their times lie all over the place, the same in every run
    noisy = f"n=$(wc -c < {count}); echo sort $((1000 + n * n * 7919 % 1009)) ns; printf x >> {count}\n"
    for message in ("one", "two"):
        count.write_text("")
        job.commit(1000, name=message, run=f"sh -c '{noisy.strip()}'")
    assert job.step(CHECK, UNDECIDED=undecided).returncode == code


def report(job: Job) -> None:
    (job.temp / "breakeven-check").mkdir()
    (job.temp / "breakeven-check" / "check.md").write_text("### Performance: same\n")


def test_the_first_verdict_is_a_comment_and_the_next_ones_change_it(job: Job) -> None:
    report(job)
    assert job.step(COMMENT).returncode == 0
    assert "--method POST repos/someone/theirs/issues/7/comments" in job.calls()
    Path(f"{job.gh}.comments").write_text("4711\n")
    assert job.step(COMMENT).returncode == 0
    assert "--method PATCH repos/someone/theirs/issues/comments/4711" in job.calls()


def test_a_token_of_a_fork_leaves_it_at_the_summary(job: Job) -> None:
    report(job)
    done = job.step(COMMENT, GH_CODE="1")
    assert done.returncode == 0 and "::notice::no comment: this token may not write one" in done.stdout


def test_without_a_pull_request_or_a_verdict_there_is_no_comment(job: Job) -> None:
    assert job.step(COMMENT).returncode == 0
    report(job)
    assert job.step(COMMENT, GITHUB_REF="refs/heads/main").returncode == 0
    assert job.calls() == ""


def test_the_first_step_builds_and_installs_what_the_others_use() -> None:
    script = (ROOT / ".ci" / "action").read_text()
    assert INSTALL.endswith("install") and '.ci/prefix "$prefix"' in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "action"], check=False).returncode == 0
