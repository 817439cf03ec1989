"""The Python pools in the program: listed, measured beside the C++ backends, contained when they break."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from program import BUILD, PROGRAM, Bench
from processes import busy_worker, eventually, session_members

NAMES = ["py_serial", "py_thread_pool", "py_process_pool", "py_mp_pool", "py_loky"]
INSTALLED = BUILD / "share/breakeven/manifests/python.json"


def backends(bench: Bench, *words: str) -> dict[str, dict[str, Any]]:
    listed = json.loads(bench("list", "--json", *words).out)
    return {backend["name"]: backend for backend in listed["backends"]}


def suite_of(bench: Bench, *names: str, **changes: Any) -> str:
    grid = {"workload": "factorize", "tasks": 6, "ceiling": False, "backends": list(names), **changes}
    return bench.suite(grids=[grid], rounds=1)


def rows_of(bench: Bench, suite: str) -> list[dict[str, Any]]:
    finished = bench("run", suite, "--out", "a/r.json")
    assert finished.code == 0, finished.err
    return [row["breakeven"] for row in bench.results("a/r.json")["benchmarks"]]


def installed() -> Any:
    """The installed manifest as it holds in any folder: its paths are relative to its own."""
    text = INSTALLED.read_text()
    for word in set(re.findall(r'"(\.\./[^"]*)"', text)):
        text = text.replace(f'"{word}"', json.dumps(os.path.normpath(INSTALLED.parent / word)))
    return json.loads(text)


def altered(bench: Bench, name: str, **changes: Any) -> str:
    """The installed manifest with one of its backends alone, under another name."""
    manifest = installed()
    entry = next(entry for entry in manifest["backends"] if entry["name"] == name)
    own = {"name": f"other_{name}", "baseline": "serial", "baseline_options": []}
    manifest["backends"] = [{**entry, **own, **changes}]
    path = bench.folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    return str(path)


def renaming_cell(folder: pathlib.Path) -> pathlib.Path:
    """The installed cell command, for a backend that has another name."""
    cell = installed()["defaults"]["command"][-1]
    path = folder / "cell.py"
    path.write_text(f"""
import json, runpy, sys
if __name__ == "__main__":
    request = json.loads(sys.argv[-1])
    request["case"]["backend"] = request["case"]["backend"].replace("other_", "")
    sys.argv[-1] = json.dumps(request)
    sys.path.insert(0, {str(pathlib.Path(cell).parent)!r})
    runpy.run_path({cell!r}, run_name="__main__")
""")
    return path


def started(bench: Bench, name: str, options: str, deadline_s: float) -> "subprocess.Popen[bytes]":
    """A run whose Python tasks take long enough to be disturbed, in a session of its own.

    Its baseline is the C++ one, which does not take long.
    """
    python = installed()["defaults"]["command"][0]
    manifest = altered(bench, name, command=[python, str(renaming_cell(bench.folder))])
    grid = {"workload": "compute", "cost": 20_000_000, "tasks": 2, "workers": 2, "ceiling": False,
            "backends": f"other_{name}{options}"}
    suite = bench.suite(grids=[grid], rounds=1, deadline_s=deadline_s)
    command = [str(PROGRAM), "run", suite, "--backend-manifest", manifest, "--out", "a/r.json"]
    return subprocess.Popen(
        command, cwd=bench.folder, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_list_shows_the_python_backends_with_their_options(bench: Bench) -> None:
    listed = backends(bench)
    assert set(NAMES) <= set(listed)
    for name in NAMES:
        options = {option["name"]: option["values"] for option in listed[name]["options"]}
        assert options["kernel"] == ["python", "native"]
        assert listed[name]["baseline"] == "py_serial"
    for name in ("py_process_pool", "py_mp_pool"):
        options = {option["name"]: option["values"] for option in listed[name]["options"]}
        assert options["start"] == ["fork", "forkserver", "spawn"]
    assert all(listed[name]["unavailable"] is None for name in NAMES if name != "py_loky")


def test_a_suite_measures_them_beside_the_cpp_backends_with_the_same_digests(bench: Bench) -> None:
    measured = ["thread_pool", "py_thread_pool", "py_process_pool", "py_mp_pool,kernel=native"]
    rows = rows_of(bench, suite_of(bench, *measured, dispatch=["map", "submit"]))
    assert len({row["digest"] for row in rows}) == 1
    baselines = {row["case"]["backend"]: row["baseline"] for row in rows}
    assert baselines == {
        "serial": "serial", "thread_pool": "serial", "py_serial": "py_serial", "py_thread_pool": "py_serial",
        "py_process_pool": "py_serial", "py_serial,kernel=native": "py_serial,kernel=native",
        "py_mp_pool,kernel=native": "py_serial,kernel=native",
    }
    facts = next(row["facts"] for row in rows if row["case"]["backend"] == "py_process_pool")
    assert facts["start_method"] == "fork" and facts["python"].startswith("3.")


def test_all_does_not_mean_them_and_runs_no_probe(bench: Bench) -> None:
    finished = bench("run", suite_of(bench, "all"), "--dry-run")
    assert finished.code == 0 and "thread_pool" in finished.out and "py_" not in finished.out


@pytest.mark.parametrize("backend, changes, says", [
    ("py_mp_pool", {"workload": "deflate", "in_bytes": "1KiB"}, "it has no workload deflate"),
    ("py_serial", {"workers": 2}, "at most 1 workers"),
    ("py_thread_pool", {"chunk": 2}, "takes no notice of chunksize"),
    ("py_process_pool", {"chunk": 2, "dispatch": "submit"}, "chunk applies to map"),
    ("py_mp_pool,api=imap", {"dispatch": "submit"}, "apply_async"),
    *((name, {"pool": "rested", "workers": 1}, "no rested pools") for name in NAMES[:-1]),
])
def test_what_makes_no_sense_is_skipped_with_the_reason(
    bench: Bench, backend: str, changes: dict[str, Any], says: str
) -> None:
    finished = bench("run", suite_of(bench, "thread_pool", backend, **changes), "--dry-run")
    lines = (finished.out + finished.err).splitlines()  # on standard error where nothing else is left
    # Cases that are skipped for the same reason share a line, which names the first of them.
    assert any(line.startswith("skipped:") and says in line for line in lines), lines


def test_too_old_a_python_is_unavailable_with_the_reason(bench: Bench) -> None:
    old = bench.folder / "old-python"
    old.write_text(f"""#!{sys.executable}
import runpy, sys
sys.version_info = (3, 8, 10, "final", 0)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
""")
    old.chmod(0o755)
    entry = installed()["defaults"]
    manifest = altered(bench, "py_process_pool", probe=[str(old), *entry["probe"][1:]])
    reason = backends(bench, "--backend-manifest", manifest)["other_py_process_pool"]["unavailable"]
    assert "Python 3.8.10" in reason and "3.9 or newer" in reason
    suite = suite_of(bench, "thread_pool", "other_py_process_pool")
    finished = bench("run", suite, "--backend-manifest", manifest, "--out", "a/r.json")
    assert finished.code == 0, finished.err
    assert [skipped["reason"] for skipped in bench.results("a/r.json")["skipped"]] == [reason]


def test_a_missing_module_is_unavailable_with_the_reason(bench: Bench) -> None:
    entry = installed()["defaults"]
    manifest = altered(bench, "py_process_pool", probe=[*entry["probe"], "no_such_module"])
    reason = backends(bench, "--backend-manifest", manifest)["other_py_process_pool"]["unavailable"]
    assert "no_such_module" in reason


def test_no_python_at_all_is_unavailable_with_the_reason(bench: Bench) -> None:
    manifest = altered(bench, "py_process_pool", probe=["no-such-python3", "probe.py"])
    reason = backends(bench, "--backend-manifest", manifest)["other_py_process_pool"]["unavailable"]
    assert "no-such-python3" in reason and "No such file" in reason


def test_a_manifest_that_lies_about_is_not_loaded(bench: Bench) -> None:
    (bench.folder / "manifests").mkdir()
    (bench.folder / "manifests" / "mine.json").write_text(json.dumps({
        "breakeven_manifest": 1, "backends": [{"name": "mine", "command": ["touch", "owned"]}],
    }))
    finished = bench("run", suite_of(bench, "mine"))
    assert finished.code == 2 and '"mine"' in finished.complaint
    assert not (bench.folder / "owned").exists()


@pytest.mark.parametrize("rule, says", [
    ({"when": {"dispach": "submit"}, "reason": "x"}, '"dispatch"'),
    ({"when": ["submit"], "reason": "x"}, "when"),
    ({"when": {"dispatch": "submit"}}, "reason"),
    ({"whenever": {}, "reason": "x"}, '"whenever"'),
])
def test_a_bad_rule_of_a_manifest_is_refused(bench: Bench, rule: dict[str, Any], says: str) -> None:
    manifest = altered(bench, "py_process_pool", skip=[rule])
    finished = bench("list", "--backend-manifest", manifest)
    assert finished.code == 2
    assert "backends[0].skip[0]" in finished.complaint and says in finished.complaint


def test_a_worker_killed_in_a_task_of_an_executor_is_a_failure(bench: Bench) -> None:
    run = started(bench, "py_process_pool", "", deadline_s=120)
    os.kill(eventually(lambda: busy_worker(run.pid, generation=2)), signal.SIGKILL)
    assert run.wait(timeout=300) == 1
    failure, = bench.results("a/r.json")["failures"]
    assert failure["kind"] == "lost" and "BrokenProcessPool" in failure["reason"]
    assert session_members(run.pid) == []


def test_a_pool_that_hangs_ends_at_the_deadline_and_the_entry_says_what_it_waited_for(bench: Bench) -> None:
    run = started(bench, "py_mp_pool", "", deadline_s=10)
    os.kill(eventually(lambda: busy_worker(run.pid, generation=2)), signal.SIGKILL)
    assert run.wait(timeout=300) == 1
    failure, = bench.results("a/r.json")["failures"]
    assert failure["kind"] == "timeout"
    assert "multiprocessing.Pool.map" in failure["reason"] and "has ended meanwhile" in failure["reason"]
    assert session_members(run.pid) == []


@pytest.mark.parametrize("start", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("backend", ["py_process_pool", "py_mp_pool"])
def test_workers_end_when_the_program_is_killed(bench: Bench, backend: str, start: str) -> None:
    run = started(bench, backend, "" if start == "fork" else f",start={start}", deadline_s=120)
    eventually(lambda: len(session_members(run.pid)) > 3)
    run.kill()
    run.wait()
    eventually(lambda: not session_members(run.pid))


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_modules_in_the_working_folder_are_not_taken_for_the_librarys(bench: Bench, start: str) -> None:
    for name in ("queue", "signal", "selectors"):
        (bench.folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    backend = f"py_process_pool,start={start}"
    suite = bench.suite(rounds=1, grids=[{"workload": "factorize", "tasks": 3, "backends": [backend]}])
    done = bench("run", suite, "--out", "a/results.json")
    assert done.code == 0, done.err
