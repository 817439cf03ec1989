"""`breakeven history`: a line a commit, against an anchor that runs beside it; by times out of a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from repository import Repository


def history(repository: Repository, *words: str) -> Any:
    return repository.run("history", *words, "--out", str(repository.out))


def lines(repository: Repository) -> list[dict[str, Any]]:
    text = (repository.folder / "breakeven-history.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def added(repository: Repository, factor: str, *words: str) -> dict[str, Any]:
    repository.commit(f"now {factor}", factor=f"{factor}\n")
    finished = history(repository, "add", "--rounds", "6", *words)
    assert finished.code == 0, finished.err
    return lines(repository)[-1]


def test_a_commit_is_measured_against_the_first_one(repository: Repository) -> None:
    assert history(repository, "add", "--rounds", "6").code == 0
    line = added(repository, "1.2")
    (anchor,) = line["anchors"]
    assert anchor["commit"] == lines(repository)[0]["commit"]
    assert anchor["cases"]["sort"][0] == pytest.approx(1.2, rel=0.01)
    assert anchor["cases"]["scan"][0] == pytest.approx(1.0, rel=0.01)
    assert line["subject"] == "now 1.2" and line["machine"]


def test_a_new_anchor_runs_beside_the_old_one(repository: Repository) -> None:
    history(repository, "add", "--rounds", "6")
    line = added(repository, "1.2", "--anchor", "HEAD")
    old, new = line["anchors"]
    assert old["cases"]["sort"][0] == pytest.approx(1.2, rel=0.01)
    assert new["commit"] == line["commit"] and new["cases"]["sort"][0] == pytest.approx(1.0, rel=0.01)


def test_the_page_and_the_badge_are_written(repository: Repository) -> None:
    history(repository, "add", "--rounds", "6")
    assert history(repository, "page").code == 0
    assert b"sort" in (repository.out / "history.html").read_bytes()
    assert b"steady" in (repository.out / "badge.svg").read_bytes()
    assert "sort" in history(repository, "show").out


def test_a_commit_is_added_once(repository: Repository) -> None:
    history(repository, "add", "--rounds", "6")
    again = history(repository, "add", "--rounds", "6")
    assert again.code == 2 and "is in" in again.complaint and len(lines(repository)) == 1


@pytest.mark.parametrize(
    "words, says",
    [(["show"], "has no line yet"), (["import"], "give the file to read"), (["show", "x"], "is not expected"),
     (["export"], "no line with ratios"), (["add", "--rounds", "3"], "an interval takes 6 or more"),
     (["forget"], "invalid choice"), (["add", "--commit", "nowhere"], "no such revision"),
     (["import", "nothing.js"], "is no data.js")],
)
def test_what_it_cannot_do_is_one_line(repository: Repository, words: list[str], says: str) -> None:
    finished = history(repository, *words)
    assert finished.code == 2 and says in finished.complaint
    assert not (repository.folder / "breakeven-history.jsonl").exists()
