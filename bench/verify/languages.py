"""Threads or processes, in six languages: fills docs/languages.md from a run of suite languages.

    make languages && build/breakeven run languages --out results/languages/results.json
    python3 bench/verify/languages.py results/languages/results.json --document docs/languages.md

Usage: languages.py RESULTS [--document FILE]. Prints the table; with --document it is put between the page's
marks, and the chart beside it, in images/.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import matplotlib  # noqa: E402

from analysis.files import document, results  # noqa: E402
from analysis.show import tables, units  # noqa: E402
from analysis.statistics.stats import CaseEstimate, Evaluation, evaluate  # noqa: E402

MARK = "languages"
LANGUAGES = {
    "C++": ("thread_pool", "fork_pool/shm"), "Rust": ("rust_rayon", "rust_std_thread"),
    "Go": ("go_channel", "go_goroutines"), "Java": ("java_fixed_pool", "java_fork_join"),
    "Node": ("node_threads", "node_processes"), "Python": ("py_thread_pool", "py_process_pool"),
}
PROCESSES = ("fork_pool/shm", "node_processes", "py_process_pool")


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("Usage: ")[1].split(". Prints")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--document", type=Path)
    options = parser.parse_args(words)
    evaluation = evaluate(results.load(options.results))
    table = _table(evaluation)
    print(table)
    if options.document:
        image = options.document.parent / "images" / "languages.svg"
        _draw(evaluation, image)
        chart = f"![{_CAPTION}](images/{image.name})"
        places = {"table": table, "source": _source(evaluation), "chart": chart}
        document.fill_file(options.document, MARK, places, "not measured")
    return 0


_CAPTION = "Speed-up of 300 factorisations over the language's own plain loop, with its 95 % interval."


def _of(evaluation: Evaluation, backend: str, payload: int) -> CaseEstimate | None:
    for estimate in evaluation.of_role("case"):
        if (estimate.case.backend, estimate.case.in_bytes) == (backend, payload):
            return estimate
    return None


def _plain(evaluation: Evaluation, case: CaseEstimate) -> float:
    """Time of the language's own plain loop, ns."""
    loops = evaluation.of_role("baseline")
    return next(e.time_ns.value for e in loops if e.block == case.block and e.case.backend == case.baseline)


def _table(evaluation: Evaluation) -> str:
    rows: list[list[str]] = []
    for language, backends in LANGUAGES.items():
        for backend in backends:
            found = [_of(evaluation, backend, payload) for payload in (0, 65536)]
            kind = "processes" if backend in PROCESSES else "threads"
            if found[0] is None:
                skips = (s.reason for s in evaluation.results.skipped if s.case.backend == backend)
                why = f"not measured: {next(skips, 'not in the run')}"
                rows.append([language, f"`{backend}`", kind, why, "", ""])
                continue
            cells = [_speedup(each) for each in found]
            rows.append([language, f"`{backend}`", kind, units.time(_plain(evaluation, found[0])), *cells])
    head = ["language", "way", "", "plain loop", "no payload", "64 KiB each way"]
    return tables.markdown(head, "lllrrr", rows)


def _speedup(estimate: CaseEstimate | None) -> str:
    if estimate is None or estimate.speedup is None:
        return ""
    speedup = estimate.speedup
    if speedup.low is None or speedup.high is None:
        return units.ratio(speedup.value)
    low, high = units.ratio_number(speedup.low), units.ratio_number(speedup.high)
    return f"{units.ratio(speedup.value)} ({low} to {high})"


def _source(evaluation: Evaluation) -> str:
    context = evaluation.results.context
    facts = {}
    for sample in evaluation.results.samples:
        for name in ("python", "node", "java", "go"):
            if name in sample.facts:
                facts[name] = str(sample.facts[name])
    versions = ", ".join(f"{name} {version}" for name, version in sorted(facts.items()))
    return (
        f"Measured on: {context.cpu}, {units.count(context.usable_cores, 'core')}, {context.kernel}, "
        f"{context.date[:10]}, suite languages, {context.rounds} rounds, {context.compiler}; {versions}."
    )


def _draw(evaluation: Evaluation, path: Path) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "breakeven"
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 4.6), sharey=True)
    names = [backend for backends in LANGUAGES.values() for backend in backends]
    for panel, payload, title in zip(panels, (0, 65536), ("no payload", "64 KiB each way")):
        for place, backend in enumerate(reversed(names)):
            estimate = _of(evaluation, backend, payload)
            if estimate is None or estimate.speedup is None:
                continue
            _bar(panel, place, backend, estimate)
        panel.axvline(1, color="#444444", linewidth=1)
        panel.set_title(title, fontsize=10)
        panel.set_xlabel("speed-up over its own plain loop", fontsize=9)
        panel.set_yticks(range(len(names)), list(reversed(names)), fontsize=8)
        panel.set_xlim(left=0)
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def _bar(panel: Any, place: int, backend: str, estimate: CaseEstimate) -> None:
    assert estimate.speedup is not None
    value, low, high = estimate.speedup.value, estimate.speedup.low, estimate.speedup.high
    color = "#c2693d" if backend in PROCESSES else "#3a6ea5"
    error = None if low is None or high is None else [[value - low], [high - value]]
    panel.barh(place, value, color=color, xerr=error, height=0.7, error_kw={"linewidth": 1})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
