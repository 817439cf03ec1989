"""From a Breakeven result file (docs/format.md) to speed-ups, tables and charts.

Installed, it is the package `breakeven`: `breakeven.measure(function, inputs)` for notebooks,
`breakeven.Site` to record a loop. Both are looked up late, so that a recorded program imports nothing but
what it uses.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Site", "measure"]


def __getattr__(name: str) -> Any:
    if name == "measure":
        from .notebook import measure

        return measure
    if name == "Site":
        from .site import Site

        return Site
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
