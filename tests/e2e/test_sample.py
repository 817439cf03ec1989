"""`breakeven sample`: any command as a sample, for the tools around."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from holding import TWO_HOLD
from program import Bench


def ask(bench: Bench, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    done = bench("sample", stdin="".join(json.dumps(one) + "\n" for one in questions))
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_each_line_is_a_command_and_its_answer_what_became_of_it(bench: Bench) -> None:
    first, second = ask(
        bench, {"words": ["sh", "-c", 'printf "$X"; pwd; exit 3'], "env": {"X": "a\u00e9"}, "folder": "/usr"},
        {"words": ["sh", "-c", "printf '\\377\\000'; kill -SEGV $$"]},
    )
    assert (first["exit_code"], first["signal"], first["out"]) == (3, 0, "a\u00c3\u00a9/usr\n")
    assert (second["signal"], second["out"]) == (11, "\u00ff\u0000")
    assert first["wall_ns"] > first["cpu_ns"] > 0 and first["peak_rss_bytes"] > 0
    assert "steal_ns" in first["covariates"] and "instructions" in first["covariates"]


def test_memory_is_that_of_all_processes_where_it_is_asked_for(bench: Bench) -> None:
    words = [sys.executable, "-c", TWO_HOLD, "64", "0.05"]
    watched, unwatched = ask(bench, {"words": words, "memory": True}, {"words": ["true"]})
    assert watched["exit_code"] == 0 and "pss_bytes" not in unwatched
    assert watched["pss_bytes"] > 2 * (64 << 20) > watched["peak_rss_bytes"] > 64 << 20


def test_what_does_not_end_is_ended_with_its_descendants(bench: Bench) -> None:
    (answer,) = ask(bench, {"words": ["sh", "-c", "setsid sleep 876543 & wait"], "deadline_s": 0.3})
    assert answer["timed_out"] and answer["strays"] >= 1


def test_what_cannot_be_started_is_an_answer_and_the_next_one_runs(bench: Bench) -> None:
    failed, fine = ask(bench, {"words": ["/no/such"]}, {"words": ["true"]})
    assert failed == {"error": "cannot run /no/such: No such file or directory"} and fine["exit_code"] == 0


def test_it_tells_the_machine_as_a_result_file_does(bench: Bench) -> None:
    (answer,) = ask(bench, {"machine": True})
    assert answer["breakeven"]["machine"]["cores"] >= 1 and answer["date"]


NO_QUESTIONS = ["", "[]", '{"words": []}', '{"words": ["true"], "wrds": 1}', '{"words": [1]}']
NO_QUESTIONS += ['{"words": ["true"], "env": {"A": 1}}', '{"words": ["true"], "deadline_s": -1}']


@pytest.mark.parametrize("text", NO_QUESTIONS)
def test_what_is_not_a_question_is_refused_in_one_line(bench: Bench, text: str) -> None:
    refused = bench("sample", stdin=text + "\n")
    assert refused.code == 2 and "sample" in refused.complaint


def request(backend: str, **outer: Any) -> dict[str, Any]:
    case = {
        "workload": "factorize", "backend": backend, "workers": 2, "tasks": 3, "in_bytes": 0, "out_bytes": 0,
        "cost": 0, "skew": 0, "dispatch": "map", "chunk": "default", "pool": "warm", "pin": "none",
    }
    return {"protocol": 1, "seed": 5, "iterations": 1, "batch": 1, "case": case, **outer}


def test_a_cell_is_judged_as_a_run_judges_it(bench: Bench) -> None:
    good, unsupported, told = ask(
        bench, {"cell": request("thread_pool"), "more": {"a_key_of_tomorrow": 1}},
        {"cell": request("py_serial")}, {"command": request("py_mp_pool")},
    )
    assert good["record"]["iterations"] == 1 and len(good["record"]["digest"]) == 8
    assert unsupported == {"unsupported": "it takes at most 1 workers"}
    assert told["words"][-1].endswith("cell.py") and told["request"]["options"]["api"] == "map"


def launched_by(bench: Bench, script: str) -> dict[str, Any]:
    """The answer of a cell whose launcher is this shell script."""
    launcher = bench.folder / "launcher"
    launcher.write_text(f"#!/bin/sh\n{script}\n")
    launcher.chmod(0o755)
    manifest = bench.folder / "far.json"
    backend = {"name": "far", "command": ["./cell"], "launcher": ["./launcher", "-n", "{ranks}"]}
    entry = {**backend, "ranks": "workers+1"}
    manifest.write_text(json.dumps({"breakeven_manifest": 1, "backends": [entry]}))
    question = json.dumps({"cell": request("far")}) + "\n"
    done = bench("sample", "--backend-manifest", str(manifest), stdin=question)
    return dict(json.loads(done.out))


def test_a_launcher_that_fails_is_a_kind_of_failure_with_its_first_and_last_words(bench: Bench) -> None:
    middle = "x" * 500
    words = ("--------", "no such host", middle, "========", "given up")
    script = "".join(f"echo {word} >&2; " for word in words) + "exit 3"
    answer = launched_by(bench, script)
    assert answer["failure_kind"] == "launch"
    reason = answer["reason"]
    assert reason.startswith("the sample exited with code 3; it said: no such host xxx")
    assert reason.endswith("xxx given up") and " ... " in reason and "---" not in reason


def test_a_launcher_gets_the_ranks_and_the_cell_with_its_request(bench: Bench) -> None:
    answer = launched_by(bench, 'echo "$1 $2 $3" >&2; exit 1')
    assert f"-n 3 {bench.folder}/cell" in answer["err"]
