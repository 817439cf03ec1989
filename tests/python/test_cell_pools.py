"""Every Python pool does the work, in every way it can be called, and leaves nothing behind."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cells
import processes
import pytest
from processes import busy_worker, eventually, session_members

DIGEST_OF_300 = "8e3cf427"  # as the C++ backends have it
EXECUTORS = ["py_process_pool", "py_process_pool,start=forkserver", "py_process_pool,start=spawn"]
MP_POOLS = ["py_mp_pool", "py_mp_pool,start=forkserver", "py_mp_pool,start=spawn"]
PROCESS_POOLS = EXECUTORS + MP_POOLS
POOLS = ["py_thread_pool", *PROCESS_POOLS, "py_mp_pool,api=imap", "py_mp_pool,api=imap_unordered"]

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    cells.kill_what_is_left()


def native(backend: str) -> str:
    if cells.kernel_library() is None:
        pytest.skip(f"the native kernel is not built in {cells.BUILD}")
    return f"{backend},kernel=native"


@pytest.mark.parametrize("pool", ["warm", "cold"])
@pytest.mark.parametrize("backend", ["py_serial", *POOLS])
def test_factorises_the_300_numbers_and_leaves_no_process(backend: str, pool: str) -> None:
    workers = 1 if backend == "py_serial" else 2
    found = cells.sample({"backend": native(backend), "workers": workers, "tasks": 300, "pool": pool})
    assert found["digest"] == DIGEST_OF_300


@pytest.mark.parametrize("backend", ["py_serial", "py_thread_pool", "py_process_pool", "py_mp_pool"])
def test_factorises_in_python_too(backend: str) -> None:
    workers = 1 if backend == "py_serial" else 2
    assert cells.sample({"backend": backend, "workers": workers, "tasks": 5})["digest"] == "0b846811"


@pytest.mark.parametrize("backend", ["py_thread_pool", "py_process_pool", "py_mp_pool"])
def test_submits_task_by_task(backend: str) -> None:
    found = cells.sample({"backend": native(backend), "workers": 2, "tasks": 300, "dispatch": "submit"})
    assert found["digest"] == DIGEST_OF_300


@pytest.mark.parametrize("chunk", [1, 7, 300, 1000])
@pytest.mark.parametrize("backend", ["py_process_pool", "py_mp_pool", "py_mp_pool,api=imap_unordered"])
def test_maps_in_chunks(backend: str, chunk: int) -> None:
    found = cells.sample({"backend": native(backend), "workers": 2, "tasks": 300, "chunk": chunk})
    assert found["digest"] == DIGEST_OF_300


@pytest.mark.parametrize("backend", POOLS)
def test_fewer_tasks_than_workers(backend: str) -> None:
    expected = cells.sample({"tasks": 1})["digest"]
    assert cells.sample({"backend": backend, "workers": 3, "tasks": 1})["digest"] == expected


@pytest.mark.parametrize("backend", ["py_serial", *POOLS])
def test_payload_crosses_both_ways(backend: str) -> None:
    shape: dict[str, Any] = {"workload": "compute", "tasks": 5, "in_bytes": 300000, "out_bytes": 1 << 20}
    expected = cells.sample(shape)["digest"]
    found = cells.sample({**shape, "backend": backend, "workers": 1 if backend == "py_serial" else 2})
    assert found["digest"] == expected
    crosses = backend not in ("py_serial", "py_thread_pool")
    assert found["bytes_moved"] == (5 * (8 + 300000 + 16 + (1 << 20)) if crosses else 0)


@pytest.mark.parametrize("backend", PROCESS_POOLS)
def test_says_how_its_workers_start(backend: str) -> None:
    found = cells.sample({"backend": backend, "workers": 2})
    assert found["facts"]["start_method"] == (backend.partition("start=")[2] or "fork")


@needs_linux
@pytest.mark.parametrize("pool", ["warm", "cold"])
@pytest.mark.parametrize("backend", ["py_process_pool", "py_mp_pool"])
def test_cpu_time_counts_the_workers(backend: str, pool: str) -> None:
    found = cells.sample({"backend": backend, "workers": 1, "tasks": 30, "pool": pool})
    alone = cells.sample({"tasks": 30})
    assert 0.5 < found["cpu_time_ns"] / alone["cpu_time_ns"] < 4


@needs_linux
@pytest.mark.parametrize("backend", PROCESS_POOLS)
def test_workers_end_when_the_cell_is_killed(backend: str) -> None:
    process = cells.start({"backend": backend, "workers": 2, "tasks": 3000})
    eventually(lambda: busy_worker(process.pid))
    process.kill()
    process.communicate()
    eventually(lambda: not session_members(process.pid))


def loky() -> str:
    """The module that the cell would take, or an empty string."""
    for name in ("joblib.externals.loky", "loky"):
        try:
            importlib.import_module(name)
            return name
        except ImportError:
            continue
    return ""


needs_loky = pytest.mark.skipif(not loky(), reason="there is neither joblib nor loky")


@needs_linux
@pytest.mark.parametrize("pool", ["warm", "cold"])
@pytest.mark.parametrize("backend", [*EXECUTORS, pytest.param("py_loky", marks=needs_loky)])
def test_a_killed_worker_of_an_executor_is_a_loss_that_names_it(
    monkeypatch: pytest.MonkeyPatch, backend: str, pool: str
) -> None:
    case = {"backend": backend, "workers": 2, "tasks": 3000, "pool": pool}
    if backend == "py_loky":  # its resource tracker takes long to come up, too
        monkeypatch.setattr(processes, "BUSY_S", 1.0)
        # 2 tasks of some seconds each: a worker that had its tasks behind it would be no loss.
        case |= {"workload": "compute", "cost": 60_000_000, "tasks": 2}
    process = cells.start(case)
    killed = eventually(lambda: busy_worker(process.pid))
    os.kill(killed, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert '"failure_kind":"lost"' in out
    if backend == "py_loky":  # it kills the others itself, forgets them all, and says how they ended
        assert "loky" in out and "SIGKILL" in out
    else:
        assert "ProcessPoolExecutor" in out and "terminated abruptly" in out
        assert f"worker {killed} " in out
        # A fork server tells the end of its child once, to whichever thread asks first.
        assert "SIGKILL" in out or "forkserver" in backend
    assert session_members(process.pid) == []
    assert not list(Path("/dev/shm").glob(f"sem.*-{process.pid}-*"))


@needs_linux
@pytest.mark.parametrize("pool", ["warm", "cold"])
@pytest.mark.parametrize("backend", MP_POOLS)
def test_a_killed_worker_of_multiprocessing_hangs_and_the_cell_names_it(backend: str, pool: str) -> None:
    # 2 tasks of some seconds each: whatever is killed was running one.
    case = {"backend": backend, "workload": "compute", "cost": 60_000_000, "workers": 2, "tasks": 2}
    process = cells.start({**case, "pool": pool}, deadline_s=4)
    killed = eventually(lambda: busy_worker(process.pid))
    os.kill(killed, signal.SIGKILL)
    assert process.stderr is not None
    said = process.stderr.readline()
    process.kill()
    process.communicate()
    assert "multiprocessing.Pool.map" in said and f"worker {killed} has ended meanwhile" in said
    eventually(lambda: not session_members(process.pid))


def test_loky_runs_or_says_that_it_is_missing() -> None:
    if not loky():
        found = cells.sample({"backend": "py_loky", "workers": 2}, code=1)
        assert found["failure_kind"] == "error" and "loky" in found["reason"]
        return
    expected = cells.sample({})["digest"]
    for changes in ({"chunk": 2}, {"dispatch": "submit", "pool": "cold"}):
        assert cells.sample({"backend": "py_loky", "workers": 2, **changes})["digest"] == expected
