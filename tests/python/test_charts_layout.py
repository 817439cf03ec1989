"""Nothing overlaps and nothing leaves the page, with 12 backends and with hostile names."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import TWELVE_BACKENDS

from analysis.show import charts

pytestmark = pytest.mark.xdist_group("charts layout")

HOSTILE = dict(
    zip(
        TWELVE_BACKENDS,
        (
            "alpha", "b" * 90, "delta/shm," + "option=value," * 8, "$\\frac{a}{$", "x\u202ey\n\x1b[31m",
            "<script>&amp;", "golf", "hotel", "india", "juliet", "kilo", "lima\ud800",
        ),
    )
)
SUITES = {
    "article": lambda: builder.article(dispatches=("map", "submit")),
    "ipc-volume": builder.ipc_volume,
    "scaling": lambda: builder.scaling(counts=(1, 2, 4, 8, 16), cores=8),
    "every worker": lambda: builder.scaling(("thread_pool", "openmp"), counts=range(1, 33), cores=24),
    "task sizes": builder.task_sizes,
    "plane": builder.plane,
    "skewed": builder.skewed,
    "hostile names": lambda: builder.renamed(
        builder.ipc_volume() + builder.article(dispatches=("submit",)), HOSTILE
    ),
}


@pytest.fixture(params=SUITES, scope="module")
def drawn(request, tmp_path_factory):
    from analysis.files import results
    from analysis.statistics import stats

    path = tmp_path_factory.mktemp("layout") / "results.json"
    builder.write(path, builder.result_file(SUITES[request.param](), rounds=6, suite=request.param))
    evaluation = stats.evaluate(results.load(path))
    made = {name: figure for _, _, figures in charts.draw_all(evaluation) for name, figure in figures}
    assert made
    return made


def test_no_two_texts_overlap(drawn):
    assert {name: charting.overlaps(figure) for name, figure in drawn.items()} == {name: [] for name in drawn}


def test_no_text_leaves_the_page(drawn):
    assert {name: charting.outside(figure) for name, figure in drawn.items()} == {name: [] for name in drawn}


def test_every_axis_has_a_name(drawn):
    for figure in drawn.values():
        assert all(axes.get_xlabel() for axes in figure.axes)


def test_file_names_are_plain(drawn):
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-") for name in drawn)


@pytest.mark.parametrize("rounds, warned", [(5, True), (6, False)])
def test_a_chart_of_too_few_rounds_for_an_interval_says_so_across_the_plot(evaluate, rounds, warned):
    drawn = charts.draw_all(evaluate(builder.article(), rounds=rounds))
    figures = {name: figure for _, _, made in drawn for name, figure in made}
    assert figures
    for name, figure in figures.items():
        said = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert any(f"only {rounds} rounds: no interval" in words for words in said) is warned, name


def test_the_least_rounds_of_an_interval_are_the_statistics_own():
    from analysis.statistics import stats

    assert stats.median_interval([1.0] * stats.ROUNDS_OF_AN_INTERVAL).low is not None
    assert stats.median_interval([1.0] * (stats.ROUNDS_OF_AN_INTERVAL - 1)).low is None
