"""`self-test --detector --repo`: how often the check is wrong with somebody's program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from repository import RECIPE, Repository


def detect(repository: Repository, *words: str) -> Any:
    return repository.run("self-test", "--detector", "--repo", ".", "--out", str(repository.out), *words)


def checks(repository: Repository) -> list[dict[str, Any]]:
    lines = (repository.out / "detector.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_identical_and_slower_revisions_are_counted_with_exact_bounds(repository: Repository) -> None:
    repository.commit("slower", factor="1.05\n")
    slower = repository.git("rev-parse", "HEAD")
    repository.commit("back", factor="1\n")
    finished = detect(repository, "--suites", "2", "--planted", "1", "--slower", f"5%={slower}")
    assert finished.code == 0, finished.err
    assert "| breakeven check | 0 % (0/4; 0.0–60.2) | 0 % (0/2;" in finished.out
    assert "found at +5 %" in finished.out and "Too few checks to judge" in finished.out
    header, *entries = checks(repository)
    assert header["suite"] == "lines" and header["levels"] == [0.05]
    (planted,) = [entry for entry in entries if entry["plant"]]
    assert {case["name"]: case["verdict"] for case in planted["cases"]} == {"sort": "slower", "scan": "same"}


def test_it_goes_on_where_it_was_cut_off(repository: Repository) -> None:
    assert detect(repository, "--suites", "3", "--planted", "0", "--budget", "0.1s").code == 0
    first = checks(repository)
    assert len(first) == 2
    assert detect(repository, "--suites", "3", "--planted", "0").code == 0
    assert checks(repository)[:2] == first and len(checks(repository)) == 4


def test_base_and_head_get_other_links_of_one_source(repository: Repository) -> None:
    main, other = "int f(void); int main(void) { return f(); }\n", "int f(void) { return 0; }\n"
    objects = "cc -c main.c -o {build}/main.o && cc -c f.c -o {build}/f.o"
    link = f"{objects} && cc {{build}}/main.o {{build}}/f.o -o {{build}}/x"
    recipe = {**RECIPE, "build": f"{link} && {RECIPE['build']}", "layouts": 2}
    repository.commit("links", **{"main.c": main, "f.c": other, "breakeven.json": json.dumps(recipe)})
    assert detect(repository, "--suites", "1", "--planted", "0").code == 0
    assert checks(repository)[0]["layouts"] == 2
    assert len(list((repository.folder / ".git" / "breakeven").glob("*/*/*/linker/reached"))) == 12


@pytest.mark.parametrize("word", ["5%", "x=HEAD", "=HEAD"])
def test_what_is_not_a_share_and_a_revision_is_refused(repository: Repository, word: str) -> None:
    assert detect(repository, "--slower", word).code == 2
