"""Real checks of three strangers' repositories: nothing changed is green, +5 % is red by name, broken is 2.

Usage: verdict.py BREAKEVEN [ADAPTER...]. Takes some minutes; prints a line a check; exit code 1 where one is
not as it should be. It wants two cores, and nothing else running beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import repositories


def check(
    program: str, repository: repositories.Repository, base: str, head: str, out: Path
) -> tuple[int, str, list[str]]:
    """Exit code, the last line of standard error, and the red cases."""
    words = [program, "check", "--base", base, "--head", head, "--out", str(out)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(words, cwd=repository.folder, capture_output=True, text=True, env=environment)
    file = out / "check.json"
    cases = json.loads(file.read_text())["cases"] if file.exists() else []
    said = (done.stderr.strip().splitlines() or [""])[-1]
    return done.returncode, said, [case["name"] for case in cases if case["verdict"] == "slower"]


def judged(program: str, adapter: str, folder: Path) -> bool:
    repository = repositories.ALL[adapter](folder / adapter)
    init = subprocess.run([program, "check", "--init"], cwd=repository.folder, capture_output=True, text=True)
    if init.returncode:
        print(f"{adapter}: --init: {init.stderr.strip()}")
        return False
    if adapter in repositories.CHANGED:
        (repository.folder / "breakeven.json").write_text(json.dumps(repositories.CHANGED[adapter]))
    same = [repository.commit("how to measure", {}), repository.commit("nothing", {})]
    slower = repository.plant(5)
    broken = repository.commit("broken", repositories.BREAKS[adapter])
    good = True
    for what, base, head, code in (
        ("unchanged", same[0], same[1], 0), ("+5 %", same[1], slower, 1), ("broken", slower, broken, 2),
    ):
        start = time.monotonic()
        found, said, reds = check(program, repository, base, head, folder / f"{adapter}-{what.strip('+ %')}")
        fine = found == code and (code != 1 or repositories.EXPECTED[adapter] in reds)
        good = good and fine
        words = f"red: {', '.join(reds)}" if reds else said if code == 2 else "no red"
        seconds = time.monotonic() - start
        mark = "ok " if fine else "NOT"
        print(f"{mark} {adapter:<8} {what:<10} exit code {found}, {seconds:.0f} s; {words}", flush=True)
    return good


def main() -> int:
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        found = [judged(program, adapter, Path(folder)) for adapter in sys.argv[2:] or repositories.ALL]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
