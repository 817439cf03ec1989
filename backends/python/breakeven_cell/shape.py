"""What a task looks like, for the worker that runs it. Plain, since every spawned worker imports it."""

from __future__ import annotations

# The numbers of a shape with their defaults, in the order of the C++ Shape, as which native.py hands them
# over. Sizes are bytes of payload, cost is in kernel units, extra is a fraction of real work.
NUMBERS = {
    "tasks": 0, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0.0, "shared_bytes": 0, "seed": 1,
    "extra": 0.0,
}


class Shape:
    """A workload and its numbers. Never changed."""

    workload: str
    tasks: int
    in_bytes: int
    out_bytes: int
    cost: int
    skew: float
    shared_bytes: int
    seed: int
    extra: float

    def __init__(self, workload: str, **numbers: float) -> None:
        self.__dict__.update(NUMBERS, workload=workload, **numbers)

    def again(self, work: int) -> int:
        """How much of `work` is done once more."""
        return int(work * self.extra + 0.5) if self.extra else 0
