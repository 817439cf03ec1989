"""The answer for a recorded loop in words: the ranking, the serial part's bound, what to write. Plain ASCII.
"""

from __future__ import annotations

import json
import math
from typing import Any, Iterator

from ...show import tables, units
from . import snippets, text
from .answer import AS_GOOD
from .prices import PriceList
from .profiled import Answer, Way

_HEAD = ("backend", "loop", "speed-up", "95 % range", "program", "speed-up", "chunk")


def render(answer: Answer, prices: PriceList) -> str:
    """Ends with a line feed."""
    return "".join(f"{units.ascii_text(line).rstrip()}\n" for line in _lines(answer, prices))


def _lines(answer: Answer, prices: PriceList) -> Iterator[str]:
    profile = answer.profile
    yield (
        f"{profile.site}: {units.count(profile.tasks, 'task')}, {units.time(profile.tasks_ns)} of "
        "the program's "
        f"{units.time(profile.program_ns)}; {units.count(answer.workers, 'worker')} on "
        f"{units.count(answer.cores, 'core')}"
    )
    yield ""
    yield from tables.text([_HEAD, *map(_cells, answer.ways)])
    yield ""
    yield reason(answer)
    yield from _bound(answer)
    best = answer.best
    if best and (code := snippets.of(best.backend, answer.workers, best.chunk)):
        yield ""
        yield from (f"  {line}" for line in code.splitlines())
    yield ""
    yield from _evidence(answer, prices)


def _cells(way: Way) -> list[str]:
    return [
        way.backend,
        units.time(way.loop_ns.value),
        units.ratio(way.loop_speedup.value),
        text.range_text(way.loop_speedup),
        units.time(way.program_ns),
        units.ratio(way.program_speedup.value),
        "submit" if way.dispatch == "submit" else str(way.chunk or "default"),
    ]


def reason(answer: Answer) -> str:
    """One sentence: what to use, and why."""
    best = answer.best
    if best is None:
        return "Stay with the plain loop: no backend makes it faster by 2 %."
    share = best.parts_ns["work"] / sum(best.parts_ns.values())
    limit = best.loop_ns.value * AS_GOOD
    equal = [way.backend for way in answer.ways[1:] if way.loop_ns.value <= limit]
    beside = f" (as good: {', '.join(equal)})" if equal else ""
    return (
        f"Use {best.backend}{beside}: the program takes {units.time(best.program_ns)} instead of "
        f"{units.time(answer.profile.program_ns)}; {share:.0%} of the loop's time is then the "
        "tasks' own work."
    )


def _bound(answer: Answer) -> Iterator[str]:
    share = answer.profile.serial_ns / answer.profile.program_ns
    if share >= 0.005 and math.isfinite(answer.bound):
        yield (
            f"{share:.0%} of the program is serial: no number of workers makes it more than "
            f"{units.ratio(answer.bound)} as fast (Amdahl)."
        )


def _evidence(answer: Answer, prices: PriceList) -> Iterator[str]:
    profile, source = answer.profile, prices.source
    if prices.is_reference:
        yield text.not_yours("grid-python" if profile.language == "python" else "grid")
    if not profile.is_sized:
        yield "No task was sized: the answer takes input and output for empty, which favours processes."
    if profile.language == "python":
        held = profile.data.get("lock_held")
        known = (
            "too short a run to see it, so that this is taken for granted"
            if held is None
            else f"{held:.0%} of its time"
        )
        yield (
            "Python's threads share nothing while a task holds the interpreter's lock; in this loop: "
            f"{known}."
        )
    if bound := profile.data.get("memory"):
        yield (
            f"Memory is in the answer: {bound['workers']} workers at this loop's intensity take "
            f"{bound['loss']:.2f} times as long."
        )
    if answer.cores > source.usable_cores:
        yield (
            f"Times are those of {answer.cores} cores like the {source.usable_cores} of that "
            "machine: the range reaches "
            "from a caller that does alone what is not work to workers that share it."
        )
    yield "Pools are warm in these times: starting one costs extra, once."
    machine = profile.data["machine"]
    if machine["cpu"] != source.cpu:
        yield (
            f"The profile is of {machine['cpu'] or 'an unknown CPU'}, the prices are of "
            f"{source.cpu or 'another'}."
        )
    yield f"To try it with tasks of these times and bytes: breakeven measure --profile {profile.path}"


def json_form(answer: Answer, prices: PriceList) -> str:
    best = answer.best
    form = {
        "profile": str(answer.profile.path),
        "site": answer.profile.site,
        "language": answer.profile.language,
        "workers": answer.workers,
        "cores": answer.cores,
        "loop_ns": answer.profile.tasks_ns,
        "program_ns": answer.profile.program_ns,
        "serial_ns": answer.profile.serial_ns,
        "bound": answer.bound if math.isfinite(answer.bound) else None,
        "best": best.backend if best else None,
        "reason": reason(answer),
        "code": snippets.of(best.backend, answer.workers, best.chunk) if best else "",
        "ways": [_way(way) for way in answer.ways],
        "evidence": {"file": str(prices.path), "reference": prices.is_reference},
    }
    return json.dumps(form, indent=1, allow_nan=False) + "\n"


def _way(way: Way) -> dict[str, Any]:
    return {
        "backend": way.backend,
        "dispatch": way.dispatch,
        "chunk": way.chunk or "default",
        "loop_ns": text.estimate_form(way.loop_ns),
        "loop_speedup": text.estimate_form(way.loop_speedup),
        "program_ns": way.program_ns,
        "program_speedup": text.estimate_form(way.program_speedup),
        "parts_ns": way.parts_ns,
    }
