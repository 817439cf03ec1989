"""The report: one self-contained HTML page about one or several result files.

`words` says in plain language what was found; `data` holds every figure and every pair for the script, and
`break_evens` where each line pays; `machine` says where it was measured; `page` puts them with charts into
report.html.jinja. With report.js a reader chooses, ranks and compares.
"""

from __future__ import annotations

from .page import render

__all__ = ["render"]
