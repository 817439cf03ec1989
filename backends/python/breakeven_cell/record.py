"""The record line that the harness reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

PROTOCOL = 1


class SampleFailure(Exception):
    """Ends a sample with one of docs/format.md's kinds of failure."""

    def __init__(self, kind: str, reason: str, losses: list[dict[str, int]] | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.losses = losses or []


@dataclass
class Record:
    iterations: int
    batch: int
    warmup_s: float
    iteration_ns: list[float] = field(default_factory=list)
    timed_s: float = 0.0
    cpu_time_ns: float = 0.0
    bytes_moved: int = 0
    digest: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    covariates: dict[str, int] = field(default_factory=dict)

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
        })


def failure_line(failure: SampleFailure) -> str:
    reason = " ".join(str(failure).split())[:1000]
    return _line({"failure_kind": failure.kind, "reason": reason, "losses": failure.losses})


def _line(sample: dict[str, Any]) -> str:
    return json.dumps({"breakeven_sample": {"protocol": PROTOCOL, **sample}}, separators=(",", ":"))
