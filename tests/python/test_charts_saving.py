"""Files: text stays text, equal input gives equal bytes, names are unique."""

from __future__ import annotations

import xml.etree.ElementTree

import builder
import charting
import pytest
from builder import Block, Shape, Way

from analysis.show import charts
from analysis.files.errors import OutputFailed


@pytest.fixture
def figure(evaluate):
    def make(name="thread_pool"):
        block = Block(Shape(), (Way(name, 1.5), Way("openmp", 1.2)), ((2, 2.0),))
        return charting.only(evaluate([block]), "backends")

    return make


def test_both_formats_are_written_and_nothing_else(figure, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    paths = charts.save(figure(), folder / "chart")
    assert sorted(folder.iterdir()) == sorted(paths) == [folder / "chart.png", folder / "chart.svg"]
    assert (folder / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_svg_holds_its_text_as_text(figure, tmp_path):
    svg, _ = charts.save(figure(), tmp_path / "chart")
    content = svg.read_text(encoding="utf-8")
    assert ">thread_pool</text>" in content
    assert "Verdana" in content


def test_equal_figures_are_equal_bytes(figure, tmp_path):
    first = [path.read_bytes() for path in charts.save(figure(), tmp_path / "a")]
    second = [path.read_bytes() for path in charts.save(figure(), tmp_path / "b")]
    assert first == second


def test_a_name_in_svg_runs_nothing(figure, tmp_path):
    svg, _ = charts.save(figure('<script>alert("x")</script>'), tmp_path / "chart")
    tags = {element.tag.split("}")[1] for element in xml.etree.ElementTree.parse(svg).iter()}
    assert "script" not in tags


def test_a_failed_write_leaves_nothing_behind(figure, tmp_path):
    folder = tmp_path / "out"
    (folder / "chart.svg").mkdir(parents=True)  # a folder in the way of the file
    with pytest.raises(OutputFailed, match="chart.svg: cannot be written"):
        charts.save(figure(), folder / "chart")
    assert [path.name for path in folder.iterdir()] == ["chart.svg"]


def test_charts_of_equal_names_are_numbered(evaluate):
    shapes = [Shape(seed=1), Shape(seed=2)]
    blocks = [Block(shape, (Way("a", 1.5), Way("b", 1.2))) for shape in shapes]
    data = builder.result_file(blocks)
    for row in data["benchmarks"]:
        row["breakeven"]["block"] += f"/seed={row['breakeven']['case']['seed']}"
    assert len(charting.figures(evaluate(blocks), "backends")) == 2


def test_every_chart_says_what_it_needs(evaluate):
    needs = {module: text for module, text, figures in charts.draw_all(evaluate([])) if not figures}
    assert set(needs) == set(charts.CHARTS)
    assert all(needs.values())
