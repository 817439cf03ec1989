"""Threads, processes and interpreters of Python: fills docs/python.md from a run of suite interpreters.

    build/breakeven run interpreters --interpreter python3.13 --out results/interpreters/results.json
    python3 bench/verify/interpreters.py results/interpreters/results.json --document docs/python.md

Usage: interpreters.py RESULTS [--document FILE]. Prints the table; with --document it is put between the
page's marks.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.files import document, results  # noqa: E402
from analysis.show import tables, units  # noqa: E402
from analysis.statistics.stats import CaseEstimate, Evaluation, evaluate  # noqa: E402

MARK = "interpreters"


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("Usage: ")[1].split(". Prints")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--document", type=Path)
    options = parser.parse_args(words)
    evaluation = evaluate(results.load(options.results))
    table = f"{_table(evaluation)}\n\n{_source(evaluation)}"
    print(table)
    if options.document:
        document.fill_file(options.document, MARK, {"table": table}, "not measured")
    return 0


def _table(evaluation: Evaluation) -> str:
    sizes = sorted({e.case.in_bytes for e in evaluation.of_role("case")})
    backends = sorted({e.case.backend for e in evaluation.of_role("case") if e.case.dispatch == "map"})
    rows = []
    for backend in backends:
        found = [_of(evaluation, backend, size) for size in sizes]
        rows.append([f"`{backend}`", *(cell for one in found for cell in _cells(one))])
    head = ["way"]
    for size in sizes:
        head += [f"{units.size(size)} each way" if size else "no payload", "time"]
    return tables.markdown(head, "l" + "r" * (len(head) - 1), rows)


def _of(evaluation: Evaluation, backend: str, size: int) -> CaseEstimate | None:
    for one in evaluation.of_role("case"):
        if (one.case.backend, one.case.in_bytes, one.case.dispatch) == (backend, size, "map"):
            return one
    return None


def _cells(one: CaseEstimate | None) -> list[str]:
    if one is None or one.speedup is None:
        return ["", ""]
    text = units.ratio(one.speedup.value)
    if one.speedup.low is not None and one.speedup.high is not None:
        text += f" ({units.ratio_number(one.speedup.low)} to {units.ratio_number(one.speedup.high)})"
    return [text, units.time(one.time_ns.value)]


def _source(evaluation: Evaluation) -> str:
    context = evaluation.results.context
    samples = evaluation.results.samples
    versions = sorted({str(sample.facts["python"]) for sample in samples if "python" in sample.facts})
    tasks = next(e.case.tasks for e in evaluation.of_role("case"))
    return (
        f"Speed-up of {tasks} factorisations over the interpreter's own plain loop, with its 95 % interval, "
        f"and the time of a run. Measured on: {context.cpu}, {units.count(context.usable_cores, 'core')}, "
        f"{context.kernel}, "
        f"{context.date[:10]}, suite interpreters, {context.rounds} rounds; Python {', '.join(versions)}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
