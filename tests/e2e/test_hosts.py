"""What spans hosts, without any: a cell that starts a process by an agent, as mpirun does, and a cluster that
stands.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from program import PROGRAM, Bench, Finished

HERE = pathlib.Path(__file__).parent
pytestmark = pytest.mark.xdist_group("clusters")  # they look for processes by name


def is_there(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def with_word(word: str) -> list[int]:
    """Processes whose command line holds it."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes().decode(errors="replace") and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


class Far:
    """A suite with one case on two hosts, both of them this machine."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.agent = bench.folder / "agent"
        # A process that is started so is nobody's descendant: setsid, and an end of the shell between.
        self.agent.write_text('#!/bin/sh\nshift\nexec setsid sh -c "$*"\n')
        self.agent.chmod(0o755)
        self.hosts: dict[str, Any] = {
            "breakeven_hosts": 1,
            "agent": [str(self.agent)],
            "hosts": [{"name": "here"}, {"name": "there"}],
        }
        self.starts = bench.folder / "starts"

    def manifest(self, session: str = "") -> str:
        entry: dict[str, Any] = {
            "name": "far",
            "command": [str(HERE / "far_start.py")],
            "nodes": 2,
            "processes": True,
            "launcher": [
                {
                    "when": {"hosts": ["shell", "slurm"]},
                    "words": [sys.executable],
                    "env": {"FAR_HOSTS": "{hosts}", "FAR_AGENT": "{agent}"},
                },
                {"words": [sys.executable]},
            ],
            "options": [{"name": "does", "values": ["answers", "refuses", "lingers", "hangs"], "help": ""}],
        }
        if session:
            entry["session"] = {
                "start": [sys.executable, str(HERE / "far_cluster.py"), str(self.starts), session],
                "ready": "stands at ",
                "start_s": 10,
                "end": {"signal": "SIGTERM", "grace_s": 1},
            }
        path = self.bench.folder / "far.json"
        path.write_text(json.dumps({"breakeven_manifest": 1, "backends": [entry]}))
        return str(path)

    def words(
        self, backend: str = "far", deadline_s: float = 5.0, rounds: int = 1, session: str = ""
    ) -> list[str]:
        file = self.bench.folder / "hosts.json"
        file.write_text(json.dumps(self.hosts))
        grid = {
            "workload": "factorize",
            "tasks": 3,
            "backends": [backend, "thread_pool"],
            "workers": 2,
            "nodes": [1, 2],
            "ceiling": False,
        }
        suite = self.bench.suite(rounds=rounds, deadline_s=deadline_s, grids=[grid])
        return [
            "run",
            suite,
            "--hosts",
            str(file),
            "--backend-manifest",
            self.manifest(session),
            "--out",
            "out",
        ]

    def run(self, *more: str, **how: Any) -> Finished:
        return self.bench(*self.words(**how), *more)

    def results(self) -> dict[str, Any]:
        return self.bench.results("out/results.json")


@pytest.fixture
def far(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Far:
    made = Far(bench)
    # The digest of this shape, so that the pretended cell's records are good.
    bench(
        "run",
        bench.suite(
            rounds=1,
            grids=[{"workload": "factorize", "tasks": 3, "backends": ["thread_pool"], "ceiling": False}],
        ),
        "--quiet",
        "--out",
        "plain",
    )
    rows = bench.results("plain/results.json")["benchmarks"]
    monkeypatch.setenv("FAR_DIGEST", rows[0]["breakeven"]["digest"])
    return made


def test_a_case_on_two_hosts_stands_beside_the_same_on_one(far: Far) -> None:
    finished = far.run()
    assert finished.code == 0, finished.err
    results = far.results()
    rows = {row["breakeven"]["case"]["nodes"]: row for row in results["benchmarks"] if "/far/" in row["name"]}
    assert rows[1]["name"] + "/nodes=2" == rows[2]["name"]
    assert [rank["host"] for rank in rows[2]["breakeven"]["ranks"]] == ["here", "there"]
    assert rows[2]["breakeven"]["wire"] == {"messages": 2, "bytes": 3}
    hosts = results["context"]["breakeven"]["hosts"]
    assert [host["name"] for host in hosts["hosts"]] == ["here", "there"] and "agent" not in hosts
    skipped = {skip["name"]: skip["reason"] for skip in results["skipped"]}
    assert list(skipped.values()) == ["it uses 1 host, and the case asks for 2"]


def test_what_a_launcher_says_before_there_is_a_cell_is_the_reason(far: Far) -> None:
    finished = far.run(backend="far,does=refuses")
    failure = next(f for f in far.results()["failures"] if f["case"]["nodes"] == 2)
    assert failure["kind"] == "launch" and failure["reason"].endswith(
        "it said: the launcher cannot reach a host"
    )
    assert finished.code == 1


def test_what_a_failed_sample_left_on_a_host_is_ended_before_the_next(far: Far) -> None:
    finished = far.run(backend="far,does=lingers")
    assert finished.code == 1 and with_word("breakeven-sample-") == []
    assert far.results()["context"]["breakeven"]["interrupted"] is False


def test_a_host_that_does_not_answer_ends_the_run_by_name(far: Far) -> None:
    far.agent.write_text("#!/bin/sh\nexit 255\n")
    finished = far.run(backend="far,does=refuses")
    assert finished.code == 1
    assert "host there does not answer, and may have processes of the last sample" in finished.err
    assert far.results()["context"]["breakeven"]["interrupted"] is True


def test_a_run_goes_on_only_with_the_same_hosts(far: Far) -> None:
    words = far.words()
    assert far.bench(*words).code == 0
    without = far.bench("run", "--resume", "out", "--rounds", "2")
    assert without.code == 2 and "give the same file by --hosts" in without.complaint
    file = str(far.bench.folder / "hosts.json")
    manifest = ["--backend-manifest", far.manifest()]
    again = far.bench("run", "--resume", "out", "--rounds", "2", "--hosts", file, *manifest)
    assert again.code == 0, again.err
    far.hosts["hosts"].append({"name": "elsewhere"})
    pathlib.Path(file).write_text(json.dumps(far.hosts))
    other = far.bench("run", "--resume", "out", "--rounds", "3", "--hosts", file, *manifest)
    assert other.code == 2 and "--resume" in other.complaint


def test_a_cluster_is_started_once_and_ends_with_the_run(far: Far) -> None:
    finished = far.run(session="stands", rounds=3)
    assert finished.code == 0, finished.err
    rows = [row for row in far.results()["benchmarks"] if "/far/" in row["name"]]
    children = far.starts.read_text().split()
    assert {row["breakeven"]["facts"]["session"] for row in rows} == {f"port {child}" for child in children}
    assert len(children) == 1 and not is_there(int(children[0]))


def test_a_cluster_that_a_failed_sample_used_is_made_anew(far: Far) -> None:
    far.run(session="stands", backend="far,does=refuses", rounds=2)
    children = [int(word) for word in far.starts.read_text().split()]
    assert len(children) == 4 and not any(is_there(child) for child in children)


def test_a_cluster_that_does_not_come_is_a_launch_failure(far: Far) -> None:
    finished = far.run(session="fails")
    failure = far.results()["failures"][0]
    assert failure["kind"] == "launch" and "ended before it stood" in failure["reason"]
    assert failure["reason"].endswith("it said: there is no room for a cluster") and finished.code == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_cluster_ends_however_the_run_ends(far: Far, number: int) -> None:
    words = far.words(session="stands", backend="far,does=hangs", deadline_s=60)
    process = subprocess.Popen(
        [str(PROGRAM), *words], cwd=far.bench.folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    end = time.monotonic() + 30
    while not far.starts.exists() or not with_word("far_start.py"):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(20)
    child = int(far.starts.read_text().split()[0])
    end = time.monotonic() + 20
    while (is_there(child) or with_word("far_cluster.py")) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_there(child) and with_word("far_cluster.py") == []
    for pid in with_word(
        "breakeven-sample-"
    ):  # on the "other host", whose ranks arm a timer in the real ones
        os.kill(pid, signal.SIGKILL)


def test_a_cluster_sleeps_during_samples_of_others(far: Far) -> None:
    far.agent.write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
    words = far.words(session="stands", rounds=200)
    process = subprocess.Popen(
        [str(PROGRAM), *words], cwd=far.bench.folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    states: set[str] = set()
    end = time.monotonic() + 30
    while time.monotonic() < end and not {"T", "S"} <= states:
        if far.starts.exists() and (words := far.starts.read_text().split()):
            states.add(pathlib.Path(f"/proc/{words[0]}/stat").read_text().rsplit(")", 1)[1].split()[0])
    process.terminate()
    process.wait(20)
    assert {"T", "S"} <= states


def test_slurms_allocation_says_the_hosts(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = far.bench.folder / "tools"
    tools.mkdir()
    (tools / "scontrol").write_text('#!/bin/sh\n[ "$3" = "n[1-3]" ] && hostname && printf "n2\\nn3\\n"\n')
    (tools / "scontrol").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_NODELIST", "n[1-3]")
    monkeypatch.setenv("SLURM_TASKS_PER_NODE", "4(x2),2")
    grid = {
        "workload": "factorize",
        "tasks": 3,
        "backends": ["far"],
        "workers": "slots",
        "nodes": "doubling",
        "ceiling": False,
    }
    words = [
        "run",
        far.bench.suite(grids=[grid]),
        "--hosts",
        "slurm",
        "--backend-manifest",
        far.manifest(),
        "--dry-run",
    ]
    finished = far.bench(*words)
    assert finished.code == 0, finished.err
    names = [line for line in finished.out.splitlines() if "/far/" in line and not line.startswith("skipped")]
    assert [name.split("/far/")[1].split()[0] for name in names] == ["workers=4/map", "workers=8/map/nodes=2"]
    assert "skipped: factorize/tasks=3/in=0/out=0/far/workers=10/map/nodes=3: it uses 2 hosts" in finished.out
    monkeypatch.delenv("SLURM_JOB_NODELIST")
    assert "there is no allocation (SLURM_JOB_NODELIST)" in far.bench(*words).complaint
