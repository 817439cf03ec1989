"""A made-up run of suite article-python: pools in Python and C++ by a simple model, in the claims' shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterable

from builder import Block, Shape, Way

EXECUTOR, POOL, THREADS = "py_process_pool", "py_mp_pool", "py_thread_pool"

# Of one message, of one task more in it, in ns; of one byte each way; of making a pool.
_MESSAGE = {EXECUTOR: 126_000.0, POOL: 15_800.0, "py_loky": 150_000.0, THREADS: 18_000.0,
            "fork_pool/shm": 300.0, "fork_pool/pipe": 3_000.0, "thread_pool": 10.0}
_ITEM = {EXECUTOR: 300.0, POOL: 170.0, "py_loky": 350.0, THREADS: 9_000.0, "fork_pool/shm": 60.0,
         "fork_pool/pipe": 60.0, "thread_pool": 9.0}
_BYTE = {EXECUTOR: 1.5, POOL: 2.4, "py_loky": 1.8, THREADS: 0.0, "fork_pool/shm": 0.06, "fork_pool/pipe": 0.5,
         "thread_pool": 0.0}
START_NS = {"fork": 2.9e6, "forkserver": 12e6, "spawn": 24e6}


def py(
    name: str, *, kernel: str = "python", start: str = "fork", api: str = "map", **how: Any
) -> Way:
    """A Python way without its speed-up; options spelled as the harness does: sorted, without defaults."""
    options = {"api": (api, "map"), "kernel": (kernel, "python"), "start": (start, "fork")}
    said = [f"{key}={value}" for key, (value, default) in sorted(options.items()) if value != default]
    base = "py_serial" if kernel == "python" else f"py_serial,kernel={kernel}"
    return Way(",".join([name, *said]), 1.0, baseline=base, **how)


def timed(shape: Shape, way: Way, task_ns: float) -> Way:
    """The same way with the speed-up that the model gives it; `task_ns` without payload."""
    name, *pairs = way.backend.split(",")
    options = dict(pair.split("=") for pair in pairs)
    payload = shape.in_bytes + shape.out_bytes
    work = shape.tasks * (task_ns + 0.3 * payload)
    default = -(-shape.tasks // (4 * way.workers)) if name == POOL and "api" not in options else 1
    chunk = 1 if way.dispatch == "submit" else default if way.chunk == "default" else int(way.chunk)
    running = 1 if name == THREADS and "kernel" not in options else min(way.workers, 2)
    handling = shape.tasks * (_MESSAGE[name] / chunk + _ITEM[name] + _BYTE[name] * payload)
    cold = START_NS[options.get("start", "fork")] * way.workers / 2 if way.pool == "cold" else 0.0
    return replace(way, speedup=work / (1.02 * work / running + handling / 2 + cold))


def block(shape: Shape, ways: Iterable[Way], python_ns: float, native_ns: float) -> Block:
    """`python_ns`, `native_ns`: of one task, by the kernel."""
    times = {"py_serial": python_ns, "py_serial,kernel=native": native_ns + 700, "serial": native_ns}
    load = {base: shape.tasks * (ns + 0.3 * (shape.in_bytes + shape.out_bytes)) for base, ns in times.items()}
    made = tuple(timed(shape, way, times[way.baseline]) for way in ways)
    return Block(shape, made, ((2, 1.99),), load["serial"], load)


def suite() -> list[Block]:
    return [*article(), *payloads(), *sizes(), *facilities()]


def article() -> list[Block]:
    names = (THREADS, EXECUTOR, POOL, "py_loky")
    ways = [py(name, kernel=kernel) for name in names for kernel in ("python", "native")]
    ways += [py(name, pool="cold") for name in (EXECUTOR, POOL)]
    ways += [Way(name, 1.0) for name in ("thread_pool", "fork_pool/shm", "fork_pool/pipe")]
    ways += [py(name, workers=n) for name in (EXECUTOR, POOL) for n in (1, 4)]
    return [block(Shape(), ways, 3_850_000, 107_000)]


def payloads() -> list[Block]:
    """At the defaults from 1 KiB to 1 MiB each way; with equal chunks at these two alone."""
    ways = [py(name, kernel="native") for name in (THREADS, EXECUTOR, POOL)]
    ways += [Way(name, 1.0) for name in ("thread_pool", "fork_pool/shm")]
    chunked = [py(name, kernel="native", chunk=38) for name in (EXECUTOR, POOL)]
    chunked.append(Way("fork_pool/shm", 1.0, chunk=38))
    sizes = (1 << 10, 16 << 10, 128 << 10, 1 << 20)
    made = []
    for size in sizes:
        here = [*ways, *chunked] if size in (sizes[0], sizes[-1]) else ways
        made.append(block(Shape(in_bytes=size, out_bytes=size), here, 3_850_000, 107_000))
    return made


def sizes() -> list[Block]:
    """From empty tasks to 1 ms of Python, with the default chunk, with equal chunks and one by one."""
    made = []
    for cost, tasks, python_ns in ((0, 10_000, 120.0), (100, 10_000, 9_500.0), (1_000, 2_000, 95_000.0),
                                   (10_000, 200, 950_000.0)):
        chunk = tasks // 8
        ways = [py(name) for name in (EXECUTOR, POOL)]
        ways += [py(name, chunk=chunk) for name in (EXECUTOR, POOL)]
        ways += [py(name, dispatch="submit") for name in (EXECUTOR, POOL)]
        ways += [py(POOL, chunk=1), py(POOL, api="imap"), py(POOL, api="imap_unordered")]
        cpp = ("fork_pool/shm", "thread_pool")
        ways += [Way(name, 1.0, chunk=size) for name in cpp for size in ("default", chunk)]
        made.append(block(Shape("compute", tasks, cost=cost), ways, python_ns, 5.0 + cost))
    return made


def facilities() -> list[Block]:
    ways = [py(name, start=start, pool="cold") for name in (EXECUTOR, POOL) for start in START_NS]
    return [block(Shape("compute", 100, cost=2_000), ways, 190_000.0, 2_000.0)]
