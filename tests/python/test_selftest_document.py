"""docs/method.md shows what the committed data says, and nothing that somebody typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.files import document
from analysis.features.intervals import data as data_file, judge, plan, report

ROOT = Path(__file__).resolve().parents[2]
DATA = sorted((ROOT / "results" / "reference").glob("self-test-intervals*.json.gz"))
PAGE = ROOT / "docs" / "method.md"


def test_the_page_shows_what_the_committed_data_says():
    tests = [data_file.read(path) for path in DATA]
    shown = document.places(document.read(PAGE), report.MARK)
    assert shown == report.markdown(tests, judge.judge(*tests))


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_the_committed_data_is_whole_and_small(path):
    data = data_file.read(path)
    assert [run.seed for run in data.runs] == list(plan.SEEDS)
    assert path.stat().st_size < 1 << 20


def test_the_page_has_a_place_for_every_table():
    assert set(document.places(document.read(PAGE), report.MARK)) == {"intervals", "kinds", "each", "source"}
