"""Adapter `pytest`: pytest-benchmark; a process measures all benchmarks that are still open.

The time of a benchmark is the median over its rounds in the process. A test that fails has no time; the
others are measured.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Sequence

from .base import TIME, Options, Reading, refuse_failure, time_or_reason
from ....files.processes import Ended, SampleFailed

DEFAULT_MIN_TIME_S = 0.05
_PLUGIN = Path(__file__).parent / "pytest_plugin"
_TESTS_FAILED = 1  # pytest's exit code
_NO_TESTS = 5
_SUMMARY = re.compile(r"^(FAILED|ERROR) (\S+)(?: - (.*))?$", re.MULTILINE)


class Pytest:
    isolates = False

    def __init__(self, options: Options) -> None:
        self._wanted = options.benchmarks
        self._min_time_s = options.min_time_s or DEFAULT_MIN_TIME_S
        self._known: list[str] = []

    def words(self, command: Sequence[str], only: Sequence[str] | None, scratch: Path) -> list[str]:
        added = [
            f"--benchmark-json={_file(scratch)}", "--benchmark-only", "--benchmark-warmup=off",
            f"--benchmark-max-time={self._min_time_s:g}", "--benchmark-min-rounds=5", "-q", "-rfE",
            "-p", "no:cacheprovider", "-p", "breakeven_pytest",
        ]
        if self._wanted is not None:
            added += ["-k", self._wanted]
        return [*command, *added, *(f"--deselect={name}" for name in self._decided(only))]

    def environment(self) -> dict[str, str]:
        """Where the plugin is found, behind the user's own places."""
        path = [*filter(None, [os.environ.get("PYTHONPATH")]), str(_PLUGIN)]
        return {"PYTHONPATH": os.pathsep.join(path)}

    def read(self, ended: Ended, scratch: Path) -> Reading:
        out = ended.out.decode("utf-8", "replace")
        failed = {name: reason or "it fails" for _, name, reason in _SUMMARY.findall(out)}
        if ended.exit_code == _NO_TESTS:
            raise SampleFailed("pytest found no benchmark: does a test use the fixture `benchmark`?")
        if "unrecognized arguments: --benchmark" in ended.err.decode("utf-8", "replace"):
            raise SampleFailed("pytest-benchmark is not installed (Debian: python3-pytest-benchmark)")
        if ended.exit_code not in (0, _TESTS_FAILED) and failed:  # what the tests import, for instance
            raise SampleFailed("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
        if ended.exit_code != _TESTS_FAILED or not failed:
            refuse_failure(ended)
        rows, left_out = {}, dict(failed)
        for one in _benchmarks(_file(scratch)):
            name, time = str(one.get("fullname")), time_or_reason(one.get("stats", {}).get("median"))
            if isinstance(time, str):
                left_out[name] = time
            else:
                rows[name] = {TIME: time * 1e9}
        self._known += [name for name in rows if name not in self._known]
        return Reading(rows, left_out)

    def _decided(self, only: Sequence[str] | None) -> list[str]:
        """What pytest can leave out: --deselect takes the beginning of a name, never that of an open one."""
        if only is None:
            return []
        closed = [name for name in self._known if name not in only]
        return [name for name in closed if not any(still.startswith(name) for still in only)]


def _file(scratch: Path) -> Path:
    return scratch / "benchmark.json"


def _benchmarks(file: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["benchmarks"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SampleFailed("wrote no times: does a test use the fixture `benchmark`?") from None
    return [one for one in found if isinstance(one, dict)]
