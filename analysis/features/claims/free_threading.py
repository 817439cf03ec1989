"""Claim 7: whether interpreters without a lock, or with a lock each, make pools of processes superfluous."""

from __future__ import annotations

from typing import Sequence

from . import text, verdicts
from .evidence import API, INTERPRETERS, PROCESS_POOLS, PYTHON, THREADS, Block, Evidence, Labels, Way, ratio
from .model import Claim, Finding, Measured, Verdict, Word
from ...show import units
from ...statistics.stats import Estimate, Evaluation

_HOW = "breakeven run interpreters --interpreter python3.14t"
_NO_SLOWER_RULE = (
    "Holds if the whole interval of the pool's time over that of the threads lies above "
    f"1/{verdicts.MATTERS:g}; fails if it lies below."
)


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation, every_interpreter=True)
    free = {sample.case.backend for sample in evaluation.results.samples if sample.facts.get("gil") == "off"}
    block = _block(evidence, free)
    workers = evidence.workers([way for way in block.ways if way.case.backend in free]) if block else 0
    threads = _of(block, workers, [THREADS], free)
    own = _of(block, workers, [INTERPRETERS])
    pools = [way for way in _of(block, workers, PROCESS_POOLS) if way.interpreter == "default"]
    best = min(pools, key=lambda way: way.estimate.time_ns.value, default=None)
    labels = Labels([*threads, *own, *pools], hide=("kernel",))
    findings = (
        _gain(
            "Threads without a lock speed up Python code.",
            block,
            threads,
            labels,
            workers,
            "threads without a lock",
        ),
        _beside(best, threads, labels),
        _gain(
            "Interpreters with a lock each speed it up, in one process.",
            block,
            own,
            labels,
            workers,
            "interpreters with a lock each",
            decides=False,
        ),
    )
    return Claim(
        name="free-threading",
        title="Free threading",
        gist="Free threading makes pools of processes superfluous.",
        experiment=text.experiment(evidence, block, workers)
        if block
        else "Threads of a free-threaded interpreter, interpreters with a lock each, and pools of processes "
        "on the same numbers.",
        rule=verdicts.ALL_RULE,
        verdict=verdicts.all_of(finding.verdict for finding in findings if finding.decides),
        answer=_answer(block, threads, own),
        findings=findings,
    )


def _block(evidence: Evidence, free: set[str]) -> Block | None:
    """The longest tasks without payload that such threads ran."""
    found = [
        (block.task_ns(PYTHON) or 0.0, place, block)
        for place, block in enumerate(evidence.plain_blocks())
        if any(way.case.backend in free or way.family == INTERPRETERS for way in block.ways)
    ]
    return max(found)[2] if found else None


def _of(
    block: Block | None, workers: int, families: Sequence[str], free: set[str] | None = None
) -> list[Way]:
    if block is None:
        return []
    return [
        way
        for way in block.of(*families, workers=workers)
        if way.kernel == PYTHON and way.case.chunk == "default" and (free is None or way.case.backend in free)
    ]


def _gain(
    statement: str,
    block: Block | None,
    ways: Sequence[Way],
    labels: Labels,
    workers: int,
    what: str,
    decides: bool = True,
) -> Finding:
    rows = text.speedups(block, ways) if block else []
    verdict = (
        verdicts.weakest(lambda speedup: verdicts.gain(speedup, workers), [e for _, e in rows], what)
        if rows
        else verdicts.not_measured(f"no {what} in the run: {_HOW}")
    )
    figures = (
        tuple(text.measured_speedup(block, way, speedup, labels) for way, speedup in rows) if block else ()
    )
    return Finding(statement, "speed-up", verdicts.GAIN_RULE, verdict, figures, decides)


def _beside(best: Way | None, threads: Sequence[Way], labels: Labels) -> Finding:
    pairs = [(way, ratio(best, way)) for way in threads] if best else []
    known = [(way, estimate) for way, estimate in pairs if estimate is not None]
    figures = (
        tuple(
            Measured(f"{labels.of(best)} / {labels.of(way)}", estimate, (best.case, way.case))
            for way, estimate in known
        )
        if best
        else ()
    )
    verdict = (
        verdicts.all_of(_no_slower(estimate) for _, estimate in known)
        if known
        else verdicts.not_measured(f"no threads without a lock beside a pool of processes in the run: {_HOW}")
    )
    return Finding(
        "They take no longer than the best pool of processes.",
        "time / time",
        _NO_SLOWER_RULE,
        verdict,
        figures,
    )


def _no_slower(times: Estimate) -> Verdict:
    """`times`: the pool's time over the threads'."""
    if times.low is None or times.high is None:
        return verdicts.undecided([times])
    if times.low >= 1 / verdicts.MATTERS:
        return Verdict(Word.HOLDS)
    return Verdict(Word.FAILS) if times.high < 1 / verdicts.MATTERS else verdicts.undecided([times])


def _answer(block: Block | None, threads: Sequence[Way], own: Sequence[Way]) -> str:
    if block is None:
        return ""
    parts = []
    for way, estimate in text.speedups(block, [*threads, *own]):
        parts.append(
            f"{API[way.family]} of Python {way.interpreter} {text.ratio_text(estimate)}, "
            f"{units.time(way.estimate.time_ns.value)}"
        )
    return "; ".join(parts)
