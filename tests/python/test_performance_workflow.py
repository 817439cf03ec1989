"""The workflow that projects copy: its commands are shell, and words that the check and .ci/install know."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from analysis import cli
from analysis.features.check import command as check_command

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github" / "workflows" / "performance.yml").read_text(encoding="utf-8")
RUN = re.findall(r"^ +run: (.*)$", TEXT, re.MULTILINE)
FIND_BASE, *COMMANDS = [re.sub(r"\$\{\{.*?\}\}", "4f0c1e2", line) for line in RUN]


def test_there_are_two_commands_after_the_base_is_found():
    assert len(COMMANDS) == 2 and "GITHUB_OUTPUT" in FIND_BASE


@pytest.mark.parametrize("command", COMMANDS)
def test_each_is_shell(command):
    assert subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False).returncode == 0


def test_what_is_installed_is_there_to_be_installed():
    (line,) = [command for command in COMMANDS if command.startswith(".ci/install")]
    what = shlex.split(line.split("&&")[0])[1:]
    assert f" {what[0]} " in (ROOT / ".ci" / "install").read_text().replace("|", " ") and len(what) == 1


def test_the_check_takes_its_words():
    (words,) = [command.split("||")[0] for command in COMMANDS if " check " in command]
    program, word, *options_given = shlex.split(words)
    options = cli._parse(word, check_command, options_given)
    assert (program, word, options.base) == ("build/breakeven", "check", "4f0c1e2") and not options.files
    assert f"path: {options.out}, " in TEXT, "what is uploaded is what is written"


@pytest.mark.parametrize("code, ends", [(0, 0), (3, 0), (1, 1), (2, 1)])
def test_undecided_is_no_failure_of_the_job_and_a_red_is(code, ends):
    (rest,) = [command.split("||")[1] for command in COMMANDS if " check " in command]
    done = subprocess.run(["bash", "-e", "-c", f"(exit {code}) || {rest}"], check=False)
    assert done.returncode == ends


def git(folder, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", folder, *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_base_is_the_target_as_it_was_merged_and_is_in_the_checkout(tmp_path):
    project, clone, output = tmp_path / "project", tmp_path / "clone", tmp_path / "output"
    project.mkdir()
    git(project, "init", "-q", "-b", "main")
    git(project, "commit", "-q", "--allow-empty", "-m", "first")
    git(project, "checkout", "-q", "-b", "request")
    git(project, "commit", "-q", "--allow-empty", "-m", "of the request")
    git(project, "checkout", "-q", "main")
    git(project, "commit", "-q", "--allow-empty", "-m", "later than the request")
    target = git(project, "rev-parse", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "merge", "request")  # as refs/pull/N/merge
    (depth,) = re.findall(r"fetch-depth: (\d+)", TEXT)
    git(tmp_path, "clone", "-q", "--depth", depth, f"file://{project}", str(clone))
    command = ["bash", "-e", "-c", FIND_BASE]
    subprocess.run(command, cwd=clone, env={**os.environ, "GITHUB_OUTPUT": str(output)}, check=True)
    assert output.read_text() == f"sha={target}\n"
    assert git(clone, "cat-file", "-t", target) == "commit"
    assert "steps.base.outputs.sha" in RUN[-1]


def test_the_built_base_is_kept_whatever_the_verdict_under_the_key_that_finds_it():
    keys = re.findall(r'path: (\S+), key: ("check-.*?")', TEXT)
    assert len(keys) == 2 and len(set(keys)) == 1 and "steps.base.outputs.sha" in keys[0][1]
    (condition,) = re.findall(r"- if: (.*)\n +uses: actions/cache/save", TEXT)
    assert condition.startswith("always() && ")
