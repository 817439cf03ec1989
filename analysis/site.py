"""A loop of a serial program, recorded, so that `breakeven record` learns what its tasks are like.

    from breakeven.site import Site

    site = Site("resize")
    for path in paths:
        with site.task(path) as task:          # what a task takes, and
            task.result = resize(path)         # what it gives
        images.append(task.result)

    breakeven record python3 program.py        # runs it, and writes resize.profile.json

Or `resize = site.recorded(resize)`, a function of one argument. `with site:` around the loop says where one
pass ends, for a loop that runs several times. In a program that is started without `breakeven record` nothing
is kept. A hundred tasks, chosen at random, are pickled when the program ends, as a pool of processes would
pickle them. One thread runs the tasks of a site. Nothing but the standard library is used here.
"""

from __future__ import annotations

import atexit
import functools
import json
import math
import os
import pickle
import random
import resource
import threading
from time import perf_counter_ns, process_time_ns, sleep
from types import TracebackType
from typing import Any, Callable

SIZED = 100
_LOOK_S = 0.005  # between two looks at the interpreter's lock
_WAITED_NS = 2_000_000  # later than that: the lock was held, of which Python makes others wait for 5 ms
_COST_TASKS = 4096


def _tasks(site: Site) -> Callable[[Any], Any]:
    """What gives the next task, as a context manager. A site has one object for all of them, since a new one
    would cost as much again. Its class is made for the site: what its methods need is then a variable of
    theirs, which is found faster than an attribute.
    """
    times, append, clock = site.times, site.times.append, perf_counter_ns

    class Task:
        __slots__ = ("item", "result", "start")
        item: Any
        result: Any
        start: int

        def __enter__(self) -> Task:
            self.start = clock()
            return self

        def __exit__(self, kind: type[BaseException] | None, _: Any, __: TracebackType | None) -> None:
            append(clock() - self.start)
            if kind is not None:
                site.threw += 1
            if len(times) > site.next_kept:
                site.keep(self.item, self.result)

    one = Task()

    def next_task(item: Any) -> Any:
        one.item = item
        one.result = None
        return one

    return next_task


def _no_task(_: Any) -> Any:
    return _Nothing()


class _Nothing:
    """A task of a program that is not recorded."""

    result: Any = None

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


class Site:
    """One loop; `name` is that of its profile. Not thread-safe."""

    def __init__(self, name: str, folder: str | None = None) -> None:
        self.name = name
        self._folder = os.environ.get("BREAKEVEN_RECORD") if folder is None else folder
        self.times: list[int] = []
        self.threw = 0
        self.next_kept = 0
        self._next_task = _tasks(self)
        # The next task, as a context manager; give it its result within the block: task(item).
        self.task: Callable[[Any], Any] = self._first_task if self._folder else _no_task
        self._kept: list[tuple[int, Any, Any]] = []
        self._random = random.Random(0)
        self._weight = 1.0  # of algorithm L
        self._passes: list[int] = []
        self._thread = threading.get_ident()
        self._process = os.getpid()
        self._other_threads = False
        self._open = 0
        self._nested = False
        self._began: tuple[int, int, int, resource.struct_rusage] | None = None
        self._wall_ns = self._cpu_ns = self._minor = self._major = 0
        if self._folder:
            _sites.append(self)

    def _first_task(self, item: Any) -> Any:
        """Of a pass that nothing else began."""
        self._begin()
        return self._next_task(item)

    def recorded(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The function of one argument, each call of which is a task."""
        if not self._folder:
            return function

        times, append, clock = self.times, self.times.append, perf_counter_ns

        @functools.wraps(function)
        def call(item: Any) -> Any:
            if self._began is None:
                self._begin()
            start = clock()
            try:
                result = function(item)
            except BaseException:
                append(clock() - start)
                self.threw += 1
                if len(times) > self.next_kept:
                    self.keep(item, None)
                raise
            append(clock() - start)
            if len(times) > self.next_kept:
                self.keep(item, result)
            return result

        return call

    def __enter__(self) -> Site:
        if self._folder:
            if self._open:
                self._nested = True
            elif self._began is not None:
                self._end()
            self._open += 1
            if self._open == 1:
                self._begin()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._folder:
            self._open -= 1
            if self._open == 0:
                self._end()

    def _begin(self) -> None:
        if threading.get_ident() != self._thread:
            self._other_threads = True
        _look_at_the_lock()
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.task = self._next_task
        self._began = (len(self.times), process_time_ns(), perf_counter_ns(), used)

    def _end(self, end: int | None = None) -> None:
        if self._began is None:
            return
        tasks, cpu, wall, used = self._began
        self._began = None
        self.task = self._first_task
        self._wall_ns += (perf_counter_ns() if end is None else end) - wall
        self._cpu_ns += process_time_ns() - cpu
        now = resource.getrusage(resource.RUSAGE_SELF)
        self._minor += now.ru_minflt - used.ru_minflt
        self._major += now.ru_majflt - used.ru_majflt
        if len(self.times) > tasks:
            self._passes.append(len(self.times) - tasks)

    def keep(self, item: Any, result: Any) -> None:
        """Keeps the task that ended for its size; each task is as likely as any other in the end.

        K.-H. Li, Reservoir-Sampling Algorithms of Time Complexity O(n(1 + log(N/n))), ACM TOMS 20 (1994),
        algorithm L: it says how many tasks to pass over, so that those cost nothing.
        """
        if threading.get_ident() != self._thread:
            self._other_threads = True
        number = len(self.times) - 1
        one = (number, item, result)
        if len(self._kept) < SIZED:
            self._kept.append(one)
        else:
            self._kept[self._random.randrange(SIZED)] = one
        if len(self._kept) < SIZED:
            self.next_kept = number + 1
            return
        self._weight *= math.exp(math.log(1 - self._random.random()) / SIZED)
        passed = math.log(1 - self._random.random()) / math.log1p(-self._weight)
        self.next_kept = number + 1 + int(passed)

    @property
    def is_open(self) -> bool:
        """Whether a pass has begun and not ended."""
        return self._began is not None

    def _sizes(self) -> tuple[list[list[int]], list[int], str]:
        """Of the tasks that were kept: number, bytes in, bytes out; what writing and reading of both took, in
        ns and in the mean; and why they cannot be pickled, else an empty text.
        """
        sizes, spent = [], [0, 0, 0, 0]
        for number, item, result in self._kept:
            try:
                into, spent[0], spent[1] = _pickled(item, spent[0], spent[1])
                out, spent[2], spent[3] = _pickled(result, spent[2], spent[3])
            except Exception as error:
                return [], [0, 0, 0, 0], f"{type(error).__name__}: {error}"
            sizes.append([number, into, out])
        return sizes, [ns // max(1, len(sizes)) for ns in spent], ""

    def write(self, number: int, cost_ns: int) -> None:
        """Into the folder, where any task ran here."""
        if not self._folder or not self.times or os.getpid() != self._process:
            return
        self._end()
        sizes, serialising, unpicklable = self._sizes()
        data = {
            "site": self.name,
            "language": "python",
            "tasks": len(self.times),
            "threw": self.threw,
            "other_threads": self._other_threads,
            "nested": self._nested,
            "tasks_ns": sum(self.times),
            "wall_ns": max(self._wall_ns, sum(self.times)),
            "sizing_ns": 0,
            "cpu_ns": self._cpu_ns,
            "cost_ns": cost_ns,
            "minor_faults": self._minor,
            "major_faults": self._major,
            "lock": {"looks": _looks, "waited": _waited},
            "task_ns": self.times,
            "passes": self._passes,
            "sizes": sizes,
            "serialising_ns": serialising,
            "unpicklable": unpicklable,
        }
        path = os.path.join(self._folder, f"site-{self._process}-{number}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(data, file)


def _pickled(value: Any, write_ns: int, read_ns: int) -> tuple[int, int, int]:
    """Its bytes, and the two sums with what it took to make and to read them."""
    start = perf_counter_ns()
    data = pickle.dumps(value)
    middle = perf_counter_ns()
    pickle.loads(data)
    return len(data), write_ns + middle - start, read_ns + perf_counter_ns() - middle


_sites: list[Site] = []
_looks = _waited = 0  # of a thread that wants the interpreter's lock while a pass is open
_looker: threading.Thread | None = None


def _look_at_the_lock() -> None:
    """Begins to look now and then how long another thread waits for the interpreter's lock.

    So often as it waits, so much of the time the tasks hold it: that is what threads could not share.
    """
    global _looker
    if _looker is None:
        _looker = threading.Thread(target=_look, daemon=True, name="breakeven.site")
        _looker.start()


def _look() -> None:
    global _looks, _waited
    while True:
        start = perf_counter_ns()
        sleep(_LOOK_S)
        late = perf_counter_ns() - start - _LOOK_S * 1e9
        if any(site.is_open for site in _sites):
            _looks += 1
            _waited += late > _WAITED_NS


def _cost_of_a_task() -> int:
    """What recording costs for each task, ns, measured on empty ones."""
    site = Site("cost", folder="none")
    _sites.remove(site)
    start = perf_counter_ns()
    for number in range(_COST_TASKS):
        with site.task(number) as task:
            task.result = number
    cost = perf_counter_ns() - start
    start = perf_counter_ns()
    for number in range(_COST_TASKS):
        pass
    return max(0, cost - (perf_counter_ns() - start)) // _COST_TASKS


def _write_all() -> None:
    if not _sites:
        return
    cost = _cost_of_a_task()
    for number, site in enumerate(_sites):
        site.write(number, cost)


atexit.register(_write_all)
