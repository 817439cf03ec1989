"""The charts: each module has draw(Evaluation) -> [(name, Figure)] and NEEDS, what a file must hold for it.

To add a chart, write one module and name it in CHARTS.
"""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any, Iterator

from ...files.errors import MissingDependency
from ...files.output import write_atomically
from ...files.foreign import ForeignFile
from ...files.results import Results
from ...statistics.stats import Evaluation, evaluate

CHARTS = (
    "backends",
    "workers",
    "payload",
    "tasksize",
    "distribution",
    "winners",
    "costs",
    "skew",
    "oversubscription",
    "memory",
    "completion",
    "hosts",
)
FORMATS = ("svg", "png")

# Where a browser lacks DejaVu Sans, Verdana has nearly its widths, on which the layout counts.
_WEB_FONT = (b"'DejaVu Sans', sans-serif", b"'DejaVu Sans', Verdana, sans-serif")


def draw_file(file: Results | ForeignFile) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
    """All charts of a result file; of another program's file those of its times."""
    if isinstance(file, Results):
        yield from draw_all(evaluate(file))
        return
    with style_context():
        from . import foreign

        yield from foreign.draw(file)


def draw_all(evaluation: Evaluation) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
    """For each chart: its module's name, what it needs, and its figures (none where the file lacks that)."""
    for chart in CHARTS:
        yield chart, *draw(chart, evaluation)


def draw(chart: str, evaluation: Evaluation) -> tuple[str, list[tuple[str, Any]]]:
    """What one chart needs, and its figures."""
    with style_context():
        module = importlib.import_module(f"{__name__}.{chart}")
        return module.NEEDS, _unique(module.draw(evaluation))


def save(figure: Any, stem: Path) -> list[Path]:
    """Writes `stem`.svg and `stem`.png, each whole or not at all; equal figures give equal bytes."""
    paths = []
    for form in FORMATS:
        path = stem.with_name(f"{stem.name}.{form}")
        write_atomically(path, render(figure, form))
        paths.append(path)
    return paths


def render(figure: Any, form: str) -> bytes:
    """The figure as `svg` or `png`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    content = io.BytesIO()
    with style_context():
        figure.savefig(content, format=form, dpi=150, metadata=metadata)
    return content.getvalue().replace(*_WEB_FONT)


def style_context() -> Any:
    """Within it figures are made and saved; raises MissingDependency without matplotlib."""
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependency(
            "charts need Python's matplotlib: Debian package python3-matplotlib, "
            f"`make bench` installs it ({error})"
        ) from None
    from .style import RC

    return matplotlib.rc_context(dict(RC))


def _unique(figures: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Numbers the names that occur more than once, so that no chart overwrites another."""
    seen: dict[str, int] = {}
    result = []
    for name, figure in figures:
        seen[name] = seen.get(name, 0) + 1
        result.append((name if seen[name] == 1 else f"{name}-{seen[name]}", figure))
    return result
