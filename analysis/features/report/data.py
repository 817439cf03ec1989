"""What the page's script works on: every case as a row of columns, every pair of a block, and their words.

Columns hold numbers alone; texts stand once, in lists that the numbers point into. A page of 100,000 rows is
filtered and ranked by loops over arrays.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

from ...files.results import WAY_FIELDS, Case, Results, Sample
from ...show import naming, units
from ...statistics.pairs import pairwise
from ...statistics.stats import ROUNDS_OF_AN_INTERVAL, CaseEstimate, Estimate, Evaluation
from . import break_evens

MOST_PAIRS = 60_000  # of a page: a third of its size; blocks beyond have none, and the page says so
_LOG_UNIT = 1e4  # pairs are whole numbers of a ten-thousandth in natural logarithms
_ROLES = ("case", "baseline", "ceiling")
FEW, BIMODAL, BEYOND, BUSY = 1, 2, 4, 8  # flags of a row, see report.js
_BUSY = 1.5  # times the plain loop's CPU time

Row = tuple[int, CaseEstimate]  # the number of its file


def page_data(evaluations: Sequence[tuple[str, Evaluation]]) -> str:
    """The JSON, with nothing in it that would end a script element."""
    text = json.dumps(_Page(evaluations).data(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


class _Words:
    """Texts by the order in which they came, each with the number that sorts it."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.numbers: list[float] = []

    def place(self, text: str, number: float) -> int:
        if text not in self.places:
            self.places[text] = len(self.numbers)
            self.numbers.append(number)
        return self.places[text]

    def ordered(self) -> tuple[list[str], list[float], list[int]]:
        """Texts and numbers in the order of the numbers, and for each place its new one."""
        texts = list(self.places)
        order = sorted(range(len(texts)), key=lambda place: (self.numbers[place], place))
        moved = [0] * len(order)
        for new, old in enumerate(order):
            moved[old] = new
        return [texts[i] for i in order], [self.numbers[i] for i in order], moved


@dataclass(frozen=True)
class _Dimension:
    """What can be chosen: `of` gives the text and the number that sorts it; `way`: not of the plain loop."""

    key: str
    title: str
    of: Callable[[Row], tuple[str, float]]
    way: bool = False


@dataclass
class _Block:
    file: int
    name: str
    text: str
    case: dict[str, Any]
    start: int
    rows: list[Row] = field(default_factory=list)


class _Page:
    def __init__(self, evaluations: Sequence[tuple[str, Evaluation]]) -> None:
        self.files = [name for name, _ in evaluations]
        self.evaluations = [evaluation for _, evaluation in evaluations]
        self.varying = naming.Naming.of(e for one in self.evaluations for e in one.estimates).varying
        self.blocks = [block for file, one in enumerate(self.evaluations) for block in _blocks(file, one)]
        start = 0
        for block in self.blocks:
            block.start = start
            start += len(block.rows)
        self.rows = [row for block in self.blocks for row in block.rows]

    def data(self) -> dict[str, Any]:
        series, of_rows = self._series()
        requests, of_request = self._requests()
        dimensions, columns = self._dimensions()
        samples = [self.evaluations[file].samples(estimate) for file, estimate in self.rows]
        return {
            "files": [
                {"name": name, "command": _command(one.results)}
                for name, one in zip(self.files, self.evaluations)
            ],
            "dimensions": dimensions,
            "series": series,
            "blocks": self._block_records(),
            "requests": requests,
            "lines": [
                line for file, one in enumerate(self.evaluations) for line in self._lines(file, one)
            ],
            "columns": {
                **columns,
                "series": of_rows,
                "request": of_request,
                "block": [place for place, block in enumerate(self.blocks) for _ in block.rows],
                "role": [_ROLES.index(estimate.role) for _, estimate in self.rows],
                "name": [_suffix(members[0].name, members[0].block) for members in samples],
                **_estimates("time", [estimate.time_ns for _, estimate in self.rows]),
                **_estimates("gain", [_gain(estimate) for _, estimate in self.rows]),
                "share": [
                    _number(e.ceiling_share.value) if e.ceiling_share and e.role == "case" else None
                    for _, e in self.rows
                ],
                "samples": [estimate.time_ns.count for _, estimate in self.rows],
                "flags": [self._flags(*row) for row in self.rows],
                **_optional("cpu", map(self._cpu_share, self.rows)),
                **_optional("memory", (_median(members, "pss_bytes") for members in samples)),
                **_optional("processes", (_median(members, "processes") for members in samples)),
                **_optional("peak", (_median(members, "peak_rss_bytes") for members in samples)),
                **_optional("first", (_completion(members, "first_ns") for members in samples)),
                **_optional("p99", (_completion(members, "p99_ns") for members in samples)),
            },
        }

    def _dimensions(self) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
        known = (
            _Dimension("file", "file", lambda row: (self.files[row[0]], row[0])),
            _Dimension("workload", "workload", lambda row: (row[1].case.workload, 0)),
            _Dimension("task", "task", lambda row: _task(row[1].case)),
            _Dimension("payload", "payload of a task", lambda row: _payload(row[1].case)),
            _Dimension("tasks", "tasks", lambda row: (f"{row[1].case.tasks:,}", row[1].case.tasks)),
            _Dimension(
                "workers", "workers", lambda row: (f"{row[1].case.workers:,}", row[1].case.workers), True
            ),
            _Dimension("way", "dispatch", lambda row: (self._way(row[1].case) or "as it comes", 0), True),
            _Dimension("build", "build", lambda row: (row[1].build, 0), True),
            _Dimension("backend", "backends", lambda row: (row[1].case.backend, 0), True),
        )
        dimensions, columns = [], {}
        for one in known:
            words = _Words()
            # Of what cases have; yardsticks that have something else point behind the list.
            for row in self.rows:
                if row[1].role == "case" or not one.way:
                    words.place(*one.of(row))
            places = [words.places.get(one.of(row)[0], -1) for row in self.rows]
            texts, numbers, moved = words.ordered()
            columns[one.key] = [moved[place] if place >= 0 else len(texts) for place in places]
            dimensions.append(
                {
                    "key": one.key,
                    "title": one.title,
                    "values": texts,
                    "numbers": [_number(number) for number in numbers],
                    "way": one.way,
                }
            )
        return dimensions, columns

    def _way(self, case: Case) -> str:
        return " ".join(text for key, text in naming.way_words(case).items() if key in self.varying and text)

    def _series(self) -> tuple[list[dict[str, Any]], list[int]]:
        """What is ranked and compared: a backend, how it is used, with so many workers; the row's places."""
        counts = {estimate.case.workers for _, estimate in self.rows if estimate.role == "case"}
        places: dict[tuple[str, str], int] = {}
        series: list[dict[str, Any]] = []
        of_rows = []
        for _, estimate in self.rows:
            line = self._line_of(estimate)
            several = len(counts) > 1 and estimate.role != "baseline"
            workers = units.count(estimate.case.workers, "worker") if several else ""
            label = f"{line} · {workers}" if workers else line
            if (label, estimate.role) not in places:
                places[label, estimate.role] = len(series)
                series.append({"label": label, "line": line, "role": _ROLES.index(estimate.role)})
            of_rows.append(places[label, estimate.role])
        return series, of_rows

    def _requests(self) -> tuple[list[dict[str, Any] | None], list[int]]:
        """What a cell is asked for beside its block's case; null where the program's own cell cannot be."""
        places: dict[str, int] = {}
        requests: list[dict[str, Any] | None] = []
        of_rows = []
        for file, estimate in self.rows:
            bound = "cpus" in self.evaluations[file].samples(estimate)[0].facts  # which a request has to name
            own = estimate.role == "case" and estimate.baseline == "serial" and not bound
            request = {key: getattr(estimate.case, key) for key in _OF_THE_WAY} if own else None
            key = json.dumps(request)
            if key not in places:
                places[key] = len(requests)
                requests.append(request)
            of_rows.append(places[key])
        return requests, of_rows

    def _block_records(self) -> list[dict[str, Any]]:
        left = MOST_PAIRS
        records = []
        for block in self.blocks:
            count = len(block.rows)
            size = count * (count - 1) // 2
            pairs = None
            if size <= left:
                left -= size
                evaluation = self.evaluations[block.file]
                rounds = [evaluation.rounds(estimate) for _, estimate in block.rows]
                pairs = [part for one in pairwise(rounds) for part in _in_logarithms(one)]
            records.append(
                {
                    "name": block.name,
                    "text": block.text,
                    "case": block.case,
                    "start": block.start,
                    "count": count,
                    "pairs": pairs,
                }
            )
        return records

    def _flags(self, file: int, estimate: CaseEstimate) -> int:
        flags = FEW if estimate.time_ns.count < ROUNDS_OF_AN_INTERVAL else 0
        if estimate.role != "case":
            return flags
        gain, share = estimate.speedup, self._cpu_share((file, estimate))
        flags |= BIMODAL if self.evaluations[file].modes(estimate) else 0
        flags |= BEYOND if gain and gain.low is not None and gain.low > estimate.case.workers else 0
        return flags | (BUSY if share is not None and share >= _BUSY else 0)

    def _cpu_share(self, row: Row) -> float | None:
        """The CPU time of one run over that of the plain loop, which does the same work."""
        file, estimate = row
        evaluation = self.evaluations[file]
        own = _cpu_time(evaluation.samples(estimate))
        base = self._base_cpu.get((file, estimate.block, estimate.build, estimate.baseline))
        return own / base if own and base and estimate.role == "case" else None

    @cached_property
    def _base_cpu(self) -> Mapping[tuple[int, str, str, str], float | None]:
        return {
            (file, e.block, e.build, e.case.backend): _cpu_time(self.evaluations[file].samples(e))
            for file, e in self.rows
            if e.role == "baseline"
        }

    def _lines(self, file: int, evaluation: Evaluation) -> Iterator[dict[str, Any]]:
        for line, where, says in break_evens.of(evaluation, self._line_of):
            yield {"file": file, "line": line, "where": where, "says": says}

    def _line_of(self, estimate: CaseEstimate) -> str:
        build = estimate.build if "build" in self.varying else ""
        return " · ".join(part for part in (estimate.case.backend, self._way(estimate.case), build) if part)


def _blocks(file: int, evaluation: Evaluation) -> list[_Block]:
    """In the order of the file; each build of a block is one of its own, as pairs are made within one."""
    blocks: dict[tuple[str, str], _Block] = {}
    for estimate in evaluation.estimates:
        key = estimate.block, estimate.build
        if key not in blocks:
            text = naming.shape_text(estimate.case)
            blocks[key] = _Block(file, estimate.block, text, _request_case(estimate.case), 0)
        blocks[key].rows.append((file, estimate))
    return list(blocks.values())


_OF_THE_WAY = ("backend", "workers", *WAY_FIELDS)


def _request_case(case: Case) -> dict[str, Any]:
    """What a cell is asked for, without what differs within a block."""
    return {
        key: value
        for key, value in asdict(case).items()
        if key not in (*_OF_THE_WAY, "other") and value is not None
    }


def _command(results: Results) -> list[str]:
    """The words that measured the file, without the place of its results; empty where nobody knows."""
    words = list(results.context.command)
    if not words or "--resume" in words:
        return [words[0], "run", results.context.suite] if words and results.context.suite else []
    for option in ("--out", "-o", "--only", "--filter"):
        while option in words:
            place = words.index(option)
            del words[place:place + 2]
    return words


def _task(case: Case) -> tuple[str, float]:
    words = naming.tasks_text(case, "task").removeprefix("task").removeprefix(" of ").removeprefix(", ")
    weak = "weak scaling" if case.scaling == "weak" else ""
    return ", ".join(part for part in (words, weak) if part) or "of the workload", case.cost_ns or float(
        case.cost
    )


def _payload(case: Case) -> tuple[str, float]:
    return naming.payload_text(case), float(case.in_bytes + case.out_bytes)


def _gain(estimate: CaseEstimate) -> Estimate | None:
    return None if estimate.role == "baseline" else estimate.speedup


def _estimates(name: str, values: Sequence[Estimate | None]) -> dict[str, list[float | None]]:
    return {
        name: [None if one is None else _number(one.value) for one in values],
        f"{name}_low": [None if one is None else _number(one.low) for one in values],
        f"{name}_high": [None if one is None else _number(one.high) for one in values],
    }


def _optional(name: str, values: Iterable[float | None]) -> dict[str, list[float | None]]:
    """A column only where something stands in it."""
    column = [_number(value) for value in values]
    return {name: column} if any(value is not None for value in column) else {}


def _number(value: float | None) -> float | None:
    """Five digits, whole numbers without a point."""
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.5g}")
    return int(rounded) if rounded.is_integer() else rounded


def _in_logarithms(one: Estimate | None) -> list[int | None]:
    """Value, low and high; three nulls without a common round, two without an interval."""
    if one is None:
        return [None, None, None]
    return [
        None if part is None else round(math.log(part) * _LOG_UNIT) for part in (one.value, one.low, one.high)
    ]


def _suffix(name: str, block: str) -> str:
    """What follows the block's name, which stands once; a name that does not begin with it is kept whole."""
    return name[len(block):] if name.startswith(block) else f"\x00{name}"


def _cpu_time(samples: Sequence[Sample]) -> float | None:
    times = [sample.cpu_time_ns for sample in samples if sample.cpu_time_ns is not None]
    return median(times) if times else None


def _median(samples: Sequence[Sample], key: str) -> float | None:
    values = [value for sample in samples if (value := sample.covariates.get(key)) is not None]
    return median(values) if values else None


def _completion(samples: Sequence[Sample], key: str) -> float | None:
    values = [sample.completion[key] for sample in samples if sample.completion and key in sample.completion]
    return median(values) if values else None
