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
    ("{", "not valid JSON"),
    ("[]", "expected an object"),
    ("{}", "request.protocol: is missing"),
    (cells.request({}, protocol=2), "request.protocol"),
    (cells.request({"workers": "two"}), "request.case.workers: expected a whole number"),
    (cells.request({"workers": True}), "request.case.workers: expected a whole number"),
    (cells.request({"tasks": -1}), "request.case.tasks"),
    (cells.request({"dispatch": "mapp"}), 'request.case.dispatch: expected submit or map, found "mapp"'),
    (cells.request({}, options=None), "request.options: is missing"),
    (cells.request({}, options=["kernel"]), "request.options: expected an object"),
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
        "startup_s",
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
    ({"backend": "py_tread_pool"}, "has no backend py_tread_pool"),
    ({"backend": "py_serial,kernel=c"}, 'request.options.kernel: expected native or python, found "c"'),
    ({"backend": "py_process_pool,start=no"}, "request.options.start: expected fork or"),
    ({"backend": "py_mp_pool,api=no"}, "request.options.api: expected imap or"),
])
def test_a_case_that_makes_no_sense_is_an_error(case: dict[str, Any], says: str) -> None:
    found = cells.sample(case, code=1)
    assert found["failure_kind"] == "error" and says in found["reason"]


def test_a_missing_native_kernel_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "environment", lambda: {"BREAKEVEN_KERNEL_LIBRARY": "/no/such/library.so"})
    found = cells.sample({"backend": "py_mp_pool,kernel=native", "workers": 2}, code=1)
    assert found["failure_kind"] == "error" and "/no/such/library.so" in found["reason"]


class Scripted(samples.Sample):
    """A sample whose runs take as long as the test says, by a clock of its own; it notes what it did."""

    def __init__(self, *run_s: float, case: dict[str, Any] | None = None, **changes: Any) -> None:
        """`run_s`: of the first run, the second and so on; of all that follow as the last."""
        super().__init__(requests.parse(cells.request(case or {}, **changes)), Watch(60))
        self._run_s = [*run_s]
        self.now = 0.0
        self.did: list[str] = []

    def _run_batch(self, runs: int, tasks: int | None = None) -> float:
        run_s = self._run_s.pop(0) if len(self._run_s) > 1 else self._run_s[0]
        elapsed = runs * run_s * (1 if tasks is None else tasks / len(self._inputs))
        self.now += elapsed
        self.did.append(f"{runs} x {tasks or len(self._inputs)}")
        return elapsed

    def prepare_and_time(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        def usage(members: object) -> dict[str, int]:
            self.did.append("usage")
            return {}

        monkeypatch.setattr(samples, "perf_counter", lambda: self.now)
        monkeypatch.setattr(samples.processes, "usage", usage)
        self._time(self._prepare())
        return self.did


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
    scripted = Scripted(run_s, iterations=0, batch=0, min_time_s=min_time_s, min_iterations=min_iterations)
    assert scripted._calibrate() == (iterations, batch)


@pytest.mark.parametrize("runs_s, iterations, tried", [
    ((0.02, 0.01), 3, 2),  # the first batch of a process is slow: the least of two
    ((0.01, 0.02), 3, 2),
    ((0.001,), 30, 5),  # until 5 ms are spent
    ((0.25,), 1, 1),  # a long one: the first is typical
])
def test_calibration_takes_the_least_of_two_batches_or_of_5_ms(
    runs_s: tuple[float, ...], iterations: int, tried: int
) -> None:
    scripted = Scripted(*runs_s, iterations=0, batch=0, min_time_s=0.03)
    assert scripted._calibrate() == (iterations, 1)
    assert len(scripted.did) == tried


def test_the_rules_of_a_sample_are_the_requests() -> None:
    rules = {**cells.REQUEST["sampling"], "long_s": 0.4, "max_iterations": 2}
    scripted = Scripted(0.25, iterations=0, batch=0, min_time_s=1.0, sampling=rules)
    assert scripted._calibrate() == (2, 2)  # 0.25 s is not long any more; and no more than two iterations
    assert len(scripted.did) == 2


def test_a_request_without_its_rules_is_refused() -> None:
    text = json.dumps({**json.loads(cells.request({})), "sampling": {"settle_s": 0.005}})
    with pytest.raises(requests.UsageError, match="request.sampling.max_iterations: is missing"):
        requests.parse(text)


WARM, COLD = {"backend": "py_thread_pool"}, {"backend": "py_thread_pool", "pool": "cold"}


@pytest.mark.parametrize("case, run_s, untimed", [
    (WARM, 0.001, 3),  # batches of two: 6 ms
    (WARM, 0.004, 1),
    (COLD, 0.001, 1),  # there is nobody who could settle
])
def test_a_warm_pool_works_5_ms_directly_before_it_is_timed(
    monkeypatch: pytest.MonkeyPatch, case: dict[str, Any], run_s: float, untimed: int
) -> None:
    scripted = Scripted(run_s, case=case, iterations=4, batch=2)
    scripted._open()
    did = scripted.prepare_and_time(monkeypatch)
    assert did == ["2 x 4"] * untimed + ["usage"] + ["2 x 4"] * 4 + ["usage"]
    scripted.close()


def test_a_calibrated_sample_is_timed_directly_after_its_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(0.02, iterations=0, batch=0, min_time_s=0.03)
    assert scripted.prepare_and_time(monkeypatch) == ["1 x 4"] * 2 + ["usage"] + ["1 x 4"] * 2 + ["usage"]


@pytest.mark.parametrize("run_s, before", [(1.0, ["1 x 5"]), (0.1, ["1 x 5", "1 x 40"])])
def test_the_first_tasks_warm_a_long_job(
    monkeypatch: pytest.MonkeyPatch, run_s: float, before: list[str]
) -> None:
    scripted = Scripted(run_s, case={"tasks": 40}, iterations=1, batch=1)
    assert scripted.prepare_and_time(monkeypatch) == [*before, "usage", "1 x 40", "usage"]


def test_a_warm_pools_processes_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = {"backend": "py_process_pool", "workers": 2, "workload": "compute"}
    sample = samples.Sample(requests.parse(cells.request(case, iterations=3)), Watch(60))
    searches: list[list[int]] = []
    real = samples.processes.descendants

    def search(of: int | None = None) -> list[int]:
        found = real(of)
        if of is None:
            searches.append(found)
        return found

    monkeypatch.setattr(samples.processes, "descendants", search)
    record = sample.measure()
    assert len(searches) == 1 and len(searches[0]) >= 2
    assert record.covariates["voluntary_switches"] > 0


def test_a_calibrated_sample_says_what_it_chose() -> None:
    found = cells.sample({"workload": "compute", "tasks": 1}, iterations=0, batch=0)
    assert found["batch"] > 1 and 1 <= found["iterations"] <= 64
    assert len(found["iteration_ns"]) == found["iterations"]


def test_a_result_that_is_missing_or_too_short_is_a_wrong_tally(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = samples.Sample(requests.parse(cells.request({})), Watch(60))
    for wrong in (lambda inputs: [b""] * 3, lambda inputs: [b"\0" * 7] * 4):
        monkeypatch.setattr(sample, "_run_once", wrong)
        with pytest.raises(SampleFailure) as failure:
            sample.measure()
        assert failure.value.kind == "wrong_tally"


def test_a_sample_says_what_its_processes_used() -> None:
    for case in ({}, {"backend": "py_process_pool", "workers": 2, "dispatch": "map"}):
        covariates = cells.sample(case)["covariates"]
        assert set(covariates) == {
            "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults", "caller_cpu_ns",
            "workers_cpu_ns", "usage_ns",
        }
        assert all(value >= 0 for value in covariates.values()) and covariates["caller_cpu_ns"] > 0
