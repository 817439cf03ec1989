"""The charts of the claims: what they draw, and that nothing overlaps or leaves them."""

from __future__ import annotations

from dataclasses import replace

import charting
import pytest
import python_suite

from analysis.show import charts
from analysis.features import claims
from analysis.features.claims import drawing

pytestmark = pytest.mark.xdist_group("claims charts")

LONG = "py_loky,a_rather_long_option_of_a_later_version=with_a_rather_long_value"


@pytest.fixture(scope="module", params=["plain", "long names"])
def drawn(request, tmp_path_factory):
    import builder

    from analysis.files import results
    from analysis.statistics import stats

    blocks = python_suite.suite()
    if request.param == "long names":
        blocks = [replace(b, ways=tuple(_lengthened(way) for way in b.ways)) for b in blocks]
    path = tmp_path_factory.mktemp("claims") / "results.json"
    evaluation = stats.evaluate(results.load(builder.write(path, builder.result_file(blocks, rounds=6))))
    with charts.style_context():
        return {c.name: (c, drawing.draw(c)) for claim in claims.judge_all(evaluation) for c in claim.charts}


def _lengthened(way):
    return replace(way, backend=way.backend.replace("py_loky", LONG))


def test_all_charts_are_there(drawn):
    assert set(drawn) == {"python-and-cpp", "payload", "start-methods", "workers", "api", "ten-thousand"}


def test_no_two_texts_overlap(drawn):
    found = {name: charting.overlaps(figure) for name, (_, figure) in drawn.items()}
    assert found == dict.fromkeys(drawn, [])


def test_no_text_leaves_the_chart(drawn):
    found = {name: charting.outside(figure) for name, (_, figure) in drawn.items()}
    assert found == dict.fromkeys(drawn, [])


def test_every_axis_has_a_name_and_every_chart_the_same_width(drawn):
    for _, figure in drawn.values():
        assert all(axes.get_xlabel() for axes in figure.axes)
        assert figure.get_size_inches()[0] == drawing.WIDTH


def test_a_dot_chart_draws_each_row_at_its_ratio(drawn):
    chart, figure = drawn["python-and-cpp"]
    (axes,) = figure.axes
    dots = [float(line.get_xdata()[0]) for line in axes.lines if line.get_linestyle() == "None"]
    assert dots == [row.estimate.value for _, rows in chart.groups for row in rows]
    words = charting.words(figure)
    assert "ideal" in words and all(name in words for name, _ in chart.groups)


def test_cpp_and_python_stand_on_one_axis(drawn):
    chart, _ = drawn["python-and-cpp"]
    names = [name for name, _ in chart.groups]
    assert names == ["Python's own code", "C++ code called from Python", "C++ pools"]


def test_a_line_chart_draws_each_line_and_names_it_beneath(drawn):
    chart, figure = drawn["payload"]
    (axes,) = figure.axes
    for line in chart.lines:
        assert charting.shows(axes, line.name, [(x, estimate.value) for x, estimate in line.points])
        assert line.name in charting.words(figure) and line.note in charting.words(figure)
