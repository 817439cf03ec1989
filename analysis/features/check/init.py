"""`breakeven check --init`: writes breakeven.json from what the repository shows; asks where it can."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

from . import revisions
from .recipe import FILES, MOST_LAYOUTS, file_in
from ...files.errors import UsageError
from ...files.output import write_atomically

_LINKED = re.compile(r"target_link_libraries\s*\(\s*([\w.+-]+)[^)]*\bbenchmark\b", re.IGNORECASE)
_NAMED = re.compile(r"add_executable\s*\(\s*([\w.+-]*bench[\w.+-]*)", re.IGNORECASE)
Ask = Callable[[str, str], str]  # a question and the answer by default; the answer


@dataclass(frozen=True)
class Proposal:
    why: str
    recipe: dict[str, str]


def run(folder: Path, ask: Ask | None = None) -> int:
    """Writes the file into `folder`; raises UsageError where there is one, or nothing to go by."""
    if revisions.git(folder, "rev-parse", "--git-dir").returncode != 0:
        raise UsageError(f"{folder}: is in no git repository; go to one, or give --repo DIR")
    existing = file_in(folder)
    if existing:
        raise UsageError(f"{existing}: is there already; edit it, or remove it first")
    proposal = next(proposals(folder), None)
    ask = ask or (_asked if sys.stdin.isatty() and sys.stdout.isatty() else _by_default)
    if proposal is None:
        proposal = Proposal("no build file is known here", {"run": "./bench", "adapter": "command"})
    print(f"{folder}: {proposal.why}")
    recipe = {key: ask(_QUESTIONS[key], value) for key, value in proposal.recipe.items()}
    path = folder / FILES[0]
    written = {key: _number(value) if key == "layouts" else value for key, value in recipe.items() if value}
    text = json.dumps(written, indent=2) + "\n"
    write_atomically(path, text.encode())
    print(f"wrote {path}; commit it, then: breakeven check --base HEAD")
    return 0


_QUESTIONS = {
    "build": "What builds it? {build} is a folder of its own for each revision",
    "run": "What measures it?",
    "adapter": "How does it tell its times (gbench, pytest, lines, command)?",
    "layouts": "How many links of each build? Code that did not change can differ by its place in memory",
    "filter": "Which benchmarks?",
}


def _number(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_LAYOUTS:
        raise UsageError(f"layouts: expected a number of builds from 1 to {MOST_LAYOUTS}, found `{text}`")
    return int(text)


def proposals(folder: Path) -> Iterator[Proposal]:
    """The likeliest first."""
    if (folder / "CMakeLists.txt").is_file():
        target = _benchmark_target(folder)
        build = "cmake -S {source} -B {build} -DCMAKE_BUILD_TYPE=Release && cmake --build {build} -j {jobs}"
        recipe = {"build": f"{build} --target {target}", "run": f"{{build}}/{target}", "adapter": "gbench",
                  "layouts": "4"}
        yield Proposal(f"a CMake project; its benchmark seems to be the target `{target}`", recipe)
    if (folder / "Cargo.toml").is_file():
        bench = "cargo bench -q --target-dir {build} -- --output-format bencher"
        to_lines = r"sed -n 's/^test \(.*\) \.\.\. bench: *\([0-9,]*\) ns.*/\1 \2 ns/p' | tr -d ,"
        recipe = {"build": "cargo bench --no-run --target-dir {build}",
                  "run": f'sh -c "{bench} | {to_lines}"', "adapter": "lines", "layouts": "4"}
        yield Proposal("a Cargo project, measured by what `cargo bench` prints", recipe)
    if any((folder / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg", "pytest.ini")):
        places = [name for name in ("benchmarks", "bench", "tests") if (folder / name).is_dir()]
        recipe = {"run": " ".join(["python3 -m pytest", *places[:1]]), "adapter": "pytest"}
        yield Proposal("a Python project, measured by pytest-benchmark", recipe)
    if any((folder / name).is_file() for name in ("Makefile", "GNUmakefile", "makefile")):
        yield Proposal("a Makefile", {"build": "make -j {jobs}", "run": "./bench", "adapter": "command"})


def _benchmark_target(folder: Path) -> str:
    """The executable that is linked with Google Benchmark, as far as the CMake files tell."""
    files = sorted(folder.rglob("CMakeLists.txt"))[:200]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    for pattern in (_LINKED, _NAMED):
        if found := next((match[1] for text in texts for match in pattern.finditer(text)), None):
            return found
    return "bench"


def _asked(question: str, default: str) -> str:
    answer = input(f"{question}\n  [{default}] ").strip()
    return answer or default


def _by_default(_question: str, default: str) -> str:
    return default
