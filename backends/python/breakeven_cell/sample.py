"""One sample: a job and a pool, warm or made anew inside every run; timed as bench/cell/cell.cpp does it."""

from __future__ import annotations

import math
import platform
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor
from time import perf_counter, sleep
from typing import Any

from breakeven_cell import functions, payload, processes, worker, workloads
from breakeven_cell.pools import Api, Inputs, api_of
from breakeven_cell.record import Record, SampleFailure
from breakeven_cell.request import Request
from breakeven_cell.watch import Watch

NAP_S = 0.01  # longer than any pool takes to make one more worker that is asked for
END_OF_WORKERS_S = 1.0  # for all of them, where their executor broke


class Sample:
    def __init__(
        self, request: Request, watch: Watch, make_api: Callable[[Request, bytes], Api] = api_of
    ) -> None:
        self._request = request
        self._watch = watch
        self._own = functions.is_own(request.shape.workload)
        if self._own and request.options.get("start", "fork") == "fork":
            functions.enter_folder()
        shared = b"" if self._own else workloads.shared_input(request.shape)
        self._api = make_api(request, shared)
        # In the caller too: the serial loop and threads run here, and a kernel that cannot be made is found
        # now, where multiprocessing.Pool would replace failing workers for ever.
        worker.configure(request.shape, request.options.get("kernel", worker.KERNELS[0]), shared)
        self._inputs: Sequence[Any] = (
            functions.inputs(request.shape.workload, request.shape.tasks) if self._own
            else workloads.inputs(request.shape)
        )
        self._outputs: list[Any] = []
        self._pool: Any = None  # a warm one
        self._crew: Iterable[Any] = ()  # the processes of the pool that is open or was open last
        self._members: Sequence[int] | None = None if self._api.processes else ()  # as for processes.usage()

    def measure(self) -> Record:
        """Raises SampleFailure. The pool is left as it is then: a broken one may never answer again."""
        start = perf_counter()
        self._open()
        startup_s = None if self._pool is None else perf_counter() - start
        record = self._prepare()
        record.startup_s = startup_s
        self._time(record)
        if self._pool is not None and not self._request.batch:  # once a case, in its first good sample
            record.covariates |= processes.held_memory()
        if self._pool is not None:
            record.workers_lost = self._api.workers_lost(self._pool)
        self.close()
        record.bytes_moved = self._bytes_moved()
        if self._own:
            record.digest = self._compared(record)
        else:
            self._check_lengths()
            record.digest = payload.digest(self._outputs)
        record.facts = facts(self._request)
        return record

    def ready(self) -> Callable[[], float]:
        """A call that times one run as a sample's iteration is timed, and says how many seconds it took."""
        self._open()

        def seconds() -> float:
            record = Record(iterations=1, batch=1, warmup_s=0.0)
            self._time(record)
            self._outputs = []  # whoever runs next shall find memory as this run did
            return record.timed_s

        return seconds

    @property
    def pool(self) -> Any:
        """The pool itself, where it is warm and ready() has made it; else None."""
        return self._pool

    def close(self) -> None:
        """Ends a warm pool, if there is one."""
        if self._pool is not None:
            self._end(self._pool)
            self._pool = None

    def _open(self) -> None:
        """Has every worker of a warm pool made: the first run shall not pay for what the others do not."""
        if self._request.cold:
            return
        self._pool = self._begin()
        self._watch.waits_for("the workers to begin")
        all_napped = self._guarded(lambda: self._api.nap(self._pool, self._request.workers, NAP_S))
        self._crew = self._watch.workers = list(self._crew)  # before one that dies meanwhile is forgotten
        self._guarded(all_napped)
        if self._api.processes and not self._api.lazy:
            self._members = processes.descendants()

    def _begin(self) -> Any:
        pool = self._api.open()
        self._crew = self._watch.workers = self._api.crew(pool)
        return pool

    def _end(self, pool: Any) -> None:
        self._watch.workers = ()
        self._api.close(pool)

    def _run_once(self, inputs: Inputs) -> list[bytes]:
        if self._pool is not None:
            return self._api.run(self._pool, inputs)
        pool = self._begin()
        outputs = self._api.run(pool, inputs)
        self._end(pool)
        return outputs

    def _run_batch(self, runs: int, tasks: int | None = None) -> float:
        """Back-to-back runs, of the first so many tasks, between two readings of the clock; seconds."""
        self._outputs = []
        run, inputs = self._run_once, self._inputs if tasks is None else self._inputs[:tasks]

        def timed() -> float:
            start = perf_counter()
            for _ in range(runs):
                outputs = run(inputs)
                if len(outputs) != len(inputs):
                    raise SampleFailure("wrong_tally", f"{len(outputs)} results where {len(inputs)} were due")
            elapsed = perf_counter() - start
            self._outputs = outputs
            return elapsed

        return float(self._guarded(timed))

    def _compared(self, record: Record) -> str:
        """Objects have no digest: the plain loop runs once more, untimed, and the results are compared.

        The digest then says that they are equal to those of this workload's plain loop, whatever they are.
        """
        run = worker.run
        expected = [run(data) for data in self._inputs]
        if differs := functions.difference(self._outputs, expected):
            plain = self._request.backend == "py_serial"
            why = "two plain loops differ: the function is not pure" if plain else "the results differ"
            raise SampleFailure("wrong_digest", f"{why}: {differs}")
        record.compared = {"by": "cell", "worst": 0, "outside": 0}
        return payload.digest([self._request.shape.workload.encode()])

    def _check_lengths(self) -> None:
        """Of the last run's results. Not after each: with many tasks the workers would fall asleep."""
        for task, output in enumerate(self._outputs):
            if len(output) != workloads.right_length(self._request.shape, output):
                raise SampleFailure("wrong_tally", f"the result of task {task} has {len(output)} bytes")

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
        for process in list(self._crew):
            code = _exit_code(process, deadline)
            if code > 0:
                said += f"; worker {process.pid} exited with code {code}"
            elif code < 0 and -code != signal.SIGTERM:
                said += f"; worker {process.pid} was ended by {signal_name(-code)}"
        return said

    def _prepare(self) -> Record:
        """Untimed runs, the last of them directly before the timed ones; decides what is not fixed yet."""
        start = perf_counter()
        self._watch.waits_for(f"the first run: {self._describe()}")
        iterations, batch = self._request.iterations, self._request.batch
        if batch:
            self._settle(iterations, batch)
        else:
            iterations, batch = self._calibrate()
        return Record(iterations=iterations, batch=batch, warmup_s=perf_counter() - start)

    def _settle(self, iterations: int, batch: int) -> None:
        """One batch, and more until a warm pool has settled. Of a long job the first tasks are enough."""
        rules = self._request.sampling
        start = perf_counter()
        if iterations == batch == 1:  # that says that one run is long enough to be timed alone
            if self._run_batch(1, math.ceil(len(self._inputs) * rules.warm_part)) >= rules.warm_part_s:
                return
        self._run_batch(batch)
        while self._pool is not None and perf_counter() - start < rules.settle_s:
            self._run_batch(batch)

    def _calibrate(self) -> tuple[int, int]:
        """Iterations and batch, by the least of those batches that settle the pool, two at least."""
        request, rules = self._request, self._request.sampling
        batch = 1
        iteration_s = self._run_batch(batch)
        while iteration_s < rules.min_iteration_s:
            batch *= 4 if iteration_s < rules.min_iteration_s / 4 else 2
            iteration_s = self._run_batch(batch)
        spent_s, enough = iteration_s, iteration_s >= rules.long_s
        while spent_s < rules.settle_s or not enough:
            again_s = self._run_batch(batch)
            spent_s += again_s
            iteration_s, enough = min(iteration_s, again_s), True
        wanted = math.ceil(request.min_time_s / iteration_s)
        most = int(rules.max_iterations)
        if wanted > most:
            batch *= math.ceil(wanted / most)
        return min(max(wanted, request.min_iterations, 1), most), batch

    def _time(self, record: Record) -> None:
        members = self._members
        cpu_ns = 0
        start = perf_counter()
        before = processes.usage(members)
        usage_s = perf_counter() - start
        for iteration in range(record.iterations):
            self._watch.waits_for(f"iteration {iteration + 1} of {record.iterations}: {self._describe()}")
            cpu_before = processes.cpu_ns(members)
            elapsed = self._run_batch(record.batch)
            cpu_ns += processes.cpu_ns(members) - cpu_before
            record.timed_s += elapsed
            record.iteration_ns.append(elapsed * 1e9 / record.batch)
        record.cpu_time_ns = cpu_ns / (record.iterations * record.batch) if self._api.sees_cpu else None
        start = perf_counter()
        after = processes.usage(members)
        usage_s += perf_counter() - start
        record.covariates = {name: max(value - before[name], 0) for name, value in after.items()}
        record.covariates["usage_ns"] = round(usage_s * 1e9)

    def _describe(self) -> str:
        tasks, workers = len(self._inputs), self._request.workers
        return f"{self._api.name} of {tasks} tasks on {workers} worker(s){self._api.caveat}"

    def _bytes_moved(self) -> int:
        if not self._api.processes:
            return 0
        if self._own:
            return functions.bytes_of(self._inputs) + functions.bytes_of(self._outputs)
        return sum(map(len, self._inputs)) + sum(map(len, self._outputs))


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
