"""Adapter `gbench`: an executable of Google Benchmark, 1.5 to 1.9; a process measures one benchmark.

Its rows come out of the file that the library writes, so that whatever else the program prints is in nobody's
way. The options that are added here stand last on the command line, where they win.
"""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Mapping, Sequence

from .base import CPU, TIME, Options, Reading, refuse_failure
from ....files.processes import Ended, SampleFailed
from ....files import foreign
from ....files.errors import BadResultFile
from ....files.foreign import ForeignFile

DEFAULT_MIN_TIME_S = 0.02
# Special in POSIX's extended expressions, ECMAScript's and RE2's alike: the library uses one of the three.
_SPECIAL = re.compile(r"([.\[\](){}*+?^$|\\])")


class GoogleBenchmark:
    isolates = True

    def __init__(self, options: Options) -> None:
        self._wanted = options.benchmarks
        self._min_time_s = options.min_time_s or DEFAULT_MIN_TIME_S

    def words(self, command: Sequence[str], only: Sequence[str] | None, scratch: Path) -> list[str]:
        wanted = self._wanted if only is None else "|".join(f"^{_escaped(name)}$" for name in only)
        added = [
            f"--benchmark_out={_file(scratch)}", "--benchmark_out_format=json",
            f"--benchmark_min_time={self._min_time_s:g}",
        ]
        return [*command, *added, *([f"--benchmark_filter={wanted}"] if wanted is not None else [])]

    def environment(self) -> Mapping[str, str]:
        return {}

    def read(self, ended: Ended, scratch: Path) -> Reading:
        refuse_failure(ended)
        file = _file(scratch)
        if not file.exists() or not file.stat().st_size:
            raise SampleFailed(
                "wrote no file of Google Benchmark's (is it linked with it, does main() call "
                "benchmark::Initialize, and does --filter match a benchmark?)"
            )
        try:
            found = foreign.load(file)
        except BadResultFile as error:
            raise SampleFailed(str(error).replace(f"{file}: ", "")) from None
        if not isinstance(found, ForeignFile):
            raise SampleFailed("is a program of Breakeven; give --adapter breakeven")
        rows = {}
        for benchmark in found.benchmarks:
            rows[benchmark.name] = {TIME: median(benchmark.times_ns)}
            if benchmark.cpu_ns and median(benchmark.cpu_ns) > 0:
                rows[benchmark.name][CPU] = median(benchmark.cpu_ns)
        return Reading(rows, dict(found.left_out))


def _file(scratch: Path) -> Path:
    return scratch / "benchmark.json"


def _escaped(name: str) -> str:
    return _SPECIAL.sub(r"\\\1", name)
