"""A plugin for the measured pytest: what pytest-benchmark does once a process, beside the benchmarks.

It looks up the processor and the commit for a file in which nobody reads them, and watches the clock for a
second to learn its smallest step; a hundredth of that is enough.
"""

from __future__ import annotations

import time
from typing import Any, Callable

import pytest

_WATCHED_S = 0.01


@pytest.hookimpl(tryfirst=True)  # type: ignore[misc]
def pytest_benchmark_generate_machine_info(config: Any) -> dict[str, str]:
    return {"node": "not looked up"}


@pytest.hookimpl(tryfirst=True)  # type: ignore[misc]
def pytest_benchmark_generate_commit_info(config: Any) -> dict[str, str]:
    return {"id": "not looked up"}


def pytest_configure(config: Any) -> None:
    from pytest_benchmark import fixture  # type: ignore[import]

    if hasattr(fixture, "compute_timer_precision"):
        fixture.compute_timer_precision = smallest_step


def smallest_step(timer: Callable[[], float]) -> float:
    """Of a clock, in its unit."""
    end = time.monotonic() + _WATCHED_S
    steps: list[float] = []
    while time.monotonic() < end or not steps:
        begin = timer()
        if (step := timer() - begin) > 0:
            steps.append(step)
    return min(steps)
