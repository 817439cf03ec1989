"""What is asked: one job, as the user describes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...show import units
from ...statistics.model import Jobs


@dataclass(frozen=True)
class Question:
    """`task_ns`: how long one task computes, without its payload; bytes are of one task.

    `read_bytes`: what it reads from memory beyond the caches meanwhile.
    """

    task_ns: float
    in_bytes: float
    out_bytes: float
    tasks: int
    workers: int
    skew: float = 0.0
    cores: int | None = None  # of the machine that is meant; None: of the one that was measured
    read_bytes: float = 0.0

    def jobs(self) -> Jobs:
        return Jobs.one(
            self.task_ns, self.tasks, self.in_bytes, self.out_bytes, self.workers, self.skew,
            read=self.read_bytes,
        )

    def on(self, cores: int) -> Question:
        """The same on a machine with fewer cores, one worker on each at most."""
        return replace(self, workers=min(self.workers, cores), cores=None)

    def text(self) -> str:
        """`1,000 tasks of 200 µs, 4 KiB in, 64 B out, 8 workers`"""
        skew = f", skew {self.skew:g}" if self.skew else ""
        skew += f", {units.size(self.read_bytes)} read from memory" if self.read_bytes else ""
        return (
            f"{units.count(self.tasks, 'task')} of {units.round_time(self.task_ns)}{skew}, "
            f"{units.size(self.in_bytes)} in, {units.size(self.out_bytes)} out, "
            f"{units.count(self.workers, 'worker')}"
            + (f" on {units.count(self.cores, 'core')}" if self.cores else "")
        )
