"""The summary: what a file says, in sentences for a reader who has never seen this project."""

from __future__ import annotations

from typing import Iterator, Sequence

from ...show import units
from ..advise import answer, text
from ..advise.question import Question
from ...show.charts import families
from ...statistics.model import CostModel
from ...show.naming import shape_text
from ...statistics.stats import CaseEstimate, Evaluation

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
    for kind, names in (("threads", threads), ("processes", processes)):
        if model is not None:
            yield _break_even(model, kind, names, evaluation.results.context.usable_cores)
    slower = [e for e in cases if e.speedup and (e.speedup.high or e.speedup.value) < 1]
    if slower:
        yield (
            f"In {len(slower)} of {units.count(len(cases), 'case')} parallelism is a loss: the plain loop is "
            "faster, beyond doubt. The tables below name them."
        )


def _speedup(estimate: CaseEstimate) -> float:
    return estimate.speedup.value if estimate.speedup else 0.0


def _best(cases: Sequence[CaseEstimate]) -> str:
    best = max(cases, key=lambda e: (e.speedup and e.speedup.low) or 0.0)
    return (
        f"The surest gain is {units.ratio(_speedup(best))} the speed of a plain loop, by {best.case.backend} "
        f"with {units.count(best.case.workers, 'worker')} ({shape_text(best.case)})."
    )


def _either(cases: Sequence[CaseEstimate], threads: Sequence[str], processes: Sequence[str]) -> str:
    """In how many shapes the best threads beat the best processes."""
    wins = both = 0
    largest = 0.0
    for _, members in families.grouped(cases, lambda case: families.fixed(case)):
        by_thread = [_speedup(e) for e in members if e.case.backend in threads]
        by_process = [_speedup(e) for e in members if e.case.backend in processes]
        if by_thread and by_process:
            both += 1
            wins += max(by_thread) >= max(by_process)
            largest = max(largest, max(by_thread) / max(by_process))
    if not both:
        return ""
    return (
        f"Threads or processes? Of {units.count(both, 'shape')} of work that both ran, threads were faster "
        f"in {wins}, processes in {both - wins}; threads were up to {units.ratio(largest)} as fast."
    )


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
