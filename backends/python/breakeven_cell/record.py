"""The record line that the harness reads."""

from __future__ import annotations

import json
from typing import Any

PROTOCOL = 1


class SampleFailure(Exception):
    """Ends a sample with one of docs/format.md's kinds of failure."""

    def __init__(self, kind: str, reason: str, losses: list[dict[str, int]] | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.losses = losses or []


class Record:
    """Of a good sample. Times as their names say; counts and times of a run as in docs/format.md."""

    def __init__(self, iterations: int, batch: int, warmup_s: float) -> None:
        self.iterations = iterations
        self.batch = batch
        self.warmup_s = warmup_s
        self.iteration_ns: list[float] = []
        self.timed_s = 0.0
        self.cpu_time_ns: float | None = 0.0  # None: it cannot be seen
        self.bytes_moved = 0
        self.digest = ""
        self.facts: dict[str, str] = {}
        self.covariates: dict[str, int | None] = {}
        self.compared: dict[str, Any] | None = None  # how, where not by the digest
        self.workers_lost = 0  # that ended, and no task with them
        self.startup_s: float | None = None  # until the workers of a warm pool stood ready

    def line(self) -> str:
        return _line({
            "iterations": self.iterations,
            "batch": self.batch,
            "iteration_ns": self.iteration_ns,
            "real_time_ns": self.timed_s * 1e9 / (self.iterations * self.batch),
            "cpu_time_ns": self.cpu_time_ns,
            "timed_s": self.timed_s,
            "warmup_s": self.warmup_s,
            "bytes_moved": self.bytes_moved,
            "losses": [],
            "digest": self.digest,
            "facts": self.facts,
            "covariates": self.covariates,
            **({"compared": self.compared} if self.compared else {}),
            **({} if self.startup_s is None else {"startup_s": self.startup_s}),
            **({"workers_lost": self.workers_lost} if self.workers_lost else {}),
        })


def failure_line(failure: SampleFailure) -> str:
    reason = " ".join(str(failure).split())[:1000]
    return _line({"failure_kind": failure.kind, "reason": reason, "losses": failure.losses})


def _line(sample: dict[str, Any]) -> str:
    return json.dumps({"breakeven_sample": {"protocol": PROTOCOL, **sample}}, separators=(",", ":"))
