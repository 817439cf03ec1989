"""The laws of scalability find the parameters that the points were made with."""

from __future__ import annotations

import pytest

from analysis.statistics import scalability


def made(law, counts):
    return [(n, law.speedup(n)) for n in counts]


def test_amdahls_serial_fraction_is_found():
    found = scalability.fit(made(scalability.Fit("Amdahl", 0.95, 0.08, 0), (1, 2, 4)), weak=False)
    assert (found.law, found.one_worker, found.serial) == ("Amdahl", pytest.approx(0.95), pytest.approx(0.08))
    assert found.text() == "8 % of the work is not parallel"


def test_four_numbers_of_workers_tell_crosstalk_from_contention():
    found = scalability.fit(made(scalability.Fit("USL", 1.0, 0.05, 0.002), (1, 2, 4, 8, 16)), weak=False)
    assert (found.serial, found.crosstalk) == (pytest.approx(0.05), pytest.approx(0.002))


def test_weak_scaling_follows_gustafson():
    found = scalability.fit(made(scalability.Fit("Gustafson", 0.98, 0.1, 0), (1, 2, 4)), weak=True)
    assert (found.one_worker, found.serial) == (pytest.approx(0.98), pytest.approx(0.1))


def test_more_than_ideal_is_no_negative_fraction():
    assert scalability.fit([(1, 1.0), (2, 2.2)], weak=False).serial == 0
    assert scalability.fit([(1, 1.0), (2, 2.2)], weak=True).serial == 0


def test_one_number_of_workers_has_no_fit():
    assert scalability.fit([(2, 1.9), (2, 1.8)], weak=False) is None
