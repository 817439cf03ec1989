"""What a claim says once it has been judged: verdicts, figures with intervals, charts as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Mapping, Union

from ...files.results import Case
from ...show.charts.linechart import Series
from ...statistics.stats import Estimate


class Word(Enum):
    HOLDS = "holds"
    WITHIN = "holds within"
    FAILS = "does not hold"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Verdict:
    """`detail`: how far it holds, what is missing, or why it does not hold and what else is open."""

    word: Word
    detail: str = ""

    @property
    def shown(self) -> str:
        """The word for people: what holds within a limit holds, and the detail says how far."""
        word: str = Word.HOLDS.value if self.word is Word.WITHIN else self.word.value
        return word

    def __str__(self) -> str:
        """`holds`, `holds: threads at most 1.10×`, `does not hold: 15 of 25 features differ`"""
        return f"{self.shown}: {self.detail}" if self.detail else self.shown


class Unit(Enum):
    RATIO = "ratio"
    TIME = "ns"
    TIME_PER_BYTE = "ns/B"


@dataclass(frozen=True)
class Measured:
    """One figure with its interval. `of`: the case, or two, of which the first is divided by the second."""

    label: str
    estimate: Estimate
    of: tuple[Case, ...]
    unit: Unit = Unit.RATIO
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """One statement with the rule that decides it. Findings that do not decide the claim stand beside it.

    `measure`: what its figures are, such as `speed-up`.
    """

    statement: str
    measure: str
    rule: str
    verdict: Verdict
    figures: tuple[Measured, ...] = ()
    decides: bool = True


@dataclass(frozen=True)
class Dot:
    """One row of a dot chart; `value` is its text at the right."""

    label: str
    estimate: Estimate
    value: str
    line: Mapping[str, Any]  # see Look.line


@dataclass(frozen=True)
class Mark:
    """A vertical line of a dot chart, such as the ideal, or a horizontal one of a line chart."""

    at: float
    name: str


@dataclass(frozen=True)
class DotChart:
    """Groups of rows on one axis of ratios; `band`: the range in which a ratio counts as 1."""

    kind: ClassVar[str] = "dots"
    name: str
    caption: str
    axis: str
    groups: tuple[tuple[str, tuple[Dot, ...]], ...]
    marks: tuple[Mark, ...] = ()
    band: tuple[float, float] | None = None


class Axis(Enum):
    BYTES = "bytes"
    TIME = "time"
    WORKERS = "workers"


@dataclass(frozen=True)
class SeriesChart:
    """Ratios along an axis."""

    kind: ClassVar[str] = "lines"
    name: str
    caption: str
    x: Axis
    x_label: str
    y_label: str
    lines: tuple[Series, ...]
    band: tuple[float, float] | None = None


Chart = Union[DotChart, SeriesChart]


def filled(*charts: Chart) -> tuple[Chart, ...]:
    """Those that have something to show."""
    return tuple(chart for chart in charts if (chart.groups if isinstance(chart, DotChart) else chart.lines))


@dataclass(frozen=True)
class Table:
    """Words, not figures; the rows of `head` cells each."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """`gist`: the claim in one sentence; `rule`: how findings make the verdict; `answer`: what was found."""

    name: str
    title: str
    gist: str
    experiment: str
    rule: str
    verdict: Verdict
    answer: str
    findings: tuple[Finding, ...]
    charts: tuple[Chart, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = field(default=())
