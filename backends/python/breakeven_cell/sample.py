"""One sample: a job and a pool, warm or made anew inside every run; timed as bench/cell.cpp does it."""

from __future__ import annotations

import math
import multiprocessing
import platform
import signal
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from time import perf_counter, sleep
from typing import Any

from breakeven_cell import payload, processes, worker, workloads
from breakeven_cell.pools import api_of
from breakeven_cell.record import Record, SampleFailure
from breakeven_cell.request import MAX_ITERATIONS, Request
from breakeven_cell.watch import Watch

MIN_ITERATION_S = 50e-6
NAP_S = 0.01  # longer than any pool takes to make one more worker that is asked for
END_OF_WORKERS_S = 1.0  # for all of them, where their executor broke


class Sample:
    def __init__(self, request: Request, watch: Watch) -> None:
        self._request = request
        self._watch = watch
        shared = workloads.shared_input(request.shape)
        self._api = api_of(request, shared)
        # In the caller too: the serial loop and threads run here, and a kernel that cannot be made is found
        # now, where multiprocessing.Pool would replace failing workers for ever.
        worker.configure(request.shape, request.options["kernel"], shared)
        self._inputs = workloads.inputs(request.shape)
        self._outputs: list[bytes] = []
        self._pool: Any = None  # a warm one
        self._crew: list[Any] = []  # its processes

    def measure(self) -> Record:
        """Raises SampleFailure. The pool is left as it is then: a broken one may never answer again."""
        self._open()
        record = self._warm_up()
        self._time(record)
        self.close()
        record.bytes_moved = self._bytes_moved()
        record.digest = self._digest()
        record.facts = facts(self._request)
        return record

    def ready(self) -> Callable[[], float]:
        """For a warm pool: a call that makes one run and says how many seconds it took."""
        self._open()

        def seconds() -> float:
            elapsed = self._run_batch(1)
            self._outputs = []  # whoever runs next shall find memory as this run did
            return elapsed

        return seconds

    @property
    def pool(self) -> Any:
        """The pool itself, where it is warm and ready() has made it; else None."""
        return self._pool

    def close(self) -> None:
        """Ends a warm pool, if there is one."""
        if self._pool is not None:
            self._api.close(self._pool)
            self._pool = None

    def _open(self) -> None:
        """Has every worker of a warm pool made: the first run shall not pay for what the others do not."""
        if self._request.cold:
            return
        self._pool = self._api.open()
        self._watch.waits_for("the workers to begin")
        all_napped = self._guarded(lambda: self._api.nap(self._pool, self._request.workers, NAP_S))
        self._crew = multiprocessing.active_children()  # before one that dies while it begins is forgotten
        self._guarded(all_napped)
        self._watch.pool_is_up()

    def _run_once(self) -> list[bytes]:
        if self._pool is not None:
            return self._api.run(self._pool, self._inputs)
        pool = self._api.open()
        outputs = self._api.run(pool, self._inputs)
        self._api.close(pool)
        return outputs

    def _run_batch(self, runs: int) -> float:
        """Back-to-back runs between two readings of the clock; seconds. Results are checked afterwards."""
        self._outputs = []
        run, inputs = self._run_once, self._inputs

        def timed() -> float:
            start = perf_counter()
            for _ in range(runs):
                outputs = run()
                if len(outputs) != len(inputs):
                    raise SampleFailure("wrong_tally", f"{len(outputs)} results where {len(inputs)} were due")
            elapsed = perf_counter() - start
            self._outputs = outputs
            return elapsed

        elapsed: float = self._guarded(timed)
        for task, output in enumerate(self._outputs):
            if len(output) != workloads.right_length(self._request.shape, output):
                raise SampleFailure("wrong_tally", f"the result of task {task} has {len(output)} bytes")
        return elapsed

    def _guarded(self, call: Any) -> Any:
        try:
            return call()
        except BrokenExecutor as error:
            said = f"{self._describe()}: {type(error).__name__}: {str(error).rstrip('.')}"
            raise SampleFailure("lost", said + self._ends_of_workers()) from None
        except (SampleFailure, OSError, MemoryError):
            raise
        except Exception as error:
            raise SampleFailure("task_failed", f"a task failed: {type(error).__name__}: {error}") from None

    def _ends_of_workers(self) -> str:
        """What ended them, where it was neither the executor itself (SIGTERM) nor nothing."""
        said = ""
        deadline = perf_counter() + END_OF_WORKERS_S
        for process in self._crew:
            code = _exit_code(process, deadline)
            if code > 0:
                said += f"; worker {process.pid} exited with code {code}"
            elif code < 0 and -code != signal.SIGTERM:
                said += f"; worker {process.pid} was ended by {signal_name(-code)}"
        return said

    def _warm_up(self) -> Record:
        """One untimed run of the same job; where nothing is fixed yet, it decides batch and iterations."""
        start = perf_counter()
        self._watch.waits_for(f"the first run: {self._describe()}")
        first_run_s = self._run_batch(1)
        request = self._request
        if request.batch:
            iterations, batch = request.iterations, request.batch
        else:
            iterations, batch = self._calibrate(first_run_s)
        return Record(iterations=iterations, batch=batch, warmup_s=perf_counter() - start)

    def _calibrate(self, iteration_s: float) -> tuple[int, int]:
        batch = 1
        while iteration_s < MIN_ITERATION_S:
            batch *= 4 if iteration_s < MIN_ITERATION_S / 4 else 2
            iteration_s = self._run_batch(batch)
        spent_s = iteration_s
        while spent_s < self._request.min_time_s / 8:  # the least of a few: any can be disturbed
            again_s = self._run_batch(batch)
            spent_s += again_s
            iteration_s = min(iteration_s, again_s)
        wanted = math.ceil(self._request.min_time_s / iteration_s)
        if wanted > MAX_ITERATIONS:
            batch *= math.ceil(wanted / MAX_ITERATIONS)
        return min(max(wanted, self._request.min_iterations, 1), MAX_ITERATIONS), batch

    def _time(self, record: Record) -> None:
        cpu_ns = 0
        start = perf_counter()
        before = processes.usage()
        usage_s = perf_counter() - start
        for iteration in range(record.iterations):
            self._watch.waits_for(f"iteration {iteration + 1} of {record.iterations}: {self._describe()}")
            cpu_before = processes.cpu_ns(self._api.processes)
            elapsed = self._run_batch(record.batch)
            cpu_ns += processes.cpu_ns(self._api.processes) - cpu_before
            record.timed_s += elapsed
            record.iteration_ns.append(elapsed * 1e9 / record.batch)
        record.cpu_time_ns = cpu_ns / (record.iterations * record.batch)
        start = perf_counter()
        after = processes.usage()
        usage_s += perf_counter() - start
        record.covariates = {name: max(value - before[name], 0) for name, value in after.items()}
        record.covariates["usage_ns"] = round(usage_s * 1e9)

    def _describe(self) -> str:
        tasks, workers = len(self._inputs), self._request.workers
        return f"{self._api.name} of {tasks} tasks on {workers} worker(s){self._api.caveat}"

    def _bytes_moved(self) -> int:
        if not self._api.processes:
            return 0
        return sum(map(len, self._inputs)) + sum(map(len, self._outputs))

    def _digest(self) -> str:
        digest = payload.digest(self._outputs)
        expected = self._request.expected_digest
        if expected and digest != expected:
            reason = f"the outputs' digest is {digest}, the baseline's is {expected}"
            raise SampleFailure("wrong_digest", reason)
        return digest


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _exit_code(process: Any, deadline: float) -> int:
    """Of a worker whose executor broke; 0 if it lives on. The executor's own thread takes the code from the
    system too, and who comes second is told nothing until the first has written it down."""
    while (code := process.exitcode) is None and perf_counter() < deadline:
        sleep(0.001)
    return code or 0


def facts(request: Request) -> dict[str, str]:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    said = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "gil": "on" if gil else "off",
    }
    if "start" in request.options:
        said["start_method"] = request.options["start"]
    return said
