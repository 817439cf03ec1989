"""What is kept of the advice's test, and what a report makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import builder
import pytest

from analysis.features import report
from analysis.files import results
from analysis.statistics import stats
from analysis.features.advise import trial
from analysis.features.advise.trial import Trial
from analysis.files.errors import BadResultFile

VERIFY = Path(__file__).resolve().parents[2] / "bench" / "verify" / "advice.py"
FOUND = Trial(shapes=20, good=19, near=1.05, median_error=0.012, worst_error=0.3)


@pytest.fixture
def loaded(file_of):
    return results.load(file_of(builder.result_file(builder.grid(), rounds=4, suite="grid")))


def test_what_was_kept_is_found_again(loaded):
    trial.keep(FOUND, loaded)
    assert trial.kept(loaded) == FOUND


def test_without_a_test_there_is_none(loaded):
    assert trial.kept(loaded) is None


def test_the_test_of_another_run_does_not_count(loaded):
    path = trial.keep(FOUND, loaded)
    data = json.loads(path.read_text())
    data["of"]["date"] = "2001-01-01T00:00:00"
    path.write_text(json.dumps(data))
    assert trial.kept(loaded) is None


@pytest.mark.parametrize(
    "change", [{"good": 21}, {"median_error": float("nan")}, {"shapes": "20"}, {"near": 0.5}, {"more": 1}]
)
def test_a_damaged_one_is_refused_in_one_line(loaded, change):
    path = trial.keep(FOUND, loaded)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadResultFile, match=r"advice\.json: is not what .*; delete it, or run that again$"):
        trial.kept(loaded)


def test_the_report_says_how_the_advice_did(loaded):
    trial.keep(FOUND, loaded)
    page = report.render([("mine", stats.evaluate(loaded))]).decode()
    assert "best or within 5% of it: 19 of 20 shapes; error of the predicted speed-up: median 1.2%" in page


def test_the_report_says_that_the_advice_was_not_tested(loaded):
    page = report.render([("mine", stats.evaluate(loaded))]).decode()
    assert "not done with this file" in page and "bench/verify/advice.py" in page


def verified(loaded):
    """The test of the advice, with no program to measure by."""
    words = [sys.executable, str(VERIFY), str(loaded.path), "--unless-kept", "--program", "/no/such/program"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_advice_that_was_tested_is_not_measured_anew(loaded):
    trial.keep(FOUND, loaded)
    done = verified(loaded)
    assert (done.returncode, done.stdout) == (0, FOUND.text() + "\n")


def test_advice_that_was_not_tested_is_measured(loaded):
    done = verified(loaded)
    assert done.returncode == 2 and "/no/such/program" in done.stderr
