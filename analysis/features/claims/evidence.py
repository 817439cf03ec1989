"""What the claims ask of a file: its blocks, the ways in them, and two ways compared, paired by round.

A way is a case as a Python reader would write it. Nothing here reads a case's name: the backend's spelling is
`name[/transport][,key=value...]` by contract (docs/format.md), everything else is a field.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Callable, Hashable, Iterable, Mapping, Sequence

from ...show import units
from ...show.naming import way_words
from ...files.results import Case, Sample
from ...statistics.stats import (
    CaseEstimate, Estimate, Evaluation, Rounds, by_round, difference, median_interval,
    paired_ratio,
)

SERIAL, THREADS, LOKY = "py_serial", "py_thread_pool", "py_loky"
INTERPRETERS = "py_interpreter_pool"
EXECUTOR, POOL = "py_process_pool", "py_mp_pool"
FORK_POOL, THREAD_POOL, CPP_SERIAL = "fork_pool", "thread_pool", "serial"
FORK_SHM = "fork_pool/shm"  # the fastest of its transports
PROCESS_POOLS = (EXECUTOR, POOL)

_CALLS = {
    EXECUTOR: "ProcessPoolExecutor", POOL: "Pool", THREADS: "ThreadPoolExecutor", LOKY: "loky",
    INTERPRETERS: "InterpreterPoolExecutor",
}
API = {**_CALLS, POOL: "multiprocessing.Pool"}
_DEFAULTS = {  # a spelling leaves them out
    "start": "fork", "kernel": "python", "api": "map", "python": "default",
}
PYTHON, NATIVE = "python", "native"  # values of the option `kernel`


@dataclass(frozen=True, eq=False)
class Way:
    """One case (or baseline) of one block, with its time in each round."""

    estimate: CaseEstimate
    rounds: Rounds
    family: str  # `fork_pool` of `fork_pool/shm,help=off`
    options: Mapping[str, str]

    @property
    def case(self) -> Case:
        return self.estimate.case

    @property
    def is_python(self) -> bool:
        return self.family in (SERIAL, *API)

    @property
    def kernel(self) -> str:
        """`python` or `native`; empty for a C++ backend."""
        return self.option("kernel") if self.is_python else ""

    @property
    def start(self) -> str:
        """The start method of a pool of processes of Python's standard library; else empty."""
        return self.option("start") if self.family in PROCESS_POOLS else ""

    @property
    def interpreter(self) -> str:
        """`default`, or the version of another Python, such as `3.14t`."""
        return self.option("python")

    def option(self, key: str) -> str:
        return self.options.get(key, _DEFAULTS.get(key, ""))

    @property
    def call(self) -> str:
        """What a reader would write, such as `Pool.imap`; of a C++ backend its spelling."""
        name = _CALLS.get(self.family)
        if name is None:
            return "Python's plain loop" if self.family == SERIAL else self.case.backend
        if self.case.dispatch == "submit":
            return f"{name}.{'apply_async' if self.family == POOL else 'submit'}"
        return f"{name}.{self.option('api') if self.family == POOL else 'map'}"

    @property
    def setting(self) -> tuple[Hashable, ...]:
        """Everything but the API: two ways with equal settings differ in what is called alone."""
        return self.start, self.kernel, self.case.workers, self.case.way

    def is_default(self, *but: str) -> bool:
        """Whether all its options are the defaults, and map with the API's own chunk is called."""
        case = self.case
        plain = all(key in but or value == _DEFAULTS.get(key) for key, value in self.options.items())
        return plain and case.dispatch == "map" and ("chunk" in but or case.chunk == "default")


@dataclass(frozen=True, eq=False)
class Block:
    """One shape with all its ways; `case` is any of them, for the shape's fields."""

    case: Case
    ways: tuple[Way, ...]  # of role case
    bases: tuple[Way, ...]

    def serial_of(self, way: Way) -> Way | None:
        """The plain loop over the same kernel: what the speed-up of a way is computed against.

        For the C++ kernel called from Python that is Python's loop over it, else the C++ loop.
        """
        loops = [*self.bases, *self.ways]
        if way.is_python:
            own = [
                loop for loop in loops
                if loop.family == SERIAL and (loop.kernel, loop.interpreter) == (way.kernel, way.interpreter)
            ]
            if own or way.kernel == PYTHON:
                return own[0] if own else None
            return next((loop for loop in loops if loop.family == CPP_SERIAL), None)
        return next((loop for loop in self.bases if loop.case.backend == way.estimate.baseline), None)

    def speedup(self, way: Way) -> Estimate | None:
        serial = self.serial_of(way)
        return None if serial is None else ratio(serial, way)

    def task_ns(self, kernel: str) -> float | None:
        """The time of one task in ns in the plain loop over this kernel."""
        for loop in (*self.bases, *self.ways):
            if loop.family == (SERIAL if kernel else CPP_SERIAL) and loop.kernel == kernel:
                return loop.estimate.time_ns.value / max(1, self.case.tasks)
        return None

    def of(self, *families: str, workers: int | None = None) -> list[Way]:
        return [
            way for way in self.ways
            if way.family in families and (workers is None or way.case.workers == workers)
        ]

    @property
    def has_payload(self) -> bool:
        return bool(self.case.in_bytes or self.case.out_bytes or self.case.shared_bytes)


def ratio(slow: Way, fast: Way) -> Estimate | None:
    """Time of the one / time of the other, paired within each round of their block."""
    return paired_ratio(slow.rounds, fast.rounds)


def ratio_of_gains(block: Block, way: Way, other: Block, same: Way) -> Estimate | None:
    """The speed-up in one block / that in another; each from pairs of its own block, one ratio per round."""
    serial, beside = block.serial_of(way), other.serial_of(same)
    if serial is None or beside is None:
        return None
    return paired_ratio(difference(serial.rounds, way.rounds), difference(beside.rounds, same.rounds))


def time_difference(slow: Way, fast: Way) -> Estimate | None:
    """Time of the one - time of the other, in ns, paired within each round of their block."""
    both = slow.rounds.keys() & fast.rounds.keys()
    values = [math.exp(slow.rounds[i]) - math.exp(fast.rounds[i]) for i in both]
    return median_interval(values) if values else None


class Evidence:
    """An Evaluation, indexed by blocks. Of several builds only the first is looked at, and of several
    interpreters only the usual one, if not `every_interpreter`.
    """

    def __init__(self, evaluation: Evaluation, every_interpreter: bool = False) -> None:
        self._every_interpreter = every_interpreter
        self.evaluation = evaluation
        self.context = evaluation.results.context
        estimates = evaluation.estimates
        self.build = estimates[0].build if estimates else ""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        samples: dict[tuple[str, str, Case], list[Sample]] = defaultdict(list)
        for sample in self.evaluation.results.samples:
            if sample.ok and sample.build == self.build:
                samples[sample.block, sample.role, sample.case].append(sample)
        members: dict[str, list[Way]] = defaultdict(list)
        for estimate in self.evaluation.estimates:
            if estimate.build == self.build and estimate.role != "ceiling":
                own = samples[estimate.block, estimate.role, estimate.case]
                way = _way(estimate, by_round(own))
                if self._every_interpreter or way.interpreter == "default":
                    members[estimate.block].append(way)
        return tuple(
            Block(
                case=ways[0].case,
                ways=tuple(way for way in ways if way.estimate.role == "case"),
                bases=tuple(way for way in ways if way.estimate.role == "baseline"),
            )
            for ways in members.values()
        )

    def workers(self, ways: Iterable[Way]) -> int:
        """The machine's own number of workers if some way has it, else the next smaller one, or the least."""
        wanted = self.context.workers_default or self.context.cores
        counts = {way.case.workers for way in ways}
        return max((n for n in counts if n <= wanted), default=min(counts, default=wanted))

    def plain_blocks(self) -> list[Block]:
        """Those without payload and skew, which differ in the size and number of their tasks alone."""
        return [
            block for block in self.blocks
            if not block.has_payload and not block.case.skew and block.case.scaling != "weak"
        ]

    def covariates(self, wanted: Callable[[str], bool]) -> dict[int, float]:
        """Of each sample, by its sequence number, the mean of the covariates whose names are wanted."""
        found = {}
        for sample in self.evaluation.results.samples:
            known = sample.covariates.items()
            values = [float(value) for name, value in known if wanted(name) and _is_positive(value)]
            if values:
                found[sample.sequence] = sum(values) / len(values)
        return found


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _way(estimate: CaseEstimate, rounds: Rounds) -> Way:
    name, *pairs = estimate.case.backend.split(",")
    options = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return Way(estimate, rounds, name.split("/")[0], options)


class Labels:
    """Names ways so that those of one table differ: what all of them share is left out."""

    def __init__(self, ways: Iterable[Way], hide: Sequence[str] = ()) -> None:
        seen: dict[str, set[str]] = defaultdict(set)
        for way in ways:
            for key, text in _parts(way).items():
                seen[key].add(text)
        self._shown = {key for key, texts in seen.items() if len(texts) > 1 or key == "chunk"} - set(hide)

    def of(self, way: Way) -> str:
        shown = [text for key, text in _parts(way).items() if key in self._shown and text]
        return ", ".join([way.call, *shown])


def _parts(way: Way) -> dict[str, str]:
    """Only what applies to this way: the C++ pools have no start method, their calls no kernel."""
    parts = way_words(way.case)
    dispatch = parts.pop("dispatch")
    parts["workers"] = units.count(way.case.workers, "worker")
    if not way.is_python:
        return {**parts, "dispatch": dispatch}
    if way.start:
        parts["start"] = way.start
    parts["kernel"] = "C++ kernel" if way.kernel == NATIVE else ""
    if way.interpreter != "default":
        parts["python"] = f"Python {way.interpreter}"
    return {**parts, **{key: f"{key}={value}" for key, value in way.options.items() if key not in _DEFAULTS}}
