"""Speed-up against workers: series, references, scales, words."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import Block, Shape, Way

SMALL = ("thread_pool", "openmp", "std_async")


def strong(counts=(1, 2, 4), speedup=lambda n: 0.9 * n, ceiling=True):
    ways = tuple(Way("pool", speedup(n), workers=n) for n in counts)
    return Block(Shape(), ways, ceilings=tuple((n, float(n)) for n in counts) if ceiling else ())


def test_a_line_has_the_speed_up_at_each_number_of_workers(evaluate):
    (axes,) = charting.only(evaluate([strong()], noise=1e-9), "workers").axes
    assert charting.shows(axes, "pool", [(1, 0.9), (2, 1.8), (4, 3.6)])


def test_ideal_and_ceiling_are_drawn(evaluate):
    (axes,) = charting.only(evaluate([strong()], noise=1e-9), "workers").axes
    assert charting.shows(axes, "ceiling", [(1, 1), (2, 2), (4, 4)])
    assert all(x == pytest.approx(y) for x, y in charting.points(axes, "ideal"))


def test_axes_are_logarithms_of_two_with_measured_ticks(evaluate):
    (axes,) = charting.only(evaluate([strong()]), "workers").axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "4"]
    assert axes.get_xlabel() == "workers"
    assert axes.get_ylabel() == "speed-up over the baseline"
    assert "2×" in [label.get_text() for label in axes.get_yticklabels()]


def test_few_series_have_bands_and_many_have_bars(evaluate):
    few = charting.only(evaluate([strong()]), "workers").axes[0]
    many = charting.only(evaluate([builder.scaling()[0]]), "workers").axes[0]
    assert [type(c).__name__ for c in few.collections] == ["PolyCollection"] * 2
    assert [type(c).__name__ for c in many.collections].count("LineCollection") == 12


def test_no_interval_is_drawn_where_there_are_too_few_rounds(evaluate):
    (axes,) = charting.only(evaluate([strong()], rounds=3), "workers").axes
    assert not axes.collections


def test_strong_and_weak_scaling_have_figures_of_their_own(evaluate):
    names = charting.figures(evaluate(builder.scaling(SMALL)), "workers")
    assert sorted(names) == ["workers-factorize-150tasks-weak", "workers-factorize-300tasks-strong"]
    assert "150 tasks per worker" in charting.words(names["workers-factorize-150tasks-weak"])


def test_one_line_per_backend_and_dispatch(evaluate):
    blocks = builder.scaling(SMALL, dispatches=("map", "submit"))[:1]
    (axes,) = charting.only(evaluate(blocks), "workers").axes
    names = {f"{backend} · {dispatch}" for backend in SMALL for dispatch in ("map", "submit")}
    assert set(charting.lines(axes)) == names | {"ceiling", "ideal"}
    styles = {charting.lines(axes)[f"openmp · {d}"].get_linestyle() for d in ("map", "submit")}
    assert len(styles) == 2


def test_more_lines_than_a_panel_can_hold_are_split_by_dispatch(evaluate):
    names = charting.figures(evaluate([builder.scaling(dispatches=("map", "submit"))[0]]), "workers")
    stem = "workers-factorize-300tasks-strong"
    assert sorted(names) == [f"{stem}-map", f"{stem}-submit"]


def test_it_says_where_the_cores_end(evaluate):
    assert "beyond 2 cores" in charting.words(charting.only(evaluate([strong()], cores=2), "workers"))
    assert "beyond" not in charting.words(charting.only(evaluate([strong()], cores=4), "workers"))


def test_no_break_even_is_claimed_between_two_numbers_of_workers(evaluate):
    block = strong(speedup=lambda n: 0.5 * n)
    (axes,) = charting.only(evaluate([block]), "workers").axes
    assert not [line for line in axes.lines if line.get_gid() == "break-even"]


def test_an_ideal_out_of_sight_is_left_out(evaluate):
    block = strong(counts=(16, 32), speedup=lambda n: 1.1, ceiling=False)
    (axes,) = charting.only(evaluate([block]), "workers").axes
    assert set(charting.lines(axes)) == {"pool"}


def test_title_and_footer_say_what_and_where(evaluate):
    words = charting.words(charting.only(evaluate([strong()], suite="scaling"), "workers"))
    assert "factorize: 300 tasks, no payload" in words
    assert "AMD EPYC Processor, 2 cores · Linux 6.1.0 · 2026-11-22 · suite scaling · 12 rounds" in words


def test_one_number_of_workers_is_no_chart(evaluate):
    assert not charting.figures(evaluate(builder.article()), "workers")


def test_the_fit_stands_beside_each_name_and_is_drawn_where_lines_are_few(evaluate):
    block = strong(speedup=lambda n: n / (1 + 0.1 * (n - 1)))
    figure = charting.only(evaluate([block], cores=4, noise=1e-9), "workers")
    assert "10 % of the work is not parallel" in charting.words(figure)
    assert "Amdahl's law" in charting.words(figure).replace("\n", " ")
    (curve,) = [line for line in figure.axes[0].lines if line.get_gid() == "fit"]
    assert curve.get_xdata()[-1] <= 4


def test_the_fit_of_weak_scaling_is_gustafsons(evaluate):
    names = charting.figures(evaluate(builder.scaling(SMALL, counts=(1, 2, 4), cores=4)), "workers")
    assert "Gustafson's law" in charting.words(names["workers-factorize-150tasks-weak"]).replace("\n", " ")
