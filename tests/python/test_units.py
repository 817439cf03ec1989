"""Numbers as people read them."""

from __future__ import annotations

import pytest

from analysis.show import units


@pytest.mark.parametrize(
    "ns, text",
    [
        (0.31, "0.310 ns"), (1.0, "1.00 ns"), (999.4, "999 ns"), (999.6, "1.00 µs"), (16.5e6, "16.5 ms"),
        (190e6, "190 ms"), (3.2e9, "3.20 s"), (7.2e12, "7,200 s"),
    ],
)
def test_time(ns, text):
    assert units.time(ns) == text


@pytest.mark.parametrize("ns, text", [(20e3, "20 µs"), (1e6, "1 ms"), (2.5e3, "2.5 µs"), (5, "5 ns")])
def test_round_time_has_no_needless_zeros(ns, text):
    assert units.round_time(ns) == text


@pytest.mark.parametrize(
    "count, text",
    [(0, "0 B"), (64, "64 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"), (5 << 30, "5 GiB")],
)
def test_size(count, text):
    assert units.size(count) == text


@pytest.mark.parametrize(
    "value, text", [(1.984, "1.98×"), (0.987, "0.99×"), (0.0213, "0.021×"), (15.84, "15.8×"), (128.0, "128×")]
)
def test_ratio(value, text):
    assert units.ratio(value) == text


def test_count_has_a_plural():
    assert [units.count(n, "task") for n in (0, 1, 10_000)] == ["0 tasks", "1 task", "10,000 tasks"]


def test_terminal_text_holds_no_control_code():
    assert units.ascii_text("\x1b[31m2 µs · 1.9×\n\u202e") == "?[31m2 us - 1.9x??"
