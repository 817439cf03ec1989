"""A profile in words: what a task is like, what is serial, and what speaks against parallelising it. Plain
ASCII.
"""

from __future__ import annotations

import json
from typing import Iterator, Sequence

from ...files.profile import Bytes, Profile, deciles
from ...show import units

_THREADS = 1.3  # processors in use from which on tasks must have threads of their own
_WAITS = 0.5  # of the wall time: less processor time than that means waiting
_DEAR = 0.05  # of the loop: what recording may cost
_SHORT_NS = 1000.0
_LONG = 0.1  # of the loop: one task that bounds the gain


def render(profiles: Sequence[Profile]) -> str:
    """Ends with a line feed."""
    lines = [line for one in profiles for line in (*_lines(one), "")]
    lines += _next(profiles)
    return "".join(f"{units.ascii_text(line).rstrip()}\n" for line in lines)


def json_form(profiles: Sequence[Profile]) -> str:
    shown = [
        {
            **{key: value for key, value in one.data.items() if key not in ("task_ns", "passes")},
            "file": str(one.path),
            "task_ns_deciles": deciles(one.task_ns),
            "serial_ns": one.serial_ns,
            "notes": list(notes(one)),
        }
        for one in profiles
    ]
    return json.dumps(shown, indent=1, allow_nan=False) + "\n"


def _lines(one: Profile) -> Iterator[str]:
    share = one.tasks_ns / one.program_ns
    passes = "" if len(one.passes) == 1 else f" in {len(one.passes):,} passes"
    yield (
        f"{one.site}: {units.count(one.tasks, 'task')}{passes}, {units.time(one.tasks_ns)} of the program's "
        f"{units.time(one.program_ns)} ({share:.0%})"
    )
    spread = deciles(one.task_ns)
    yield (
        f"  a task takes  {units.time(spread[5])} in the median, one in ten less than "
        f"{units.time(spread[1])}, one in "
        f"ten more than {units.time(spread[9])}, the longest {units.time(spread[10])}"
    )
    if one.is_sized:
        yield (
            f"  in and out    {_bytes(one.into)}; {_bytes(one.out)} "
            f"({units.count(len(one.data['sizes']), 'task')} sized)"
        )
    outside = one.serial_ns - one.gaps_ns
    yield f"  serial        {units.time(one.gaps_ns)} between tasks, {units.time(outside)} outside the loop"
    if bound := one.data.get("memory"):
        yield (
            f"  memory        a neighbour that reads memory slows it to {bound['slowed']:.2f} "
            "times its time, as "
            f"{bound['step_bytes']:.1f} B a step of computing would; {bound['workers']} threads "
            "lose a factor of "
            f"{bound['loss']:.2f} by it"
        )
    for note in notes(one):
        yield f"  note          {note}"


def _bytes(of: Bytes) -> str:
    if of.median == of.largest:
        return units.size(of.median)
    return f"{units.size(of.median)} in the median, {units.size(of.largest)} at most"


def notes(one: Profile) -> Iterator[str]:
    """What its reader should know before parallelising it, a sentence each."""
    wall = float(one.data["wall_ns"])
    if one.data["threw"]:
        yield (
            f"{units.count(one.data['threw'], 'task')} ended by an exception: they are in the times, "
            "and not in the sizes."
        )
    if one.cpu_share > _THREADS:
        yield (
            f"The loop uses {one.cpu_share:.1f} processors: its tasks start threads of their own, "
            "and more workers would "
            "compete with them; record with those switched off (OMP_NUM_THREADS=1 and its like)."
        )
    elif one.cpu_share < _WAITS:
        yield (
            f"The loop computes for {one.cpu_share:.0%} of its time: its tasks wait, for files or "
            "a network, and more "
            "workers than cores may pay."
        )
    if one.recording_ns > _DEAR * max(wall - one.recording_ns, 1.0):
        yield (
            f"Recording took {one.recording_ns / max(wall - one.recording_ns, 1.0):.0%} of the "
            "loop's time: let a task hold "
            "several of these."
        )
    if deciles(one.task_ns)[5] < _SHORT_NS:
        yield "Tasks this short cost more to hand out than to run, one by one: let a task hold many of them."
    longest = float(max(one.task_ns)) / one.tasks_ns if one.tasks_ns else 0.0
    if len(one.passes) == 1 and longest > _LONG:
        yield (
            f"The longest task is {longest:.0%} of the loop: no number of workers gains more than "
            f"{units.ratio(1 / longest)}."
        )
    if one.data["major_faults"]:
        yield (
            f"{units.count(one.data['major_faults'], 'page fault')} waited for the disk: run it "
            "once before, and record "
            "the second run."
        )
    if one.data["unpicklable"]:
        yield f"Its objects cannot be sent to other processes: {one.data['unpicklable']}."


def _next(profiles: Sequence[Profile]) -> Iterator[str]:
    best = max(profiles, key=lambda one: one.tasks_ns)
    yield f"next: breakeven advise --profile {best.path}"
    yield f"      breakeven measure --profile {best.path}"
