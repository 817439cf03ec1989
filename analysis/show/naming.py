"""What to call a case: its backend, and of the other parameters those that vary within the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Sequence

from . import units
from ..files.results import TASK_FIELDS, WAY_FIELDS, Case
from ..statistics.stats import CaseEstimate

_MODE_FIELDS = (*WAY_FIELDS, "build")
_BARE = ("dispatch", "pool")  # their words say by themselves what they are


@dataclass(frozen=True)
class Naming:
    """Names are made for one file as a whole, so that a case is called the same in every table and chart."""

    varying: frozenset[str]

    @staticmethod
    def of(estimates: Iterable[CaseEstimate]) -> Naming:
        values: dict[str, set[object]] = {field: set() for field in _MODE_FIELDS}
        for estimate in estimates:
            if estimate.role == "case":
                for field in _MODE_FIELDS:
                    values[field].add(_value(estimate, field))
        return Naming(frozenset(field for field, seen in values.items() if len(seen) > 1))

    def mode(self, estimate: CaseEstimate) -> str:
        """How the backend was used, as far as it varies: `submit`, `map chunk 64 cold`, or empty."""
        parts = {**way_words(estimate.case), "build": estimate.build}
        return " ".join(text for field, text in parts.items() if field in self.varying and text)

    def modes(self, estimates: Iterable[CaseEstimate]) -> list[str]:
        """The modes of these cases, the most frequent first."""
        counts = Counter(self.mode(e) for e in estimates if e.role == "case")
        return sorted(counts, key=lambda mode: (-counts[mode], mode))

    def shared_mode(self, estimates: Iterable[CaseEstimate]) -> str:
        """The mode that all these cases have, for the title above them; empty if there are several."""
        modes = self.modes(estimates)
        return modes[0] if len(modes) == 1 else ""

    def label(self, estimate: CaseEstimate, shared_mode: str = "") -> str:
        """The backend and its mode, unless the title already says that one."""
        mode = self.mode(estimate)
        return f"{estimate.case.backend} · {mode}" if mode != shared_mode else estimate.case.backend


def _value(estimate: CaseEstimate, field: str) -> object:
    return estimate.build if field == "build" else getattr(estimate.case, field)


def way_words(case: Case) -> dict[str, str]:
    """By field: `map`, `chunk 64`, `cold`, `pin compact`, `nodes 2`; empty where the backend or the kernel
    chooses, or where it is this host alone.
    """
    words = {}
    for name, value in zip(WAY_FIELDS, case.way):
        text = f"{value:,}" if isinstance(value, int) else str(value)
        is_usual = value in ("default", "none") or (name, value) == ("nodes", 1)
        words[name] = "" if is_usual else text if name in _BARE else f"{name} {text}"
    return words


def special_words(case: Case) -> list[str]:
    """What is special about its tasks: `skew 2`, `1 MiB shared`."""
    words = []
    for name, value in ((name, getattr(case, name)) for name in TASK_FIELDS):
        if isinstance(value, str):
            words += [] if value == "equal" else [f"{value} {name}"]
        elif value:
            size = name.removesuffix("_bytes")
            words.append(f"{name} {value:g}" if size == name else f"{units.size(value)} {size}")
    return words


def tasks_text(case: Case, count: str = "") -> str:
    """`300 tasks`, and what is special about them: `300 tasks of 20 µs, skew 2, 1 MiB shared`."""
    text = count or units.count(case.tasks, "task")
    if case.cost_ns or case.cost_label:
        text += f" of {_cost_text(case)}"
    elif case.cost:
        text += f" of cost {case.cost:,}"
    return ", ".join([text, *special_words(case)])


def _cost_text(case: Case) -> str:
    """The time of one task as the suite wrote it, or as it was measured: `20us`, `19.7 µs`."""
    if case.cost_label:
        return case.cost_label.replace("us", " µs") if case.cost_label.endswith("us") else case.cost_label
    return units.round_time(case.cost_ns or 0.0)


def payload_text(case: Case) -> str:
    """`no payload`, `4 KiB in, 64 B out`"""
    if not case.in_bytes and not case.out_bytes:
        return "no payload"
    return f"{units.size(case.in_bytes)} in, {units.size(case.out_bytes)} out"


def shape_text(case: Case) -> str:
    """`factorize: 300 tasks, no payload`"""
    weak = ", weak scaling" if case.scaling == "weak" else ""
    return f"{case.workload}: {tasks_text(case)}, {payload_text(case)}{weak}"


def file_labels(files: Sequence[Path]) -> list[str]:
    """What to call each file beside the others: its folder's name, or its own; numbered where they repeat."""
    names = [file.absolute().parent.name if file.name == "results.json" else file.stem for file in files]
    return [name if names.count(name) == 1 else f"{name}-{i + 1}" for i, name in enumerate(names)]
