"""The samples: a dot for each paired speed-up, the median, both modes of a bimodal case."""

from __future__ import annotations

import builder
import charting
import numpy as np
import pytest
from builder import Block, Shape, Way

from analysis.files import results
from analysis.statistics import stats

PAIR = [Block(Shape(), (Way("pool", 1.8), Way("other", 1.2)))]


def with_modes(file_of, modes):
    data = builder.result_file(PAIR, noise=1e-9)
    name = next(row["name"] for row in data["benchmarks"] if row["breakeven"]["case"]["backend"] == "pool")
    data["context"]["breakeven"]["cases"] = [
        {"name": name, "stop": "bimodal", "rounds": 12, "precision": 0.1, "modes": modes}
    ]
    return stats.evaluate(results.load(file_of(data)))


def medians(axes):
    return sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_gid() == "median")


def test_each_sample_is_a_dot_at_its_paired_speed_up(evaluate):
    (axes,) = charting.only(evaluate(PAIR, noise=1e-9), "distribution").axes
    assert np.allclose(charting.lines(axes)["pool"].get_xdata(), [1.8] * 12)
    assert medians(axes) == pytest.approx([1.2, 1.8])
    assert axes.get_xlabel() == "speed-up over the baseline"


def test_the_dots_spread_about_their_median(evaluate):
    (axes,) = charting.only(evaluate(PAIR, noise=0.05), "distribution").axes
    assert np.median(charting.lines(axes)["pool"].get_xdata()) == pytest.approx(medians(axes)[1])


def test_a_bimodal_case_shows_both_modes_with_their_shares(file_of):
    modes = [
        {
            "build": "head",
            "mode": "near",
            "rounds": 7,
            "share": 0.6,
            "speedup": 1.9,
            "low": 1.85,
            "high": 1.95,
        },
        {
            "build": "head",
            "mode": "far",
            "rounds": 5,
            "share": 0.4,
            "speedup": 1.4,
            "low": None,
            "high": None,
        },
    ]
    figure = charting.only(with_modes(file_of, modes), "distribution")
    assert medians(figure.axes[0]) == pytest.approx([1.2, 1.4, 1.9])
    assert "1.90× (near 60%) or 1.40× (far 40%)" in charting.words(figure)


def test_a_file_without_modes_shows_one_median(file_of):
    (axes,) = charting.only(with_modes(file_of, []), "distribution").axes
    assert len(medians(axes)) == 2


def test_too_few_rounds_or_one_backend_are_no_distribution(evaluate):
    assert not charting.figures(evaluate(PAIR, rounds=5), "distribution")
    assert not charting.figures(evaluate([Block(Shape(), (Way("pool", 1.8),))]), "distribution")


def test_a_swept_workload_shows_the_shape_that_is_known_least(evaluate):
    figure = charting.figures(evaluate(builder.plane(("thread_pool", "openmp"))), "distribution")
    assert len(figure) == 1
