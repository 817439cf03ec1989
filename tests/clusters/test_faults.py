"""Real faults between hosts: each ends as said, within its time, and nothing is left on any host."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import runs

BEYOND_S = 27  # what a run may take beyond its deadline where a host does not answer


@pytest.fixture(autouse=True)
def nothing_is_left(network: Any) -> Iterator[None]:
    yield
    end = time.monotonic() + 8  # ranks behind a cut link end themselves 5 s after the deadline
    while runs.left(network) and time.monotonic() < end:
        time.sleep(0.2)
    assert runs.left(network) == []


def test_a_calm_sample_says_what_each_rank_did(network: Any, tmp_path: pathlib.Path) -> None:
    ended = runs.run(network, tmp_path, network.hosts_file("fast"))
    assert ended.code == 0, ended.err
    own = ended.rows[0]["breakeven"]
    assert [rank["host"] for rank in own["ranks"]] == ["host-1", "host-2"]
    assert (
        sum(rank["tasks"] for rank in own["ranks"]) % 120 == 0
        and min(rank["tasks"] for rank in own["ranks"]) > 30
    )
    assert 2 * 30 < own["wire"]["messages"] < 2 * 90  # of the last run
    runs_timed = own["iterations"] * own["batch"]
    assert ended.rows[0]["cpu_time"] * runs_timed > 0.8 * sum(rank["cpu_ns"] for rank in own["ranks"])


def test_a_killed_rank_is_a_crash_with_its_host(network: Any, tmp_path: pathlib.Path) -> None:
    ended = runs.run(network, tmp_path, network.hosts_file("fast"), lambda pid: os.kill(pid, signal.SIGKILL))
    assert ended.code in (1, 2) and ended.failure["kind"] == "crash"
    assert "host-2" in ended.failure["reason"] or "10.77.0.2" in ended.failure["reason"]


def test_a_killed_daemon_ends_the_sample(network: Any, tmp_path: pathlib.Path) -> None:
    ended = runs.run(
        network, tmp_path, network.hosts_file("fast"), lambda pid: os.kill(pid, signal.SIGKILL), named="orted"
    )
    assert ended.code in (1, 2) and ended.failure["kind"] in ("crash", "launch", "timeout")
    assert ended.took_s < 8 + 2 + 8 + 5


def test_a_stopped_rank_is_a_timeout(network: Any, tmp_path: pathlib.Path) -> None:
    ended = runs.run(network, tmp_path, network.hosts_file("fast"), lambda pid: os.kill(pid, signal.SIGSTOP))
    assert ended.failure["kind"] == "timeout" and "8.0 s" in ended.failure["reason"]


def test_a_link_that_is_cut_ends_the_run_and_names_the_host(network: Any, tmp_path: pathlib.Path) -> None:
    try:
        ended = runs.run(network, tmp_path, network.hosts_file("fast"), lambda pid: network.cut("fast"))
    finally:
        network.mend("fast")
    assert ended.code == 1 and ended.failure["kind"] in ("timeout", "crash", "launch")
    assert "host 10.77.0.2 does not answer" in ended.err and "--resume" in ended.err
    assert ended.took_s < 5 + 8 + BEYOND_S


def test_a_host_that_nobody_knows_is_a_launch_failure_with_the_reason(
    network: Any, tmp_path: pathlib.Path
) -> None:
    hosts = network.hosts_file("fast", hosts=[{"name": "10.77.0.1"}, {"name": "10.77.0.99"}])
    ended = runs.run(network, tmp_path, hosts, deadline_s=30)
    assert (
        ended.took_s < 15
        and ended.failure["kind"] == "launch"
        and "Could not resolve hostname" in ended.failure["reason"]
    )
    assert ended.code == 1 and "host 10.77.0.99 does not answer" in ended.err


def test_an_agent_that_never_answers_is_a_timeout(network: Any, tmp_path: pathlib.Path) -> None:
    silent = network.folder / "silent"
    silent.touch()
    try:
        ended = runs.run(network, tmp_path, network.hosts_file("fast"), deadline_s=3)
    finally:
        silent.unlink()
    assert ended.failure["kind"] == "timeout" and "host 10.77.0.2 does not answer" in ended.err
    assert ended.took_s < 3 + 5 + BEYOND_S + 15  # it is asked once more, for as long as it may take to answer


def test_a_host_at_a_fifth_of_a_cpu_shows_in_its_own_figures(network: Any, tmp_path: pathlib.Path) -> None:
    group = pathlib.Path("/sys/fs/cgroup/cpu/breakeven-test")
    if not group.parent.exists():
        pytest.skip("no control groups of version 1 here")
    group.mkdir(exist_ok=True)
    (group / "cpu.cfs_quota_us").write_text("20000")
    switch = network.folder / "group"
    switch.write_text(f"{group}/cgroup.procs")
    try:
        ended = runs.run(network, tmp_path, network.hosts_file("fast"), deadline_s=30)
    finally:
        switch.unlink()
        time.sleep(0.3)
        group.rmdir()
    own, far = ended.rows[0]["breakeven"]["ranks"]
    assert far["throttled_ns"] > 50 * (own["throttled_ns"] or 1) and far["tasks"] < own["tasks"] / 2


@pytest.mark.parametrize(
    ("variable", "said"), [("OMPI_ALLOW_RUN_AS_ROOT", "root"), ("OMPI_MCA_rmaps_base_oversubscribe", "slots")]
)
def test_what_mpirun_refuses_is_said(network: Any, tmp_path: pathlib.Path, variable: str, said: str) -> None:
    home = runs.PROGRAM.parent / "share" / "breakeven" / "manifests" / "clusters.json"
    manifest = json.loads(home.read_text())
    entry = next(one for one in manifest["backends"] if one["name"] == "mpi")
    for key in ("command", "link"):
        entry[key] = [str(runs.PROGRAM.parent / "lib" / "breakeven" / pathlib.Path(entry[key][0]).name)]
    entry.pop("probe")
    entry["name"] = "mpi_bare"
    manifest["defaults"]["env"].pop(variable)
    manifest["defaults"]["env"].pop("PYTHONPATH")
    manifest["backends"] = [entry]
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(manifest))
    words = ("--backend-manifest", str(path))
    ended = runs.run(
        network,
        tmp_path,
        network.hosts_file("fast"),
        words=words,
        deadline_s=6,
        backends=["mpi_bare"],
        workers=8,
        nodes=1 if said == "slots" else 2,
    )
    assert ended.failure["kind"] == "launch" and said in ended.failure["reason"]


def test_doctor_names_what_is_wrong_with_a_host(network: Any) -> None:
    words = [str(runs.PROGRAM), "doctor", "--hosts"]
    good = network.run([*words, str(network.hosts_file("gbit"))], capture_output=True)
    assert good.returncode == 0, good.stderr
    assert "10.78.0.2: answers after" in good.stdout and "Gb/s" in good.stdout and "begbit" in good.stdout
    hosts = network.hosts_file("fast", hosts=[{"name": "10.77.0.1"}, {"name": "10.77.0.99"}])
    bad = network.run([*words, str(hosts)], capture_output=True)
    assert (
        bad.returncode == 1
        and "10.77.0.99: cannot be used: exit code 255; it said: ssh: Could not" in bad.stdout
    )


def test_doctors_link_is_what_advise_asks_for(network: Any, tmp_path: pathlib.Path) -> None:
    words = [str(runs.PROGRAM), "doctor", "--json", "--hosts", str(network.hosts_file("gbit"))]
    link = tmp_path / "link.json"
    link.write_text(network.run(words, capture_output=True, check=True).stdout)
    advise = [
        str(runs.PROGRAM),
        "advise",
        "--task",
        "1ms",
        "--in",
        "64KiB",
        "--nodes",
        "2..64",
        "--link",
        str(link),
    ]
    ended = subprocess.run([*advise, "--json"], capture_output=True, text=True, check=True)
    found = json.loads(ended.stdout)
    assert found["link"]["title"] == "1 Gb/s" and 7 < found["link"]["wire_ns_per_byte"] < 60
    assert 1 < found["wall_nodes"] < 6 and [step["nodes"] for step in found["steps"]] == [2, 4, 8, 16, 32, 64]
