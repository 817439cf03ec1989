"""The sentences under a run, held against its file: the analysis computes each count anew."""

import json
import math
import pathlib
import re
import subprocess
from collections import defaultdict
from typing import Any, Iterator

import pytest

from analysis.files import results
from analysis.statistics import stats
from program import PROGRAM, ROOT

REFERENCE = ROOT / "results" / "reference"
FILES = {
    "two cores": REFERENCE / "default-2-cores.json.gz",
    "sixteen cores": REFERENCE / "many-cores-16.json.gz",
    "two rounds": ROOT / "tests" / "data" / "two-rounds.json.gz",
    "at load 18": ROOT / "tests" / "data" / "load-18.json.gz",
}


class Answered:
    """A file, what the program says of it, and the shapes that can say anything."""

    def __init__(self, path: pathlib.Path) -> None:
        done = subprocess.run(
            [str(PROGRAM), "summary", str(path), "--json"], capture_output=True, text=True, check=True
        )
        document = json.loads(done.stdout)
        (build,) = document["builds"]
        self.said = {one["kind"]: one["text"] for one in build["answer"]}
        processes = set(document["processes"])
        empty = {block["name"] for block in build["blocks"] if block["empty_tasks"]}
        self.shapes: dict[str, list[stats.CaseEstimate]] = defaultdict(list)
        self.evaluation = stats.evaluate(results.load(path))
        for estimate in self.evaluation.of_role("case"):
            gain = estimate.speedup
            known = gain is not None and gain.low is not None and estimate.case.workers > 1
            if known and estimate.block not in empty:
                self.shapes[estimate.block].append(estimate)
        self.is_process = lambda estimate: estimate.case.backend in processes

    def best(self, block: str, process: bool) -> Any:
        own = [e for e in self.shapes[block] if self.is_process(e) == process]
        return max(own, key=lambda e: e.speedup.value).speedup if own else None


def gain(estimate: stats.CaseEstimate) -> Any:
    return estimate.speedup


def above(a: Any, b: Any) -> bool:
    return bool(a.low > b.high)


@pytest.fixture(scope="module", params=list(FILES))
def answered(request: Any) -> Iterator[Answered]:
    yield Answered(FILES[request.param])


def numbers(text: str) -> list[int]:
    return [int(word) for word in re.findall(r"\b\d+\b(?!\.\d|x| %|KiB|MiB| us)", text)]


def test_who_is_faster_is_counted_right(answered: Answered) -> None:
    pairs = [(answered.best(block, False), answered.best(block, True)) for block in answered.shapes]
    both = [(thread, process) for thread, process in pairs if thread and process]
    threads = sum(above(thread, process) for thread, process in both)
    processes = sum(above(process, thread) for thread, process in both)
    said = answered.said.get("threads_or_processes", "")
    if not both:
        assert said == ""
        return
    first = said.split(":")[1].split(".")[0].strip()
    expected = {
        (False, False): "no difference",
        (True, False): "threads",
        (False, True): "processes",
        (True, True): "it depends",
    }[threads > 0, processes > 0]
    assert first == expected
    ties = len(both) - threads - processes
    for count in (count for count in (threads, processes, ties) if count and threads + processes):
        assert count in numbers(said), said


def test_what_never_pays_loses_in_every_shape(answered: Answered) -> None:
    said = answered.said.get("never", "")
    ways: dict[str, list[stats.CaseEstimate]] = defaultdict(list)
    for members in answered.shapes.values():
        for estimate in members:
            ways[estimate.case.backend + " " + " ".join(map(str, estimate.case.way))].append(estimate)
    losers = [name for name, members in ways.items() if all(gain(e).high < 1 for e in members)]
    named = re.findall(r"(?:Never: |, )([^ ]+)[^,]*?\([\d.]+x at best\)", said)
    more = re.search(r"and (\d+) more", said)
    assert len(named) + (int(more[1]) if more else 0) == len(losers), (said, losers)
    assert all(any(loser.startswith(name + " ") for loser in losers) for name in named)


def test_processes_pay_and_lose_as_often_as_said(answered: Answered) -> None:
    best = [found for block in answered.shapes if (found := answered.best(block, True))]
    said = answered.said.get("processes", "")
    if not best:
        assert said == ""
        return
    pays, loses = sum(one.low > 1 for one in best), sum(one.high < 1 for one in best)
    if pays == len(best):
        assert said.startswith("Processes pay in every shape")
    elif pays == 0:
        assert said.startswith("Processes pay in no shape for certain")
    else:
        assert said.startswith(f"Processes pay in {pays} of {len(best)} shape")
    assert (f"and lose in {loses}" in said) == (loses != 0 and pays != len(best))


def test_more_than_ideal_is_named_and_nothing_else(answered: Answered) -> None:
    every = [e for members in answered.shapes.values() for e in members]
    beyond = [e for e in every if gain(e).low > e.case.workers]
    said = answered.said.get("beyond_ideal", "")
    assert bool(said) == bool(beyond)
    assert not beyond or said.startswith(f"{len(beyond)} case")


def test_the_winners_gain_is_one_of_its_own(answered: Answered) -> None:
    said = answered.said.get("winner", "")
    found = re.match(r"(\S+) is best or level in (\d+) of (\d+) shapes?(?:, up to ([\d.]+)x)?", said)
    if not answered.shapes:
        assert said == ""
        return
    assert found and int(found[3]) == len(answered.shapes)
    level = 0
    for members in answered.shapes.values():
        top = max(members, key=lambda e: e.speedup.value).speedup  # type: ignore
        level += any(e.case.backend == found[1] and not above(top, e.speedup) for e in members)
    assert level == int(found[2])
    if found[4]:
        gains = [
            e.speedup.value
            for members in answered.shapes.values()
            for e in members  # type: ignore
            if e.case.backend == found[1]
        ]
        assert any(math.isclose(gain, float(found[4]), rel_tol=0.01) for gain in gains)


def test_two_rounds_say_nothing_for_certain() -> None:
    answered = Answered(FILES["two rounds"])
    assert list(answered.said) == ["too_few_rounds"]


def test_what_the_machine_did_meanwhile_stands_before_the_answer() -> None:
    done = subprocess.run(
        [str(PROGRAM), "summary", str(FILES["at load 18"])], capture_output=True, text=True, check=True
    )
    place = done.stdout.find("Disturbing (breakeven doctor says how): ")
    assert 0 <= place < max(done.stdout.find("is best or level"), done.stdout.find("Nothing is certain yet"))
    assert "load" in done.stdout[place:].splitlines()[0]
