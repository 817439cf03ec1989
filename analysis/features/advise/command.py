"""`python3 -m analysis advise`: from a result file and a question to the printed answer."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from ...statistics import model, stats
from . import answer, text
from .question import Question
from ...files.errors import BadResultFile, CommandError
from ...files.results import Results


@dataclass(frozen=True)
class Asked:
    """The command line's words, as numbers; no `workers`: as many as the file's machine has cores."""

    task_ns: float
    in_bytes: float
    out_bytes: float
    tasks: int
    workers: int | None
    skew: float


def run(results: Results, asked: Asked, as_json: bool) -> str:
    """The answer as text or JSON; raises CommandError where the question or the file does not allow one."""
    if not 0 < asked.task_ns <= 3.6e12:
        raise CommandError("--task must be more than 0 and at most an hour")
    if not 0 <= asked.skew <= 8 or not math.isfinite(asked.skew):
        raise CommandError("--skew must be from 0 to 8")
    workers = asked.workers or results.context.usable_cores
    question = Question(asked.task_ns, asked.in_bytes, asked.out_bytes, asked.tasks, workers, asked.skew)
    fitted = fitted_model(results)
    advice = answer.answer(fitted, question)
    if as_json:
        return json.dumps(text.json_form(advice, fitted, results), indent=1, allow_nan=False) + "\n"
    return text.render(advice, fitted, results)


def fitted_model(results: Results) -> model.CostModel:
    fitted = model.fit(stats.evaluate(results))
    if fitted is None:
        raise BadResultFile(
            f"{results.path}: too few shapes for a cost model (needs {model.LEAST_SHAPES} of known task size "
            "for a backend); `make advise` or `breakeven run grid` measures them"
        )
    return fitted
