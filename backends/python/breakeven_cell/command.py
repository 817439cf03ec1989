"""The command: reads the request, measures, prints the record, and leaves no process behind."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from breakeven_cell import functions, processes
from breakeven_cell import request as requests
from breakeven_cell.pools import Api, api_of
from breakeven_cell.record import SampleFailure, failure_line
from breakeven_cell.sample import Sample
from breakeven_cell.watch import Watch
from breakeven_cell.workloads import MAKERS, KernelError

OK, SAMPLE_FAILED, USAGE = 0, 1, 2
_REFUSED = requests.UsageError, functions.FunctionError, KernelError


def main(
    words: Sequence[str],
    make_api: Callable[[requests.Request, bytes], Api] = api_of,
    ends_at_once: bool = True,
) -> int:
    """`make_api`: how the pool of a request is used; the cell's own pools, if not given. `ends_at_once`: the
    process, where it was a request; else its exit code is returned.
    """
    if len(words) == 2 and words[0] == "--describe":
        return _describe(words[1])
    if len(words) == 2 and words[0] == "--loads":
        return _loads(words[1])
    if not words:
        print("cell.py: give a request (docs/format.md), or - for one on standard input", file=sys.stderr)
        return USAGE
    try:
        request = requests.parse(sys.stdin.read() if words[-1] == "-" else words[-1])
    except requests.UsageError as error:
        print(f"cell.py: {error}", file=sys.stderr)
        return USAGE
    try:
        with Watch(request.deadline_s) as watch:
            print(_measure(request, watch, make_api), flush=True)
    except SampleFailure as failure:
        print(failure_line(failure), flush=True)
        processes.kill_workers()
        if not ends_at_once:
            return SAMPLE_FAILED
        _end_at_once(SAMPLE_FAILED)
    if not ends_at_once:
        return OK
    processes.take_away()
    _end_at_once(OK)


def _describe(workload: str) -> int:
    """For the harness, which knows nothing of a user's function: tasks, bytes, and the time of one."""
    try:
        functions.enter_folder()
        print(json.dumps(functions.described(workload)), flush=True)
    except functions.FunctionError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return USAGE
    return OK


def _loads(workload: str) -> int:
    """Whether this interpreter can import the function and its inputs; why not is the last line."""
    try:
        functions.enter_folder()
        functions.function(workload)
        functions.inputs(workload)
    except functions.FunctionError as error:
        print(" ".join(str(error).split()))
        return USAGE
    return OK


def _measure(
    request: requests.Request, watch: Watch, make_api: Callable[[requests.Request, bytes], Api]
) -> str:
    try:
        if request.shape.workload not in MAKERS and not functions.is_own(request.shape.workload):
            raise requests.UsageError(f"the Python cell has no workload {request.shape.workload}")
        return Sample(request, watch, make_api).measure().line()
    except (*_REFUSED, ImportError, OSError, MemoryError) as error:
        raise SampleFailure("error", f"{type(error).__name__}: {error}") from None


def _end_at_once(code: int) -> NoReturn:
    """Without the orderly end of pools: before 3.11.5 that of a broken executor may wait for ever, and
    what ends after the servers would start them anew."""
    processes.stop_servers()
    sys.stderr.flush()
    os._exit(code)
