"""The built program, run the way a user runs it."""

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BREAKEVEN_BUILD", ROOT / "build"))
PROGRAM = BUILD / "breakeven"

# A suite of well under a second.
TINY: dict[str, Any] = {
    "suite": "tiny",
    "rounds": 2,
    "min_time_s": 0,
    "grids": [{"workload": "factorize", "tasks": 3, "backends": ["thread_pool", "fork_pool/pipe"]}],
}


class Finished:
    """A finished command: exit code, output, and its last line of standard error."""

    def __init__(self, process: "subprocess.CompletedProcess[str]") -> None:
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def complaint(self) -> str:
        lines = [line for line in self.err.splitlines() if line.startswith("breakeven: ")]
        assert len(lines) == 1, f"expected one line of complaint, found: {self.err}"
        return lines[0]


class Bench:
    """Runs the program in a folder of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, program: pathlib.Path = PROGRAM, stdin: str = "") -> Finished:
        command = [str(program), *words]
        return Finished(
            subprocess.run(command, cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=300)
        )

    def suite(self, **changes: Any) -> str:
        path = self.folder / "suite.json"
        path.write_text(json.dumps({**TINY, **changes}))
        return str(path)

    def results(self, path: str = "results/latest/results.json") -> dict[str, Any]:
        return json.loads((self.folder / path).read_text())


def crashing_manifest(folder: pathlib.Path, body: str) -> str:
    """A manifest with one backend, `foreign`, whose cell command is this Python script."""
    script = folder / "cell.py"
    script.write_text("import json, os, signal, sys, time\nrequest = json.loads(sys.argv[-1])\n" + body)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({
        "breakeven_manifest": 1,
        "backends": [{"name": "foreign", "command": [sys.executable, str(script)]}],
    }))
    return str(manifest)


def foreign_suite(bench: Bench, **changes: object) -> str:
    grids = [{"workload": "factorize", "tasks": 3, "backends": ["thread_pool", "foreign"]}]
    return bench.suite(grids=grids, **changes)


RECORD = """
record = {"iterations": 1, "batch": 1, "iteration_ns": [1e6], "real_time_ns": 1e6, "cpu_time_ns": 1e6,
          "timed_s": 1e-3, "warmup_s": 0, "digest": "%s"}
print(json.dumps({"breakeven_sample": record}, separators=(",", ":")))
"""
