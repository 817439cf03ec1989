"""What a cell is held to, one function each; its docstring is what the table calls it.

A check returns what it found in a few words, or raises Wrong or NotAsked. Bounds on times are wide: they tell
four times the work from the same, and nanoseconds from microseconds, on a machine that others use too.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import median
from typing import Any, Callable, Mapping

from . import descendants
from .subject import NotAsked, Subject, Wrong, cpus, shape_of

Check = Callable[[Subject], str]

_SIZES = (
    (0, 0), (1, 16), (16, 1), (17, 0), (0, 17), (4095, 4097), (4097, 4095), (70_000, 16), (16, 70_000),
)
_FOUR_TIMES = (2.3, 7.0)  # between which four times the work lies, on a busy machine, too
_NARROW = 1.4
_PAIRS, _MOST_PAIRS = 5, 15
_CALIBRATIONS = 3
_KILL = (
    "import subprocess,sys,time;p=subprocess.Popen(sys.argv[2:]);"
    "time.sleep(float(sys.argv[1]));p.kill();p.wait()"
)
_PIPE = (
    "import subprocess,sys;"
    "sys.exit(subprocess.run(sys.argv[2:] + ['-'], input=sys.argv[1].encode()).returncode)"
)
_LIMITED = (
    "import os,resource,sys;resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]),) * 2);"
    "os.execvp(sys.argv[2], sys.argv[2:])"
)
_RESULT = 192 << 20  # bytes
_ENDLESS = 1 << 39  # steps: hours


def answers(subject: Subject) -> str:
    """answers"""
    count = 0
    for workload in subject.workloads():
        for changes in _shapes(workload):
            for way in _ways():
                if way and (changes["in_bytes"], changes["out_bytes"]) not in _SIZES[1:6:2]:
                    continue  # every way with some of the sizes is enough
                try:
                    subject.good(subject.request(workload, **{**changes, **way}))
                    count += 1
                except NotAsked:
                    continue
    return f"{count} shapes as the plain loop"


def _shapes(workload: str) -> list[dict[str, Any]]:
    """Sizes around those of pages and blocks; unequal tasks, empty ones, a shared input, few and none."""
    shapes = [{"in_bytes": into, "out_bytes": out, "tasks": 5} for into, out in _SIZES]
    few = [{"in_bytes": 17, "out_bytes": 16, "tasks": tasks} for tasks in (0, 1)]
    if workload != "compute":
        return shapes + few
    own: list[dict[str, Any]] = [
        {"skew": 2, "cost": 1000}, {"cost": 0}, {"shared_bytes": 10_000, "tasks": 16},
    ]
    return shapes + few + [{"in_bytes": 100, "out_bytes": 50, "tasks": 6, **changes} for changes in own]


def _ways() -> list[dict[str, Any]]:
    return [{}, {"dispatch": "submit"}, {"chunk": 3}, {"workers": 4, "tasks": 2}]


def nothing_else(subject: Subject) -> str:
    """prints only its record"""
    ended = subject.good(subject.request(subject.workload())).ended
    assert ended is not None
    lines = ended.out.decode("utf-8", "replace").splitlines()
    others = [line for line in lines if not line.startswith('{"breakeven_sample":')]
    if others:
        raise Wrong(f"standard output holds more than the record: {others[0][:80]!r}; write that to standard "
                    "error, since a text without a line's end would hide the record")
    return "one line"


def leaves_nothing(subject: Subject) -> str:
    """leaves no process"""
    ended = subject.good(subject.request(subject.workload())).ended
    assert ended is not None
    if ended.strays:
        raise Wrong(f"{ended.strays} process(es) lived on 200 ms after the cell had ended")
    return "none 200 ms after its end"


def iterations(subject: Subject) -> str:
    """obeys iterations and batch"""
    for asked in ((3, 2), (1, 5)):
        request = subject.request(subject.workload(), iterations=asked[0], batch=asked[1])
        record = subject.good(request).record
        if (record["iterations"], record["batch"]) != asked:
            raise Wrong(f"{asked[0]} iterations of {asked[1]} runs were asked for, and it says "
                        f"{record['iterations']} of {record['batch']}")
    return "3 x 2, 1 x 5"


def calibrates(subject: Subject) -> str:
    """calibrates"""
    request = subject.request(subject.workload(), iterations=0, batch=0, min_time_s=0.05)
    for _ in range(_CALIBRATIONS):  # one that was disturbed while it calibrated may time too little
        record = subject.good(request).record
        if float(record["timed_s"]) >= 0.025:
            return f"{record['iterations']} x {record['batch']}, {float(record['timed_s']):.3g} s"
    raise Wrong(f"at least 0.05 s were to be timed, and it timed {record['timed_s']} s")


def clock(subject: Subject) -> str:
    """its times are the clock's"""
    cost = subject.long_enough()
    few, many = (subject.request(cost=cost, iterations=count) for count in (1, 21))
    short, long = _median_of(subject, few, "wall"), _median_of(subject, many, "wall")
    said = _median_of(subject, many, "timed") - _median_of(subject, few, "timed")
    lived = long - short
    if not 0.5 * lived < said < 1.5 * lived + 0.05:
        raise Wrong(f"20 more iterations took {lived:.3g} s of its life, and it says {said:.3g} s; times are "
                    "in ns, and timed_s is in s")
    return f"20 iterations: {said:.3g} s, of its life {lived:.3g} s"


def _median_of(subject: Subject, request: Mapping[str, Any], what: str) -> float:
    found = []
    for _ in range(3):
        cell = subject.good(request)
        assert cell.ended is not None
        found.append(cell.ended.wall_ns / 1e9 if what == "wall" else float(cell.record["timed_s"]))
    return median(found)


def cost(subject: Subject) -> str:
    """its time grows with the cost"""
    steps = subject.long_enough()
    one, other = subject.request(cost=steps), subject.request(cost=4 * steps)
    return _ratio(subject, one, other, "four times the cost")


def extra(subject: Subject) -> str:
    """extra costs what it says"""
    subject.can("extra")
    request = subject.request(cost=subject.long_enough())
    return _ratio(subject, request, {**request, "extra": 3.0}, "extra = 3, which is four times the work,")


def _ratio(subject: Subject, one: Mapping[str, Any], other: Mapping[str, Any], what: str) -> str:
    pairs: list[float] = []
    for many in (_PAIRS, _MOST_PAIRS):  # what a few pairs narrowly say against a cell, many must confirm
        while len(pairs) < many:
            times = [float(subject.good(request).record["real_time_ns"]) for request in (one, other)]
            pairs.append(times[1] / times[0])
        ratio = median(pairs)
        if _FOUR_TIMES[0] < ratio < _FOUR_TIMES[1]:
            return f"{ratio:.2f} x"
        if not _FOUR_TIMES[0] / _NARROW < ratio < _FOUR_TIMES[1] * _NARROW:
            break
    raise Wrong(f"{what} takes {ratio:.2f} times as long (median of {len(pairs)} pairs; expected "
                f"{_FOUR_TIMES[0]} to {_FOUR_TIMES[1]})")


def cpu_time(subject: Subject) -> str:
    """its CPU time is the kernel's"""
    request = subject.request(cost=subject.long_enough(), iterations=40)
    cell = subject.good(request)
    assert cell.ended is not None
    if cell.record["cpu_time_ns"] is None and "BREAKEVEN_SESSION" in subject.processes.command_of(request)[1]:
        raise NotAsked("not told; its tasks run in a cluster that stands, which nobody sees from here")
    record, kernel_s, timed_s = cell.record, cell.ended.cpu_ns / 1e9, float(cell.record["timed_s"])
    if kernel_s < 0.5 * timed_s:
        raise Wrong(f"it timed {timed_s:.3g} s, and all its processes computed for {kernel_s:.3g} s: "
                    "its tasks wait instead of working")
    if record["cpu_time_ns"] is None:
        return f"not told; the kernel counts {kernel_s:.3g} s"
    said_s = float(record["cpu_time_ns"]) * record["iterations"] * record["batch"] / 1e9
    if said_s > 1.1 * kernel_s + 0.02:
        raise Wrong(f"it says {said_s:.3g} s of CPU time, and the kernel counted {kernel_s:.3g} s")
    if said_s < 0.5 * timed_s:
        raise Wrong(f"it says {said_s:.3g} s of CPU time where {timed_s:.3g} s were timed: say null where it "
                    "cannot be seen")
    return f"{said_s:.3g} of the kernel's {kernel_s:.3g} s"


def endless(subject: Subject) -> str:
    """a task without end"""
    cell = subject.asked(subject.request(cost=_ENDLESS if subject.long_enough() else 0, deadline_s=2.0))
    assert cell.ended is not None
    if cell.ok:
        raise Wrong("hours of work were done in two seconds")
    if cell.ended.strays:
        raise Wrong(f"{cell.ended.strays} process(es) lived on 200 ms after it was killed at its deadline")
    return f"{cell.kind}, nothing left"


def killed(subject: Subject) -> str:
    """a killed cell"""
    subject.long_enough()
    words, env, request = subject.processes.command_of(subject.request(cost=_ENDLESS))
    command = [sys.executable, "-c", _KILL, "1.5", *words, json.dumps(request)]
    ended = subject.processes.run(command, env=env, deadline_s=20)
    if ended.strays:
        raise Wrong(f"{ended.strays} process(es) lived on 200 ms after the cell was killed; a worker must "
                    "end with its parent (PR_SET_PDEATHSIG, or a pipe that closes)")
    return "nothing left"


def killed_worker(subject: Subject) -> str:
    """a killed worker"""
    if not subject.is_processes:
        raise NotAsked("its tasks run in the cell's own process")
    short = subject.good(subject.request(cost=subject.long_enough(), tasks=6))
    assert short.ended is not None
    # What its pool takes to start and to end.
    around_s = max(0.0, short.ended.wall_ns / 1e9 - float(short.record["timed_s"]))
    request = subject.request(cost=100 * subject.cost, tasks=6, deadline_s=12.0 + 2 * around_s)
    with descendants.Watch(descendants.kill_a_worker(subject.processes.pid, 0.2, around_s)) as watch:
        cell = subject.asked(request)
    if not watch.found:
        raise Wrong("no process below the cell worked; its manifest says that its tasks run in processes")
    if cell.ok and not cell.record["losses"]:
        raise Wrong("a worker was killed, and the record is good and says nothing of it: give losses, "
                    "workers_lost, or a failure of kind lost")
    return f"{cell.kind or 'losses'}: {cell.reason[:60]}"


def impossible(subject: Subject) -> str:
    """a task that cannot be done"""
    request = subject.request(subject.workload(), out_bytes=_RESULT)
    words, env, full = subject.processes.command_of(request)
    command = [sys.executable, "-c", _LIMITED, str(4 * _RESULT), *words, json.dumps(full)]
    ended = subject.processes.run(command, env=env, deadline_s=30)
    what = f"8 results of {_RESULT >> 20} MiB with {4 * _RESULT >> 20} MiB of memory"
    if ended.timed_out:
        raise Wrong(f"{what}: it waited until its deadline instead of saying that this cannot be done")
    if ended.exit_code == 0 and not ended.signal:
        raise Wrong(f"{what}: it ended with exit code 0")
    return f"{what}: {ended.said()[:60] or ended.failure()}"


def bad_requests(subject: Subject) -> str:
    """bad requests"""
    words, env, request = subject.processes.command_of(subject.request(subject.workload()))
    case = request["case"]
    bad = {
        "no JSON": "{",
        "a list": "[]",
        "no case": json.dumps({key: value for key, value in request.items() if key != "case"}),
        "protocol 99": json.dumps({**request, "protocol": 99}),
        "an unknown workload": json.dumps({**request, "case": {**case, "workload": "no_such_workload"}}),
        "tasks in words": json.dumps({**request, "case": {**case, "tasks": "many"}}),
    }
    for what, text in bad.items():
        ended = subject.processes.run([*words, text], env=env, deadline_s=20)
        if ended.timed_out:
            raise Wrong(f"a request with {what}: it did not end")
        if ended.exit_code == 0 and not ended.signal:
            raise Wrong(f"a request with {what}: it ended with exit code 0")
        if not ended.err.strip() and b"failure_kind" not in ended.out:
            raise Wrong(f"a request with {what}: it says nothing; say on standard error what and where")
    return f"{len(bad)} refused"


def unknown_keys(subject: Subject) -> str:
    """unknown keys"""
    subject.good(subject.request(subject.workload()), more={"a_key_of_tomorrow": {"is": [1, 2]}})
    return "ignored"


def standard_input(subject: Subject) -> str:
    """a request on standard input"""
    request = subject.request(subject.workload())
    words, env, full = subject.processes.command_of(request)
    command = [sys.executable, "-c", _PIPE, json.dumps(full), *words]
    ended = subject.processes.run(command, env=env, deadline_s=20)
    if ended.exit_code or f'"{subject.expected(request)}"'.encode() not in ended.out:
        found = ended.failure() or "another answer"
        raise Wrong(f"`-` as last argument, and the request on standard input: {found}")
    return "read"


def cold(subject: Subject) -> str:
    """cold pools"""
    subject.can("cold")
    subject.good(subject.request(subject.workload(), pool="cold"))
    return "as the plain loop"


def pinned(subject: Subject) -> str:
    """pinned workers"""
    subject.can("pin")
    given = cpus()[:2]
    if len(given) < 2:
        raise NotAsked("this machine gives one CPU")
    cost = 10 * subject.long_enough()
    seen: list[set[int]] = []

    def look() -> bool:
        seen.extend(descendants.allowed_cpus(one) for one in descendants.below(subject.processes.pid)
                    if descendants.cpu_s(one) >= 0.05)
        return False

    with descendants.Watch(look):
        subject.good(subject.request(cost=cost, pin="compact", cpus=given))
    beyond = {cpu for each in seen for cpu in each} - set(given)
    if beyond:
        raise Wrong(f"CPUs {given} were given, and its threads may run on {sorted(beyond)} too")
    return f"within CPUs {given[0]} and {given[1]}"


def start_up(subject: Subject) -> str:
    """start-up seconds"""
    start = time.monotonic()
    record = subject.good(subject.request(subject.workload())).record
    lived = time.monotonic() - start
    if record.get("startup_s") is None:
        raise NotAsked("it does not tell them (startup_s, optional)")
    if float(record["startup_s"]) > lived:
        raise Wrong(f"it says {record['startup_s']} s, and lived for {lived:.3g} s")
    return f"{float(record['startup_s']):.3g} s"


EVERY: tuple[Check, ...] = (
    answers, nothing_else, leaves_nothing, iterations, calibrates, clock, cost, extra, cpu_time, cold,
    pinned, start_up, unknown_keys, standard_input, bad_requests, impossible, endless, killed, killed_worker,
)


def name_of(check: Check) -> str:
    return check.__name__.replace("_", "-")


def title_of(check: Check) -> str:
    return (check.__doc__ or "").strip()


__all__ = ["EVERY", "Check", "name_of", "shape_of", "title_of"]
