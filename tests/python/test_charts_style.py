"""Colours and markers: one per backend in all charts, apart from each other, stable."""

from __future__ import annotations

import builder
import charting
from builder import TWELVE_BACKENDS, Block, Shape, Way

from analysis.show.charts import style


def look(evaluate, backends):
    return style.Look.of(evaluate(builder.article(backends)))


def test_twelve_backends_have_twelve_colours_and_markers(evaluate):
    made = look(evaluate, TWELVE_BACKENDS)
    assert len(set(made.colors.values())) == len(set(made.markers.values())) == 12


def test_twelve_families_have_twelve_colours(evaluate):
    names = {name: f"family{i}" for i, name in enumerate(TWELVE_BACKENDS)}
    made = style.Look.of(evaluate(builder.renamed(builder.article(), names)))
    assert set(made.colors.values()) == set(style.PALETTE)


def test_more_backends_than_colours_are_drawn_all_the_same(evaluate):
    ways = tuple(Way(f"family{i}", 1.0 + i / 100) for i in range(30))
    made = style.Look.of(evaluate([Block(Shape(), ways)]))
    assert len(made.colors) == 30


def test_a_backend_keeps_its_colour_in_another_file(evaluate):
    few, many = look(evaluate, ("openmp", "std_async")), look(evaluate, TWELVE_BACKENDS)
    assert all(few.colors[name] == many.colors[name] for name in ("openmp", "std_async"))


def test_a_backend_has_one_colour_in_all_charts(evaluate):
    blocks = builder.scaling(("thread_pool", "openmp")) + builder.ipc_volume(("openmp", "std_async"))
    evaluation = evaluate(blocks)
    colors = {
        charting.lines(axes)["openmp"].get_color()
        for chart in ("backends", "workers", "payload")
        for figure in charting.figures(evaluation, chart).values()
        for axes in figure.axes
    }
    assert len(colors) == 1


def test_options_of_one_family_are_shades_of_its_colour(evaluate):
    made = look(evaluate, ("openmp", "openmp,schedule=dynamic"))
    assert made.colors["openmp"] == style.PALETTE[2]
    assert made.colors["openmp,schedule=dynamic"] not in style.PALETTE


def test_the_commonest_mode_is_drawn_solid(evaluate):
    ways = (Way("a", 1.5, pool="cold"), Way("a", 1.5), Way("b", 1.5), Way("c", 1.5))
    made = style.Look.of(evaluate([Block(Shape(), ways)]))
    assert made.dashes == {"warm": style.DASHES[0], "cold": style.DASHES[1]}


def test_text_of_a_file_is_never_a_formula():
    assert style.plain("$x^2$\n\x1b") == r"\$x^2\$??"
