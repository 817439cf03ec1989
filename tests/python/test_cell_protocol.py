"""The Python cell speaks protocol 1: what it refuses, what it prints, how it calibrates."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import cells
import pytest

from breakeven_cell import request as requests
from breakeven_cell import sample as samples
from breakeven_cell.record import SampleFailure
from breakeven_cell.watch import Watch


def command(text: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(cells.CELL), text], input=stdin, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("text, says", [
    ("{", "no valid JSON"),
    ("[]", "expected an object"),
    ("{}", "request.protocol: is missing"),
    (cells.request({}, protocol=2), "request.protocol"),
    (cells.request({"workers": "two"}), "request.case.workers: expected a whole number"),
    (cells.request({"workers": True}), "request.case.workers: expected a whole number"),
    (cells.request({"tasks": -1}), "request.case.tasks"),
    (cells.request({"dispatch": "mapp"}), 'request.case.dispatch: expected submit or map, found "mapp"'),
    (cells.request({"backend": "py_tread_pool"}), "py_thread_pool"),
    (cells.request({"backend": "py_serial,kernel=c"}), '"kernel=c" is no option of py_serial'),
    (cells.request({"backend": "py_thread_pool,start=fork"}), '"start=fork" is no option of py_thread_pool'),
    (cells.request({}, iterations=65), "at most 64"),
    (cells.request({}, iterations=0), "request.batch"),
])
def test_a_bad_request_is_refused_in_one_line(text: str, says: str) -> None:
    finished = command(text)
    assert finished.returncode == 2
    assert says in finished.stderr and len(finished.stderr.splitlines()) == 1
    assert finished.stdout == ""


def test_a_missing_request_is_refused() -> None:
    finished = subprocess.run([sys.executable, str(cells.CELL)], capture_output=True, text=True, timeout=120)
    assert finished.returncode == 2 and "request" in finished.stderr


def test_a_request_may_come_on_standard_input() -> None:
    finished = command("-", stdin=cells.request({}, iterations=3, batch=2))
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)["breakeven_sample"]
    assert (found["iterations"], found["batch"], len(found["iteration_ns"])) == (3, 2, 3)


def test_a_record_has_every_field_and_its_times_fit() -> None:
    found = cells.sample({"tasks": 3}, iterations=2, batch=2)
    assert set(found) == {
        "protocol", "iterations", "batch", "iteration_ns", "real_time_ns", "cpu_time_ns", "timed_s",
        "warmup_s", "bytes_moved", "losses", "digest", "facts", "covariates",
    }
    assert found["real_time_ns"] == pytest.approx(sum(found["iteration_ns"]) / 2)
    assert found["timed_s"] == pytest.approx(found["real_time_ns"] * 4 / 1e9)
    assert found["cpu_time_ns"] > 0
    assert found["facts"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["facts"]["executable"] == sys.executable
    assert found["facts"]["gil"] in ("on", "off")


@pytest.mark.parametrize("case, says", [
    ({"workers": 2}, "workers must be 1"),
    ({"backend": "py_thread_pool", "chunk": 5}, "chunksize"),
    ({"backend": "py_process_pool", "chunk": 5, "dispatch": "submit"}, "chunk applies to map"),
    ({"backend": "py_mp_pool,api=imap", "dispatch": "submit"}, "apply_async"),
    ({"workload": "mandelbrot"}, "mandelbrot"),
])
def test_a_case_that_makes_no_sense_is_an_error(case: dict[str, Any], says: str) -> None:
    found = cells.sample(case, code=1)
    assert found["failure_kind"] == "error" and says in found["reason"]


def test_a_wrong_digest_is_a_failure() -> None:
    found = cells.sample({}, code=1, expected_digest="deadbeef")
    assert found["failure_kind"] == "wrong_digest" and "deadbeef" in found["reason"]


def test_a_missing_native_kernel_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "environment", lambda: {"BREAKEVEN_KERNEL_LIBRARY": "/no/such/library.so"})
    found = cells.sample({"backend": "py_mp_pool,kernel=native", "workers": 2}, code=1)
    assert found["failure_kind"] == "error" and "/no/such/library.so" in found["reason"]


class Scripted(samples.Sample):
    """A sample whose runs take as long as the test says, per run."""

    def __init__(self, run_s: float, min_time_s: float, min_iterations: int) -> None:
        text = cells.request({}, iterations=0, batch=0, min_time_s=min_time_s, min_iterations=min_iterations)
        super().__init__(requests.parse(text), Watch(60))
        self._run_s = run_s

    def _run_batch(self, runs: int) -> float:
        return runs * self._run_s


@pytest.mark.parametrize("run_s, min_time_s, min_iterations, iterations, batch", [
    (1.0, 0.03, 1, 1, 1),  # one long run is enough
    (1.0, 0.03, 6, 6, 1),
    (0.01, 0.03, 1, 3, 1),
    (30e-6, 0.003, 1, 50, 2),  # a batch of 50 us or more
    (1e-6, 0.0, 1, 1, 64),
    (1e-3, 0.2, 1, 64, 4),  # at most 64 iterations, and the batch makes up for it
])
def test_calibration_is_that_of_the_cpp_cell(
    run_s: float, min_time_s: float, min_iterations: int, iterations: int, batch: int
) -> None:
    scripted = Scripted(run_s, min_time_s, min_iterations)
    assert scripted._calibrate(run_s) == (iterations, batch)


def test_a_calibrated_sample_says_what_it_chose() -> None:
    found = cells.sample({"workload": "compute", "tasks": 1}, iterations=0, batch=0)
    assert found["batch"] > 1 and 1 <= found["iterations"] <= 64
    assert len(found["iteration_ns"]) == found["iterations"]


def test_a_result_that_is_missing_or_too_short_is_a_wrong_tally(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = samples.Sample(requests.parse(cells.request({})), Watch(60))
    for wrong in (lambda: [b""] * 3, lambda: [b"\0" * 7] * 4):
        monkeypatch.setattr(sample, "_run_once", wrong)
        with pytest.raises(SampleFailure) as failure:
            sample._run_batch(1)
        assert failure.value.kind == "wrong_tally"


def test_a_sample_says_what_its_processes_used() -> None:
    for case in ({}, {"backend": "py_process_pool", "workers": 2, "dispatch": "map"}):
        covariates = cells.sample(case)["covariates"]
        assert set(covariates) == {
            "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults", "caller_cpu_ns",
            "workers_cpu_ns", "usage_ns",
        }
        assert all(value >= 0 for value in covariates.values()) and covariates["caller_cpu_ns"] > 0
