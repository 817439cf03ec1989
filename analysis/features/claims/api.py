"""Claim 4: whether ProcessPoolExecutor or multiprocessing.Pool is called is not what decides the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Sequence

from ...show import units
from ...show.charts import style
from . import text, verdicts
from ...show.charts.linechart import Series
from .evidence import EXECUTOR, POOL, Block, Evidence, Way, ratio
from .model import Axis, Claim, Finding, Measured, SeriesChart, Unit, Verdict, Word, filled
from ...statistics.stats import Estimate, Evaluation, median_interval


@dataclass(frozen=True, eq=False)
class Duel:
    """The two APIs on the same tasks in the same block; `ratio`: time of the executor / time of the pool."""

    block: Block
    executor: Way
    pool: Way
    task_ns: float
    ratio: Estimate

    @property
    def point(self) -> tuple[float, Estimate]:
        return self.task_ns, self.ratio


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation)
    defaults = duels(evidence, _as_they_come)
    equal = duels(evidence, _equal_chunks)
    single = duels(evidence, _one_by_one)
    findings = (
        _finding("At the defaults, as a newcomer calls them: map, without naming a chunk.", defaults),
        _finding("With chunks of equal size and the same start method: map.", equal),
        _finding("One call per task: submit and apply_async.", single, decides=False),
    )
    return Claim(
        name="api",
        title="Which API",
        gist="Whether one writes ProcessPoolExecutor or multiprocessing.Pool hardly changes the time.",
        experiment=_experiment(evidence, [*defaults, *equal, *single]),
        rule=verdicts.ALL_RULE,
        verdict=_overall(findings[0].verdict, findings[1].verdict),
        answer=_answer(defaults, equal),
        findings=findings,
        charts=filled(_chart({"defaults": defaults, "equal chunks": equal, "one call per task": single})),
        notes=("The size of a task is its time in Python's plain loop. None carries payload: see claim 2.",),
    )


Choice = Callable[[Way], bool]


def _plain(way: Way, *but: str) -> bool:
    """No option set but kernel and the named ones."""
    others = {key for key in way.options if key not in ("kernel", *but)}
    return not others and way.option("api") in ("map", "")


def _as_they_come(way: Way) -> bool:
    return _plain(way) and way.case.dispatch == "map" and way.case.chunk == "default"


def _equal_chunks(way: Way) -> bool:
    return _plain(way, "start") and way.case.dispatch == "map" and way.case.chunk != "default"


def _one_by_one(way: Way) -> bool:
    return _plain(way, "start") and way.case.dispatch == "submit"


def duels(evidence: Evidence, choice: Choice) -> list[Duel]:
    """All pairs of the two APIs in equal settings, in blocks without payload, by the time of a task."""
    found = []
    for block in evidence.plain_blocks():
        workers = evidence.workers(block.of(EXECUTOR, POOL))
        pools = [way for way in block.of(POOL, workers=workers) if choice(way)]
        for executor in filter(choice, block.of(EXECUTOR, workers=workers)):
            for pool in pools:
                size, between = block.task_ns(executor.kernel), ratio(executor, pool)
                if pool.setting == executor.setting and size and between:
                    found.append(Duel(block, executor, pool, size, between))
    return sorted(found, key=lambda duel: duel.task_ns)


def _finding(statement: str, found: Sequence[Duel], decides: bool = True) -> Finding:
    where = crossing(found)
    figures = [_figure(duel) for duel in found]
    if where:
        cases = (found[0].executor.case, found[0].pool.case)
        label = "the difference falls to a tenth at tasks of"
        figures.append(Measured(label, where, cases, Unit.TIME, "interpolated"))
    return Finding(
        statement,
        "time of ProcessPoolExecutor / time of Pool",
        verdicts.SAME_FROM_RULE,
        verdicts.same_from([duel.point for duel in found]),
        tuple(figures),
        decides,
    )


def crossing(found: Sequence[Duel]) -> Estimate | None:
    """At which task time the difference falls to a tenth; with an interval if that is so in every round."""
    curve = [(duel.task_ns, duel.ratio.value) for duel in found]
    value = verdicts.crossing(worst(curve))
    if value is None:
        return None
    both = [set(duel.executor.rounds) & set(duel.pool.rounds) for duel in found]
    rounds = set.intersection(*both)
    crossings = [
        verdicts.crossing(
            worst((duel.task_ns, math.exp(duel.executor.rounds[i] - duel.pool.rounds[i])) for duel in found)
        )
        for i in rounds
    ]
    logs = [math.log(x) for x in crossings if x is not None]
    if len(logs) < len(rounds) or not logs:
        return Estimate(value, None, None, len(logs))
    return median_interval(logs).exp()


def _figure(duel: Duel) -> Measured:
    case = duel.executor.case
    parts = [
        f"tasks of {units.time(duel.task_ns)}",
        f"chunk {case.chunk:,}" if isinstance(case.chunk, int) else "",
        case.pool,
        duel.executor.start if duel.executor.start != "fork" else "",
        "C++ kernel" if duel.executor.kernel == "native" else "",
    ]
    return Measured(
        ", ".join(part for part in parts if part),
        duel.ratio,
        (duel.executor.case, duel.pool.case),
        note=f"{case.workload}, {units.count(case.tasks, 'task')}; {verdicts.faster(duel.ratio)}",
    )


def worst(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of several ratios at one task time the one farthest from 1; sorted by time."""
    kept: dict[float, float] = {}
    for x, value in points:
        if abs(math.log(value)) >= abs(math.log(kept.get(x, 1.0))):
            kept[x] = value
    return sorted(kept.items())


def _line_points(found: Sequence[Duel]) -> tuple[tuple[float, Estimate], ...]:
    chosen = dict(worst((duel.task_ns, duel.ratio.value) for duel in found))
    return tuple(duel.point for duel in found if chosen[duel.task_ns] == duel.ratio.value)


def _overall(defaults: Verdict, equal: Verdict) -> Verdict:
    verdict = verdicts.all_of([defaults, equal])
    if verdict.word not in (Word.WITHIN, Word.FAILS):
        return verdict
    named = ((defaults, "at the defaults"), (equal, "with equal chunks"))
    parts = [f"{one.detail} {how}" for one, how in named if one.word is verdict.word and one.detail]
    return Verdict(verdict.word, "; ".join(parts))


def _experiment(evidence: Evidence, found: Sequence[Duel]) -> str:
    if not found:
        return "The same tasks, from empty ones to long ones, through both APIs side by side in one block."
    sizes = sorted({duel.task_ns for duel in found})
    first, last = found[0].executor.case, max(found, key=lambda duel: duel.task_ns).executor.case
    return (
        f"Tasks without payload from {units.time(sizes[0])} ({first.workload}, "
        f"{units.count(first.tasks, 'task')}) to {units.time(sizes[-1])} ({last.workload}, "
        f"{units.count(last.tasks, 'task')}), {len(sizes)} sizes; {units.count(first.workers, 'worker')}; "
        "both APIs in the same block, compared pair by pair."
    )


def _answer(defaults: Sequence[Duel], equal: Sequence[Duel]) -> str:
    parts = []
    for name, found in (("Defaults", defaults), ("equal chunks", equal)):
        points = _line_points(found)
        if points:
            ends = dict([points[0], points[-1]])
            said = [f"{text.ratio_text(ratio)} at {units.time(x)}" for x, ratio in ends.items()]
            where = crossing(found)
            said += [f"a tenth at about {units.time(where.value)}"] if where else []
            parts.append(f"{name}: {', '.join(said)}")
    return "; ".join(parts)


def _line_look(order: int) -> dict[str, Any]:
    color = style.PALETTE[order]
    return {
        "color": color, "marker": style.MARKERS[order], "markersize": 6.0, "markeredgecolor": "white",
        "markerfacecolor": color, "markeredgewidth": 0.6, "linestyle": style.DASHES[order], "linewidth": 1.6,
    }


def _chart(series: Mapping[str, Sequence[Duel]]) -> SeriesChart:
    lines = []
    for order, (name, found) in enumerate(series.items()):
        points = _line_points(found)
        if points:
            where = crossing(found)
            note = f"within a tenth from {units.time(where.value)}" if where else ""
            lines.append(Series(name, points, _line_look(order), note))
    return SeriesChart(
        name="api",
        caption="Time of ProcessPoolExecutor / time of Pool, against the time of one task; above 1 the "
        "pool is faster. In the shaded band the difference does not matter. Of several pairs at one "
        "size the most different.",
        x=Axis.TIME,
        x_label="time of one task in the plain loop",
        y_label="executor's time / pool's",
        lines=tuple(lines) if any(len(line.points) > 1 for line in lines) else (),
        band=verdicts.SAME_BAND,
    )
