"""The command: reads the request, measures, prints the record, and leaves no process behind."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from breakeven_cell import request as requests
from breakeven_cell.native import KernelError
from breakeven_cell.record import SampleFailure, failure_line
from breakeven_cell.sample import Sample
from breakeven_cell.watch import Watch
from breakeven_cell.workloads import MAKERS

OK, SAMPLE_FAILED, USAGE = 0, 1, 2


def main(words: Sequence[str]) -> int:
    if not words:
        print("cell.py: give a request (docs/format.md), or - to read it from standard input", file=sys.stderr)
        return USAGE
    try:
        request = requests.parse(sys.stdin.read() if words[-1] == "-" else words[-1])
    except requests.UsageError as error:
        print(f"cell.py: {error}", file=sys.stderr)
        return USAGE
    try:
        with Watch(request.deadline_s) as watch, _servers_stopped():
            print(_measure(request, watch), flush=True)
        return OK
    except SampleFailure as failure:
        print(failure_line(failure), flush=True)
        return SAMPLE_FAILED


def _measure(request: requests.Request, watch: Watch) -> str:
    try:
        if request.shape.workload not in MAKERS:
            raise requests.UsageError(f"the Python cell has no workload {request.shape.workload}")
        return Sample(request, watch).measure().line()
    except (requests.UsageError, KernelError, ImportError, OSError, MemoryError) as error:
        raise SampleFailure("error", f"{type(error).__name__}: {error}") from None


@contextlib.contextmanager
def _servers_stopped():  # type: ignore[no-untyped-def]
    """multiprocessing's fork server and resource tracker end a little after this process: not if it waits for them."""
    try:
        yield
    finally:
        from multiprocessing import forkserver, resource_tracker

        for server in (forkserver._forkserver, resource_tracker._resource_tracker):  # type: ignore[attr-defined]
            stop = getattr(server, "_stop", None)  # no public name
            if stop is not None:
                with contextlib.suppress(Exception):
                    stop()
