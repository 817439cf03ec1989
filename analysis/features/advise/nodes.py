"""How far further hosts carry a job: its time and speed-up by the number of nodes, and the wall beyond which
none helps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Sequence

from ...files import link as links
from ...files.errors import UsageError
from ...show import tables, units
from ...show.charts import nodes as chart
from ...statistics.model.hosts import Bound, Farm, Link
from ...statistics.stats import Estimate
from .question import Question

_RANGE = re.compile(r"(\d+)(?:\.\.(\d+))?")
_MOST = 100_000
_ROWS = 12


@dataclass(frozen=True)
class Step:
    """The job on so many nodes; `speedup` over the plain loop on one core."""

    nodes: int
    workers: int
    time_ns: Estimate
    speedup: Estimate
    bound: Bound


@dataclass(frozen=True)
class Answer:
    question: Question
    measured: links.MeasuredLinks
    slots: int
    farm: Farm
    steps: tuple[Step, ...]

    @property
    def wall_nodes(self) -> float:
        """Nodes beyond which none helps, the first one included."""
        return 1 + self.farm.wall / self.slots


def parse_nodes(text: str) -> tuple[int, int]:
    """`2..1000`, or one number; raises ValueError that says what is valid."""
    found = _RANGE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no number of nodes; write 8, or 2..1000")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last <= _MOST:
        raise ValueError(f"{text!r}: from 1 to {_MOST:,}, the smaller first")
    return first, last


def answer(question: Question, path: Path, nodes: tuple[int, int]) -> Answer:
    """Raises BadLink, and UsageError where the question is beyond the model."""
    if question.skew:
        raise UsageError("--nodes knows equal tasks only: leave --skew out")
    measured = links.load(path)
    farm = Farm(
        question.tasks,
        question.task_ns,
        question.in_bytes,
        question.out_bytes,
        Link(
            measured.latency_s * 1e9,
            measured.overhead_s * 1e9,
            measured.wire_s_per_byte * 1e9,
            measured.cpu_s_per_byte * 1e9,
            len(measured.hosts),
        ),
    )
    slots = measured.slots[0]
    steps = tuple(_step(farm, slots, count) for count in _counts(*nodes))
    return Answer(question, measured, slots, farm, steps)


def _counts(first: int, last: int) -> list[int]:
    """Both ends, and doublings of the first between them."""
    counts, count = [], first
    while count < last:
        counts.append(count)
        count = max(count * 2, count + 1)
    return [*counts, last]


def _step(farm: Farm, slots: int, nodes: int) -> Step:
    far = (nodes - 1) * slots
    time = farm.time_ns(far, near=slots - 1)
    assert time.low is not None and time.high is not None
    loop = farm.tasks * farm.task_ns
    speedup = Estimate(loop / time.value, loop / time.high, loop / time.low, 1)
    return Step(nodes, nodes * slots, time, speedup, farm.rate(far)[1] if far else Bound.WORKERS)


def render(found: Answer) -> str:
    return "".join(f"{units.ascii_text(line).rstrip()}\n" for line in _lines(found))


def _lines(found: Answer) -> Iterator[str]:
    question, farm, link = found.question, found.farm, found.farm.link
    loop = units.time(farm.tasks * farm.task_ns)
    yield (
        f"{units.count(question.tasks, 'task')} of {units.round_time(question.task_ns)}, "
        f"{units.size(question.in_bytes)} in, {units.size(question.out_bytes)} out, from a caller that runs "
        f"tasks too; the plain loop takes {loop}"
    )
    yield (
        f"Link ({found.measured.title}): latency {units.time(link.latency_ns)}, "
        f"{units.time(link.overhead_ns)} of a CPU for a message, {_rate(link.wire_ns_per_byte)}."
    )
    yield ""
    head = ("nodes", "workers", "time", "speed-up", "range", "bound by")
    yield from tables.text([head, *(_cells(step) for step in _shown(found.steps))])
    yield ""
    yield verdict(found)
    yield (
        f"The range is what two hosts showed (docs/clusters.md); beyond {units.count(_known(found), 'node')} "
        "it grows, since that is guessed from them."
    )


def _known(found: Answer) -> int:
    return 1 + 4 * max(1, len(found.measured.hosts) - 1)


def _shown(steps: Sequence[Step]) -> list[Step]:
    return list(steps) if len(steps) <= _ROWS else [*steps[: _ROWS - 1], steps[-1]]


def _rate(wire_ns_per_byte: float) -> str:
    return (
        f"{units.significant(8 / wire_ns_per_byte)} Gb/s"
        if wire_ns_per_byte
        else "no measurable time for a byte"
    )


def _cells(step: Step) -> list[str]:
    low, high = step.speedup.low or 0.0, step.speedup.high or 0.0
    return [
        f"{step.nodes:,}",
        f"{step.workers:,}",
        units.time(step.time_ns.value),
        units.ratio(step.speedup.value),
        f"{units.ratio_number(low)} to {units.ratio_number(high)}",
        step.bound.value,
    ]


def verdict(found: Answer) -> str:
    """One sentence: whether a further host pays, and up to where."""
    farm = found.farm
    sending = units.time(farm.sending_ns)
    if not farm.further_host_pays:
        return (
            f"No further host pays: a task takes {units.time(farm.task_ns)}, and to send one away takes the "
            f"first host {sending}."
        )
    why = Bound.LINK if farm.rate(10**9)[1] is Bound.LINK else Bound.CALLER
    most = farm.tasks * farm.task_ns / farm.time_ns(10**9).value
    return (
        f"The wall stands at {units.significant(found.wall_nodes, 2)} nodes: {why.value} gives no more "
        f"there, and no number of hosts comes beyond {units.ratio(most)}."
    )


def draw(found: Answer, path: Path) -> None:
    title = (
        f"{units.round_time(found.question.task_ns)} a task, {units.size(found.question.in_bytes)} in, "
        f"{units.size(found.question.out_bytes)} out, over {found.measured.title}"
    )
    points = [(float(step.nodes), step.speedup) for step in found.steps]
    chart.save(
        path, chart.NodesChart(title, verdict(found), tuple(points), found.wall_nodes, float(found.slots))
    )


def json_form(found: Answer) -> dict[str, Any]:
    """Times in ns, sizes in bytes."""
    farm, link = found.farm, found.farm.link
    return {
        "question": {
            "task_ns": found.question.task_ns,
            "in_bytes": found.question.in_bytes,
            "out_bytes": found.question.out_bytes,
            "tasks": found.question.tasks,
        },
        "link": {
            "title": found.measured.title,
            "latency_ns": link.latency_ns,
            "overhead_ns": link.overhead_ns,
            "wire_ns_per_byte": link.wire_ns_per_byte,
            "cpu_ns_per_byte": link.cpu_ns_per_byte,
            "hosts": link.hosts,
        },
        "slots": found.slots,
        "sending_ns": farm.sending_ns,
        "further_host_pays": farm.further_host_pays,
        "wall_nodes": found.wall_nodes,
        "reason": verdict(found),
        "steps": [
            {
                "nodes": step.nodes,
                "workers": step.workers,
                "time_ns": step.time_ns.value,
                "speedup": step.speedup.value,
                "low": step.speedup.low,
                "high": step.speedup.high,
                "bound_by": step.bound.name.lower(),
            }
            for step in found.steps
        ],
    }
