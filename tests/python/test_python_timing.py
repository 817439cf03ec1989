"""The check that the cell adds nothing: every case of it runs, by the path that samples take and by hand."""

from __future__ import annotations

import math
import sys

import cells
import pytest

sys.path.insert(0, str(cells.ROOT / "bench" / "verify"))
import python_timing  # noqa: E402

from breakeven_cell import native  # noqa: E402
from breakeven_cell import sample as samples  # noqa: E402


@pytest.mark.parametrize("name", python_timing.CASES)
def test_a_case_is_timed_as_a_sample_is_and_by_hand(monkeypatch, name):
    if cells.kernel_library() is None:
        pytest.skip(f"the native kernel is not built in {cells.BUILD}")
    monkeypatch.setenv(native.LIBRARY, str(cells.kernel_library()))
    monkeypatch.setattr(python_timing, "RUNS_S", 0.01)
    timed = []
    real = samples.Sample._time

    def time(sample, record):
        real(sample, record)
        timed.append(record.covariates["usage_ns"])

    monkeypatch.setattr(samples.Sample, "_time", time)
    pair = python_timing.measure(name)
    assert pair.hand_s > 0 and math.isfinite(pair.ratio)
    assert len(timed) >= 2 and all(usage_ns > 0 for usage_ns in timed)


def test_the_same_work_is_done_by_hand(monkeypatch):
    name = "Pool.map, 2 numbers, cold"
    results = []
    real = python_timing._pool_map

    def pool_map(pool, inputs, chunk):
        results.append(real(pool, inputs, chunk))
        return results[-1]

    monkeypatch.setattr(python_timing, "RUNS_S", 0.01)
    monkeypatch.setitem(python_timing._CALLS, ("py_mp_pool", "map"), pool_map)
    python_timing.measure(name)
    assert {len(result) for result in results} == {2}
    assert all(len(output) > 8 for result in results for output in result)


def test_cold_pools_and_the_cpp_kernel_are_among_the_cases():
    backends = {backend for backend, *_ in python_timing.CASES.values()}
    cold = {case[0] for case in python_timing.CASES.values() if case[-1] == "cold"}
    assert cold == {"py_process_pool", "py_mp_pool"}
    pools = ("py_thread_pool", "py_process_pool", "py_mp_pool")
    assert {f"{name},kernel=native" for name in pools} <= backends
