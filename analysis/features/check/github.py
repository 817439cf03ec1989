"""GitHub Actions: a line per case that a reader of the pull request should see, and the job's summary.

Format: "Workflow commands for GitHub Actions", docs.github.com.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

from .report import CaseReport, Report, interval, machine, percent
from .verdict import Word
from ...files.errors import OutputFailed


def is_here(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this runs as a step of GitHub Actions."""
    return bool(environment.get("GITHUB_ACTIONS"))


def failure(message: str) -> str:
    """One `::error`, of a check that gave no verdict or could not write it."""
    return f"{_line('error', 'the performance check failed', message)}\n"


def render(report: Report) -> str:
    """`::error`: slower, suspect; `::warning`: undecided, left out; `::notice`: faster, accepted."""
    levels = {
        Word.SLOWER: "error", Word.SUSPECT: "error", Word.FASTER: "notice", Word.ACCEPTED: "notice",
        Word.INCONCLUSIVE: "warning", Word.CONTAMINATED: "warning",
    }
    lines = [_case(levels[case.word], report, case) for case in report.cases if case.word in levels]
    lines += [_line("warning", f"left out: {name}", reason) for name, reason in report.left_out.items()]
    return "".join(f"{line}\n" for line in lines)


def _case(level: str, report: Report, case: CaseReport) -> str:
    words = (
        f"{case.label}: {percent(case.change.value)} {interval(case.change)} in {case.rounds} rounds, "
        f"against {report.base}; {case.why}; {machine(report)}"
    )
    return _line(level, f"{case.word.value}: {case.label}", words)


def _line(level: str, title: str, words: str) -> str:
    return f"::{level} title={_escaped(title, True)}::{_escaped(words, False)}"


def _escaped(words: str, is_property: bool) -> str:
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        words = words.replace(character, code)
    if is_property:
        words = words.replace(":", "%3A").replace(",", "%2C")
    return words


def add_summary(markdown: str, environment: Mapping[str, str] = os.environ) -> None:
    """Appends to the file that GITHUB_STEP_SUMMARY names, where it names one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown + "\n")
    except OSError as error:
        raise OutputFailed(f"{path}: cannot be written: {error.strerror}") from None
