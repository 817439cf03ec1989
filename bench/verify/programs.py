"""Does the advice for a recorded loop hold? Twenty serial programs, recorded, advised, and run in parallel.

Each program of examples/programs is recorded once, `advise --profile` is asked, and then its own ports to
threads and to processes are run, in random order in each round, beside the plain loop, with several chunks.
Prints a row for each program: the speed-up that was predicted and the one that came, the backend and the
chunk that were advised against the best, and what recording cost; and, last, the bars.

Usage: python3 bench/verify/programs.py [--programs build-programs] [--inputs DIR] [--rounds 5] [--workers N]
[--prices FILE] [--python-prices FILE] [--only NAME ...] [--out FILE.json] [--document FILE.md]. `make
programs` builds the programs. Exit codes: 0 measured, whatever the figures; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis import interpreter  # noqa: E402

if __name__ == "__main__":
    interpreter.with_libraries(sys.argv)

from analysis.files import document  # noqa: E402
from analysis.files.profile import load  # noqa: E402
from analysis.show import tables, units  # noqa: E402

SOURCES = ROOT / "examples" / "programs"
NEAR = 1.05
BACKENDS = {
    "c++": {"threads": "thread_pool", "processes": "fork_pool/shm"},
    "python": {"threads": "py_thread_pool", "processes": "py_process_pool"},
}
MARK = "twenty-programs"


@dataclass(frozen=True)
class Row:
    """One program. Speed-ups are of its loop; `chunk` 0 is the backend's own choice."""

    name: str
    predicted: dict[str, float]  # by way: threads, processes
    measured: dict[str, float]
    advised: str  # a way, or `serial`
    best: str
    behind: float  # time of what was advised to that of the best
    chunk: int
    best_chunk: int
    chunk_behind: float
    recording: float  # share of the loop's time
    tasks: int
    task_ns: float


def main(words: Sequence[str]) -> int:
    options = _options(words)
    names = options.only or sorted(
        path.stem
        for path in (*SOURCES.glob("*.cpp"), *SOURCES.glob("*.py"))
        if path.stem not in ("ports", "make_inputs")
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        inputs = options.inputs or Path(folder) / "inputs"
        if not (inputs / "words.txt").exists():
            subprocess.run([sys.executable, str(SOURCES / "make_inputs.py"), str(inputs)], check=True)
        for name in names:
            rows.append(_Program(name, options, inputs, Path(folder)).row())
            print(_line(rows[-1]), flush=True)
    print("\n".join(_bars(rows)))
    if options.out:
        options.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if options.document:
        document.fill_file(options.document, MARK, {"table": _markdown(rows)}, "not measured")
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("Usage: ")[1].split(". `make")[0])
    parser.add_argument("--programs", type=Path, default=ROOT / "build-programs")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "breakeven")
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--prices", type=Path)
    parser.add_argument("--python-prices", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--document", type=Path)
    return parser.parse_args(words)


class _Program:
    def __init__(self, name: str, options: argparse.Namespace, inputs: Path, folder: Path) -> None:
        self.name, self.options, self.folder = name, options, folder
        self.is_python = (SOURCES / f"{name}.py").exists()
        start = (
            [sys.executable, str(SOURCES / f"{name}.py")]
            if self.is_python
            else [str(options.programs / name)]
        )
        self.command = [*start, str(inputs)]
        package = options.program.parent / "share" / "breakeven" / "python"
        self.environment = {**os.environ, "PYTHONPATH": str(package)}

    def row(self) -> Row:
        profile = self._recorded()
        advice = self._advice(profile.path)
        ways = {way["backend"]: way for way in advice["ways"]}
        backends = BACKENDS["python" if self.is_python else "c++"]
        predicted = {
            way: ways[backend]["loop_speedup"]["value"]
            for way, backend in backends.items()
            if backend in ways
        }
        chunks = {
            way: self._chunk(ways[backend]["chunk"]) for way, backend in backends.items() if backend in ways
        }
        advised = max(predicted, key=lambda way: predicted[way])
        if predicted[advised] < 1.02:
            advised = "serial"
        times = self._times(profile.tasks, chunks)
        serial = times["serial", 0]
        measured = {way: median(a / b for a, b in zip(serial, times[way, chunks[way]])) for way in predicted}
        gains = {**measured, "serial": 1.0}
        best = max(gains, key=lambda way: gains[way])
        tried = {
            chunk: median(a / b for a, b in zip(serial, found))
            for (way, chunk), found in times.items()
            if way == advised
        }
        best_chunk = max(tried, key=lambda chunk: tried[chunk])
        chunk = chunks.get(advised, 0)
        return Row(
            self.name,
            predicted,
            measured,
            advised,
            best,
            gains[best] / gains[advised],
            chunk,
            best_chunk,
            tried[best_chunk] / tried[chunk],
            self._recording(serial),
            profile.tasks,
            float(median(profile.task_ns)),
        )

    @staticmethod
    def _chunk(chunk: Any) -> int:
        return 0 if chunk == "default" else int(chunk)

    def _recorded(self) -> Any:
        self._run(["serial"])  # so that files and code are in memory
        self._call(
            [str(self.options.program), "record", "-o", str(self.folder), "--", *self.command, "serial"]
        )
        return load(self.folder / f"{self.name}.profile.json")

    def _advice(self, path: Path) -> Any:
        prices = self.options.python_prices if self.is_python else self.options.prices
        words = [
            str(self.options.program),
            "advise",
            *([str(prices)] if prices else []),
            "--profile",
            str(path),
        ]
        return json.loads(self._call([*words, "--workers", str(self.options.workers), "--json"]))

    def _times(self, tasks: int, chunks: dict[str, int]) -> dict[tuple[str, int], list[float]]:
        """ns of the loop by way and chunk, in the order of the rounds."""
        workers = self.options.workers
        some = {0, 1, max(1, tasks // (16 * workers)), max(1, tasks // (4 * workers))}
        ways = {("serial", 0): ["serial"]}
        for way, advised in chunks.items():
            sizes = {0} if self.is_python and way == "threads" else {*some, advised}
            for size in sizes:
                word = str(size or 1) if self.is_python else str(size)
                ways[way, size] = [way, str(workers), word]
        found: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
        draw = random.Random(1)
        for _ in range(self.options.rounds):
            for way in draw.sample(sorted(ways), len(ways)):
                found[way].append(self._run(ways[way]))
        return found

    def _recording(self, serial: Sequence[float]) -> float:
        """How much longer the loop takes when it is recorded, in the median."""
        with tempfile.TemporaryDirectory() as folder:
            recorded = [
                self._run(["serial"], {"BREAKEVEN_RECORD": folder}) for _ in range(self.options.rounds)
            ]
        return median(recorded) / median(serial) - 1

    def _run(self, words: Sequence[str], more: dict[str, str] | None = None) -> float:
        said = self._call([*self.command, *words], more)
        return float(next(line for line in said.splitlines() if line.startswith("loop_ns ")).split()[1])

    def _call(self, command: Sequence[str], more: dict[str, str] | None = None) -> str:
        ended = subprocess.run(
            command, env={**self.environment, **(more or {})}, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0:
            sys.exit(f"programs: {' '.join(command)}: {ended.stderr.strip()[-300:]}")
        return ended.stdout


def _errors(rows: Sequence[Row]) -> list[float]:
    return sorted(abs(row.predicted[way] / row.measured[way] - 1) for row in rows for way in row.predicted)


def _bars(rows: Sequence[Row]) -> list[str]:
    errors = _errors(rows)
    ninety = errors[min(len(errors) - 1, int(0.9 * len(errors)))]
    count = len(rows)
    return [
        f"error of the speed-up: median {median(errors):.1%} (bar 10 %), 90 % within {ninety:.1%} (bar 25 %)",
        f"advised backend within 5 % of the best: {sum(row.behind <= NEAR for row in rows)} of "
        f"{count} (bar 18 of 20)",
        f"advised chunk within 5 % of the best: {sum(row.chunk_behind <= NEAR for row in rows)} of "
        f"{count} (bar 18 of 20)",
        f"recording: {max(row.recording for row in rows):+.1%} of the loop at most, "
        f"{median(row.recording for row in rows):+.1%} "
        "in the median (bar 5 %)",
    ]


def _cells(row: Row) -> list[str]:
    def pair(way: str) -> str:
        if way not in row.predicted:
            return "-"
        return f"{units.ratio_number(row.predicted[way])} / {units.ratio_number(row.measured[way])}"

    return [
        row.name,
        f"{row.tasks} x {units.round_time(row.task_ns)}",
        pair("threads"),
        pair("processes"),
        f"{row.advised} / {row.best}" + (f" ({row.behind:.2f})" if row.behind > NEAR else ""),
        f"{row.chunk or 'default'} / {row.best_chunk or 'default'}"
        + (f" ({row.chunk_behind:.2f})" if row.chunk_behind > NEAR else ""),
        f"{row.recording:+.1%}",
    ]


HEAD = [
    "program",
    "tasks",
    "threads: predicted / measured",
    "processes",
    "advised / best",
    "chunk",
    "recording",
]


def _line(row: Row) -> str:
    return units.ascii_text("  ".join(f"{cell:<18}" for cell in _cells(row)))


def _markdown(rows: Sequence[Row]) -> str:
    bars = "\n".join(f"- {line}" for line in _bars(rows))
    return tables.markdown(HEAD, "lllllll", map(_cells, rows)) + "\n\n" + bars


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
