"""The run itself: the program with BREAKEVEN_RECORD set, and what its sites wrote as profiles."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Mapping, Sequence

from ...files import place, profile
from ...files.errors import CommandError
from ...files.program import die_with_the_parent

FOLDER = "BREAKEVEN_RECORD"  # the environment variable that bench/site.h and analysis/site.py look for

_LOOKS = 10  # at the interpreter's lock, from which on their share says something


class NothingRecorded(CommandError):
    """The program cannot be run, or no site of it wrote anything."""


@dataclass(frozen=True)
class Ended:
    """A program's run: its time from start to end, and how it ended where that was not with 0."""

    command: Sequence[str]
    wall_ns: float
    failure: str


def run(command: Sequence[str], folder: Path, quiet: bool = False) -> Ended:
    """`quiet`: without what it prints. Raises NothingRecorded where the program cannot be started; an
    interruption ends it, too.
    """
    start = time.perf_counter_ns()
    try:
        process = subprocess.Popen(
            list(command),
            env=_environment(folder),
            preexec_fn=die_with_the_parent,
            stdout=subprocess.DEVNULL if quiet else None,
        )
    except OSError as error:
        raise NothingRecorded(f"{command[0]}: cannot be run: {error.strerror}") from None
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    return Ended(command, float(time.perf_counter_ns() - start), _failure(code))


def _environment(folder: Path) -> dict[str, str]:
    """Programs in Python find breakeven.site behind what they find already."""
    found = [path for path in (os.environ.get("PYTHONPATH"), _python_folder()) if path]
    return {**os.environ, FOLDER: str(folder), "PYTHONPATH": os.pathsep.join(found)}


def _python_folder() -> str:
    folder = place.home() / "python"
    return str(folder.absolute()) if folder.is_dir() else ""


def _failure(code: int) -> str:
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with exit code {code}" if code else ""


def profiles(ended: Ended, folder: Path) -> dict[str, dict[str, Any]]:
    """By the names of their files. Raises NothingRecorded that says why there is none."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("site-*.json")):
        try:
            raw = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        except ValueError:
            raise NothingRecorded(
                f"{ended.command[0]} was cut off while it wrote what it had recorded"
            ) from None
        if raw["tasks"] == 0:
            continue
        _refuse(raw)
        found[_unused(found, raw["site"])] = _profile(raw, ended)
    if not found:
        raise NothingRecorded(_why_nothing(ended))
    return found


def _refuse(raw: Mapping[str, Any]) -> None:
    site = raw["site"]
    if raw["other_threads"]:
        raise NothingRecorded(f"site {site}: several threads ran its tasks; record the serial program")
    if raw["nested"]:
        raise NothingRecorded(
            f"site {site}: a pass began inside another, as in a recursion; put the site around the "
            "outermost loop"
        )


def _why_nothing(ended: Ended) -> str:
    name = Path(ended.command[0]).name
    if ended.failure:
        return f"{name} {ended.failure}, and recorded nothing"
    return (
        f"{name} recorded nothing: no task of a site ran in it, or it ended without returning from "
        "main; in C++ include "
        "bench/site.h and write BREAKEVEN_SITE and BREAKEVEN_TASK, in Python use breakeven.site "
        "(docs/profile.md)"
    )


def _unused(found: Mapping[str, Any], site: str) -> str:
    name = re.sub(r"[^\w.+-]", "_", site)[:100].strip(".") or "site"
    number, unused = 1, name
    while unused in found:
        number += 1
        unused = f"{name}-{number}"
    return unused


def _profile(raw: Mapping[str, Any], ended: Ended) -> dict[str, Any]:
    return {
        "breakeven_profile": profile.FORM,
        "site": raw["site"],
        "language": raw["language"],
        "command": list(ended.command),
        "date": datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds"),
        "machine": {"cpu": _cpu(), "usable_cores": len(os.sched_getaffinity(0))},
        "program_ns": ended.wall_ns,
        "recording_ns": min(
            raw["sizing_ns"] + raw["cost_ns"] * raw["tasks"], raw["wall_ns"] - raw["tasks_ns"]
        ),
        "unpicklable": raw.get("unpicklable", ""),
        "lock_held": _lock_held(raw.get("lock")),
        "serialising_ns": raw["serialising_ns"],
        **{
            name: raw[name]
            for name in (
                "tasks",
                "threw",
                "tasks_ns",
                "wall_ns",
                "cpu_ns",
                "minor_faults",
                "major_faults",
                "task_ns",
                "passes",
                "sizes",
            )
        },
    }


def _lock_held(lock: Mapping[str, int] | None) -> float | None:
    """Of Python, where it was looked at often enough."""
    if lock is None or lock["looks"] < _LOOKS:
        return None
    return lock["waited"] / lock["looks"]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
