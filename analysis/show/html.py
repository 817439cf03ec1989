"""Pages of one file: templates whose every value is escaped, figures as SVG that can stand together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import charts, svg
from ..files.errors import MissingDependency

STYLE = Path(__file__).with_name("page.css")


def render(template: Path, values: dict[str, Any]) -> bytes:
    """The page as UTF-8, each value escaped where the template names it; `css` is the pages' common style."""
    environment = _library().Environment(
        autoescape=True, undefined=_library().StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(template.read_text(encoding="utf-8"))
    text: str = page.render(css=safe(STYLE.read_text(encoding="utf-8")), **values)
    return text.encode("utf-8", "backslashreplace")


def safe(markup: str) -> Any:
    """Text of our own that is markup already."""
    from markupsafe import Markup

    return Markup(markup)


def inline_svg(figure: Any, name: str, description: str) -> Any:
    """The figure as an <svg> element that takes the width it is given; `name` keeps its ids apart."""
    from markupsafe import escape

    text = charts.render(figure, "svg").decode("utf-8", "backslashreplace")
    body = text[text.index("<svg"):]
    head, body = body.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    assert box is not None
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*<style .*?</style>", "", body, flags=re.DOTALL)  # it would style the page
    start = (
        f'<svg {box.group()} role="img" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round" stroke-linecap="butt">'
        f"<title>{escape(description)}</title>"
    )
    return safe(start + svg.shortened(body, name))


def _library() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingDependency(
            f"pages need Python's jinja2: Debian package python3-jinja2, `make bench` installs it ({error})"
        ) from None
    return jinja2
