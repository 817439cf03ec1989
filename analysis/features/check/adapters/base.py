"""What an adapter is: how one process of a foreign program tells the names and times of its benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Protocol, Sequence

from ....files.processes import Ended, SampleFailed

TIME, CPU, MEMORY, INSTRUCTIONS = "time_ns", "cpu_ns", "peak_rss_bytes", "instructions"
HELD = "pss_bytes"


@dataclass(frozen=True)
class Reading:
    """What one process said: of each benchmark its values by metric, TIME always among them."""

    rows: Mapping[str, Mapping[str, float]]
    left_out: Mapping[str, str] = field(default_factory=dict)  # benchmarks without a time, with the reason
    output: str | None = None  # a digest of what the work put out, where it can be compared


@dataclass(frozen=True)
class Options:
    """What the user may say to an adapter. `benchmarks`: a pattern of names; `min_time_s`: of a sample."""

    benchmarks: str | None = None
    min_time_s: float | None = None
    name: str | None = None
    compares_output: bool = False


class Adapter(Protocol):
    isolates: bool  # a process can be asked for one benchmark alone, at no other's cost

    def __init__(self, options: Options) -> None:
        """Raises UsageError for an option that this adapter has no use for."""
        ...

    def words(self, command: Sequence[str], only: Sequence[str] | None, scratch: Path) -> list[str]:
        """The command for one sample; `only`: the benchmarks that are asked for, None: all."""
        ...

    def environment(self) -> Mapping[str, str]:
        """Variables for the process."""
        ...

    def read(self, ended: Ended, scratch: Path) -> Reading:
        """Raises SampleFailed with the reason, without the program's name."""
        ...


def refuse_failure(ended: Ended) -> None:
    if reason := ended.failure():
        raise SampleFailed(reason)


def time_or_reason(value: object) -> float | str:
    """A time in any unit, or why it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"its time is {value!r}, not a number"
    return float(value) if 0 < value < float("inf") else f"its time is {value!r}"
