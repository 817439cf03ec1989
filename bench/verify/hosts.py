"""From which task size and payload on does a second host pay? Measures it on two network namespaces over
several links (network.py), holds `breakeven advise --nodes` to it, and fills docs/clusters.md.

    make clusters && sudo python3 bench/verify/hosts.py --document docs/clusters.md

Usage: hosts.py [--rounds N] [--out FOLDER] [--kept] [--document FILE]. Needs root; --kept: judge what lies in
the folder.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from network import LINKS, Link, Network  # noqa: E402

from analysis.files import document, link as links, results  # noqa: E402
from analysis.show import tables, units  # noqa: E402
from analysis.show.charts import nodes as charts  # noqa: E402
from analysis.statistics.model import hosts as model  # noqa: E402
from analysis.statistics.stats import CaseEstimate, Estimate, Evaluation, evaluate  # noqa: E402

MARK = "hosts"
PROGRAM = ROOT / "build" / "breakeven"
FARM = "mpi,help=on"


@dataclass(frozen=True)
class Row:
    """A case on two hosts: its speed-up, and what the model says from the link alone."""

    link: str
    backend: str
    task: str  # as the suite wrote it
    payload: int  # bytes each way
    speedup: Estimate
    predicted: float | None

    @property
    def error(self) -> float | None:
        return None if self.predicted is None else self.predicted / self.speedup.value - 1


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("Usage: ")[1].split(". Needs")[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "hosts")
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--document", type=Path)
    options = parser.parse_args(words)
    kept = [one.name for one in LINKS if (options.out / one.name / "results.json").exists()]
    if kept and not options.kept:
        print(
            f"hosts.py: {options.out} holds a run ({', '.join(kept)}): judge it by --kept, or choose another "
            "--out",
            file=sys.stderr,
        )
        return 2
    if not options.kept:
        _measure(options.out, options.rounds)
    rows = [row for one in LINKS for row in _rows(one, options.out)]
    if not rows:
        print(f"hosts.py: {options.out}: holds nothing that was measured", file=sys.stderr)
        return 2
    _print(rows)
    if options.document:
        _fill(options.document, rows, options.out)
    return 0


def _measure(out: Path, rounds: int) -> None:
    with Network() as network:
        for one in LINKS:
            if one.name in network.skipped:
                print(f"{one.title}: skipped: {network.skipped[one.name]}", file=sys.stderr)
                continue
            folder = out / one.name
            folder.mkdir(parents=True, exist_ok=True)
            hosts = str(network.hosts_file(one.name))
            with open(folder / "link.json", "w", encoding="utf-8") as file:
                network.run([str(PROGRAM), "doctor", "--hosts", hosts, "--json"], stdout=file, check=True)
            print(f"{one.title}: suite hosts, {rounds} rounds", file=sys.stderr)
            command = [
                str(PROGRAM),
                "run",
                "hosts",
                "--hosts",
                hosts,
                "--rounds",
                str(rounds),
                "-q",
                "--out",
                str(folder / "results.json"),
            ]
            if network.run(command).returncode not in (0, 1):
                raise SystemExit(2)


def _rows(one: Link, out: Path) -> list[Row]:
    file = out / one.name / "results.json"
    if not file.exists():
        return []
    evaluation = evaluate(results.load(file))
    measured = links.load(file.with_name("link.json"))
    far = [e for e in evaluation.of_role("case") if e.case.nodes == 2 and e.speedup is not None]
    return [_row(one, evaluation, measured, estimate) for estimate in far]


def _row(one: Link, evaluation: Evaluation, measured: links.MeasuredLinks, estimate: CaseEstimate) -> Row:
    case = estimate.case
    assert estimate.speedup is not None
    predicted = None
    if case.backend == FARM:
        plain = next(
            e.time_ns.value
            for e in evaluation.of_role("baseline")
            if e.block == estimate.block and e.case.backend == estimate.baseline
        )
        predicted = plain / _predicted_ns(case, plain / case.tasks, measured)
    return Row(one.title, case.backend, case.cost_label or "", case.in_bytes, estimate.speedup, predicted)


def _predicted_ns(case: results.Case, task_ns: float, measured: links.MeasuredLinks) -> float:
    """From the link, and the time that a task takes in the plain loop."""
    link = model.Link(
        measured.latency_s * 1e9,
        measured.overhead_s * 1e9,
        measured.wire_s_per_byte * 1e9,
        measured.cpu_s_per_byte * 1e9,
    )
    return model.Farm(case.tasks, task_ns, case.in_bytes, case.out_bytes, link).time_ns(far=1).value


def break_even(rows: Sequence[Row]) -> float | None:
    """The payload each way, bytes, at which two hosts are as fast as the plain loop; None: at none."""
    ordered = sorted(rows, key=lambda row: row.payload)
    for one, other in zip(ordered, ordered[1:]):
        a, b = one.speedup.value, other.speedup.value
        if a >= 1 > b:
            share = math.log(a) / (math.log(a) - math.log(b))
            return one.payload + share * (other.payload - one.payload)
    return None


def _print(rows: Sequence[Row]) -> None:
    print("\n".join(tables.text(_cells(rows))))
    print()
    for line in _break_evens(rows):
        print(line)
    print(_errors(rows))


def _cells(rows: Sequence[Row]) -> list[list[str]]:
    sizes = sorted({row.payload for row in rows})
    cells = [["backend", "task", "link", *(units.size(size) if size else "no payload" for size in sizes)]]
    for backend in dict.fromkeys(row.backend for row in rows):
        for task in dict.fromkeys(row.task for row in rows if row.backend == backend):
            for link in dict.fromkeys(row.link for row in rows):
                of = {
                    row.payload: row
                    for row in rows
                    if (row.backend, row.task, row.link) == (backend, task, link)
                }
                cells.append([backend, task, link, *(_cell(of.get(size)) for size in sizes)])
    return cells


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    text = units.ratio(row.speedup.value)
    if row.speedup.low is not None and row.speedup.high is not None:
        text += f" ({units.ratio_number(row.speedup.low)} to {units.ratio_number(row.speedup.high)})"
    return text + (f"; model {units.ratio_number(row.predicted)}" if row.predicted is not None else "")


def _break_evens(rows: Sequence[Row]) -> list[str]:
    lines = []
    for task in dict.fromkeys(row.task for row in rows):
        for link in dict.fromkeys(row.link for row in rows):
            farm = [row for row in rows if (row.backend, row.task, row.link) == (FARM, task, link)]
            if not farm:
                continue
            place = break_even(farm)
            largest = max(row.payload for row in farm)
            pays = (
                f"up to {units.size(round(place))} each way"
                if place is not None
                else f"with every payload up to {units.size(largest)}"
                if farm[0].speedup.value > 1
                else "with no payload"
            )
            lines.append(f"Over {link} a second host pays for tasks of {task} {pays}.")
    return lines


def _errors(rows: Sequence[Row]) -> str:
    errors = [abs(row.error) for row in rows if row.error is not None]
    by_link = []
    for link in dict.fromkeys(row.link for row in rows):
        own = [abs(row.error) for row in rows if row.error is not None and row.link == link]
        by_link.append(f"{link} {median(own):.1%}")
    return (
        "Error of the speed-up by `advise --nodes`, from the link and the plain loop alone: "
        f"{median(errors):.1%} in the "
        f"median of {len(errors)} cases, {max(errors):.1%} at most ({'; '.join(by_link)})."
    )


def _fill(path: Path, rows: Sequence[Row], out: Path) -> None:
    cells = _cells(rows)
    context = results.load(out / LINKS[0].name / "results.json").context
    source = (
        f"Measured on: {context.cpu}, two network namespaces with a CPU each, {context.kernel}, "
        f"{context.date[:10]}, suite "
        f"hosts, {context.rounds} rounds; 100 tasks."
    )
    image = path.parent / "images" / "hosts.svg"
    panels = []
    for task in dict.fromkeys(row.task for row in rows if row.backend == FARM):
        lines = []
        for link in dict.fromkeys(row.link for row in rows):
            own = sorted(
                (r for r in rows if (r.backend, r.task, r.link) == (FARM, task, link)),
                key=lambda r: r.payload,
            )
            lines.append(
                charts.LinkLine(
                    link,
                    tuple((float(r.payload), r.speedup) for r in own),
                    tuple((float(r.payload), r.predicted) for r in own if r.predicted is not None),
                )
            )
        panels.append((f"tasks of {task}", lines))
    charts.save_links(
        image,
        "The faster the link, the more payload a second host bears",
        "Speed-up of 100 tasks on two hosts with a worker each over the plain loop: median, 95 % interval. "
        "Dashed: "
        "what advise --nodes says from the link alone.",
        source,
        panels,
    )
    document.fill_file(
        path,
        MARK,
        {
            "table": tables.markdown(cells[0], "lll" + "r" * (len(cells[0]) - 3), cells[1:]),
            "chart": f"![Speed-up on two hosts against payload, by link](images/{image.name})",
            "break-even": "\n".join(f"- {line}" for line in _break_evens(rows)),
            "error": _errors(rows),
            "source": source,
            "link": _links_table(out),
        },
        "not measured",
    )


def _links_table(out: Path) -> str:
    rows = []
    for one in LINKS:
        file = out / one.name / "link.json"
        if not file.exists():
            continue
        link = json.loads(file.read_text(encoding="utf-8"))["breakeven_link"]["links"][0]
        half = link["half_round_trip_s"]
        rows.append(
            [
                one.title,
                *(units.time(half[size] * 1e9) for size in ("8", "65536", "1048576")),
                f"{units.significant(8e-9 / link['wire_s_per_byte'])} Gb/s",
                units.time(link["overhead_s"] * 1e9),
            ]
        )
    head = ["link", "8 B one way", "64 KiB", "1 MiB", "bandwidth", "CPU for a message"]
    return tables.markdown(head, "lrrrrr", rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
