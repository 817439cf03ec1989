"""The answer: each backend's predicted time and speed-up, where it breaks even, how far the evidence goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Collection, Sequence

import numpy as np

from ...show import units
from .question import Question
from ...statistics.model import BackendModel, CostModel, Jobs, Prediction, more_cores, read_bytes, schedules
from ...statistics.stats import Estimate
from ...files.results import Case

AS_GOOD = 1.02  # of the best time: closer than that is no reason to prefer one
_PLACES = 241
_TASK_NS = (10.0, 1e9)  # where a break-even is sought
_PAYLOAD = (8.0, 256.0 * 2**20)


@dataclass(frozen=True)
class Choice:
    """One backend for this job. A break-even is None where the speed-up is never 1 in the range sought."""

    backend: str
    dispatch: str
    chunk: int  # 0: the backend's own choice is as good as any
    prediction: Prediction
    parts_ns: dict[str, float]
    pays_from_task_ns: float | None  # with this payload; 0: always
    pays_up_to_bytes: float | None  # in + out of a task, at this task size; infinite: always
    beyond: tuple[str, ...]  # what of the question lies outside the measured cases

    @property
    def pays(self) -> bool:
        """By more than what is no reason to prefer one: one worker never does."""
        return self.prediction.speedup.value > AS_GOOD


@dataclass(frozen=True)
class Advice:
    """Choices from the fastest on; `nearest`: measured shapes that are most like the question."""

    question: Question
    loop_ns: float
    choices: tuple[Choice, ...]
    nearest: tuple[str, ...]

    @property
    def best(self) -> Choice | None:
        """None where the plain loop is fastest."""
        return self.choices[0] if self.choices and self.choices[0].pays else None


def answer(model: CostModel, question: Question, processes: Collection[str] = ()) -> Advice:
    """Ranks all backends of the model; `processes`: those whose tasks run in other processes."""
    jobs = question.jobs()
    cores = model.around.cores
    if question.cores and question.workers > cores:
        fewer = question.on(cores)
        loop = float(model.loop_ns(jobs)[0])
        choices = [
            _on_more_cores(_choice(model, backend, fewer), question, fewer, loop, processes)
            for backend in model.backends
        ]
    else:
        choices = [_choice(model, backend, question) for backend in model.backends]
    return Advice(
        question,
        float(model.loop_ns(jobs)[0]),
        tuple(sorted(choices, key=lambda choice: choice.prediction.time_ns.value)),
        _nearest(model, question),
    )


def _choice(model: CostModel, backend: BackendModel, question: Question) -> Choice:
    jobs, chunk = _tuned(model, backend, question)
    return Choice(
        backend=backend.backend,
        dispatch="submit" if jobs.submit[0] else "map",
        chunk=chunk,
        prediction=model.predict(backend, jobs),
        parts_ns=model.parts_ns(backend, jobs),
        pays_from_task_ns=_pays_from(model, backend, jobs),
        pays_up_to_bytes=_pays_up_to(model, backend, jobs),
        beyond=_beyond(backend.cases, question),
    )


def _on_more_cores(
    choice: Choice, question: Question, fewer: Question, loop_ns: float, processes: Collection[str]
) -> Choice:
    """The choice with its time on the cores asked for; its break-evens stay those of the measured ones."""
    known = more_cores.Known(
        loop_ns, choice.prediction.time_ns.value, fewer.workers, question.tasks,
        payload=question.tasks * (question.in_bytes + question.out_bytes),
        processes=choice.backend in processes,
        split=choice.backend in schedules.SPLIT,
        costs=_costs(question) if question.skew else (),
    )
    time = _widened(more_cores.times_ns(known, question.workers), choice.prediction.time_ns)
    assert time.low is not None and time.high is not None
    speedup = Estimate(loop_ns / time.value, loop_ns / time.high, loop_ns / time.low, time.count)
    work = min(time.value, loop_ns * more_cores.largest_share(known, question.workers))
    rest = sum(part for name, part in choice.parts_ns.items() if name != "work")
    scale = (time.value - work) / rest if rest else 0.0
    parts = {name: work if name == "work" else part * scale for name, part in choice.parts_ns.items()}
    return replace(choice, prediction=Prediction(time, speedup), parts_ns=parts)


def _widened(time: Estimate, by: Estimate) -> Estimate:
    """The range of the one where what it rests on has a range itself."""
    assert time.low is not None and time.high is not None and by.low is not None and by.high is not None
    return Estimate(time.value, time.low * by.low / by.value, time.high * by.high / by.value, by.count)


def _costs(question: Question) -> Sequence[float]:
    """Of unequal tasks, as the workload `compute` draws them: (s + 1) u^s, u uniform."""
    return tuple(np.random.default_rng(1).random(question.tasks) ** question.skew)


def _tuned(model: CostModel, backend: BackendModel, question: Question) -> tuple[Jobs, int]:
    """The job in its fastest way: the range at once, in chunks where those were measured, else by calls."""
    jobs = question.jobs()
    if not any(case.dispatch == "map" for case in backend.cases):
        return jobs.where(submit=1), 0
    if not any(case.dispatch == "map" and case.chunk != "default" for case in backend.cases):
        return jobs, 0
    chunks = np.array([0.0, *(2.0**p for p in range(15) if 2**p * question.workers <= question.tasks)])
    times = model.times_ns(backend, jobs.where(chunk=chunks))
    best = int(np.argmin(times))
    chosen = 0.0 if times[0] <= AS_GOOD * times[best] else chunks[best]
    return jobs.where(chunk=chosen), int(chosen)


def _pays_from(model: CostModel, backend: BackendModel, jobs: Jobs) -> float | None:
    sizes = np.geomspace(*_TASK_NS, _PLACES)
    pays = model.speedups(backend, jobs.where(task_ns=sizes)) > 1
    if not pays[-1]:
        return None
    failing = np.flatnonzero(~pays)
    return float(sizes[failing[-1] + 1]) if len(failing) else 0.0


def _pays_up_to(model: CostModel, backend: BackendModel, jobs: Jobs) -> float | None:
    """Along payloads in the question's own proportion; both ways alike where it has none."""
    into, out = float(jobs.in_bytes[0]), float(jobs.out_bytes[0])
    share = into / (into + out) if into + out else 0.5
    sizes = np.concatenate([[0.0], np.geomspace(*_PAYLOAD, _PLACES)])
    jobs = jobs.where(in_bytes=sizes * share, out_bytes=sizes * (1 - share))
    pays = model.speedups(backend, jobs) > 1
    if not pays[0]:
        return None
    failing = np.flatnonzero(~pays)
    return float(sizes[failing[0] - 1]) if len(failing) else float("inf")


def _beyond(cases: Sequence[Case], question: Question) -> tuple[str, ...]:
    """`8 workers (measured: 1 to 4)` for each part of the question that no case of the backend reaches."""
    asked: tuple[tuple[str, float, list[float], Callable[[float], str]], ...] = (
        ("task of", question.task_ns, [case.cost_ns or 0.0 for case in cases], units.round_time),
        ("in", question.in_bytes, [case.in_bytes for case in cases], units.size),
        ("out", question.out_bytes, [case.out_bytes for case in cases], units.size),
        ("tasks", question.tasks, [case.tasks for case in cases], _whole),
        ("workers", question.workers, [case.workers for case in cases], _whole),
        ("skew", question.skew, [case.skew for case in cases], _whole),
        ("reading", question.read_bytes / question.task_ns * 1e9,
         [read_bytes(case) / (case.cost_ns or 1.0) * 1e9 for case in cases], _rate),
    )
    return tuple(
        f"{name} {form(value)} (measured: {form(min(seen))} to {form(max(seen))})"
        for name, value, seen, form in asked
        if not 0.97 * min(seen) <= value <= 1.03 * max(seen)
    )


def _whole(value: float) -> str:
    return f"{value:,g}" if value < 1e6 else f"{value:,.0f}"


def _rate(value: float) -> str:
    return f"{units.size(value)}/s"


def _nearest(model: CostModel, question: Question) -> tuple[str, ...]:
    """The three measured shapes that differ least, in doublings."""
    shapes: dict[str, float] = {}
    for backend in model.backends:
        for case in backend.cases:
            distance = sum(
                abs(np.log2((asked + floor) / (seen + floor)))
                for asked, seen, floor in (
                    (question.task_ns, case.cost_ns or 0.0, 1.0),
                    (question.in_bytes, case.in_bytes, 64.0),
                    (question.out_bytes, case.out_bytes, 64.0),
                    (question.tasks, case.tasks, 1.0),
                    (question.workers, case.workers, 0.5),
                    (question.skew, case.skew, 0.5),
                    (question.read_bytes, read_bytes(case), 4096.0),
                )
            )
            task = case.cost_label or units.round_time(case.cost_ns or 0.0)
            name = f"{case.tasks} x {task}, {units.size(case.in_bytes)} in, {units.size(case.out_bytes)} out"
            name += f", {case.workload}" if read_bytes(case) else ""
            shapes[name] = min(distance, shapes.get(name, np.inf))
    return tuple(sorted(shapes, key=lambda name: shapes[name])[:3])
