"""Advice in words: the ranking as a table, why in one sentence, how far it can be trusted. Plain ASCII."""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from ...show import tables, units
from .answer import AS_GOOD, Advice, Choice
from ...statistics.model import CostModel
from .prices import PriceList
from ...statistics.stats import Estimate

_BREAK_EVENS = "Where it pays, and the chunk, are for the"
_HEAD = ("backend", "time", "speed-up", "95 % range", "pays from", "pays up to", "chunk")
_COSTS = {  # how the reason names the largest overhead
    "serial": "runs one after the other",
    "start-up": "goes into starting the run and waiting for its end",
    "alone": "goes into starting the run",
    "task": "goes into handing out the tasks",
    "call": "goes into a call for each task",
    "chunk": "goes into handing out chunks",
    "in": "goes into moving the input",
    "out": "goes into moving the output",
    "both ways": "goes into moving input and output",
    "first bytes": "goes into moving input and output",
    "memory": "waits for memory",
    "shared memory": "waits for memory that all workers read",
    "tail": "is waiting for the last tasks",
    "imbalance": "is lost to unequal tasks",
    "crowding": "is lost to more workers than cores",
    "crowded bytes": "is lost to more workers than cores",
}


def not_yours(suite: str) -> str:
    """Said of an answer by the reference machine's prices."""
    return (
        "By the reference machine's prices, which is not yours; measure yours (five minutes): breakeven run "
        f"{suite}, then name results/latest/results.json behind breakeven advise."
    )


def render(advice: Advice, prices: PriceList) -> str:
    """The whole answer; ends with a line feed."""
    return "".join(f"{units.ascii_text(line).rstrip()}\n" for line in _lines(advice, prices))


def _lines(advice: Advice, prices: PriceList) -> Iterator[str]:
    yield f"{advice.question.text()}: the plain loop takes {units.time(advice.loop_ns)}"
    yield ""
    yield from tables.text([_HEAD, *map(_cells, advice.choices)])
    yield ""
    yield reason(advice)
    yield ""
    yield from evidence(advice, prices)


def _cells(choice: Choice) -> list[str]:
    speedup = choice.prediction.speedup
    return [
        choice.backend,
        units.time(choice.prediction.time_ns.value),
        units.ratio(speedup.value),
        range_text(speedup),
        task_text(choice),
        payload_text(choice),
        chunk_text(choice),
    ]


def task_text(choice: Choice) -> str:
    """The break-even task size, with the question's payload."""
    place = choice.pays_from_task_ns
    return "never" if place is None else "any task" if place == 0 else units.time(place)


def payload_text(choice: Choice) -> str:
    """The break-even payload, in + out of a task, at the question's task size."""
    place = choice.pays_up_to_bytes
    return "never" if place is None else "any payload" if place == float("inf") else units.size(place)


def chunk_text(choice: Choice) -> str:
    return "submit" if choice.dispatch == "submit" else f"{choice.chunk}" if choice.chunk else "default"


def reason(advice: Advice) -> str:
    """One sentence: what to use, and why."""
    if advice.best is None:
        why = f": {_cost(advice.choices[0])}" if advice.choices else ""
        return f"Stay with the plain loop: no backend is faster{why}."
    best, *others = advice.choices
    limit = AS_GOOD * best.prediction.time_ns.value
    equal = [other.backend for other in others if other.prediction.time_ns.value <= limit]
    beside = f" (as good: {', '.join(equal)})" if equal else ""
    last = others[-1] if others and others[-1].backend not in equal else None
    against = f", while {_cost(last)}" if last else ""
    return f"Use {best.backend}{beside}: {_work(best)}{against}."


def _work(choice: Choice) -> str:
    share = choice.parts_ns["work"] / choice.prediction.time_ns.value
    return f"{share:.0%} of its {units.time(choice.prediction.time_ns.value)} is the tasks' own work"


def _cost(choice: Choice) -> str:
    """`with fork_pool/pipe 41 % (83 ms) goes into moving the input`"""
    name = max(_COSTS, key=lambda part: choice.parts_ns[part])
    part = choice.parts_ns[name]
    share = part / choice.prediction.time_ns.value
    return f"with {choice.backend} {share:.0%} ({units.time(part)}) {_COSTS[name]}"


def evidence(advice: Advice, prices: PriceList) -> Iterator[str]:
    """From which cases this answers, how far off such answers are, and where it extrapolates."""
    model, context = prices.model, prices.source
    if prices.is_reference:
        yield not_yours("grid")
    cases = [case for backend in model.backends for case in backend.cases]
    cores = units.count(context.cores, "core")
    yield (
        f"From {units.count(len(cases), 'case')} of {model.workload}, baseline {model.baseline} "
        f"(suite {context.suite}, {context.date[:10]}, {context.cpu or 'unknown CPU'}, {cores})."
    )
    asked, usable = advice.question.workers, units.count(context.usable_cores, "core")
    if advice.question.cores and asked > context.usable_cores:
        yield (
            f"Times are those of {asked} cores like the {usable} of that machine: the range reaches from a "
            f"caller that does alone what is not work to workers that share it. {_BREAK_EVENS} {usable}."
        )
    elif asked > context.usable_cores:
        yield (
            f"This is what {asked} workers gain on the {usable} of that machine. "
            f"A machine with {asked} cores: --cores {asked} gives a range; measure it to know."
        )
    yield f"Nearest measured: {'; '.join(advice.nearest)}."
    median, ninety = held_out_error(model)
    yield f"Error of the speed-up on shapes held out: median {median:.1%}, 90 % within {ninety:.1%}."
    beyond = dict.fromkeys(words for choice in advice.choices for words in choice.beyond)
    if beyond:
        yield f"Extrapolates, so take it as a guess: {'; '.join(beyond)}."


def held_out_error(model: CostModel) -> tuple[float, float]:
    """Median, and the 90th percentile, of the relative error of the speed-up."""
    errors = np.abs([one.error for one in model.held_out])
    return float(np.median(errors)), float(np.quantile(errors, 0.9))


def json_form(advice: Advice, prices: PriceList) -> dict[str, Any]:
    """The same for programs; times in ns, sizes in bytes; null: never, or always (then `always` says so)."""
    model = prices.model
    median, ninety = held_out_error(model)
    question = advice.question
    return {
        "question": {
            "task_ns": question.task_ns,
            "in_bytes": question.in_bytes,
            "out_bytes": question.out_bytes,
            "tasks": question.tasks,
            "workers": question.workers,
            "cores": question.cores,
            "skew": question.skew,
            "read_bytes": question.read_bytes,
        },
        "loop_ns": advice.loop_ns,
        "best": advice.best.backend if advice.best else None,
        "reason": reason(advice),
        "choices": [_choice(choice) for choice in advice.choices],
        "evidence": {
            "file": str(prices.path),
            "reference": prices.is_reference,
            "suite": prices.source.suite,
            "date": prices.source.date,
            "baseline": model.baseline,
            "workload": model.workload,
            "cases": sum(len(backend.cases) for backend in model.backends),
            "nearest": list(advice.nearest),
            "held_out_error": {"median": median, "percentile_90": ninety},
        },
    }


def _choice(choice: Choice) -> dict[str, Any]:
    always = choice.pays_up_to_bytes == float("inf")
    return {
        "backend": choice.backend,
        "dispatch": choice.dispatch,
        "chunk": choice.chunk or "default",
        "time_ns": estimate_form(choice.prediction.time_ns),
        "speedup": estimate_form(choice.prediction.speedup),
        "pays_from_task_ns": choice.pays_from_task_ns,
        "pays_up_to_bytes": None if always else choice.pays_up_to_bytes,
        "pays_with_any_payload": always,
        "extrapolates": list(choice.beyond),
        "parts_ns": choice.parts_ns,
    }


def estimate_form(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def range_text(estimate: Estimate) -> str:
    assert estimate.low is not None and estimate.high is not None
    return f"{units.ratio_number(estimate.low)} .. {units.ratio_number(estimate.high)}"
