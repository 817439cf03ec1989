"""Makes valid result files in memory: chosen true speed-ups with reproducible noise, no measurement."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Iterable

TWELVE_BACKENDS = (
    "thread_pool", "openmp", "openmp,schedule=dynamic", "openmp,schedule=guided", "std_async", "std_async,window=all",
    "fork_pool/pipe", "fork_pool/shm", "fork_pool/socket", "tbb", "asio", "pthreadpool",
)


@dataclass(frozen=True)
class Shape:
    workload: str = "factorize"
    tasks: int = 300
    in_bytes: int = 0
    out_bytes: int = 0
    cost: int = 0
    skew: float = 0
    shared_bytes: int = 0
    seed: int = 1
    cost_ns: float | None = None
    cost_label: str | None = None
    scaling: str = "strong"

    def block(self) -> str:
        cost = f"/cost={self.cost_label or self.cost}" if self.cost else ""
        weak = "/weak" if self.scaling == "weak" else ""
        return f"{self.workload}/tasks={self.tasks}/in={self.in_bytes}/out={self.out_bytes}{cost}{weak}"


@dataclass(frozen=True)
class Way:
    """One case of a block: how its tasks are run, and the true speed-up."""

    backend: str
    speedup: float
    workers: int = 2
    dispatch: str = "map"
    chunk: int | str = "default"
    pool: str = "warm"
    pin: str = "none"
    build: str = "head"
    baseline: str = "serial"
    nodes: int = 1


@dataclass(frozen=True)
class Block:
    shape: Shape
    ways: tuple[Way, ...]
    ceilings: tuple[tuple[int, float], ...] = ()  # workers, true speed-up
    serial_ns: float = 32e6
    base_ns: dict[str, float] = field(default_factory=dict)  # of base cases that take another time

    def time_of(self, base: str) -> float:
        return self.base_ns.get(base, self.serial_ns)


def case(shape: Shape, way: Way) -> dict[str, Any]:
    own = ("backend", "workers", "dispatch", "chunk", "pool", "pin")
    nodes = {"nodes": way.nodes} if way.nodes != 1 else {}
    return {**asdict(shape), **{key: getattr(way, key) for key in own}, **nodes}


def result_file(
    blocks: Iterable[Block], *, rounds: int = 12, suite: str = "article", noise: float = 0.01, cores: int = 2
) -> dict[str, Any]:
    """The dictionary of a results.json with every case measured once per round, the baseline twice."""
    rng = random.Random(1)
    rows: list[dict[str, Any]] = []
    for number in range(rounds):
        for one in blocks:
            mood = rng.gauss(0, 3 * noise)  # of the machine during this block: pairing removes it
            for way, role, half, time in _plan(one):
                measured = time * math.exp(mood + rng.gauss(0, noise))
                rows.append(row(one.shape, way, role, half, number, measured, len(rows)))
    return {"context": context(suite, rounds, cores), "benchmarks": rows, "failures": [], "skipped": []}


def _plan(one: Block) -> Iterable[tuple[Way, str, int | None, float]]:
    """Each sample of a round: its way, role, half, true time in ns."""
    builds = sorted({way.build for way in one.ways}) or ["head"]
    bases = sorted({way.baseline for way in one.ways} | {"serial"})
    for build in builds:
        for half in (0, 1):
            for base in bases:
                yield Way(base, 1, 1, build=build, baseline=base), "baseline", half, one.time_of(base)
        for workers, speedup in one.ceilings:
            yield Way("ceiling", speedup, workers, build=build), "ceiling", None, one.serial_ns / speedup
    for way in one.ways:
        yield way, "case", None, one.time_of(way.baseline) / way.speedup


def row(
    shape: Shape, way: Way, role: str, half: int | None, number: int, time: float, sequence: int
) -> dict[str, Any]:
    """One entry of `benchmarks`; `time` in ns per run of the job."""
    name = f"{shape.block()}/{way.backend}/workers={way.workers}/{way.dispatch}"
    return {
        "name": name, "run_name": name, "run_type": "iteration", "repetitions": 1, "repetition_index": number,
        "threads": 1, "family_index": 0, "per_family_instance_index": 0, "iterations": 2, "real_time": time,
        "cpu_time": time * way.workers, "time_unit": "ns", "workers": way.workers,
        "breakeven": {
            "case": case(shape, way), "role": role, "round": number, "block": shape.block(), "build": way.build,
            "baseline": way.baseline, "half": half, "sequence": sequence, "started_s": 0.1 * sequence, "ok": True,
            "digest": "9ae0daaf", "batch": 1, "iteration_ns": [time, time], "timed_s": 2e-9 * time,
            "warmup_s": 1e-9 * time, "bytes_moved": 0, "losses": [], "facts": {}, "covariates": {},
        },
    }


def context(suite: str, rounds: int, cores: int = 2) -> dict[str, Any]:
    return {
        "date": "2026-11-22T13:00:00+00:00", "host_name": "bench", "executable": "build/breakeven", "num_cpus": cores,
        "mhz_per_cpu": 2600, "cpu_scaling_enabled": False, "caches": [], "load_avg": [0.1, 0.1, 0.1],
        "library_build_type": "release",
        "breakeven": {
            "schema": "1.0.0", "version": "0.1.0", "suite": suite, "suite_digest": "00000000", "seed": 1, "rounds": rounds,
            "started": "2026-11-22T12:58:00+00:00", "command": ["breakeven", "run", suite], "git_revision": "2caf7df01234",
            "compiler": "GNU 12.2.0", "flags": "-O3", "build_type": "Release",
            "machine": {"cpu": "AMD EPYC Processor", "cores": cores, "workers_default": cores, "memory_bytes": 25 << 30,
                        "kernel": "Linux 6.1.0", "libc": "glibc 2.36"},
            "builds": [{"name": "head", "executable": "build/breakeven", "extra": 0.0}],
            "interrupted": False, "wall_s": 100.1, "timed_s": 80.2, "warmup_s": 11.0, "timed_fraction": 0.91,
        },
    }


def failure(shape: Shape, way: Way, kind: str, reason: str) -> dict[str, Any]:
    block = shape.block()
    return {
        "name": f"{block}/{way.backend}", "case": case(shape, way), "round": 0, "block": block, "build": way.build,
        "kind": kind, "reason": reason,
    }


def skip(shape: Shape, way: Way, reason: str) -> dict[str, Any]:
    return {"name": f"{shape.block()}/{way.backend}", "case": case(shape, way), "reason": reason}


def write(path: Path, data: dict[str, Any]) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


# Whole suites with a simple cost model: a start-up, a price per task and a price per byte for each backend.

_PER_TASK_NS = dict(zip(TWELVE_BACKENDS, (9, 12, 20, 15, 16000, 40000, 3000, 300, 4200, 90, 690, 30)))
_PER_BYTE_NS = {name: 0.0 for name in TWELVE_BACKENDS} | {"fork_pool/pipe": 0.5, "fork_pool/socket": 0.3, "fork_pool/shm": 0.06}


def model_speedup(backend: str, task_ns: float, tasks: int, workers: int, cores: int, payload: float, submit: bool) -> float:
    running = min(workers, cores)
    byte_ns = 0.09 * payload
    serial = tasks * (task_ns + byte_ns)
    overhead = tasks * (_PER_TASK_NS[backend] * (6 if submit else 1) + _PER_BYTE_NS[backend] * payload)
    oversubscribed = 1.0 + 0.03 * max(0, workers - cores) * (1 + len(backend) % 3)
    return serial / (20_000 + (serial / running) * oversubscribed * 1.01 + overhead / running)


def ways(
    backends: Iterable[str], speedup: Callable[[str, int, bool], float], workers: Iterable[int] = (2,),
    dispatches: Iterable[str] = ("map",),
) -> tuple[Way, ...]:
    return tuple(
        Way(name, speedup(name, count, dispatch == "submit"), count, dispatch)
        for name in backends for count in workers for dispatch in dispatches
    )


def block(
    shape: Shape, backends: Iterable[str] = TWELVE_BACKENDS, *, workers: Iterable[int] = (2,), cores: int = 2,
    dispatches: Iterable[str] = ("map",), task_ns: float = 107_000,
) -> Block:
    payload = shape.in_bytes + shape.out_bytes
    counts = tuple(workers)

    def speedup(name: str, count: int, submit: bool) -> float:
        return model_speedup(name, task_ns, shape.tasks, count, cores, payload, submit)

    ceilings = tuple((count, min(count, cores) * 0.995) for count in counts)
    serial = shape.tasks * (task_ns + 0.09 * payload)
    return Block(shape, ways(backends, speedup, counts, dispatches), ceilings, serial)


def article(backends: Iterable[str] = TWELVE_BACKENDS, **options: Any) -> list[Block]:
    return [block(Shape(), backends, **options)]


def ipc_volume(backends: Iterable[str] = TWELVE_BACKENDS, **options: Any) -> list[Block]:
    sizes = (0, 64, 1 << 10, 8 << 10, 64 << 10, 256 << 10, 1 << 20)
    pairs = [(s, s) for s in sizes] + [(64 << 10, 0), (1 << 20, 0), (0, 64 << 10), (0, 1 << 20)]
    return [block(Shape(in_bytes=i, out_bytes=o), backends, **options) for i, o in pairs]


def scaling(backends: Iterable[str] = TWELVE_BACKENDS, counts: Iterable[int] = (1, 2, 4), **options: Any) -> list[Block]:
    counts = tuple(counts)
    strong = [block(Shape(), backends, workers=counts, **options)]
    weak = [block(Shape(tasks=150 * n, scaling="weak"), backends, workers=(n,), **options) for n in counts]
    return strong + weak


def task_sizes(backends: Iterable[str] = TWELVE_BACKENDS, **options: Any) -> list[Block]:
    blocks = []
    for label, time in (("2us", 2e3), ("50us", 5e4), ("1ms", 1e6)):
        for payload in (0, 4 << 10, 256 << 10):
            shape = Shape("compute", 400, payload, payload, cost=int(time / 5), cost_ns=time, cost_label=label)
            blocks.append(block(shape, backends, task_ns=time, **options))
    return blocks


def renamed(blocks: Iterable[Block], names: dict[str, str]) -> list[Block]:
    """The same blocks with other backend names."""
    return [
        replace(b, ways=tuple(replace(way, backend=names.get(way.backend, way.backend)) for way in b.ways)) for b in blocks
    ]


def plane(backends: Iterable[str] = TWELVE_BACKENDS, **options: Any) -> list[Block]:
    """Task size x payload, one way and both."""
    blocks = []
    for label, time in (("1us", 1e3), ("10us", 1e4), ("100us", 1e5), ("1ms", 1e6), ("10ms", 1e7)):
        for size in (0, 4 << 10, 64 << 10, 1 << 20):
            for into, out in dict.fromkeys(((size, size), (size, 0), (0, size))):
                shape = Shape("compute", 200, into, out, cost=int(time / 5), cost_ns=time, cost_label=label)
                blocks.append(block(shape, backends, task_ns=time, **options))
    return blocks


def skewed(backends: Iterable[str] = TWELVE_BACKENDS, **options: Any) -> list[Block]:
    shapes = [Shape("compute", 200, cost=10_000, skew=skew, cost_ns=5e4, cost_label="50us") for skew in (0, 1, 2, 4, 8)]
    return [block(shape, backends, task_ns=5e4, **options) for shape in shapes]


def grid(backends: Iterable[str] = ("thread_pool", "std_async", "fork_pool/pipe"), **options: Any) -> list[Block]:
    """Task size x payload x number of tasks, each backend priced as in model_speedup: the data of the cost model."""
    blocks = []
    for label, time, tasks in (("1us", 1e3, 1000), ("1us", 1e3, 60), ("20us", 2e4, 400), ("1ms", 1e6, 30)):
        for into, out in ((0, 0), (1 << 10, 1 << 10), (64 << 10, 0), (0, 64 << 10), (256 << 10, 256 << 10)):
            shape = Shape("compute", tasks, into, out, cost=int(time / 5), cost_ns=time, cost_label=label)
            blocks.append(block(shape, backends, task_ns=time, workers=(1, 2), **options))
    return blocks
