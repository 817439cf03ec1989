"""Engines that span hosts, on two of them: the same answers as the plain loop, over every link."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
from typing import Any

import pytest
import runs

from network import loopback_file


def has_module(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


@pytest.mark.parametrize("backend", ["mpi", "mpi,help=on", "mpi,mode=static"])
@pytest.mark.parametrize("link", ["fast", "gbit"])
def test_mpi_gives_the_plain_loops_answers(
    network: Any, tmp_path: pathlib.Path, backend: str, link: str
) -> None:
    chunk: dict[str, Any] = {} if "static" in backend else {"chunk": 3}
    ended = runs.run(
        network,
        tmp_path,
        network.hosts_file(link),
        backends=[backend],
        payload="70001:4097",
        tasks=40,
        cost="100us",
        workers=4,
        **{"chunk": "default", **chunk},
    )
    assert ended.code == 0 and len(ended.rows) == 1, ended.err
    assert {rank["host"] for rank in ended.rows[0]["breakeven"]["ranks"]} == {"host-1", "host-2"}


def test_one_machine_as_two_hosts_over_loopback(cell_of_mpi: pathlib.Path, tmp_path: pathlib.Path) -> None:
    path = runs.suite(tmp_path, 20, payload="64KiB", tasks=50, cost="1ms")
    out = tmp_path / "out" / "results.json"
    words = [str(runs.PROGRAM), "run", str(path), "--hosts", str(loopback_file(tmp_path)), "--out", str(out)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "nodes 2" in ended.stdout


@pytest.mark.skipif(not has_module("mpi4py"), reason="mpi4py is not installed")
def test_mpi4pys_pool_spans_two_hosts(network: Any, tmp_path: pathlib.Path) -> None:
    ended = runs.run(
        network,
        tmp_path,
        network.hosts_file("fast"),
        backends=["py_mpi_pool"],
        tasks=16,
        cost="100us",
        workers=2,
        chunk="default",
        deadline_s=40,
    )
    assert ended.code == 0 and len(ended.rows) == 1, (ended.err, ended.failures)


@pytest.mark.skipif(not has_module("distributed"), reason="distributed is not installed")
def test_a_standing_cluster_of_dask_spans_two_hosts_and_ends_with_the_run(
    network: Any, tmp_path: pathlib.Path
) -> None:
    ended = runs.run(
        network,
        tmp_path,
        network.hosts_file("fast"),
        backends=["py_dask,cluster=standing"],
        tasks=16,
        cost="100us",
        workers=2,
        chunk="default",
        deadline_s=40,
        words=("--rounds", "3"),
    )
    assert ended.code == 0 and len(ended.rows) == 3, (ended.err, ended.failures)
    assert runs.left(network) == []


@pytest.mark.skipif(not has_module("distributed"), reason="distributed is not installed")
def test_a_killed_worker_of_dask_is_degraded_and_the_cluster_is_made_anew(
    network: Any, tmp_path: pathlib.Path
) -> None:
    ended = runs.run(
        network,
        tmp_path,
        network.hosts_file("fast"),
        lambda pid: os.kill(runs.when_measuring(pid), signal.SIGKILL),
        named="dask_worker",
        backends=["py_dask,cluster=standing"],
        tasks=120,
        cost="100us",
        workers=2,
        chunk="default",
        deadline_s=40,
        words=("--rounds", "2"),
    )
    assert [failure["kind"] for failure in ended.failures] == ["degraded"], (ended.failures, ended.err)
    assert len(ended.rows) == 1 and runs.left(network) == []
