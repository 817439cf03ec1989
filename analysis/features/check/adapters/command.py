"""Adapter `command`: any command line as a whole, from its start to its end."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Mapping, Sequence

from .base import CPU, INSTRUCTIONS, MEMORY, TIME, Options, Reading, refuse_failure
from ....files.processes import Ended, SampleFailed
from ....files.errors import UsageError


class Command:
    isolates = False

    def __init__(self, options: Options) -> None:
        if options.benchmarks is not None:
            raise UsageError("--filter: the adapter `command` has one case, the whole command")
        if options.min_time_s is not None:
            raise UsageError("--min-time: the adapter `command` runs a command as long as it lasts")
        self._options = options
        self._name = options.name

    def words(self, command: Sequence[str], only: Sequence[str] | None, scratch: Path) -> list[str]:
        self._name = self._name or os.path.basename(command[0])
        return list(command)

    def environment(self) -> Mapping[str, str]:
        return {}

    def read(self, ended: Ended, scratch: Path) -> Reading:
        refuse_failure(ended)
        values = {TIME: ended.wall_ns, CPU: ended.cpu_ns, MEMORY: ended.peak_rss_bytes}
        counted = ended.covariates.get(INSTRUCTIONS)
        if isinstance(counted, (int, float)) and counted > 0:
            values[INSTRUCTIONS] = float(counted)
        return Reading({str(self._name): values}, output=self._digest(ended))

    def _digest(self, ended: Ended) -> str | None:
        if not self._options.compares_output:
            return None
        if ended.out_is_cut:
            raise SampleFailed("prints more than 16 MiB, too much to compare; let it print a checksum")
        return hashlib.sha256(ended.out).hexdigest()[:16]
