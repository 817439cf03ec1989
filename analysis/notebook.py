"""For notebooks and scripts: a function of one's own through Python's pools, as a table and a figure.

    import breakeven
    found = breakeven.measure(resize, files)     # a minute at most
    found                                        # in a notebook: the table and the figure
    print(found); found.figure()                 # in a script

The function and its inputs may stand in the notebook itself: they go to the measuring program pickled by
value, for which cloudpickle is needed (Debian: python3-cloudpickle; joblib brings one, too).
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

from .files import place, results
from .files.errors import MissingDependency, UsageError
from .files.program import Program

POOLS = ("py_thread_pool", "py_process_pool", "py_mp_pool")


class Measured:
    """What was measured; the files are there as long as this object is, or in `out`."""

    def __init__(self, path: Path, keeper: Any) -> None:
        self.path = path
        self._keeper = keeper

    @cached_property
    def evaluation(self) -> Any:
        """An analysis.statistics.stats.Evaluation: estimates of every case, and their samples."""
        from .statistics.stats import evaluate

        return evaluate(results.load(self.path))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """From the fastest on: backend, dispatch, workers, time in ns, speed-up with its interval (None: too
        few).
        """
        ranked = sorted(self.evaluation.estimates, key=lambda one: float(one.time_ns.value))
        gains = {one.case: one.speedup if one.role == "case" else None for one in ranked}
        return [
            {
                "backend": one.case.backend,
                "dispatch": one.case.dispatch,
                "workers": one.case.workers,
                "time_ns": one.time_ns.value,
                "speedup": gain.value if (gain := gains[one.case]) else None,
                "low": gain.low if gain else None,
                "high": gain.high if gain else None,
            }
            for one in ranked
        ]

    def figure(self) -> Any:
        """A matplotlib Figure of the ranking; raises UsageError where fewer than two backends were measured.
        """
        from .show import charts

        needs, figures = charts.draw("backends", self.evaluation)
        if not figures:
            raise UsageError(f"the figure needs {needs}")
        return figures[0][1]

    def _cells(self) -> list[list[str]]:
        from .show import units

        def interval(row: dict[str, Any]) -> str:
            known = row["low"] is not None and row["high"] is not None
            return f"[{units.ratio_number(row['low'])}, {units.ratio_number(row['high'])}]" if known else "-"

        head = ["backend", "workers", "time", "speed-up", "95 % interval"]
        return [head] + [
            [
                f"{row['backend']} {row['dispatch']}" if row["speedup"] else row["backend"],
                str(row["workers"]),
                units.time(row["time_ns"]),
                units.ratio(row["speedup"]) if row["speedup"] else "base",
                interval(row),
            ]
            for row in self.rows
        ]

    def __str__(self) -> str:
        from .show import tables

        return "\n".join(tables.text(self._cells()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        from .show import html

        head, *body = self._cells()
        lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
        lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body]
        try:
            figure = str(html.inline_svg(self.figure(), "ranking", "speed-up of each backend"))
        except UsageError:
            figure = ""
        return f"<table>{''.join(lines)}</table>{figure}"


def measure(
    function: Callable[[Any], Any],
    inputs: Iterable[Any],
    workers: int | None = None,
    backends: Sequence[str] = POOLS,
    budget: str = "60s",
    out: str | Path | None = None,
) -> Measured:
    """The function over the inputs, one task each, in a plain loop and in each pool, warm.

    `workers`: as many as cores; `budget`: the most that it takes; `out`: a folder for the results. Raises a
    CommandError that says, in one line, what cannot be measured and why.
    """
    every = list(inputs)
    if not every:
        raise UsageError("no inputs: a task needs one")
    keeper = tempfile.TemporaryDirectory(prefix="breakeven-") if out is None else None
    folder = Path(keeper.name if keeper else str(out)).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    job = folder / "job.pickle"
    job.write_bytes(pickle.dumps((sys.path, _pickled(function, every))))  # modules are where they are here
    words = [
        "measure",
        "--workload",
        f"python/pickled/{job}",
        "--tasks",
        str(len(every)),
        "--budget",
        budget,
        "--out",
        str(folder / "results.json"),
    ]
    words += [word for backend in backends for word in ("--backend", backend)]
    if workers is not None:
        words += ["--workers", str(workers)]
    os.environ.setdefault("BREAKEVEN_PYTHON", sys.executable)
    print(f"measuring for {budget} at most ...", file=sys.stderr, flush=True)
    Program(place.program()).run(words)
    return Measured(folder / "results.json", keeper)


def _pickled(function: Callable[[Any], Any], inputs: list[Any]) -> bytes:
    by_value = _cloudpickle()
    if by_value is None and getattr(function, "__module__", "") == "__main__":
        raise MissingDependency(
            f"{function.__name__} stands in the notebook or script itself: to send it, cloudpickle "
            "is needed (Debian: "
            "python3-cloudpickle); or put it into a module and import it"
        )
    try:
        data: bytes = (by_value or pickle).dumps((function, inputs))
    except Exception as error:
        raise UsageError(
            f"the function or its inputs cannot be pickled: {type(error).__name__}: {error}"
        ) from None
    return data


def _cloudpickle() -> Any:
    import importlib

    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None
