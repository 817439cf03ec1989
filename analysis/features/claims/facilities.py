"""Claim 3: the gain depends on hardware and on what the system offers: start methods, cores, modes."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Hashable, Iterable, Sequence

from ...show import units
from ...show.charts import families
from ...show.charts.style import Look
from . import text, verdicts
from ...show.charts.linechart import Series
from .evidence import PROCESS_POOLS, Block, Evidence, Labels, Way, ratio, time_difference
from .model import Axis, Claim, Dot, DotChart, Finding, Measured, SeriesChart, Unit, Word, filled
from ...show.naming import tasks_text
from ...files.results import Case
from ...statistics.stats import Evaluation, shift


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation)
    starts = _start_methods(evidence)
    counts = _worker_counts(evidence)
    modes = _cache_modes(evidence)
    findings = (starts, counts, modes)
    parts = [("start methods", starts.verdict), ("worker counts", counts.verdict)]
    if modes.verdict.word is not Word.NOT_MEASURED:
        parts.append(("the machine's modes", modes.verdict))
    return Claim(
        name="facilities",
        title="Machine and operating system",
        gist="The gain depends on the machine and on what its system offers to make and feed workers.",
        experiment=_experiment(evidence),
        rule="The claim holds if each facility matters that the file lets us judge; within those that do "
        "if only some were measured or matter. The machine's modes count where they can be read.",
        verdict=verdicts.some_of(parts),
        answer=_answer(starts, counts, modes),
        findings=findings,
        charts=filled(_start_chart(evaluation, starts), _workers_chart(evaluation, evidence)),
        notes=("One machine cannot show what another one would do: compare the files of several.",),
    )


# Start methods: cold pools that differ in nothing else, in the same block.


def _cold_pairs(evidence: Evidence) -> list[tuple[Block, Way, Way]]:
    """Each cold pool with another start method than fork, and its twin that forks."""
    pairs = []
    for block in evidence.blocks:
        cold = [way for way in block.of(*PROCESS_POOLS) if way.case.pool == "cold"]
        forked = {_but(way, "start"): way for way in cold if way.start == "fork"}
        pairs += [
            (block, way, forked[_but(way, "start")])
            for way in cold if way.start != "fork" and _but(way, "start") in forked
        ]
    return pairs


def _but(way: Way, option: str) -> Hashable:
    """What makes two ways twins that differ in one option alone."""
    options = tuple(sorted((key, value) for key, value in way.options.items() if key != option))
    return way.family, options, way.case.workers, way.case.way


def _start_methods(evidence: Evidence) -> Finding:
    figures = []
    for block, way, forked in _cold_pairs(evidence):
        longer, extra = ratio(way, forked), time_difference(way, forked)
        if longer and extra:
            job, serial = _job(block.case), block.serial_of(way)
            length = f", {units.time(serial.estimate.time_ns.value)} of work" if serial else ""
            cases = (way.case, forked.case)
            label = f"{text.api(way)}, {way.start} / fork"
            figures.append(Measured(label, longer, cases, note=f"{job}{length}"))
            label = f"{text.api(way)}, {way.start} − fork"
            figures.append(Measured(label, extra, cases, Unit.TIME, note=job))
    return _matter(
        "The start method matters, where the pool is made for the job.",
        "time with it / time with fork, and the difference of both",
        "job", figures, "no cold pool with another start method than fork beside one that forks",
    )


def _job(case: Case) -> str:
    return f"{case.workload}, {tasks_text(case)}"


def _matter(
    statement: str, measure: str, some: str, figures: Sequence[Measured], missing: str, how: str = ""
) -> Finding:
    """A facility matters if some ratio of the figures does; `how`: what its rule says beside that."""
    rule = f"{verdicts.matters_rule(f'for some {some}')}; fails if all lie within.{how}"
    ratios = [figure.estimate for figure in figures if figure.unit is Unit.RATIO]
    return Finding(statement, measure, rule, verdicts.matters(ratios, missing), tuple(figures))


def _start_chart(evaluation: Evaluation, starts: Finding) -> DotChart:
    look = Look.of(evaluation)
    looks = {e.case: look.line(e) for e in evaluation.of_role("case")}
    groups: dict[str, list[Dot]] = defaultdict(list)
    for figure in starts.figures:
        if figure.unit is Unit.RATIO:
            value = text.ratio_text(figure.estimate)
            groups[figure.note].append(Dot(figure.label, figure.estimate, value, looks[figure.of[0]]))
    return DotChart(
        name="start-methods",
        caption="Time of a run with a cold pool / the same with fork. In the shaded band the "
        "difference does not matter.",
        axis="time / time with fork",
        groups=tuple((name, tuple(dots)) for name, dots in groups.items()),
        band=verdicts.SAME_BAND,
    )


# Worker counts: the same pool with one worker and with as many as the machine has cores, in the same block.


def _by_workers(evidence: Evidence) -> list[tuple[Block, list[Way]]]:
    """Each way of running a pool that was measured with several worker counts, sorted by them."""
    found = []
    for block in evidence.blocks:
        groups: dict[Hashable, list[Way]] = defaultdict(list)
        for way in block.ways:
            groups[way.case.backend, way.case.way].append(way)
        for ways in groups.values():
            if len({way.case.workers for way in ways}) > 1:
                found.append((block, sorted(ways, key=lambda way: way.case.workers)))
    return found


def _worker_counts(evidence: Evidence) -> Finding:
    figures = []
    for block, ways in _by_workers(evidence):
        if ways[0].family not in PROCESS_POOLS:
            continue
        labels = Labels(ways, hide=("workers",))
        usual = evidence.workers(ways)
        own = next(way for way in ways if way.case.workers == usual)
        for way in ways:
            if way is not own and (found := ratio(way, own)):
                label = f"{labels.of(way)}: {way.case.workers} / {units.count(usual, 'worker')}"
                figures.append(Measured(label, found, (way.case, own.case), note=_job(block.case)))
    return _matter(
        "The number of workers matters.",
        "time with another number / time with this machine's own",
        "pool", figures, "no pool of processes with more than one number of workers",
    )


def _workers_chart(evaluation: Evaluation, evidence: Evidence) -> SeriesChart:
    groups: dict[Hashable, list[tuple[Block, list[Way]]]] = defaultdict(list)
    for block, ways in _by_workers(evidence):
        groups[families.fixed(block.case, "workers")].append((block, ways))
    most = max(groups.values(), key=len) if groups else []
    look = Look.of(evaluation)
    labels = Labels([way for _, ways in most for way in ways], hide=("workers",))
    lines = []
    for block, ways in most:
        rows = text.speedups(block, ways)
        points = tuple((float(way.case.workers), speedup) for way, speedup in rows)
        if len(points) > 1:
            workers, best = max(points, key=lambda point: point[1].value)
            note = f"{units.ratio(best.value)} at {workers:.0f}"
            lines.append(Series(labels.of(ways[0]), points, look.line(ways[0].estimate), note))
    return SeriesChart(
        name="workers",
        caption="Speed-up over the plain loop over the same code, against the number of workers.",
        x=Axis.WORKERS,
        x_label=f"workers ({units.count(evidence.context.cores, 'core')} here)",
        y_label="speed-up",
        lines=tuple(lines),
    )


# The two modes of the machine: whether the cores are near each other or far apart when a sample is taken.


def is_line_round_trip(name: str) -> bool:
    """Whether a covariate is the time a cache line needs between two cores and back, in ns."""
    return name.endswith("_ns") and "line" in name.split("_")


def _cache_modes(evidence: Evidence) -> Finding:
    trips = evidence.covariates(is_line_round_trip)
    modes = evidence.context.line_modes
    figures = list(_far_over_near(evidence, trips, modes["threshold_ns"])) if trips and modes else []
    if not trips:
        missing = "not readable: the samples carry no round trip of a cache line"
    elif modes is None:
        missing = "one mode only, by the round trips of cache lines"
    else:
        missing = "two modes, but no pool was often enough in both"
    return _matter(
        "The machine's mode matters: whether its cores are near each other or far apart.",
        "time far / time near", "case", figures, missing,
        " A sample is far or near by the round trip of a cache line, measured beside it.",
    )


def _far_over_near(evidence: Evidence, trips: dict[int, float], border: float) -> Iterable[Measured]:
    """Of each case of the pools: unpaired, since a mode lasts for longer than a block."""
    modes: dict[Case, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    names = {way.case: way for block in evidence.blocks for way in block.of(*PROCESS_POOLS)}
    for sample in evidence.evaluation.results.samples:
        if sample.ok and sample.sequence in trips and sample.case in names:
            far = trips[sample.sequence] > border
            modes[sample.case][far].append(math.log(sample.real_time_ns))
    labels = Labels(names.values())
    for case, (near, far_times) in modes.items():
        found = shift(far_times, near)
        if found is not None and found.low is not None:
            way = names[case]
            note = f"{_job(way.case)}; near below {units.time(border)}"
            yield Measured(labels.of(way), found.exp(), (way.case,), note=note)


def _experiment(evidence: Evidence) -> str:
    cores = units.count(evidence.context.cores, "core")
    where = f"{evidence.context.cpu or 'unknown CPU'}, {cores}, {evidence.context.kernel or 'unknown kernel'}"
    return (
        f"On one machine ({where}): the same job through cold pools that differ in their start method, and "
        "through pools that differ in their number of workers."
    )


def _answer(starts: Finding, counts: Finding, modes: Finding) -> str:
    parts = []
    extra = [figure for figure in starts.figures if figure.unit is Unit.TIME]
    if extra:
        dearest = max(extra, key=lambda figure: figure.estimate.value)
        parts.append(f"{dearest.label}: {units.time(max(dearest.estimate.value, 0))} a run")
    if counts.figures:
        parts.append(_largest(counts))
    if modes.figures:
        parts.append(f"cores far apart / near, {_largest(modes)}")
    elif parts:
        parts.append(f"cache modes: {modes.verdict.detail}")
    return "; ".join(parts)


def _largest(finding: Finding) -> str:
    largest = max(finding.figures, key=lambda figure: abs(math.log(figure.estimate.value)))
    return f"{largest.label}: {text.ratio_text(largest.estimate)}"
