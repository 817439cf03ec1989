"""How charts look: one colour and marker per backend in all charts of a file, fonts, grid, file-safe text.

Colours are Okabe and Ito's, extended to 12 hues that stay apart for colour-blind readers. A backend's options
are shades of its family's hue. In grey, markers tell backends apart, dashes tell modes apart.
"""

from __future__ import annotations

import colorsys
import zlib
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..naming import Naming
from ...statistics.stats import CaseEstimate, Evaluation

INK = "#1d2129"
MUTED = "#5f6773"
FAINT = "#a3abb7"
GRID = "#e6e9ee"
CEILING = "#000000"
CEILING_LINE: Mapping[str, Any] = {"color": CEILING, "linestyle": (0, (7, 2, 1.5, 2)), "linewidth": 1.3}
IDEAL_LINE: Mapping[str, Any] = {"color": MUTED, "linestyle": (0, (1, 1.6)), "linewidth": 1.1}

PALETTE = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#882255", "#999933", "#332288", "#44aa99", "#8c564b", "#b8a000",
)
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">", "p", "h", "*")
_SIZES = {"P": 1.15, "X": 1.15, "*": 1.5, "^": 1.1, "v": 1.1, "<": 1.1, ">": 1.1, "D": 0.9, "p": 1.1}
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.6, 1.2, 1.6)), (0, (8, 3)))
_SHADES = (0.0, -0.16, 0.16, -0.28, 0.26, -0.08, 0.08)

# These families have fixed hues, so that charts of different files agree; any other name finds a free one.
_FAMILY_HUES = {
    "thread_pool": 0, "fork_pool": 1, "openmp": 2, "std_async": 3,
    "py_mp_pool": 4, "py_loky": 6, "py_process_pool": 8, "py_thread_pool": 9,
}

TICK_SIZE = 8.5

RC: Mapping[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.labelsize": 9,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelsize": TICK_SIZE,
    "ytick.labelsize": TICK_SIZE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "breakeven",
}


@dataclass(frozen=True)
class Look:
    """Colours, markers and dashes for one file; the commonest mode is solid, the others are hollow."""

    naming: Naming
    colors: Mapping[str, str]
    markers: Mapping[str, str]
    dashes: Mapping[str, Any]

    @staticmethod
    def of(evaluation: Evaluation) -> Look:
        naming = Naming.of(evaluation.estimates)
        cases = evaluation.of_role("case")
        backends = {estimate.case.backend for estimate in cases}
        modes = naming.modes(cases)
        return Look(
            naming=naming,
            colors=_colors(backends),
            markers=_markers(backends),
            dashes={mode: DASHES[i % len(DASHES)] for i, mode in enumerate(modes)},
        )

    def line(self, estimate: CaseEstimate) -> dict[str, Any]:
        """Keyword arguments of a matplotlib line."""
        backend, mode = estimate.case.backend, self.naming.mode(estimate)
        color, marker = self.colors[backend], self.markers[backend]
        hollow = self.dashes[mode] != DASHES[0]
        return {
            "color": color,
            "marker": marker,
            "markersize": (4.8 if hollow else 6.0) * _SIZES.get(marker, 1.0),
            "markeredgecolor": color if hollow else "white",
            "markerfacecolor": "white" if hollow else color,
            "markeredgewidth": 1.2 if hollow else 0.6,
            "linestyle": self.dashes[mode],
            "linewidth": 1.6,
        }


def family(backend: str) -> str:
    """`openmp` of `openmp,schedule=dynamic`, `fork_pool` of `fork_pool/shm,help=off`"""
    return backend.split(",")[0].split("/")[0]


def _colors(backends: Iterable[str]) -> dict[str, str]:
    members = _families(backends)
    hues = _slots(members, len(PALETTE), _FAMILY_HUES)
    colors = {}
    for name, variants in members.items():
        shades = _slots(variants, len(_SHADES), {variants[0]: 0})
        for variant in variants:
            base, shade = PALETTE[hues[name] % len(PALETTE)], _SHADES[shades[variant] % len(_SHADES)]
            colors[variant] = _shaded(base, shade)
    return colors


def _markers(backends: Iterable[str]) -> dict[str, str]:
    families = _families(backends)
    firsts = {families[name][0]: slot for name, slot in _FAMILY_HUES.items() if name in families}
    slots = _slots(backends, len(MARKERS), firsts)
    return {name: MARKERS[slot % len(MARKERS)] for name, slot in slots.items()}


def _families(backends: Iterable[str]) -> dict[str, list[str]]:
    """The backends of each family, sorted: the one without options comes first."""
    members: dict[str, list[str]] = {}
    for backend in sorted(backends):
        members.setdefault(family(backend), []).append(backend)
    return members


def _slots(names: Iterable[str], size: int, fixed: Mapping[str, int]) -> dict[str, int]:
    """A slot for each name that depends on the name first: its own, or the next one that is free.

    Beyond `size` names the slots go on counting, so that the caller may wrap around.
    """
    taken: dict[str, int] = {name: fixed[name] for name in sorted(names) if name in fixed}
    used = set(taken.values())
    reserved = set(fixed.values())
    for name in sorted(set(names) - taken.keys()):
        start = zlib.crc32(name.encode("utf-8", "backslashreplace")) % size
        free = [slot for i in range(size) if (slot := (start + i) % size) not in used]
        unreserved = [slot for slot in free if slot not in reserved]
        taken[name] = (unreserved or free or [len(used)])[0]
        used.add(taken[name])
    return taken


def _shaded(color: str, lighter: float) -> str:
    red, green, blue = (int(color[i:i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    shaded = colorsys.hls_to_rgb(hue, min(0.75, max(0.12, lightness + lighter)), saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in shaded)


def plain(text: str) -> str:
    """Text of a file, safe to draw: no formula, no control code, no line break."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("$", r"\$")


def join(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)
