"""What a task looks like, for the worker that runs it. Plain, since every spawned worker imports it."""

from __future__ import annotations


class Shape:
    """Sizes in bytes of payload; cost in kernel units; extra as a fraction of real work. Never changed."""

    def __init__(
        self, *, workload: str, tasks: int, in_bytes: int = 0, out_bytes: int = 0, cost: int = 0,
        skew: float = 0.0, shared_bytes: int = 0, seed: int = 1, extra: float = 0.0,
    ) -> None:
        self.workload = workload
        self.tasks = tasks
        self.in_bytes = in_bytes
        self.out_bytes = out_bytes
        self.cost = cost
        self.skew = skew
        self.shared_bytes = shared_bytes
        self.seed = seed
        self.extra = extra

    def again(self, work: int) -> int:
        """How much of `work` is done once more."""
        return int(work * self.extra + 0.5) if self.extra else 0
