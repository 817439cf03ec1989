"""Claim 5's table against Python itself: every cell is what the standard library's real calls give here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.features.claims.offers import OFFERS

pytestmark = pytest.mark.xdist_group("claims interchangeable")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found():
    """What the probes say. They kill workers and leave calls hanging: each API has a process group."""
    return {api: probe(api) for api in ("executor", "pool")}


def probe(api):
    command = [sys.executable, "-c", "from analysis.features.claims import offers; offers.main()", api]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, err = process.communicate(timeout=240)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    assert process.returncode == 0, err[-2000:]
    return json.loads(out)


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.feature)
def test_both_apis_give_what_the_table_says(offer, found):
    assert found["executor"][offer.feature] == offer.executor
    assert found["pool"][offer.feature] == offer.pool


def test_features_have_names_of_their_own():
    assert len({offer.feature for offer in OFFERS}) == len(OFFERS)
