"""What the tests of the Python cell share: requests, the command, and an end to what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from processes import session_members

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BREAKEVEN_BUILD", ROOT / "build"))
FOLDER = ROOT / "backends" / "python"
CELL = FOLDER / "cell.py"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

CASE: dict[str, Any] = {
    "workload": "factorize", "backend": "py_serial", "workers": 1, "tasks": 4, "in_bytes": 0, "out_bytes": 0,
    "cost": 0, "skew": 0, "dispatch": "map", "chunk": "default", "pool": "warm", "pin": "none",
}
REQUEST: dict[str, Any] = {
    "protocol": 1, "build": "head", "seed": 1, "iterations": 1, "batch": 1, "min_time_s": 0.0,
    "min_iterations": 1, "deadline_s": 60, "extra": 0,
    "sampling": {
        "max_iterations": 64, "min_iteration_s": 50e-6, "settle_s": 0.005, "long_s": 0.2, "rest_s": 0.001,
        "warm_part": 0.125, "warm_part_s": 0.05,
    },
}


MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())


def options_of(spelling: str) -> dict[str, str]:
    """All options of a backend as the harness sends them: the defaults, and what the spelling says."""
    name, *spelled = spelling.split(",")
    entries = [MANIFEST["defaults"], *(entry for entry in MANIFEST["backends"] if entry["name"] == name)]
    known = [option for entry in entries for option in entry.get("options", ())]
    defaults = {option["name"]: option["values"][0] for option in known}
    return {**defaults, **dict(part.split("=") for part in spelled)}


def request(case: dict[str, Any], **changes: Any) -> str:
    options = options_of(case.get("backend", CASE["backend"]))
    return json.dumps({**REQUEST, "options": options, **changes, "case": {**CASE, **case}})


def kernel_library() -> Path | None:
    """Where the build says that the C++ kernels are."""
    library = BUILD / "lib" / "breakeven" / "libbreakeven_kernel.so"
    return library if library.exists() else None


def environment() -> dict[str, str]:
    library = kernel_library()
    return {**os.environ, **({"BREAKEVEN_KERNEL_LIBRARY": str(library)} if library else {})}


_sessions: list[int] = []


def start(case: dict[str, Any], **changes: Any) -> subprocess.Popen[str]:
    """The cell in a session of its own, so that whatever it leaves behind can be found."""
    process = subprocess.Popen(
        [sys.executable, str(CELL), request(case, **changes)], env=environment(), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    _sessions.append(process.pid)
    return process


def kill_what_is_left() -> None:
    """For the end of a test that may have failed half-way."""
    while _sessions:
        for process in session_members(_sessions.pop()):
            os.kill(process, signal.SIGKILL)


def sample(case: dict[str, Any], code: int = 0, **changes: Any) -> dict[str, Any]:
    """The record of one sample, which must end with this exit code and leave no process behind."""
    process = start(case, **changes)
    out, err = process.communicate(timeout=120)
    assert session_members(process.pid) == []
    assert process.returncode == code, f"{process.returncode}: {out}{err}"
    line = out.splitlines()[-1]
    assert line.startswith('{"breakeven_sample":'), line
    found: dict[str, Any] = json.loads(line)["breakeven_sample"]
    return found
