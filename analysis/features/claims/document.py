"""Puts measured figures into a document, between marks: `<!-- claims:NAME -->` and `<!-- /claims -->`.

So docs/python.md holds nothing that somebody typed: the command that fills it is the one that reproduces it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, Sequence

from ...show import charts, tables
from ...files import document
from . import drawing, markdown, page
from .costs import Costs
from .model import Chart, Claim
from ...files.output import make_folder, write_atomically
from ...statistics.stats import Evaluation

NO_DATA = "*Not in the run that filled this page.*"


def sections(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> dict[str, str]:
    """What may stand in a document, by name; a chart as `chart-NAME`, an image in images/ beside it."""
    places = {
        "source": f"Measured on: {tables.plain(page.source(evaluation))}.",
        "verdicts": markdown.verdicts(claims),
        "per-task": _tables(costs, "per task"),
        "per-byte": _tables(costs, "per byte"),
    }
    for chart in _charts(claims):
        places[f"chart-{chart.name}"] = f"![{tables.plain(chart.caption)}](images/{chart.name}.svg)"
    return places


def _tables(costs: Sequence[Costs], unit: str) -> str:
    tables = [markdown.cost_table(cost) for cost in costs if cost.unit == unit]
    return "\n\n".join(tables) or NO_DATA


def _charts(claims: Sequence[Claim]) -> list[Chart]:
    return [chart for claim in claims for chart in claim.charts]


def fill(text: str, content: Mapping[str, str]) -> tuple[str, list[str]]:
    """The document with all its places filled, and their names in order."""
    return document.fill(text, "claims", content, NO_DATA)


def refresh(
    path: Path, evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]
) -> list[Path]:
    """Fills the document and writes the charts that it shows; returns the files written."""
    names = document.fill_file(path, "claims", sections(evaluation, claims, costs), NO_DATA)
    written = []
    for chart in _charts(claims):
        if f"chart-{chart.name}" in names:
            image = path.parent / "images" / f"{chart.name}.svg"
            make_folder(image.parent)
            write_atomically(image, svg(chart))
            written.append(image)
    return [path, *written]


def svg(chart: Chart) -> bytes:
    """The chart as a file of its own."""
    with charts.style_context():
        return charts.render(drawing.draw(chart), "svg")
