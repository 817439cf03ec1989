"""Advice: the ranking, break-even points, chunk, one sentence why, and where it extrapolates."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path

import builder
import pytest
from builder import Block, Shape, Way

from analysis.files import program
from analysis.statistics import model
from analysis.features.advise import answer, text
from analysis.features.advise.question import Question
from analysis.cli import main

CHECK = Path(__file__).resolve().parents[2] / "bench" / "verify" / "advice.py"


@pytest.fixture
def fitted(evaluate):
    return model.fit(evaluate(builder.grid(), rounds=6, noise=0.002))


@pytest.fixture
def file(file_of):
    return file_of(builder.result_file(builder.grid(), rounds=4, suite="grid"))


def ask(fitted, task_ns=2e5, into=0, out=0, tasks=1000, workers=2):
    return answer.answer(fitted, Question(task_ns, into, out, tasks, workers))


def choice(advice, backend):
    return next(one for one in advice.choices if one.backend == backend)


def test_backends_are_ranked_by_predicted_time(fitted):
    advice = ask(fitted, task_ns=2e4, into=64 << 10, out=64 << 10, tasks=400)
    assert [one.backend for one in advice.choices] == ["thread_pool", "std_async", "fork_pool/pipe"]
    times = [one.prediction.time_ns.value for one in advice.choices]
    assert times == sorted(times)


def test_a_prediction_is_near_the_truth(fitted):
    truth = builder.model_speedup("fork_pool/pipe", 1e5, 200, 2, 2, 2 * 16384, False)
    advice = ask(fitted, task_ns=1e5, into=16384, out=16384, tasks=200)
    assert choice(advice, "fork_pool/pipe").prediction.speedup.value == pytest.approx(truth, rel=0.1)


def test_break_even_points_lie_where_the_truth_crosses_1(fitted):
    found = choice(ask(fitted, task_ns=2e4, tasks=400), "std_async").pays_from_task_ns
    assert builder.model_speedup("std_async", 0.7 * found, 400, 2, 2, 0, False) < 1
    assert builder.model_speedup("std_async", 1.4 * found, 400, 2, 2, 0, False) > 1


def test_a_payload_that_eats_the_gain_is_named(fitted):
    found = choice(ask(fitted, task_ns=2e4, tasks=400), "fork_pool/pipe").pays_up_to_bytes
    assert builder.model_speedup("fork_pool/pipe", 2e4, 400, 2, 2, 0.7 * found, False) > 1
    assert builder.model_speedup("fork_pool/pipe", 2e4, 400, 2, 2, 1.4 * found, False) < 1


def test_where_nothing_pays_the_plain_loop_is_advised(fitted):
    advice = ask(fitted, task_ns=1e3, tasks=4)
    assert advice.best is None
    assert text.reason(advice).startswith("Stay with the plain loop")


def test_backends_that_are_as_good_are_named(evaluate):
    blocks = builder.grid(("thread_pool", "openmp"))
    advice = ask(model.fit(evaluate(blocks, rounds=4, noise=0.001)), task_ns=1e6)
    assert "(as good: " in text.reason(advice)


def test_outside_the_measured_shapes_it_says_that_it_extrapolates(fitted):
    assert not choice(ask(fitted, tasks=400), "std_async").beyond
    beyond = choice(ask(fitted, task_ns=5e9, workers=16), "std_async").beyond
    assert beyond == ("task of 5 s (measured: 1 µs to 1 ms)", "tasks 1,000 (measured: 30 to 1,000)")[:1] + (
        "workers 16 (measured: 1 to 2)",
    )


def test_a_chunk_is_advised_where_the_default_is_worse(evaluate):
    """Default hands out tasks one by one at 2 us each; chunks cost 2 us a chunk."""
    blocks = []
    for time in (1e3, 4e3, 16e3, 64e3):
        for tasks in (100, 200, 400, 800):
            shape = Shape("compute", tasks, cost=int(time), cost_ns=time, cost_label=f"{time:g}ns")
            serial = tasks * time

            def way(chunk):
                handed = tasks if chunk == "default" else 0.01 * tasks + tasks / chunk
                return Way("slow", serial / (1000 + serial / 2 + 2000 * handed), chunk=chunk)

            blocks.append(
                Block(shape, tuple(way(chunk) for chunk in ("default", 1, 8, 32)), serial_ns=serial)
            )
    fitted = model.fit(evaluate(blocks, rounds=3, noise=0.001))
    assert choice(ask(fitted, task_ns=2e3, tasks=800), "slow").chunk >= 8


def test_the_command_prints_ranking_reason_and_evidence(file, capsys):
    assert (
        main(["advise", str(file), "--task", "20us", "--in", "4KiB", "--back", "64B", "--tasks", "400"]) == 0
    )
    printed = capsys.readouterr().out
    assert "400 tasks of 20 us, 4 KiB in, 64 B out, 2 workers: the plain loop takes" in printed
    assert "Use thread_pool" in printed
    assert "cases of compute, baseline serial (suite grid" in printed
    assert "shapes held out: median" in printed
    assert "Extrapolates" not in printed and printed.isascii()


def test_more_workers_than_cores_are_told_from_more_cores(file_of, capsys):
    file = file_of(builder.result_file(builder.grid(), rounds=6))
    assert main(["advise", str(file), "--task", "20us", "--tasks", "400", "--workers", "8"]) == 0
    said = capsys.readouterr().out
    assert "This is what 8 workers gain on the 2 cores of that machine." in said
    assert main(["advise", str(file), "--task", "20us", "--tasks", "400", "--workers", "2"]) == 0
    assert "gives a range" not in capsys.readouterr().out


@pytest.fixture
def processes(monkeypatch):
    """What the measuring program says of a file."""
    said = program.Answer((), ("fork_pool/pipe",))
    monkeypatch.setattr(program, "answer_of", lambda path: said)


def test_more_cores_than_the_files_are_answered_by_a_range(file_of, capsys, processes):
    file = file_of(builder.result_file(builder.grid(), rounds=6))
    assert main(["advise", str(file), "--task", "1ms", "--cores", "16", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["question"]["workers"], said["question"]["cores"]) == (16, 16)
    found = {choice["backend"]: choice for choice in said["choices"]}
    threads = found["thread_pool"]["speedup"]
    assert 8 < threads["low"] < threads["value"] < threads["high"] < 17
    for choice in said["choices"]:
        assert sum(choice["parts_ns"].values()) == pytest.approx(choice["time_ns"]["value"])
    assert main(["advise", str(file), "--task", "1ms", "--cores", "16"]) == 0
    text = capsys.readouterr().out
    assert "16 workers on 16 cores" in text and "like the 2 cores of that machine" in text and text.isascii()


def test_bytes_that_a_caller_may_copy_widen_the_range_of_processes_alone(file_of, capsys, processes):
    file = file_of(builder.result_file(builder.grid(), rounds=6))
    words = [
        "--task",
        "20us",
        "--in",
        "64KiB",
        "--back",
        "64KiB",
        "--tasks",
        "400",
        "--cores",
        "16",
        "--json",
    ]
    assert main(["advise", str(file), *words]) == 0
    choices = {choice["backend"]: choice for choice in json.loads(capsys.readouterr().out)["choices"]}
    pipe, threads = choices["fork_pool/pipe"]["speedup"], choices["thread_pool"]["speedup"]
    assert pipe["high"] / pipe["low"] > 1.5 * threads["high"] / threads["low"]


def test_cores_up_to_the_files_change_nothing_and_more_workers_than_cores_are_refused(
    file, capsys, processes
):
    shape = ["advise", str(file), "--task", "20us", "--json"]
    answers = []
    for words in (["--cores", "2"], []):
        assert main([*shape, *words]) == 0
        answers.append(json.loads(capsys.readouterr().out)["choices"])
    assert answers[0] == answers[1]
    assert main([*shape, "--cores", "4", "--workers", "8"]) == 2
    assert "--workers 8: more than --cores 4" in capsys.readouterr().err


def test_json_says_the_same(file, capsys):
    assert main(["advise", str(file), "--task", "20us", "--tasks", "400", "--workers", "64", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["best"] == said["choices"][0]["backend"] == "thread_pool"
    assert said["choices"][0]["extrapolates"] == ["workers 64 (measured: 1 to 2)"]
    assert said["evidence"]["suite"] == "grid"


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--task", "200"], "a time such as 200us"),
        (["--task", "1us", "--in", "4XB"], "a size such as"),
        (["--task", "0us"], "--task must be"),
        (["--task", "1us", "--tasks", "0"], "not a count"),
        (["--task", "1us", "--skew", "9"], "--skew must be"),
        ([], "--task"),
        (["--task", "1us", "--skew", "nan"], "--skew"),
    ],
)
def test_a_wrong_question_gets_one_line_and_exit_code_2(file, words, complaint, capsys):
    assert main(["advise", str(file), *words]) == 2
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1


def test_a_file_without_enough_shapes_says_what_to_measure(file_of, capsys):
    assert (
        main(["advise", str(file_of(builder.result_file(builder.article(), rounds=2))), "--task", "1us"]) == 2
    )
    assert "breakeven run grid" in capsys.readouterr().err


@pytest.fixture
def check():
    spec = importlib.util.spec_from_file_location("check_advice", CHECK)
    module = sys.modules["check_advice"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_check_draws_shapes_that_can_be_measured(check):
    rng = random.Random(1)
    drawn = [check.draw(rng, 2) for _ in range(50)]
    assert all(1e6 <= one.tasks * one.task_ns <= 60e6 for one in drawn)
    assert len({one.in_bytes > 0 for one in drawn}) == 2


def test_the_check_compares_the_advised_with_the_fastest(check, evaluate, fitted):
    shape = Shape("compute", 100, cost=1000, cost_ns=1e5)
    measured = evaluate([Block(shape, (Way("thread_pool", 1.5), Way("std_async", 1.8)))], noise=1e-9)
    advised = choice(ask(fitted), "thread_pool")
    outcome = check.judge(Question(1e5, 0, 0, 100, 2), advised, "serial", measured)
    assert outcome.fastest == "std_async" and outcome.behind == pytest.approx(1.2)
    assert not outcome.good
    assert check.sum_up([outcome]).text().startswith("advised backend best or within 5% of it: 0 of 1 shape;")


def test_the_check_knows_that_the_plain_loop_may_be_fastest(check, evaluate):
    shape = Shape("compute", 100, cost=1000, cost_ns=1e5)
    measured = evaluate([Block(shape, (Way("thread_pool", 0.5),))], noise=1e-9)
    question = Question(1e5, 0, 0, 100, 2)
    assert check.judge(question, None, "serial", measured).good
    assert check.judge(question, None, "serial", measured).fastest == "serial"


def test_memory_that_tasks_read_is_a_part_of_the_question(file, capsys):
    assert main(["advise", str(file), "--task", "200us", "--reads", "1MiB", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["question"]["read_bytes"] == 1 << 20
    assert any("reading" in words for one in said["choices"] for words in one["extrapolates"])
    assert main(["advise", str(file), "--task", "200us", "--reads", "1MiB"]) == 0
    assert "1 MiB read from memory" in capsys.readouterr().out
