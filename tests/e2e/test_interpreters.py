"""Other Python interpreters beside the usual one: found, probed, named in a backend's spelling, skipped with
the reason.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from program import PROGRAM, Bench

# Answers the probe as a free-threaded 3.14 would, and is the usual interpreter for everything else.
FAKE = """#!/bin/sh
if [ "$1" = -c ]; then
  echo "a version manager has something to say"
  echo "breakeven-interpreter {label} {free} {gil} {pools}"
  exit 0
fi
exec {python} "$@"
"""


def fake(
    folder: pathlib.Path, name: str, label: str, free: int = 0, gil: int = 1, pools: int = 0
) -> pathlib.Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    usual = "/usr/bin/python3"
    path.write_text(FAKE.format(label=label, free=free, gil=gil, pools=pools, python=usual))
    path.chmod(0o755)
    return path


@pytest.fixture
def free(bench: Bench) -> pathlib.Path:
    return fake(bench.folder / "bin", "python3.14t", "3.14", free=1, gil=0)


def suite(bench: Bench, *backends: str) -> str:
    grid = {"workload": "factorize", "tasks": 3, "backends": list(backends), "ceiling": False}
    return bench.suite(rounds=1, grids=[grid])


def test_a_given_interpreter_is_measured_beside_the_usual_one(bench: Bench, free: pathlib.Path) -> None:
    words = ["run", suite(bench, "py_thread_pool"), "--interpreter", str(free), "--out", "out", "--quiet"]
    assert bench(*words).code == 0
    rows = {
        row["breakeven"]["case"]["backend"]: row for row in bench.results("out/results.json")["benchmarks"]
    }
    assert set(rows) == {
        "py_serial",
        "py_serial,python=3.14t",
        "py_thread_pool",
        "py_thread_pool,python=3.14t",
    }
    assert rows["py_thread_pool,python=3.14t"]["breakeven"]["baseline"] == "py_serial,python=3.14t"


def test_a_spelling_finds_it_on_the_path(
    bench: Bench, free: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{free.parent}:{os.environ['PATH']}")
    finished = bench("run", suite(bench, "py_thread_pool,python=3.14t"), "--dry-run")
    assert finished.code == 0 and "py_thread_pool,python=3.14t/workers" in finished.out


def test_a_run_is_taken_up_again_with_it(bench: Bench, free: pathlib.Path) -> None:
    words = ["run", suite(bench, "py_thread_pool"), "--interpreter", str(free), "--out", "out", "--quiet"]
    assert bench(*words).code == 0
    again = bench("run", "--resume", "out", "--rounds", "2", "--interpreter", str(free), "--quiet")
    assert again.code == 0, again.err


def test_a_version_that_is_not_there_is_refused_with_what_is(bench: Bench) -> None:
    finished = bench("run", suite(bench, "py_thread_pool,python=9.99"), "--dry-run")
    assert finished.code == 2 and "9.99" in finished.complaint and "default" in finished.complaint


def test_what_is_no_python_is_refused(bench: Bench) -> None:
    finished = bench("run", suite(bench, "py_thread_pool"), "--interpreter", "/bin/true", "--dry-run")
    assert finished.code == 2 and "--interpreter /bin/true: is no Python 3.9 or newer" in finished.complaint


def test_measure_adds_what_other_interpreters_have(bench: Bench, free: pathlib.Path) -> None:
    own = fake(bench.folder / "bin", "python3.13", "3.13", pools=1)
    (bench.folder / "mine.py").write_text("def double(one):\n    return 2 * one\n\ninputs = [1, 2, 3]\n")
    words = [
        "measure",
        "--python",
        "mine:double",
        "--interpreter",
        str(free),
        "--interpreter",
        str(own),
        "--dry-run",
    ]
    out = bench(*words).out
    assert "/py_thread_pool,python=3.14t/" in out and "/py_process_pool,python=3.14t/" in out
    assert "py_thread_pool,python=3.13" not in out and "py_interpreter_pool,python=3.14t" not in out
    # The fake has none of its own: its own probe says so.
    assert "skipped: " in out and "py_interpreter_pool,python=3.13" in out and "interpreters'" in out


def test_an_interpreter_that_cannot_import_the_function_is_skipped(bench: Bench, free: pathlib.Path) -> None:
    free.write_text(free.read_text().replace("exec ", "export PYTHON_IS=free\nexec "))
    (bench.folder / "mine.py").write_text(
        "import os\n"
        "if os.environ.get('PYTHON_IS'):\n"
        "    import a_module_that_only_the_usual_one_has\n"
        "def double(one):\n    return 2 * one\n\ninputs = [1, 2, 3]\n"
    )
    out = bench("measure", "--python", "mine:double", "--interpreter", str(free), "--dry-run").out
    reasons = [line for line in out.splitlines() if line.startswith("skipped: ")]
    assert reasons and all("a_module_that_only_the_usual_one_has" in line for line in reasons)


def newest() -> str | None:
    """A real interpreter with locks of its own, where one stands on PATH."""
    script = "import _interpreters, _interpqueues, zlib, ctypes"
    for name in ("python3.14", "python3.13"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", script], capture_output=True).returncode == 0:
            return path
    return None


@pytest.mark.skipif(newest() is None, reason="no Python 3.13 or newer is here")
def test_a_pool_of_interpreters_gives_the_plain_loops_answers(bench: Bench) -> None:
    path = newest()
    assert path is not None
    label = subprocess.run(
        [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
    ).stdout.strip()
    grid = {
        "workload": "factorize",
        "tasks": 30,
        "backends": [f"py_interpreter_pool,python={label}"],
        "payload": "70001",
        "dispatch": ["map", "submit"],
        "pool": ["warm", "cold"],
        "workers": 2,
        "ceiling": False,
    }
    words = ["run", bench.suite(rounds=1, grids=[grid]), "--interpreter", path, "--out", "out", "--quiet"]
    finished = bench(*words)
    assert finished.code == 0, finished.err
    rows = [row for row in bench.results("out/results.json")["benchmarks"] if "interpreter" in row["name"]]
    assert len(rows) == 4 and {row["breakeven"]["facts"]["python"][:4] for row in rows} == {label}


@pytest.mark.skipif(newest() is None, reason="no Python 3.13 or newer is here")
def test_conform_holds_the_pool_of_interpreters_to_the_protocol() -> None:
    words = [
        str(PROGRAM),
        "conform",
        "python",
        "--only",
        f"py_interpreter_pool,python={_label()}",
        "--check",
        "answers",
        "--check",
        "iterations",
        "--check",
        "impossible",
        "--json",
    ]
    ended = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PATH": _path()})
    rows = json.loads(ended.stdout)
    assert [row for row in rows if row["verdict"] == "failed"] == [] and len(rows) == 3, ended.stderr


def _path() -> str:
    return f"{pathlib.Path(newest() or '/').parent}:{os.environ['PATH']}"


def _label() -> str:
    return pathlib.Path(newest() or "python3.13").name.removeprefix("python")
