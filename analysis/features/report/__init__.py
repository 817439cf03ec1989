"""The report: one self-contained HTML page about one or several result files.

`words` says in plain language what was found, `tables` holds every figure, `machine` where it was measured,
`page` puts them with the charts into report.html.jinja; report.js sorts and filters.
"""

from __future__ import annotations

from .page import render

__all__ = ["render"]
