"""Advice for a recorded loop: its tasks through each backend's schedule, its serial part, its passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import builder
import pytest

from analysis.cli import main
from analysis.features.advise import snippets
from analysis.files import profile
from analysis.statistics.model import schedules


def data_of(task_ns: list[float], **changes: Any) -> dict[str, Any]:
    tasks_ns = sum(task_ns)
    return {
        "breakeven_profile": 1,
        "site": "loop",
        "language": "c++",
        "command": ["./program"],
        "date": "2026-01-01",
        "machine": {"cpu": "Some CPU", "usable_cores": 2},
        "program_ns": tasks_ns,
        "tasks": len(task_ns),
        "threw": 0,
        "tasks_ns": tasks_ns,
        "wall_ns": tasks_ns,
        "recording_ns": 0,
        "cpu_ns": tasks_ns,
        "minor_faults": 0,
        "major_faults": 0,
        "task_ns": task_ns,
        "passes": [len(task_ns)],
        "sizes": [[0, 0, 0]],
        "unpicklable": "",
        **changes,
    }


@pytest.fixture
def asked(tmp_path: Path, file_of: Any, capsys: Any) -> Any:
    """advise --profile with these tasks, by the prices of a made-up grid, as JSON or text."""
    results = file_of(builder.result_file(builder.grid(), rounds=4, suite="grid"))

    def ask(task_ns: list[float], *words: str, **changes: Any) -> Any:
        path = tmp_path / "loop.profile.json"
        path.write_text(json.dumps(data_of(task_ns, **changes)))
        assert main(["advise", str(results), "--profile", str(path), *words]) == 0
        said = capsys.readouterr().out
        return json.loads(said) if "--json" in words else said

    return ask


def way(answer: Any, backend: str) -> Any:
    return next(one for one in answer["ways"] if one["backend"] == backend)


def test_equal_tasks_are_answered_as_a_question_in_numbers_is(asked, file_of, capsys):
    answer = asked([1e5] * 400, "--json")
    results = file_of(builder.result_file(builder.grid(), rounds=4, suite="grid"))
    assert main(["advise", str(results), "--task", "100us", "--tasks", "400", "--json"]) == 0
    plain = {one["backend"]: one for one in json.loads(capsys.readouterr().out)["choices"]}
    for backend in ("thread_pool", "std_async"):
        expected = plain[backend]["speedup"]["value"]
        assert way(answer, backend)["loop_speedup"]["value"] == pytest.approx(expected, rel=0.03)


def test_the_serial_part_bounds_what_the_program_gains(asked):
    answer = asked([1e6] * 100, "--json", program_ns=2e8)
    assert answer["serial_ns"] == 1e8 and answer["bound"] == 2
    best = answer["ways"][0]
    assert best["loop_speedup"]["value"] > 1.8 and 1.3 < best["program_speedup"]["value"] < 1.4
    assert "50% of the program is serial: no number of workers makes it more than 2.00x as fast" in asked(
        [1e6] * 100, program_ns=2e8
    )


def test_one_giant_task_bounds_every_backend(asked):
    answer = asked([1e5] * 50 + [1e7], "--json")
    assert all(one["loop_speedup"]["value"] < 1.5 for one in answer["ways"])


def test_tasks_cut_off_beforehand_lose_where_costs_fall(asked):
    answer = asked([1e6 * 0.97**i for i in range(200)], "--json")
    assert (
        way(answer, "std_async")["loop_speedup"]["value"]
        < way(answer, "thread_pool")["loop_speedup"]["value"]
    )


def test_passes_wait_for_each_other(asked):
    together = asked([1e5] * 30, "--json")
    apart = asked([1e5] * 30, "--json", passes=[1] * 30)
    assert way(together, "thread_pool")["loop_speedup"]["value"] > 1.5
    assert way(apart, "thread_pool")["loop_speedup"]["value"] <= 1.02


def test_bytes_make_processes_dear(asked):
    light = asked([2e4] * 400, "--json")
    heavy = asked([2e4] * 400, "--json", sizes=[[0, 1 << 20, 1 << 20]])
    assert (
        way(heavy, "fork_pool/pipe")["loop_ns"]["value"]
        > 2 * way(light, "fork_pool/pipe")["loop_ns"]["value"]
    )


def test_objects_that_are_dear_to_serialise_make_processes_dear(asked, monkeypatch):
    from analysis.files import program

    monkeypatch.setattr(program, "answer_of", lambda path: program.Answer((), ("fork_pool/pipe",)))
    cheap = asked([2e5] * 400, "--json")
    dear = asked([2e5] * 400, "--json", serialising_ns=[2e5, 0, 0, 0])
    added = way(dear, "fork_pool/pipe")["loop_ns"]["value"] - way(cheap, "fork_pool/pipe")["loop_ns"]["value"]
    assert added == pytest.approx(400 * 2e5)
    assert way(dear, "thread_pool")["loop_ns"] == way(cheap, "thread_pool")["loop_ns"]


def test_memory_that_is_used_for_the_first_time_is_paid_by_processes_and_once(asked, monkeypatch):
    from analysis.files import program

    monkeypatch.setattr(program, "answer_of", lambda path: program.Answer((), ("fork_pool/pipe",)))
    sizes = {"sizes": [[0, 50_000, 30_000]], "passes": [100, 300]}
    warm = asked([2e5] * 400, "--json", **sizes)
    cold = asked([2e5] * 400, "--json", first_touch_ns_per_byte=0.5, **sizes)
    added = way(cold, "fork_pool/pipe")["loop_ns"]["value"] - way(warm, "fork_pool/pipe")["loop_ns"]["value"]
    assert added == pytest.approx(100 * 80_000 * 0.5)  # of the first pass alone
    assert way(cold, "thread_pool")["loop_ns"] == way(warm, "thread_pool")["loop_ns"]


def test_more_cores_are_answered_by_a_range(asked, monkeypatch):
    from analysis.files import program

    monkeypatch.setattr(program, "answer_of", lambda path: program.Answer((), ("fork_pool/pipe",)))
    found = way(asked([1e6] * 1600, "--cores", "16", "--json"), "thread_pool")["loop_speedup"]
    assert 4 < found["low"] < found["value"] < found["high"] < 17


def test_the_answer_holds_the_code_for_the_winner(asked):
    said = asked([1e6] * 100)
    assert "pool.parallel_for(0, items.size()" in said and said.isascii()


@pytest.mark.parametrize(
    "backend",
    [
        "thread_pool",
        "openmp",
        "openmp,schedule=dynamic",
        "std_async",
        "fork_pool/shm",
        "py_thread_pool",
        "py_process_pool",
        "py_mp_pool",
    ],
)
def test_the_code_names_workers_and_chunk(backend):
    code = snippets.of(backend, 7, 32)
    assert "7" in code and len(code.splitlines()) <= 10
    assert ("32" in code) == (backend not in ("std_async", "py_thread_pool"))


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"breakeven_profile": 2}, "is a profile of form 2"),
        ({"tasks": 3}, "has more times or passes than its 3 tasks"),
        ({"task_ns": []}, "task_ns"),
        ({"language": "cobol"}, "language"),
        ({"tasks_ns": 1.0, "program_ns": 2.0}, "longer than all of them together"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(tmp_path, capsys, changes, says):
    path = tmp_path / "loop.profile.json"
    path.write_text(json.dumps({**data_of([1e5] * 10), **changes}))
    assert main(["advise", "--profile", str(path)]) == 2
    assert says in capsys.readouterr().err


def test_a_profile_that_is_not_there_is_said(tmp_path, capsys):
    assert main(["advise", "--profile", str(tmp_path / "x.profile.json")]) == 2
    assert "no such file; `breakeven record COMMAND` writes one" in capsys.readouterr().err


def test_prices_of_another_language_are_refused(tmp_path, file_of, capsys):
    results = file_of(builder.result_file(builder.grid(), rounds=4, suite="grid"))
    path = tmp_path / "loop.profile.json"
    path.write_text(json.dumps(data_of([1e5] * 10, language="python")))
    assert main(["advise", str(results), "--profile", str(path)]) == 2
    assert "give a file of suite grid-python" in capsys.readouterr().err


def test_a_question_in_numbers_and_a_profile_are_not_mixed(tmp_path, capsys):
    assert main(["advise", "--profile", str(tmp_path / "x"), "--task", "1ms"]) == 2
    assert "--task is what --profile knows itself" in capsys.readouterr().err


# --- schedules ---

SHAPES = {"equal": [1.0] * 64, "falling": [0.9**i for i in range(64)], "giant last": [1.0] * 63 + [30.0]}


@pytest.mark.parametrize("costs", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("schedule", [schedules.split, schedules.taken, schedules.own_loop])
@pytest.mark.parametrize("workers", [1, 2, 3, 8, 100])
def test_no_schedule_beats_the_bounds(costs, schedule, workers):
    ends = schedule(costs, workers)
    assert len(ends) == workers
    assert max(ends) >= max(max(costs), sum(costs) / workers) * (1 - 1e-9)
    assert max(ends) <= sum(costs) * (1 + 1e-9)


def test_the_pools_own_loop_is_the_one_of_its_code():
    """tests/cpp/loop_schedule_test.cpp has the same numbers from the pool itself."""
    costs = [i * 7 % 31 + (200 if i % 10 == 9 else 1) for i in range(100)]
    assert [max(schedules.own_loop(costs, workers)) for workers in (2, 3, 5)] == [1793, 1309, 735]


def test_the_shares_of_a_profile_add_up(tmp_path):
    found = profile.checked(tmp_path, data_of([1.0, 2.0, 3.0, 4.0], passes=[1, 3]))
    assert [times.tolist() for times in found.pass_times()] == [[1.0], [2.0, 3.0, 4.0]]
