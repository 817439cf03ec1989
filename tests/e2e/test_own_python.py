"""A user's own Python function through Python's pools: `measure --python module:function`."""

from __future__ import annotations

import pickle
import textwrap
from typing import Any

import pytest
from program import Bench, Finished

WORK = """
    def total(numbers):
        return sum(n * n for n in numbers)

    inputs = [list(range(300)) for _ in range(12)]
"""


def module(bench: Bench, text: str, name: str = "work.py") -> None:
    (bench.folder / name).write_text(textwrap.dedent(text))


def measure(bench: Bench, function: str, *words: str) -> Finished:
    return bench("measure", "--python", function, "--rounds", "2", "--out", "out/r.json", *words)


def rows(bench: Bench) -> list[dict[str, Any]]:
    return bench.results("out/r.json")["benchmarks"]


def test_a_function_goes_through_pythons_pools_beside_the_plain_loop(bench: Bench) -> None:
    module(bench, WORK)
    finished = measure(bench, "work:total")
    assert finished.code == 0, finished.err
    assert {row["breakeven"]["case"]["backend"] for row in rows(bench)} == {
        "py_serial",
        "py_thread_pool",
        "py_process_pool",
        "py_mp_pool",
    }
    assert {row["breakeven"]["case"]["tasks"] for row in rows(bench)} == {12}
    assert "python/work:total" in finished.out


def test_the_bytes_are_those_of_the_pickles(bench: Bench) -> None:
    module(bench, "def size(data):\n    return len(data)\n\ninputs = [bytes(5000) for _ in range(8)]\n")
    assert measure(bench, "work:size").code == 0
    moved = {row["breakeven"]["case"]["backend"]: row["breakeven"]["bytes_moved"] for row in rows(bench)}
    assert moved["py_thread_pool"] == 0 and 8 * 5000 < moved["py_process_pool"] < 8 * 5200
    assert {row["breakeven"]["case"]["in_bytes"] for row in rows(bench)} == {len(pickle.dumps(bytes(5000)))}


def test_results_are_compared_by_the_cell_which_says_so(bench: Bench) -> None:
    module(bench, WORK)
    measure(bench, "work:total")
    assert all(row["breakeven"]["compared"]["by"] == "cell" for row in rows(bench))


@pytest.mark.parametrize(
    "inputs",
    [
        "def make():\n    yield from range(5)\n",
        "make = iter(range(5))\n",
        "make = {1, 2, 3, 4, 5}\n",
        "import os\n\n\ndef make():\n    return [float(line) for line in open('numbers.txt')]\n",
    ],
)
def test_inputs_are_whatever_can_be_iterated_and_relative_paths_hold(bench: Bench, inputs: str) -> None:
    (bench.folder / "numbers.txt").write_text("1\n2\n3\n4\n5\n")
    module(bench, "def twice(n):\n    return 2 * n\n")
    module(bench, inputs, "source.py")
    finished = measure(bench, "work:twice", "--inputs", "source:make")
    assert finished.code == 0, finished.err
    assert {row["breakeven"]["case"]["tasks"] for row in rows(bench)} == {5}


@pytest.mark.parametrize(
    "text, function, words, says",
    [
        (WORK, "work", (), "write MODULE:FUNCTION"),
        (WORK, "work:nothing", (), "work has no nothing"),
        (WORK, "nowhere:f", (), "module nowhere cannot be imported: ModuleNotFoundError"),
        (WORK, "work:inputs", (), "work:inputs is a list, and not a function"),
        ("def f(x):\n    return x\n", "work:f", (), "work has no inputs"),
        ("def f(x):\n    return x\ninputs = []\n", "work:f", (), "work:inputs holds no inputs"),
        ("def f(x):\n    return x\ninputs = 5\n", "work:f", (), "gives no inputs: TypeError"),
        (
            "def f(x):\n    return 1 / x\ninputs = [1, 2, 0]\n",
            "work:f",
            (),
            "fails for input 2: ZeroDivisionError",
        ),
        ("this is no Python", "work:f", (), "module work cannot be imported: SyntaxError"),
        (WORK, "work:total", ("--tasks", "13"), "there are 12 inputs, and 13 tasks are asked for"),
        (WORK, "work:total", ("--task", "5us"), "--task is what --python says itself"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    bench: Bench, text: str, function: str, words: tuple[str, ...], says: str
) -> None:
    module(bench, text)
    finished = measure(bench, function, *words)
    assert finished.code == 2 and says in finished.err, finished.err
    assert "Traceback" not in finished.err and not (bench.folder / "out").exists()


def test_a_function_that_is_not_pure_is_named(bench: Bench) -> None:
    module(
        bench,
        "calls = []\n\n\ndef f(x):\n    calls.append(x)\n    return len(calls)\n\n\ninputs = range(4)\n",
    )
    finished = measure(bench, "work:f", "--backend", "py_thread_pool")
    assert "two plain loops differ: the function is not pure: task 0 gives" in finished.err


def test_what_cannot_be_pickled_runs_in_threads_alone(bench: Bench) -> None:
    module(
        bench,
        "import threading\n\n\ndef f(lock):\n    return 1\n\n\n"
        "def inputs():\n    return [threading.Lock() for _ in range(4)]\n",
    )
    finished = measure(bench, "work:f")
    assert finished.code == 1
    assert {row["breakeven"]["case"]["backend"] for row in rows(bench)} == {"py_serial", "py_thread_pool"}
    assert "cannot pickle '_thread.lock' object" in finished.err


def test_a_users_module_never_stands_before_the_library(bench: Bench) -> None:
    module(bench, WORK)
    module(bench, "raise SystemExit('shadowed')\n", "queue.py")
    assert measure(bench, "work:total", "--backend", "py_process_pool").code == 0


def test_a_suite_names_a_function_as_its_workload(bench: Bench) -> None:
    module(bench, WORK)
    grid = {"workload": "python/work:total", "ceiling": False, "backends": ["py_mp_pool", "thread_pool"]}
    finished = bench("run", bench.suite(grids=[grid]), "--out", "out/r.json")
    assert finished.code == 0, finished.err
    skipped = bench.results("out/r.json")["skipped"]
    assert [one["reason"] for one in skipped] == ["only a cell of its own language can run python/work:total"]


def test_a_file_of_ones_own_function_is_summed_up_taken_up_again_and_reported(bench: Bench) -> None:
    module(bench, WORK)
    measure(bench, "work:total", "--backend", "py_mp_pool")
    assert bench("run", "--resume", "out/r.json", "--rounds", "3").code == 0
    assert "py_mp_pool" in bench("summary", "out/r.json").out
    assert bench("report", "out/r.json").code == 0
