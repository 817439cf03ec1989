"""What the two APIs offer, feature by feature: the rows of claim 5's table, each with its probe.

tests/python/test_claims_interchangeable.py runs every probe, so that no cell can drift from what Python does.
`python3 -c 'from analysis.features.claims import offers; offers.main()' executor` (or `pool`) prints what
they find.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import dataclass
from typing import Callable

from .probes import features
from .probes.apis import Api, Executor, Pool
from .probes.tasks import NO, YES


@dataclass(frozen=True)
class Offer:
    """One feature: what each API answers, by which call, and the probe that finds it out."""

    feature: str
    executor: str
    pool: str
    executor_call: str
    pool_call: str
    probe: Callable[[Api], str]

    @property
    def alike(self) -> bool:
        return self.executor == self.pool


OFFERS: tuple[Offer, ...] = (
    Offer("results in the order of the inputs", YES, YES, "map", "map", features.in_order),
    Offer("what map returns", "an iterator, at once", "a list, when all are done", "map", "map",
          features.what_map_returns),
    Offer("results in order, each as soon as it is there", YES, YES, "map", "imap",
          features.in_order_as_they_come),
    Offer("results as they come", YES, YES, "as_completed", "imap_unordered",
          features.as_they_come),
    Offer("functions of several arguments", "the same call", "another call", "map(f, a, b)", "starmap",
          features.several_arguments),
    Offer("one task at a time", YES, YES, "submit", "apply_async", features.one_task),
    Offer("chunk of map by default", "1 task", "tasks / (4 × workers)", "chunksize=", "chunksize=",
          features.default_chunk),
    Offer("waiting with a timeout, the task goes on", YES, YES, "result(timeout)", "get(timeout)",
          features.timeout),
    Offer("what a timeout raises", "TimeoutError, from Python 3.11",
          "multiprocessing.TimeoutError, which is none", "result(timeout)", "get(timeout)",
          features.timeout_type),
    Offer("a task's exception arrives, with its traceback", YES, YES, "result()", "get()",
          features.exception),
    Offer("results of a map in which a task fails", "those before it", "none", "map", "map",
          features.beside_a_failure),
    Offer("cancelling a task that waits", YES, NO, "Future.cancel", "–", features.cancel),
    Offer("dropping what waits, keeping what runs", YES, NO, "shutdown(cancel_futures=True)", "terminate",
          features.drop),
    Offer("a call when a worker begins", YES, YES, "initializer=", "initializer=",
          features.initializer),
    Offer("if that call fails", "BrokenProcessPool", "hangs, making new workers for ever", "initializer=",
          "initializer=", features.failing_initializer),
    Offer("a new worker after so many tasks", "not with fork, from Python 3.11", YES, "max_tasks_per_child=",
          "maxtasksperchild=", features.few_tasks_per_worker),
    Offer("if a worker is killed in a task", "BrokenProcessPool", "hangs for ever", "result()", "get()",
          features.death),
    Offer("usable after that", NO, YES, "submit", "apply_async", features.after_death),
    Offer("leaving the with block", "waits for the tasks", "ends them", "shutdown", "terminate",
          features.leave),
    Offer("a task that makes a pool of its own", YES, NO, "–", "–", features.nested),
    Offer("a lambda as task", NO, NO, "submit", "apply_async", features.a_lambda),
    Offer("a call when a task is done", YES, YES, "add_done_callback", "callback=",
          features.callback),
    Offer("await in asyncio", YES, NO, "run_in_executor", "–", features.awaiting),
    Offer("threads instead, by one word", YES, YES, "ThreadPoolExecutor", "pool.ThreadPool",
          features.threads),
    Offer("when workers are made", "with the first task", "at once", "–", "–", features.birth),
)


def probe(api: str) -> dict[str, str]:
    """Every feature's words for `executor` or `pool`, as the running interpreter gives them."""
    answers = {}
    for offer in OFFERS:
        try:
            answers[offer.feature] = offer.probe(Executor if api == "executor" else Pool)
        except Exception as error:  # a probe that does not know what happened says so in its cell
            answers[offer.feature] = f"{type(error).__name__}: {error}"
    return answers


def main(api: str | None = None) -> None:
    """In a process of its own: the probes kill workers and leave hanging calls behind."""
    signal.alarm(300)
    print(json.dumps(probe(api or sys.argv[1])))
