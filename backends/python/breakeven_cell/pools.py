"""The pools that are measured: how each is opened, called and closed.

A call holds what a user of the API would write and nothing else; what the measuring needs happens around it.
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from functools import partial
from typing import Any, NamedTuple

from breakeven_cell import interpreters, worker
from breakeven_cell.request import Request, UsageError

_IN_THREADS = {"py_thread_pool": "ThreadPoolExecutor", "py_interpreter_pool": "InterpreterPoolExecutor"}
Inputs = Sequence[bytes]  # of all tasks; results come in their order


class Api(NamedTuple):
    """One way to use one pool. The three calls in this order are what `with` a pool costs."""

    name: str  # what the caller waits in, for messages
    open: Callable[[], Any]
    run: Callable[[Any, Inputs], list[bytes]]
    close: Callable[[Any], object]
    # Keeps so many workers busy for so long, so that a pool that makes them on demand makes them all; returns
    # the call that waits for them.
    nap: Callable[[Any, int, float], Callable[[], object]]
    # The processes of an open pool; where it makes them on demand, a view that grows with them. No public way
    # tells them in a pool that is made and ended inside the timed region: a failure shall name who ended.
    crew: Callable[[Any], Iterable[Any]] = lambda pool: ()
    processes: bool = False  # tasks run in other processes
    caveat: str = ""  # what to know when it does not answer
    workers_lost: Callable[[Any], int] = lambda pool: 0  # that ended, and no task with them
    sees_cpu: bool = True  # its workers are this process and its descendants, whose CPU time can be counted
    lazy: bool = False  # workers may come and go, so that they are looked for whenever they are counted


def api_of(request: Request, shared: bytes) -> Api:
    """Raises UsageError for a case that makes no sense. `shared` is the input that all tasks read."""
    _refuse(request)
    kernel = request.option("kernel", worker.KERNELS)
    if kernel != "python" and request.shape.workload.startswith("python/"):
        raise UsageError("kernel=native is C++ code of Breakeven's workloads; a function of yours has none")
    begin = {"initializer": worker.start, "initargs": (request.shape, kernel, shared)}
    chunk = {} if request.chunk is None else {"chunksize": request.chunk}
    if request.backend == "py_serial":
        return Api("the plain loop", open=bool, run=_loop, close=bool, nap=lambda pool, count, seconds: bool)
    if request.backend == "py_mp_pool":
        way = "apply_async" if request.dispatch == "submit" else request.option("api", _MP_MAPS)
        return Api(
            name=f"multiprocessing.Pool.{way}",
            open=partial(_context(request).Pool, request.workers, **begin),
            run=partial({**_MP_MAPS, "apply_async": _mp_apply_async}[way], **chunk),
            close=lambda pool: pool.terminate(),  # as `with Pool() as pool:` does
            nap=lambda pool, count, seconds: pool.map_async(worker.nap, [seconds] * count, chunksize=1).get,
            crew=lambda pool: list(getattr(pool, "_pool", ())),  # a copy: it forgets those that ended
            processes=True,
            caveat=" (it never learns that a worker died with its tasks)",
        )
    name, open_executor = _executor(request, begin)
    return Api(
        name=f"{name}.{request.dispatch}",
        open=open_executor,
        run=partial(_WAYS[request.dispatch], **chunk),
        close=lambda pool: pool.shutdown(wait=True),
        nap=_nap,
        crew=lambda pool: getattr(pool, "_processes", {}).values(),
        processes=request.backend not in _IN_THREADS,
    )


def _executor(request: Request, begin: dict[str, Any]) -> tuple[str, Callable[[], Any]]:
    if request.backend == "py_thread_pool":
        return "ThreadPoolExecutor", partial(futures.ThreadPoolExecutor, request.workers)
    if request.backend == "py_interpreter_pool":
        return interpreters.kind(), partial(interpreters.executor, request.workers, begin["initargs"])
    if request.backend == "py_loky":
        # Its workers leave by themselves when they were idle for a while; not so long as a sample lasts.
        return "loky", partial(_loky(), max_workers=request.workers, timeout=3600, **begin)
    if request.backend == "py_process_pool":
        make = partial(futures.ProcessPoolExecutor, request.workers, mp_context=_context(request), **begin)
        return "ProcessPoolExecutor", make
    raise UsageError(f"the Python cell has no backend {request.backend}")


def _context(request: Request) -> Any:
    return multiprocessing.get_context(request.option("start", multiprocessing.get_all_start_methods()))


def _refuse(request: Request) -> None:
    """The manifest says the same, so that the harness skips such a case."""
    if request.backend == "py_serial" and request.workers != 1:
        raise UsageError("py_serial is the loop of one thread, so workers must be 1")
    if request.chunk is not None and request.dispatch == "submit":
        raise UsageError("chunk applies to map; with submit every task is a call of its own")
    if request.chunk is not None and request.backend in _IN_THREADS:
        raise UsageError(f"{_IN_THREADS[request.backend]}.map takes no notice of chunksize")
    if request.dispatch == "submit" and request.options.get("api", "map") != "map":
        raise UsageError(f"{request.options['api']} is a way to map; submit is Pool.apply_async")


def _loky() -> Callable[..., Any]:
    try:
        loky = importlib.import_module("joblib.externals.loky")
    except ImportError:
        loky = importlib.import_module("loky")
    found: Callable[..., Any] = loky.get_reusable_executor
    return found


def _loop(pool: object, inputs: Inputs) -> list[bytes]:
    run = worker.run  # looked up once, as in a loop over a function of one's own
    return [run(data) for data in inputs]


def _map(executor: Any, inputs: Inputs, **chunk: int) -> list[bytes]:
    return list(executor.map(worker.run, inputs, **chunk))


def _submit(executor: Any, inputs: Inputs) -> list[bytes]:
    pending = [executor.submit(worker.run, data) for data in inputs]
    return [future.result() for future in pending]


_WAYS: dict[str, Callable[..., list[bytes]]] = {"map": _map, "submit": _submit}


def _nap(executor: Any, count: int, seconds: float) -> Callable[[], object]:
    pending = [executor.submit(worker.nap, seconds) for _ in range(count)]
    return lambda: [future.result() for future in pending]


def _mp_apply_async(pool: Any, inputs: Inputs) -> list[bytes]:
    pending = [pool.apply_async(worker.run, (data,)) for data in inputs]
    return [result.get() for result in pending]


def _mp_map(pool: Any, inputs: Inputs, **chunk: int) -> list[bytes]:
    return pool.map(worker.run, inputs, **chunk)  # type: ignore[no-any-return]


def _mp_imap(pool: Any, inputs: Inputs, **chunk: int) -> list[bytes]:
    return list(pool.imap(worker.run, inputs, **chunk))


def _mp_imap_unordered(pool: Any, inputs: Inputs, **chunk: int) -> list[bytes]:
    outputs: list[Any] = [None] * len(inputs)
    for index, output in pool.imap_unordered(worker.run_indexed, enumerate(inputs), **chunk):
        outputs[index] = output
    return outputs


_MP_MAPS: dict[str, Callable[..., list[bytes]]] = {
    "map": _mp_map, "imap": _mp_imap, "imap_unordered": _mp_imap_unordered,
}
