"""A git repository of a stranger, whose program takes its times from a file: none of them is measured."""

from __future__ import annotations

import json
import os
import pathlib
import random
import subprocess
from typing import Any

from program import PROGRAM, Finished

# Prints `sort` and `scan`; each process takes the next of the times that lie beside the repository.
BENCH = """#!/bin/sh
n=$(wc -c < ../count); printf x >> ../count
t=$(sed -n "$((n + 1))p" ../times)
awk -v t="$t" -v f="$(cat "$1/factor" 2>/dev/null || echo 1)" 'BEGIN {
  printf "sort %.3f ns\\n", t * f; printf "scan %.3f ns\\n", t * 2 }'
"""
RECIPE = {"build": "cp bench.sh factor {build}", "run": "sh {build}/bench.sh {build}", "adapter": "lines"}


class Repository:
    """A git repository whose program takes times from a file beside it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        rng = random.Random(7)
        times = [1000 * rng.lognormvariate(0, 0.004) for _ in range(3000)]
        (folder / "times").write_text("".join(f"{t:.3f}\n" for t in times))
        (folder / "count").write_text("")
        self.git("init", "-q", "-b", "main")
        bench = BENCH.replace("../", f"{folder}/")
        self.commit("one", **{"bench.sh": bench, "factor": "1\n", "breakeven.json": json.dumps(RECIPE)})

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        command = ["git", *who, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def commit(self, message: str, **files: str) -> None:
        self.write(**files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def check(self, *words: str, base: str = "main") -> Finished:
        return self.run("check", f"--base={base}", "-o", str(self.out), *words)

    def run(self, *words: str) -> Finished:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
        options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 120}
        command = [str(PROGRAM), *words]
        return Finished(subprocess.run(command, cwd=self.folder, env=environment, **options))

    @property
    def out(self) -> pathlib.Path:
        return self.folder.parent / "out"

    @property
    def verdicts(self) -> dict[str, str]:
        return {case["name"]: case["verdict"] for case in self.json["cases"]}

    def why(self, name: str) -> str:
        return next(str(case["why"]) for case in self.json["cases"] if case["name"] == name)

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "check.json").read_text())
        return found

    def is_clean(self) -> bool:
        """No worktree but its own, and nothing half built."""
        cache = self.folder / ".git" / "breakeven"
        return len(self.git("worktree", "list").splitlines()) == 1 and not any(cache.glob("*/source"))
