"""The summary: what a file says, in sentences for a reader who has never seen this project."""

from __future__ import annotations

from typing import Iterator, Sequence

from ...show import units
from ..advise import answer, text
from ..advise.question import Question
from ...show.charts import families
from ...statistics.model import CostModel
from ...show.naming import shape_text
from ...statistics.stats import ROUNDS_OF_AN_INTERVAL, CaseEstimate, Evaluation

# Tasks of each kind that a reader may have: computing time, bytes in and out.
_EXAMPLES = (
    (2e3, 0, 0),
    (2e4, 0, 0),
    (2e4, 4096, 64),
    (2e5, 65536, 65536),
    (1e6, 1 << 20, 1 << 20),
    (1e7, 65536, 65536),
)


def is_process(evaluation: Evaluation, backend: str) -> bool:
    """Whether this backend's tasks run in other processes: bytes cross an address space."""
    cases = (e for e in evaluation.of_role("case") if e.case.backend == backend and e.case.workers > 1)
    return any(sample.bytes_moved > 0 for e in cases for sample in evaluation.samples(e))


def summary(evaluation: Evaluation, model: CostModel | None) -> list[str]:
    """Sentences, the most important first; empty where nothing was measured."""
    return [sentence for sentence in _sentences(evaluation, model) if sentence]


def _sentences(evaluation: Evaluation, model: CostModel | None) -> Iterator[str]:
    cases = [e for e in evaluation.of_role("case") if e.speedup and e.case.workers > 1]
    if not cases:
        yield "This file holds no case with a speed-up: nothing can be said about threads or processes."
        return
    backends = sorted({e.case.backend for e in cases})
    processes = [name for name in backends if is_process(evaluation, name)]
    threads = [name for name in backends if name not in processes]
    if threads and processes:
        yield _either(cases, threads, processes)
    yield _best(cases)
    yield _beyond_ideal(cases)
    for kind, names in (("threads", threads), ("processes", processes)):
        if model is not None:
            yield _break_even(model, kind, names, evaluation.results.context.usable_cores)
    slower = [e for e in cases if e.speedup and e.speedup.high is not None and e.speedup.high < 1]
    if slower:
        yield (
            f"In {len(slower)} of {units.count(len(cases), 'case')} parallelism is a loss: the plain loop is "
            "faster, beyond doubt. The tables below name them."
        )


def _speedup(estimate: CaseEstimate) -> float:
    return estimate.speedup.value if estimate.speedup else 0.0


def _is_beyond_ideal(estimate: CaseEstimate) -> bool:
    """More than its workers can give, and not by chance."""
    low = estimate.speedup.low if estimate.speedup else None
    return low is not None and low > estimate.case.workers


def _best(cases: Sequence[CaseEstimate]) -> str:
    known = [e for e in cases if e.speedup and e.speedup.low is not None]
    if not known:
        least = units.count(ROUNDS_OF_AN_INTERVAL, "round")
        return f"No gain or loss is certain: no case has the {least} that an interval of 95 % needs."
    best = max((e for e in known if not _is_beyond_ideal(e)), key=_low, default=None)
    if best is None or _low(best) <= 1:
        return "No case gains beyond doubt: every interval of a speed-up holds 1, or lies below it."
    return (
        f"The surest gain is {units.ratio(_speedup(best))} the speed of a plain loop, by {best.case.backend} "
        f"with {units.count(best.case.workers, 'worker')} ({shape_text(best.case)})."
    )


def _beyond_ideal(cases: Sequence[CaseEstimate]) -> str:
    """What looks too good is explained, and never the headline."""
    beyond = [e for e in cases if _is_beyond_ideal(e)]
    if not beyond:
        return ""
    most = max(beyond, key=_speedup)
    return (
        f"Cases that gain more than their number of workers: {len(beyond)}, up to "
        f"{units.ratio(_speedup(most))} with {most.case.workers} "
        f"({most.case.backend}, {shape_text(most.case)}). Several cores have several private caches, so that "
        "a payload fits which one core's cache does not hold, or the plain loop pays for something that the "
        "workers do not. It is not a gain of the pool."
    )


def _low(estimate: CaseEstimate) -> float:
    return (estimate.speedup.low if estimate.speedup else None) or 0.0


def _either(cases: Sequence[CaseEstimate], threads: Sequence[str], processes: Sequence[str]) -> str:
    """In how many shapes the best threads beat the best processes; where their intervals meet, they tie."""
    wins = losses = ties = 0
    largest = 0.0
    for _, members in families.grouped(cases, lambda case: families.fixed(case)):
        known = [e for e in members if e.speedup and e.speedup.low is not None and e.speedup.high is not None]
        thread = max((e for e in known if e.case.backend in threads), key=_speedup, default=None)
        process = max((e for e in known if e.case.backend in processes), key=_speedup, default=None)
        if thread is None or process is None:
            continue
        if _is_above(thread, process):
            wins += 1
            largest = max(largest, _speedup(thread) / _speedup(process))
        elif _is_above(process, thread):
            losses += 1
        else:
            ties += 1
    if not wins + losses + ties:
        return ""
    up_to = f"; threads were up to {units.ratio(largest)} as fast" if wins else ""
    return (
        f"Threads or processes? Of {units.count(wins + losses + ties, 'shape')} of work that both ran, "
        f"threads were faster in {wins}, processes in {losses}, and in {ties} their intervals meet: "
        f"a tie{up_to}."
    )


def _is_above(one: CaseEstimate, other: CaseEstimate) -> bool:
    """Whether the intervals are apart."""
    high = other.speedup.high if other.speedup else None
    return high is not None and _low(one) > high


def _break_even(model: CostModel, kind: str, names: Sequence[str], workers: int) -> str:
    """`With threads a job of 1,000 tasks pays, without payload from 100 ns a task on (…); with 4 KiB …`"""
    members = [backend for backend in model.backends if backend.backend in names]
    if not members:
        return ""
    places = []
    for label, size in (
        ("without payload", 0),
        ("with 4 KiB in and out", 4096),
        ("with 64 KiB in and out", 65536),
    ):
        advice = answer.answer(model, Question(1e5, size, size, 1000, workers))
        own = [c for c in advice.choices if c.backend in names and c.pays_from_task_ns is not None]
        if own:
            least = min(own, key=lambda choice: choice.pays_from_task_ns or 0.0)
            place = least.pays_from_task_ns or 0.0
            form = f"from {units.time(place)} a task on" if place else "at any task size"
            places.append(f"{label} {form} ({least.backend})")
    if not places:
        return f"With {kind} a job of 1,000 tasks pays at no task size up to 1 s."
    return f"With {kind} a job of 1,000 tasks pays, {'; '.join(places)}."


def examples(model: CostModel, workers: int) -> list[dict[str, str]]:
    """Advice for some kinds of tasks, as rows of a table."""
    rows = []
    for task_ns, into, out in _EXAMPLES:
        question = Question(task_ns, into, out, 1000, workers)
        advice = answer.answer(model, question)
        best = advice.best
        rows.append(
            {
                "task": units.round_time(task_ns),
                "payload": f"{units.size(into)} in, {units.size(out)} out" if into or out else "none",
                "use": best.backend if best else f"{model.baseline} (the plain loop)",
                "speedup": units.ratio(best.prediction.speedup.value) if best else "–",
                "range": text.range_text(best.prediction.speedup) if best else "–",
                "why": text.reason(advice),
            }
        )
    return rows
