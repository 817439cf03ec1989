"""The workflow that projects copy: its commands are shell, and words that the check and .ci/install know."""

import re
import shlex
import subprocess

import pytest

from analysis import cli
from analysis.check.options import ROOT

TEXT = (ROOT / ".github" / "workflows" / "performance.yml").read_text(encoding="utf-8")
RUN = re.findall(r"^ +run: (.*)$", TEXT, re.MULTILINE)
COMMANDS = [re.sub(r"\$\{\{.*?\}\}", "4f0c1e2", line) for line in RUN]


def test_there_are_two_commands():
    assert len(COMMANDS) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_each_is_shell(command):
    assert subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False).returncode == 0


def test_what_is_installed_is_there_to_be_installed():
    (what,) = [shlex.split(command)[1:] for command in COMMANDS if command.startswith(".ci/install")]
    assert f" {what[0]} " in (ROOT / ".ci" / "install").read_text().replace("|", " ") and len(what) == 1


def test_the_check_takes_its_words():
    (words,) = [command.split("||")[0] for command in COMMANDS if "analysis" in command]
    options = cli._parse(shlex.split(words)[3:])
    assert options.run is cli._check and options.base == "4f0c1e2" and not options.files
    assert f"path: {options.out}, " in TEXT, "what is uploaded is what is written"


@pytest.mark.parametrize("code, ends", [(0, 0), (3, 0), (1, 1), (2, 1)])
def test_undecided_is_no_failure_of_the_job_and_a_red_is(code, ends):
    (rest,) = [command.split("||")[1] for command in COMMANDS if "analysis" in command]
    done = subprocess.run(["bash", "-e", "-c", f"(exit {code}) || {rest}"], check=False)
    assert done.returncode == ends


def test_the_checkout_has_the_base():
    assert "fetch-depth: 0" in TEXT
