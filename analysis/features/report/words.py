"""The summary: what a file says, in sentences for a reader who has never seen this project."""

from __future__ import annotations

from typing import Iterator, Sequence

from ...files import program
from ...show import units
from ..advise import answer, text
from ..advise.question import Question
from ...statistics.model import CostModel
from ...statistics.stats import Evaluation

# Tasks of each kind that a reader may have: computing time, bytes in and out.
_EXAMPLES = (
    (2e3, 0, 0),
    (2e4, 0, 0),
    (2e4, 4096, 64),
    (2e5, 65536, 65536),
    (1e6, 1 << 20, 1 << 20),
    (1e7, 65536, 65536),
)


def summary(evaluation: Evaluation, model: CostModel | None) -> list[str]:
    """Sentences, the most important first: what the measuring program answers, and what the model adds."""
    found = program.answer_of(evaluation.results.path)
    if not found.sentences:
        return ["This file holds no case with a speed-up: nothing can be said about threads or processes."]
    return [*found.sentences, *(_break_evens(evaluation, model, found) if model is not None else [])]


def _break_evens(evaluation: Evaluation, model: CostModel, found: program.Answer) -> Iterator[str]:
    cases = [e for e in evaluation.of_role("case") if e.speedup and e.case.workers > 1]
    backends = sorted({e.case.backend for e in cases})
    processes = [name for name in backends if name in found.processes]
    threads = [name for name in backends if name not in processes]
    for kind, names in (("threads", threads), ("processes", processes)):
        if sentence := _break_even(model, kind, names, evaluation.results.context.usable_cores):
            yield sentence


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
