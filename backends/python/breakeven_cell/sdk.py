"""A cell of one's own, of which the author writes how a pool is opened, called and closed.

    from breakeven_sdk import Pool, Serial, main

    class MyPool(Pool):
        def open(self):
            self._executor = ThreadPoolExecutor(self.workers)

        def run(self, inputs):
            return list(self._executor.map(self.task, inputs))

        def close(self):
            self._executor.shutdown()

    main({"my_pool": MyPool, "my_serial": Serial})

The request, the payload, the timing, the digest and the record are done here, by the rules of docs/format.md
and docs/payload.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from breakeven_cell import command, worker
from breakeven_cell.pools import Api
from breakeven_cell.request import Request, UsageError


class Pool:
    """One way to run tasks. `processes`: whether they run in other processes; `sees_cpu`: whether those are
    descendants of this one, so that their CPU time can be counted.
    """

    processes = False
    sees_cpu = True

    def __init__(self, request: Request, begin: tuple[Any, ...]) -> None:
        self.workers = request.workers
        self.chunk = request.chunk  # tasks handed out at a time; None: the pool's own choice
        self.dispatch = request.dispatch  # map: all tasks by one call; submit: a call for each
        self.options: Mapping[str, str] = request.options  # of the manifest, with their values
        self.task: Callable[[bytes], bytes] = worker.run  # a task's input to its output; can be pickled
        # For worker processes: `initializer(*initargs)` runs in each first. It makes the task there, and sees
        # to it that the process ends with this one.
        self.initializer, self.initargs = worker.start, begin
        self.deadline_s = request.deadline_s  # of the sample

    def open(self) -> None:
        """Makes the pool and its workers."""

    def run(self, inputs: Sequence[bytes]) -> list[bytes]:
        """The outputs of all inputs, in their order."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends it; no thread and no process may be left."""

    def workers_lost(self) -> int:
        """How many workers ended since open(), although no task was lost with them."""
        return 0

    def crew(self) -> Iterable[Any]:
        """Objects with `pid` and `exitcode`, of worker processes: a failure then says who ended."""
        return ()


class Serial(Pool):
    """The plain loop: what the pools of a cell are compared with."""

    def run(self, inputs: Sequence[bytes]) -> list[bytes]:
        run = self.task
        return [run(data) for data in inputs]


def main(pools: Mapping[str, type[Pool]], ends_at_once: bool = True) -> NoReturn:
    """Measures what the request on the command line asks for, and ends the process: at once, without the end
    of pools that may be broken, or in the orderly way that some engines need.
    """

    def api_of(request: Request, shared: bytes) -> Api:
        if request.backend not in pools:
            raise UsageError(f"this cell has no backend {request.backend}; it has {', '.join(sorted(pools))}")
        make = pools[request.backend]
        kernel = request.options.get("kernel", "python")
        begin = (request.shape, kernel, shared)

        def opened() -> Pool:
            pool = make(request, begin)
            pool.open()
            return pool

        return Api(
            name=request.backend,
            open=opened,
            run=lambda pool, inputs: pool.run(inputs),  # type: ignore[no-any-return]
            close=lambda pool: pool.close(),
            nap=lambda pool, count, seconds: lambda: None,
            crew=lambda pool: pool.crew(),
            processes=make.processes,
            sees_cpu=make.sees_cpu and request.options.get("cluster") != "standing",
            lazy=True,
            workers_lost=lambda pool: pool.workers_lost(),
        )

    sys.exit(command.main(sys.argv[1:], api_of, ends_at_once))
