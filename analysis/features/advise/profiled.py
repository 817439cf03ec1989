"""The answer for a recorded loop: its own tasks through each backend's schedule, its serial part, its passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Collection, Sequence

import numpy as np

from ...files.errors import UsageError
from ...files.profile import Profile
from ...statistics.model import BackendModel, CostModel, Jobs, more_cores, schedules
from ...statistics.stats import Estimate
from .answer import AS_GOOD
from .prices import PriceList

_PASSES = 24  # that are gone through, evenly chosen; the others are like them
_TASKS = 20_000  # of a pass; of more, neighbours are taken together
_KERNEL = ",kernel=native"  # what prices of Python were measured with is not the reader's choice
_PYTHONS_THREADS = "py_thread_pool"  # which share one interpreter's lock
_CHUNKS = tuple(2**power for power in range(15))


@dataclass(frozen=True)
class Way:
    """One backend for the loop. Times in ns; `chunk` 0: the backend's own choice is as good as any."""

    backend: str
    dispatch: str
    chunk: int
    loop_ns: Estimate
    loop_speedup: Estimate
    program_ns: float
    program_speedup: Estimate
    parts_ns: dict[str, float]

    @property
    def pays(self) -> bool:
        """By more than what is no reason to prefer one."""
        return self.loop_speedup.value > AS_GOOD


@dataclass(frozen=True)
class Answer:
    """Ways from the fastest on."""

    profile: Profile
    workers: int
    cores: int
    ways: tuple[Way, ...]

    @property
    def best(self) -> Way | None:
        """None where the plain loop is fastest."""
        return self.ways[0] if self.ways and self.ways[0].pays else None

    @property
    def bound(self) -> float:
        """By Amdahl's law: what no number of workers exceeds."""
        serial = self.profile.serial_ns
        return math.inf if serial <= 0 else self.profile.program_ns / serial


def answer(known: PriceList, profile: Profile, workers: int, cores: int) -> Answer:
    """Raises UsageError where the prices are of another language."""
    of_python = known.model.baseline.startswith("py_")
    if of_python != (profile.language == "python"):
        raise UsageError(
            f"{known.path}: its prices are of {'Python' if of_python else 'C++'}, and the profile "
            "is of a program in "
            f"{'Python' if profile.language == 'python' else 'C++'}; give a file of suite "
            f"{'grid-python' if profile.language == 'python' else 'grid'}"
        )
    ways = [_way(known.model, backend, profile, workers, known.processes) for backend in known.model.backends]
    if profile.data["unpicklable"]:
        ways = [way for way in ways if way.backend + _KERNEL not in known.processes]
    return Answer(profile, workers, cores, tuple(sorted(ways, key=lambda way: way.loop_ns.value)))


def _way(
    model: CostModel, backend: BackendModel, profile: Profile, workers: int, processes: Collection[str]
) -> Way:
    submit = not any(case.dispatch == "map" for case in backend.cases)
    chunked = any(case.dispatch == "map" and case.chunk != "default" for case in backend.cases)
    loop = _Loop(model, backend, profile, workers, submit, backend.backend in processes)
    chunk, parts = 0, loop.parts(0)
    if chunked and not submit:
        most = max(profile.passes) // workers
        tried = {size: loop.parts(size) for size in _CHUNKS if size <= most}
        best = min(tried, key=lambda size: sum(tried[size].values()), default=0)
        if best and AS_GOOD * sum(tried[best].values()) < sum(parts.values()):
            chunk, parts = best, tried[best]
    time = loop.time(parts, chunk)
    assert time.low is not None and time.high is not None
    plain, serial = profile.tasks_ns, profile.serial_ns
    return Way(
        backend.backend.removesuffix(_KERNEL),
        "submit" if submit else "map",
        chunk,
        time,
        _inverse(plain, time),
        serial + time.value,
        _inverse(
            profile.program_ns,
            Estimate(serial + time.value, serial + time.low, serial + time.high, time.count),
        ),
        parts,
    )


class _Loop:
    """The recorded tasks on one backend: each pass by its schedule and by the prices."""

    def __init__(
        self,
        model: CostModel,
        backend: BackendModel,
        profile: Profile,
        workers: int,
        submit: bool,
        processes: bool,
    ) -> None:
        self._processes = processes
        self._model, self._backend, self._profile = model, backend, profile
        self._asked, self._submit = workers, submit
        self._workers = min(workers, model.around.cores) if workers > model.around.cores else workers
        every = profile.pass_times()
        chosen = np.unique(np.linspace(0, len(every) - 1, _PASSES).astype(int))
        self._passes = [every[number] for number in chosen]
        self._scale = profile.tasks_ns / max(sum(float(times.sum()) for times in self._passes), 1.0)

    def parts(self, chunk: int) -> dict[str, float]:
        """Of all passes together, by term; with as many workers as were asked for, and at most one on each
        core.
        """
        total: dict[str, float] = {}
        for times in self._passes:
            for name, part in self._of_pass(times, chunk).items():
                total[name] = total.get(name, 0.0) + part * self._scale
        total["first touches"] = self._first_touches()
        return total

    def _first_touches(self) -> float:
        """What the program pays once, in its first pass: the memory in which the caller of a pool of
        processes keeps the inputs and outputs of all tasks. Prices are of memory that was in use before.
        """
        if not self._processes or self._workers < 2 or self._profile.language == "python":
            return 0.0
        payload = self._profile.passes[0] * (self._profile.into.mean + self._profile.out.mean)
        return payload * self._profile.first_touch_ns

    def _of_pass(self, times: Any, chunk: int) -> dict[str, float]:
        loop = float(times.sum())
        jobs = Jobs.one(
            loop / len(times),
            len(times),
            self._profile.into.mean,
            self._profile.out.mean,
            self._workers,
            0.0,
            chunk,
            self._submit,
        )
        parts = self._model.parts_ns(self._backend, jobs, loop)
        workers = min(self._workers, self._model.around.cores)
        costs, size = _grouped(times, chunk)
        family = self._backend.backend.removesuffix(_KERNEL)
        share = schedules.largest_share(costs, workers, family, size)
        if family == _PYTHONS_THREADS:
            share = max(share, self._profile.lock_held)
        parts["work"] = self._backend.price("work").value * loop * share
        parts["shared memory"] = parts["work"] * (self._profile.memory_loss(workers) - 1)
        if self._processes and workers > 1:
            caller, worker = self._profile.serialising_ns()
            parts["serialising"] = len(times) * (caller + worker * share)
        parts["imbalance"] = 0.0  # a guess at what the schedule knows
        return parts

    def time(self, parts: dict[str, float], chunk: int) -> Estimate:
        """With its range; beyond the measured cores that of more_cores."""
        value = sum(parts.values())
        factor = self._model.factor(self._backend, parts)
        count = len(self._backend.cases)
        if self._asked <= self._workers:
            return Estimate(value, value / factor, value * factor, count)
        low = high = parts["first touches"]  # by the caller alone, however many workers there are
        for times in self._passes:
            costs, size = _grouped(times, chunk)
            known = more_cores.Known(
                float(times.sum()),
                sum(self._of_pass(times, chunk).values()),
                self._workers,
                len(costs),
                payload=len(times) * (self._profile.into.mean + self._profile.out.mean),
                processes=self._processes,
                split=self._backend.backend in schedules.SPLIT and not size,
                costs=costs,
            )
            more = more_cores.times_ns(known, self._asked)
            assert more.low is not None and more.high is not None
            low, high = low + more.low * self._scale, high + more.high * self._scale
        return Estimate(math.sqrt(low * high), low / factor, high * factor, count)


def _grouped(times: Any, chunk: int) -> tuple[Sequence[float], int]:
    """The tasks' costs, fewer of them where there are very many, and the chunk in their number."""
    group = -(-len(times) // _TASKS)
    if chunk > 1:
        group = max(group, chunk)
    if group == 1:
        return times.tolist(), chunk
    sums = np.add.reduceat(times, np.arange(0, len(times), group))
    return sums.tolist(), 1 if chunk else 0


def _inverse(of: float, time: Estimate) -> Estimate:
    assert time.low is not None and time.high is not None
    return Estimate(of / time.value, of / time.high, of / time.low, time.count)
