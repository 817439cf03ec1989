"""Claim 1: threads give CPU-bound CPython no speed-up, processes do; and what a released lock changes."""

from __future__ import annotations

from typing import Callable, Sequence

from ...show import units
from ...show.charts.style import Look
from . import text, verdicts
from .evidence import (
    API, LOKY, NATIVE, PROCESS_POOLS, PYTHON, THREADS, Block, Evidence, Labels, Way,
)
from .model import Claim, DotChart, Finding, Mark, Verdict, filled
from ...statistics.stats import Estimate, Evaluation

_ARTICLES = "factorize"  # the workload that the question was first asked with
Row = tuple[Way, Estimate]


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation)
    block = _block(evidence)
    workers = evidence.workers(block.of(THREADS, *PROCESS_POOLS)) if block else 0
    ways = [way for way in block.ways if way.case.workers == workers] if block else []
    labels = Labels(ways, hide=("kernel",))
    threads = _rows(block, (THREADS,), workers, PYTHON)
    processes = _rows(block, PROCESS_POOLS, workers, PYTHON)
    others = _rows(block, (LOKY,), workers, PYTHON)
    free_threads = _rows(block, (THREADS,), workers, NATIVE)
    free_processes = _rows(block, PROCESS_POOLS, workers, NATIVE)

    findings = (
        _finding(
            "Threads do not speed up Python code.", verdicts.NO_GAIN_RULE, block, threads, labels,
            _every(verdicts.no_gain, threads, "threads", "ThreadPoolExecutor"),
        ),
        _finding(
            "Processes do.", verdicts.GAIN_RULE, block, [*processes, *others], labels,
            _processes(processes, workers),
        ),
        _finding(
            "Threads do as soon as the work is C++ code that releases the interpreter's lock.",
            verdicts.GAIN_RULE, block, [*free_threads, *free_processes], labels,
            _every(
                lambda e: verdicts.gain(e, workers), free_threads, "threads",
                "ThreadPoolExecutor over C++ code",
            ),
            decides=False,
        ),
    )
    groups = (
        ("Python's own code", [*threads, *processes, *others]),
        ("C++ code called from Python", [*free_threads, *free_processes]),
        ("C++ pools", _cpp(block, workers)),
    )
    return Claim(
        name="threads-and-processes",
        title="Threads or processes",
        gist="CPU-bound Python code becomes no faster by threads, but it does by processes.",
        experiment=_experiment(evidence, block, workers),
        rule=verdicts.ALL_RULE,
        verdict=verdicts.all_of(finding.verdict for finding in findings if finding.decides),
        answer=_answer(threads, processes, free_threads),
        findings=findings,
        charts=filled(_chart(evaluation, workers, groups, labels)),
    )


def _block(evidence: Evidence) -> Block | None:
    """The article's numbers where they were measured, else the longest tasks, which hide overhead."""
    blocks = [block for block in evidence.plain_blocks() if block.of(THREADS, *PROCESS_POOLS)]
    found = [
        (block.case.workload == _ARTICLES, size, block)
        for block in blocks if (size := block.task_ns(PYTHON)) and size >= verdicts.LONG_TASK_NS
    ]
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def _rows(block: Block | None, families: Sequence[str], workers: int, kernel: str) -> list[Row]:
    """With the API's own chunk: a chunk that starves a worker says nothing about threads or processes."""
    if block is None:
        return []
    ways = [way for way in block.of(*families, workers=workers) if way.kernel == kernel]
    return text.speedups(block, [way for way in ways if way.case.chunk == "default"])


def _cpp(block: Block | None, workers: int) -> list[Row]:
    if block is None:
        return []
    ways = [way for way in block.ways if not way.is_python and way.case.workers == workers]
    plain = [way for way in ways if way.case.dispatch == "map" and way.case.chunk == "default"]
    return text.speedups(block, plain)


def _every(rule: Callable[[Estimate], Verdict], rows: Sequence[Row], what: str, missing: str) -> Verdict:
    if rows:
        return verdicts.weakest(rule, [speedup for _, speedup in rows], what)
    tasks = f"tasks of at least {units.time(verdicts.LONG_TASK_NS)}"
    return verdicts.not_measured(f"no {missing} on {tasks} without payload")


def _processes(rows: Sequence[Row], workers: int) -> Verdict:
    """Both APIs must be there, in every way in which they were measured."""
    for family in PROCESS_POOLS:
        if not any(way.family == family for way, _ in rows):
            return _every(verdicts.no_gain, [], "", API[family])
    return verdicts.weakest(
        lambda speedup: verdicts.gain(speedup, workers), [speedup for _, speedup in rows], "processes"
    )


def _finding(
    statement: str, rule: str, block: Block | None, rows: Sequence[Row], labels: Labels, verdict: Verdict,
    decides: bool = True,
) -> Finding:
    figures = [text.measured_speedup(block, way, speedup, labels) for way, speedup in rows] if block else []
    return Finding(statement, "speed-up", rule, verdict, tuple(figures), decides)


def _experiment(evidence: Evidence, block: Block | None, workers: int) -> str:
    if block is None:
        return "CPU-bound tasks through a pool of threads and pools of processes, beside the plain loop."
    size = units.time(block.task_ns(PYTHON) or 0)
    return (
        f"{text.experiment(evidence, block, workers)}. A task takes Python {size}. Each speed-up is over the "
        "plain loop over the same code."
    )


def _answer(threads: Sequence[Row], processes: Sequence[Row], free: Sequence[Row]) -> str:
    parts = []
    if threads:
        parts.append(f"Threads {_best(threads)}")
    parts += [
        f"{API[family]} {_best([row for row in processes if row[0].family == family])}"
        for family in PROCESS_POOLS if any(way.family == family for way, _ in processes)
    ]
    if free:
        parts.append(f"threads over C++ code {_best(free)}")
    return "; ".join(parts)


def _best(rows: Sequence[Row]) -> str:
    return text.ratio_text(max((estimate for _, estimate in rows), key=lambda estimate: estimate.value))


def _chart(
    evaluation: Evaluation, workers: int, groups: Sequence[tuple[str, Sequence[Row]]], labels: Labels
) -> DotChart:
    look = Look.of(evaluation)
    drawn = tuple(
        (
            name,
            tuple(
                text.dot(
                    look, way, speedup, labels.of(way),
                    f"{text.ratio_text(speedup)}  ·  {units.time(way.estimate.time_ns.value)}",
                )
                for way, speedup in sorted(rows, key=lambda row: -row[1].value)
            ),
        )
        for name, rows in groups if rows
    )
    return DotChart(
        name="python-and-cpp",
        caption="Speed-up over the plain loop over the same code, with its 95 % interval; time of one "
        "run behind it.",
        axis="speed-up",
        groups=drawn,
        marks=(Mark(float(workers), "ideal"),),
    )
