"""`breakeven doctor` from the command line: what it prints, for people and for programs."""

import json
import os
import pathlib
import subprocess
from typing import Any

import jsonschema
import pytest
from program import PROGRAM, ROOT, Bench

SCHEMA = json.loads((ROOT / "analysis" / "files" / "results.schema.json").read_text())


def check(document: dict[str, Any]) -> None:
    jsonschema.validate(document, {"definitions": SCHEMA["definitions"], "$ref": "#/definitions/doctor"})


def test_doctor_prints_what_the_schema_describes(bench: Bench) -> None:
    finished = bench("doctor", "--quick", "--json")
    assert finished.code == 0
    document = json.loads(finished.out)
    check(document)
    assert document["measured"]["spin"]["spins"] > 0


def test_the_score_is_one_line_with_one_number_and_what_it_means(bench: Bench) -> None:
    finished = bench("doctor", "--quick", "--score")
    assert finished.code == 0 and finished.out.count("\n") == 1
    word, number, *rest = finished.out.split()
    assert word == "score" and float(number) >= 0
    assert " ".join(rest).rpartition("): ")[2].split(":")[0] in ("calm", "usable", "disturbed")
    assert bench("doctor", "--score", "--json").code == 2


def test_doctor_says_in_words_what_it_found_and_how_to_mend_it(bench: Bench) -> None:
    finished = bench("doctor", "--quick")
    assert finished.code == 0
    assert "Measured in" in finished.out
    assert finished.out.count("    effect:  ") == finished.out.count("    fix: ")
    assert "measuring" in finished.err  # progress stays out of the answer


def test_doctor_examines_a_process_of_one_cpu(tmp_path: pathlib.Path) -> None:
    one = {min(os.sched_getaffinity(0))}
    process = subprocess.run(
        [str(PROGRAM), "doctor", "--quick", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: os.sched_setaffinity(0, one),
    )
    assert process.returncode == 0, process.stderr
    document = json.loads(process.stdout)
    check(document)
    assert document["measured"]["line"] is None
    assert "single_cpu" in [finding["id"] for finding in document["context"]["breakeven"]["findings"]]


@pytest.mark.parametrize("word", ["--quik", "now"])
def test_doctor_refuses_what_it_does_not_know(bench: Bench, word: str) -> None:
    finished = bench("doctor", word)
    assert finished.code == 2
    assert word in finished.complaint


def test_every_run_carries_its_machine_and_its_findings(bench: Bench) -> None:
    assert bench("run", bench.suite(rounds=1), "--out", "run/results.json").code == 0
    results = bench.results("run/results.json")
    jsonschema.validate(results, SCHEMA)
    own = results["context"]["breakeven"]
    assert own["machine"]["topology"]["affinity"] == sorted(os.sched_getaffinity(0))
    assert all(finding["remedy"] for finding in own["findings"])
