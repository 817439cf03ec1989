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
