"""Damaged result files are taken, or refused in one line."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fuzz"))

import result_files  # noqa: E402


def test_a_damaged_result_file_is_taken_or_refused_in_one_line() -> None:
    findings: list[str] = []
    assert result_files.run(3000, 1, findings.append) == 0, findings[:1]
