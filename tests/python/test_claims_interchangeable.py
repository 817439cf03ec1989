"""Claim 5's table against Python itself: every cell is what the standard library's real calls give here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from analysis.features.claims.offers import OFFERS
from analysis.features.claims.probes.apis import Executor
from analysis.features.claims.probes.tasks import YES, Gate

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


class LateSecondTask:
    """An executor whose second task comes to the gate last of all."""

    def __init__(self):
        self.futures = []

    def submit(self, *_):
        self.futures.append(Future())
        return self.futures[-1]

    def shutdown(self, **_):
        for future in self.futures[:2]:
            future.set_running_or_notify_cancel()
        for future in self.futures[2:]:
            future.cancel()
        self.futures[0].set_result(True)
        threading.Timer(0.2, self.futures[1].set_result, [True]).start()


def test_a_task_that_was_handed_over_finds_its_gate_however_late_it_comes():
    executor = LateSecondTask()
    with Gate() as gate:
        assert Executor.drop(executor, gate) == YES
        assert executor.futures[1].done()


def test_features_have_names_of_their_own():
    assert len({offer.feature for offer in OFFERS}) == len(OFFERS)
