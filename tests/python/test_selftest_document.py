"""docs/method.md shows what the committed data says, and nothing that somebody typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import document
from analysis.selftest import command, data as data_file, judge, plan, report

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "results" / "reference" / command.DATA_NAME
PAGE = ROOT / "docs" / "method.md"


def test_the_page_shows_what_the_committed_data_says():
    if not DATA.exists():
        pytest.skip(f"no {DATA.relative_to(ROOT)} yet: `build/breakeven self-test --intervals` measures it")
    data = data_file.read(DATA)
    shown = document.places(document.read(PAGE), report.MARK)
    assert shown == report.markdown(data, judge.judge(data))
    assert len(data.runs) == len(plan.SEEDS) and [run.seed for run in data.runs] == list(plan.SEEDS)
    assert DATA.stat().st_size < 1 << 20


def test_the_page_has_a_place_for_every_table():
    assert set(document.places(document.read(PAGE), report.MARK)) == {"intervals", "kinds", "source"}
