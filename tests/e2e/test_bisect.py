"""`breakeven bisect`: the commit that made a program slower, by times out of a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from repository import RECIPE, Repository


def history(repository: Repository, count: int, slower_from: int, factor: str = "1.05") -> list[str]:
    """So many commits; from number `slower_from` on the program takes `factor` of its time."""
    for number in range(1, count + 1):
        repository.commit(f"commit {number}", factor=f"{factor if number >= slower_from else '1'}\n")
    return repository.git("rev-list", "--reverse", "main").split()


def bisect(repository: Repository, good: str, *words: str) -> Any:
    return repository.run("bisect", f"--good={good}", "-o", str(repository.out), *words)


def found(repository: Repository) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((repository.out / "bisect.json").read_text())
    return told


@pytest.mark.parametrize("slower_from", [1, 12])
def test_the_commit_is_named_with_how_sure_that_is(repository: Repository, slower_from: int) -> None:
    commits = history(repository, 12, slower_from)
    finished = bisect(repository, commits[0])
    assert finished.code == 0, finished.err
    told = found(repository)
    assert told["commit"] == commits[slower_from] and told["is_verified"] and told["own"] == ["sort"]
    assert told["error"] < 0.05 and f"commit {slower_from} made sort slower" in finished.out
    assert {step["rounds"] for step in told["steps"]} <= {10, 15, 20}


def test_after_the_first_check_only_the_red_case_is_measured(repository: Repository) -> None:
    commits = history(repository, 4, 2)
    bisect(repository, commits[0])
    steps = [json.loads(line) for file in repository.out.glob("step-*/samples.jsonl")
             for line in file.read_text().splitlines()]
    assert steps and {sample["name"] for sample in steps} == {"sort"}


def test_a_commit_that_does_not_build_is_passed_over(repository: Repository) -> None:
    repository.commit("good")
    good = repository.git("rev-parse", "HEAD")
    repository.commit("broken", **{"breakeven.json": json.dumps({**RECIPE, "build": "false"})})
    repository.commit("mended", factor="1\n", **{"breakeven.json": json.dumps(RECIPE)})
    repository.commit("slower", factor="1.05\n")
    finished = bisect(repository, good)
    assert finished.code == 0 and "slower made sort slower" in finished.out


def test_where_the_commits_between_cannot_be_measured_all_of_them_are_named(repository: Repository) -> None:
    good = repository.git("rev-parse", "HEAD")
    repository.commit("broken", factor="1.05\n", **{"breakeven.json": json.dumps({**RECIPE, "run": "false"})})
    repository.commit("mended", **{"breakeven.json": json.dumps(RECIPE)})
    finished = bisect(repository, good)
    assert finished.code == 1 and "broken" in finished.out and "mended" in finished.out
    assert len(found(repository)["commits"]) == 2


def test_a_bad_commit_that_is_not_slower_is_said(repository: Repository) -> None:
    commits = history(repository, 3, 99)
    finished = bisect(repository, commits[0])
    assert finished.code == 3 and "is not shown to be slower" in finished.out


@pytest.mark.parametrize(
    "good, says",
    [("HEAD", "are the same commit"), ("nowhere", "no such revision"), ("aside", "does not descend")],
)
def test_commits_that_are_no_line_are_refused(repository: Repository, good: str, says: str) -> None:
    repository.git("checkout", "-q", "-b", "aside")
    repository.commit("aside", factor="2\n")
    repository.git("checkout", "-q", "main")
    repository.commit("main", factor="3\n")
    finished = bisect(repository, good)
    assert finished.code == 2 and says in finished.complaint
