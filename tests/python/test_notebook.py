"""`breakeven.measure(function, inputs)`, as a notebook calls it."""

from __future__ import annotations

import threading

import pytest

import analysis
from analysis.files.errors import MissingDependency, UsageError
from analysis import notebook


def double(text):
    return text * 2


@pytest.fixture(scope="module")
def measured():
    return analysis.measure(double, ["x" * 1000] * 8, workers=2, budget="6s")


def test_a_function_is_ranked_with_its_speed_ups(measured):
    backends = {row["backend"] for row in measured.rows}
    assert backends == {"py_serial", "py_thread_pool", "py_process_pool", "py_mp_pool"}
    times = [row["time_ns"] for row in measured.rows]
    assert times == sorted(times)
    assert all(row["speedup"] > 0 for row in measured.rows if row["backend"] != "py_serial")
    assert "py_mp_pool" in str(measured) and "base" in str(measured)


def test_a_notebook_shows_table_and_figure(measured):
    shown = measured._repr_html_()
    assert "<table>" in shown and "<svg" in shown and "py_thread_pool" in shown
    assert measured.figure().get_axes()


def test_no_inputs_are_refused():
    with pytest.raises(UsageError, match="no inputs"):
        analysis.measure(double, [])


def test_what_cannot_be_pickled_is_said():
    with pytest.raises(UsageError, match="cannot be pickled"):
        analysis.measure(double, [threading.Lock()])


def test_a_function_of_the_notebook_itself_needs_cloudpickle(monkeypatch):
    monkeypatch.setattr(notebook, "_cloudpickle", lambda: None)
    monkeypatch.setattr(double, "__module__", "__main__")
    with pytest.raises(MissingDependency, match="python3-cloudpickle"):
        analysis.measure(double, ["x"])
