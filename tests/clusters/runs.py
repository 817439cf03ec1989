"""Runs of a small suite on two hosts, into which a test reaches while a sample is under way."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("BREAKEVEN_BUILD", ROOT / "build")) / "breakeven"


@dataclass
class Ended:
    code: int
    err: str
    took_s: float
    rows: list[dict[str, Any]]  # of samples on two hosts
    failures: list[dict[str, Any]]

    @property
    def failure(self) -> dict[str, Any]:
        assert self.failures, f"nothing failed; exit code {self.code}: {self.err}"
        return self.failures[0]


def suite(folder: pathlib.Path, deadline_s: float, **grid: Any) -> pathlib.Path:
    """One case on two hosts beside its plain loop: seconds of work."""
    shape = {
        "workload": "compute",
        "tasks": 120,
        "cost": "10ms",
        "backends": ["mpi,help=on"],
        "chunk": 1,
        "workers": "slots",
        "nodes": 2,
        "ceiling": False,
        "min_time_s": 0,
        **grid,
    }
    path = folder / "suite.json"
    path.write_text(json.dumps({"suite": "two", "deadline_s": deadline_s, "rounds": 1, "grids": [shape]}))
    return path


def run(
    network: Any,
    folder: pathlib.Path,
    hosts: pathlib.Path,
    act: Callable[[int], None] | None = None,
    *,
    deadline_s: float = 8.0,
    words: tuple[str, ...] = (),
    named: str = "breakeven_mpi",
    **grid: Any,
) -> Ended:
    """`act` is called with a process of that name on the second host, once one is there for half a second."""
    out = folder / "out"
    command = [
        str(PROGRAM),
        "run",
        str(suite(folder, deadline_s, **grid)),
        "--hosts",
        str(hosts),
        "--quiet",
        "--out",
        str(out / "results.json"),
        *words,
    ]
    start = time.monotonic()
    process = subprocess.Popen(
        network.on_first(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if act is not None:
        act(_on_second(network, named, process))
    said, err = process.communicate(timeout=120)
    took = time.monotonic() - start
    file = out / "results.json"
    found = json.loads(file.read_text()) if file.exists() else {"benchmarks": [], "failures": []}
    rows = [row for row in found["benchmarks"] if row["breakeven"]["case"].get("nodes") == 2]
    return Ended(process.returncode, err + said, took, rows, found["failures"])


def _on_second(network: Any, named: str, process: subprocess.Popen[str]) -> int:
    for _ in range(1200):
        for pid in network.processes_of_second():
            if named in command_line(pid):
                time.sleep(0.5)
                return int(pid)
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError(f"no {named} came to the second host")


def command_line(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def when_measuring(pid: int) -> int:
    """The same, once a cell of Python has measured for a second."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            if "py_cell.py" in command_line(int(path.parent.name)):
                time.sleep(1.5)
                return pid
        time.sleep(0.05)
    raise AssertionError("no cell of Python was there")


def left(network: Any) -> list[str]:
    """What still runs on either host."""
    return [line for pid in network.processes() if (line := command_line(pid)) and "relay" not in line]
