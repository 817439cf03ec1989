"""Words that several claims use: experiments, figures, and how a case compares."""

from __future__ import annotations

from typing import Sequence

from ...show import units
from .evidence import API, Block, Evidence, Labels, Way
from .model import Dot, Measured, Unit
from .verdicts import interval_text
from ...show.charts.style import Look
from ...show.naming import shape_text
from ...statistics.stats import Estimate


def experiment(evidence: Evidence, block: Block, workers: int) -> str:
    """`factorize: 300 tasks, no payload; 2 workers; 12 rounds of random order`"""
    rounds = units.count(evidence.context.rounds, "round")
    return f"{shape_text(block.case)}; {units.count(workers, 'worker')}; {rounds} of random order"


def ratio_text(estimate: Estimate) -> str:
    """`1.92× (1.90 – 1.95)`"""
    interval = interval_text(estimate)
    return units.ratio(estimate.value) + (f" ({interval})" if interval != "–" else "")


def value_text(unit: Unit, estimate: Estimate | None) -> str:
    """The figure without its interval, in its unit; a dash where there is none."""
    if estimate is None:
        return "–"
    if unit is Unit.RATIO:
        return units.ratio(estimate.value)
    return _time(estimate.value) + (" per byte" if unit is Unit.TIME_PER_BYTE else "")


def bounds_text(unit: Unit, estimate: Estimate | None) -> str:
    """The interval in the same unit; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "–"
    if unit is Unit.RATIO:
        return interval_text(estimate)
    return f"{_time(estimate.low)} – {_time(estimate.high)}"


def _time(ns: float) -> str:
    return f"−{units.time(-ns)}" if ns < 0 else units.time(ns)


def speedups(block: Block, ways: Sequence[Way]) -> list[tuple[Way, Estimate]]:
    """Those that have one."""
    found = [(way, block.speedup(way)) for way in ways]
    return [(way, estimate) for way, estimate in found if estimate is not None]


def measured_speedup(block: Block, way: Way, speedup: Estimate, labels: Labels) -> Measured:
    serial = block.serial_of(way)
    of = (serial.case, way.case) if serial else (way.case,)
    note = f"{units.time(way.estimate.time_ns.value)} per run, over {serial.call}" if serial else ""
    return Measured(labels.of(way), speedup, of, note=note)


def dot(look: Look, way: Way, estimate: Estimate, label: str, value: str = "") -> Dot:
    return Dot(label, estimate, value or ratio_text(estimate), look.line(way.estimate))


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`"""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def api(way: Way) -> str:
    return API.get(way.family, way.case.backend)
