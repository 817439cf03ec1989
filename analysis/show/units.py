"""Numbers with their units, for people: times, sizes, ratios."""

from __future__ import annotations

import math
import re

_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_SIZES = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def significant(value: float, digits: int = 3) -> str:
    """So many significant digits, zeros kept (1.90, 19.0, 190), no exponent where people read it."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")
    if not 1e-4 <= abs(rounded) < 1e7:
        return f"{value:.{digits}g}"
    return f"{rounded:,.{max(0, digits - 1 - math.floor(math.log10(abs(rounded))))}f}"


def time(ns: float) -> str:
    """`16.5 ms`"""
    for scale, unit in _TIMES:
        if ns >= 0.9995 * scale:
            return f"{significant(ns / scale)} {unit}"
    return f"{significant(ns)} ns"


def round_time(ns: float) -> str:
    """A time that somebody chose, without needless zeros: `20 µs`."""
    for scale, unit in _TIMES:
        if ns >= 0.9995 * scale:
            return f"{ns / scale:.3g} {unit}" if ns < 1e12 else f"{ns / scale:,.0f} {unit}"
    return f"{ns:.3g} ns"


def short_time(ns: float) -> str:
    """A round time from picoseconds on: `1 ps`, `100 ns`."""
    return f"{1000 * ns:.3g} ps" if ns < 0.9995 else round_time(ns)


def size(count: float) -> str:
    """`64 B`, `4 KiB`, `1.5 MiB`"""
    for scale, unit in _SIZES:
        if count >= scale:
            return f"{count / scale:.3g} {unit}" if count < 1000 * scale else f"{count / scale:,.0f} {unit}"
    return f"{count:.3g} B"


def ratio_number(value: float) -> str:
    """Two decimals near 1, where ratios are compared: 0.99, 1.98; else so many significant digits."""
    return f"{value:.2f}" if 0.1 <= value < 10 else significant(value, 3 if value >= 10 else 2)


def ratio(value: float, sign: str = "×") -> str:
    """`1.98×`, `0.021×`"""
    return f"{ratio_number(value)}{sign}"


def count(number: int, noun: str) -> str:
    """`1 task`, `10,000 tasks`"""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def ascii_text(text: str) -> str:
    """For terminals of any kind: only printable ASCII, so that no text of a file can send control codes."""
    plain = text.replace("µ", "u").replace("×", "x").replace("·", "-")
    return "".join(c if " " <= c <= "~" else "?" for c in plain)


def parse_time(text: str) -> float:
    """ns of `200us`, `1.5 ms`, `2s`; raises ValueError that says what is valid."""
    scales = {"ns": 1.0, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9}
    return _parse(text, scales, "a time such as 200us, 5ms or 1s")


def parse_size(text: str) -> float:
    """Bytes of `64B`, `64`, `4KiB` and `4K` (4096), `4KB` (4000); raises ValueError that names valid ones."""
    sizes = {"": 1.0, "B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30}
    sizes |= {"K": 2.0**10, "M": 2.0**20, "G": 2.0**30, "KB": 1e3, "MB": 1e6, "GB": 1e9}
    return _parse(text, sizes, "a size such as 64B, 4KiB or 1MiB")


def _parse(text: str, scales: dict[str, float], valid: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµμ]*)\s*", text)
    if match is None or match[2] not in scales:
        raise ValueError(f"`{text}` is not a number with a unit: give {valid}")
    return float(match[1]) * scales[match[2]]


def parse_count(text: str) -> int:
    """`1000`, `100k`; at least 1; raises ValueError."""
    match = re.fullmatch(r"(\d{1,12})(k?)", text)
    number = int(match[1]) * (1000 if match[2] else 1) if match else 0
    if number < 1:
        raise ValueError(f"`{text}` is not a count: give a whole number from 1 on, such as 1000 or 100k")
    return number
