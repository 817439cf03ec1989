"""A profile: what `breakeven record` learned of one loop of a serial program; profile.schema.json has its
fields.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np

from . import reading, schema
from .errors import BadResultFile
from .output import write_atomically

FORM = 1
SCHEMA_FILE = Path(__file__).with_name("profile.schema.json")


@dataclass(frozen=True)
class Bytes:
    """Of one task, of those that were sized."""

    mean: float
    median: float
    largest: float


@dataclass(frozen=True)
class Profile:
    """Times in ns. `task_ns`: of each task in its order; `passes`: how many of them each execution of the
    loop had.
    """

    path: Path
    data: Mapping[str, Any]
    task_ns: Any  # numpy.ndarray of float
    passes: tuple[int, ...]

    @property
    def site(self) -> str:
        return str(self.data["site"])

    @property
    def language(self) -> str:
        return str(self.data["language"])

    @property
    def tasks(self) -> int:
        return int(self.data["tasks"])

    @property
    def tasks_ns(self) -> float:
        """Of all tasks together."""
        return float(self.data["tasks_ns"])

    @property
    def program_ns(self) -> float:
        """What the program takes when it is not recorded."""
        return max(float(self.data["program_ns"]) - self.recording_ns, self.tasks_ns)

    @property
    def recording_ns(self) -> float:
        return float(self.data["recording_ns"])

    @property
    def serial_ns(self) -> float:
        """What no worker can share: the program without its tasks."""
        return self.program_ns - self.tasks_ns

    @property
    def gaps_ns(self) -> float:
        """Of the serial part, what lies between the tasks of a pass."""
        return max(0.0, float(self.data["wall_ns"]) - self.recording_ns - self.tasks_ns)

    @property
    def cpu_share(self) -> float:
        """Processors that the loop used: 1 where a task computes, less where it waits, more where it has
        threads.
        """
        wall = float(self.data["wall_ns"])
        return float(self.data["cpu_ns"]) / wall if wall else 1.0

    @property
    def lock_held(self) -> float:
        """Of Python: the share of the loop in which no other thread could run; 1 where that is not known."""
        held = self.data.get("lock_held")
        return 1.0 if held is None else float(held)

    def serialising_ns(self) -> tuple[float, float]:
        """Of a task that runs in another process: what its caller spends on it, and what the worker does."""
        found = self.data.get("serialising_ns") or (0.0, 0.0, 0.0, 0.0)
        write_in, read_in, write_out, read_out = map(float, found)
        return write_in + read_out, read_in + write_out

    @property
    def first_touch_ns(self) -> float:
        """Of a byte that was not used before; 0 where that was not measured."""
        return float(self.data.get("first_touch_ns_per_byte", 0.0))

    def memory_loss(self, workers: int) -> float:
        """By how much longer the tasks take when so many workers share the memory; 1 where that was not
        measured.
        """
        found = self.data.get("memory")
        if not found or found["workers"] < 2:
            return 1.0
        return 1 + (float(found["loss"]) - 1) * (workers - 1) / (int(found["workers"]) - 1)

    @property
    def into(self) -> Bytes:
        return self._bytes(1)

    @property
    def out(self) -> Bytes:
        return self._bytes(2)

    @property
    def is_sized(self) -> bool:
        return bool(self.data["sizes"])

    def _bytes(self, place: int) -> Bytes:
        sizes = [one[place] for one in self.data["sizes"]]
        if not sizes:
            return Bytes(0.0, 0.0, 0.0)
        return Bytes(float(np.mean(sizes)), float(np.median(sizes)), float(max(sizes)))

    def pass_times(self) -> list[Any]:
        """The tasks' times of each pass whose tasks were all kept, in order."""
        ends = list(itertools.accumulate(self.passes))
        whole = [end for end in ends if end <= len(self.task_ns)] or [len(self.task_ns)]
        return np.split(self.task_ns[:whole[-1]], whole[:-1])


def load(path: Path) -> Profile:
    """Raises BadResultFile."""
    if not path.exists():
        raise BadResultFile(f"{path}: no such file; `breakeven record COMMAND` writes one")
    with reading.of(path):
        data = reading.parsed(path)
        if not isinstance(data, dict) or "breakeven_profile" not in data:
            raise BadResultFile("is no profile; `breakeven record COMMAND` writes one")
        return checked(path, data)


def checked(path: Path, data: Mapping[str, Any]) -> Profile:
    """Raises BadResultFile where a field is missing, or where its numbers contradict each other."""
    if data.get("breakeven_profile") != FORM:
        raise BadResultFile(
            f"is a profile of form {data.get('breakeven_profile')}, and this version reads {FORM}: "
            "record it again"
        )
    schema.conforms(data, SCHEMA_FILE)
    times = np.array(data["task_ns"], dtype=float)
    tasks = int(data["tasks"])
    if len(times) > tasks or sum(data["passes"]) > tasks:
        raise BadResultFile(f"has more times or passes than its {tasks} tasks: record it again")
    kept = float(times.sum())
    if kept > data["tasks_ns"] * 1.001 + 1:
        raise BadResultFile("has tasks that take longer than all of them together: record it again")
    return Profile(path, data, times, tuple(data["passes"]))


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Raises OutputFailed."""
    write_atomically(path, (json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n").encode())


def deciles(times: Sequence[float]) -> list[float]:
    """From the shortest to the longest, eleven numbers."""
    return [float(value) for value in np.quantile(times, np.linspace(0, 1, 11))]
