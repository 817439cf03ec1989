"""A case is called by what varies in its file."""

from __future__ import annotations

from builder import Block, Shape, Way

from analysis.show.naming import Naming, shape_text, tasks_text, way_words
from analysis.files.results import Case


def labels(evaluation):
    naming = Naming.of(evaluation.estimates)
    return [naming.label(e) for e in evaluation.of_role("case")]


def test_what_is_the_same_everywhere_is_not_said(evaluate):
    assert labels(evaluate([Block(Shape(), (Way("a", 1), Way("b", 1)))])) == ["a", "b"]


def test_what_varies_is_said(evaluate):
    ways = (Way("a", 1), Way("a", 1, dispatch="submit", pool="cold"), Way("a", 1, chunk=64))
    expected = ["a · map warm", "a · submit cold", "a · map chunk 64 warm"]
    assert labels(evaluate([Block(Shape(), ways)])) == expected


def test_builds_are_told_apart(evaluate):
    ways = (Way("a", 1, build="base"), Way("a", 1, build="head"))
    assert labels(evaluate([Block(Shape(), ways)])) == ["a · base", "a · head"]


def case(**fields):
    shape = {"workload": "w", "tasks": 300, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0}
    way = {"backend": "a", "workers": 2, "dispatch": "map", "chunk": "default", "pool": "warm", "pin": "none"}
    return Case(**{**shape, **way, **fields})


def test_a_way_is_said_as_far_as_it_was_chosen():
    assert way_words(case()) == {
        "dispatch": "map", "chunk": "", "pool": "warm", "pin": "", "nodes": "",
    }
    chosen = case(dispatch="submit", chunk=64, pool="cold", pin="spread")
    assert " ".join(way_words(chosen).values()).strip() == "submit chunk 64 cold pin spread"
    assert way_words(case(nodes=2))["nodes"] == "nodes 2"


def test_a_shape_is_said_in_words():
    assert shape_text(case()) == "w: 300 tasks, no payload"
    assert shape_text(case(in_bytes=4096, scaling="weak")) == "w: 300 tasks, 4 KiB in, 0 B out, weak scaling"


def test_cost_and_skew_belong_to_the_tasks():
    labelled = case(cost=4000, cost_ns=19.7e3, cost_label="20us", skew=2)
    assert tasks_text(labelled) == "300 tasks of 20 µs, skew 2"
    assert tasks_text(case(shared_bytes=1 << 20)) == "300 tasks, 1 MiB shared"
    assert tasks_text(case(cost=4000, cost_ns=19.7e3)) == "300 tasks of 19.7 µs"
