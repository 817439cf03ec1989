"""`breakeven summary`: the tables of a result file, which a run prints at its end too."""

from __future__ import annotations

import gzip
import json
import re
import sys
from typing import Any

import pytest
from program import ROOT, Bench

sys.path.insert(0, str(ROOT / "tests" / "python"))
import builder  # noqa: E402
from builder import Block, Shape, Way  # noqa: E402

BLOCK = Block(Shape(), (Way("pool", 1.5), Way("std_async", 0.5)), ceilings=((2, 2.0),))


def summary(bench: Bench, data: dict[str, Any], *words: str) -> str:
    (bench.folder / "r.json").write_text(json.dumps(data))
    done = bench("summary", "r.json", *words)
    assert done.code == 0, done.err
    return done.out


def line_of(text: str, start: str) -> str:
    """Without the mark in front."""
    return next(line for line in map(unmarked, text.splitlines()) if line.strip().startswith(start))


def unmarked(line: str) -> str:
    return re.sub(r"^[+=-] ", "  ", line)


def test_a_case_shows_workers_time_speed_up_interval_efficiency_and_share(bench: Bench) -> None:
    words = line_of(summary(bench, builder.result_file([BLOCK], noise=1e-9)), "pool").split()
    assert words[:2] == ["pool", "2"] and words[4:] == ["1.50", "[1.50,", "1.50]", "75", "%", "75", "%"]


def test_the_baseline_stands_first_and_the_fastest_next(bench: Bench) -> None:
    lines = summary(bench, builder.result_file([BLOCK])).splitlines()
    assert names_in("\n".join(lines)) == ["serial", "ceiling", "pool", "std_async"]


def test_the_figures_of_an_interval_have_as_many_digits_as_the_estimate(bench: Bench) -> None:
    data = builder.result_file([Block(Shape(), (Way("pool", 1.98),))], noise=0.02)
    figures = re.sub(r"[][,]", "", line_of(summary(bench, data), "pool")).split()[4:7]
    assert {len(figure.split(".")[1]) for figure in figures} == {2}


def test_the_way_is_named_where_it_varies(bench: Bench) -> None:
    ways = (Way("a", 1, chunk=8, pool="cold"), Way("a", 1))
    text = summary(bench, builder.result_file([Block(Shape(), ways)]))
    assert line_of(text, "a map chunk 8 cold") and line_of(text, "a map ")


def test_what_a_whole_block_has_in_common_stands_in_its_title(bench: Bench) -> None:
    cold = Block(Shape(tasks=10), (Way("a", 1, pool="cold"), Way("b", 1, pool="cold")))
    assert "factorize/tasks=10/in=0/out=0 (map cold)" in summary(bench, builder.result_file([cold]))


def test_a_name_that_is_too_long_is_never_cut(bench: Bench) -> None:
    names = [f"pool,{'option=value,' * 4}last={i}" for i in range(2)]
    text = summary(bench, builder.result_file([Block(Shape(), tuple(Way(name, 1.5) for name in names))]))
    assert all(name in text for name in names)
    assert max(len(line) for line in text.splitlines() if "option" not in line) <= 80


def test_the_times_of_empty_tasks_are_overhead_a_task(bench: Bench) -> None:
    shape = Shape(workload="compute", tasks=1000, cost=0)
    text = summary(bench, builder.result_file([Block(shape, (Way("pool", 0.01),))]))
    assert "a task" in text and "speed-up" not in text and "all of it is overhead" in text


def test_without_an_interval_it_says_how_many_rounds_one_needs(bench: Bench) -> None:
    text = summary(bench, builder.result_file([BLOCK], rounds=3))
    assert "(too few rounds)" in text and "needs at least 6 rounds" in text


def test_failures_and_skips_are_counted_with_their_reasons(bench: Bench) -> None:
    data = builder.result_file([BLOCK])
    data["failures"] = [builder.failure(Shape(), Way("pool", 1), "crash", "signal 11")] * 2
    data["skipped"] = [builder.skip(Shape(), Way("pool", 1), f"reason {i}") for i in range(12)]
    text = summary(bench, data)
    assert "failed: 2 samples" in text and "signal 11" in text
    assert "skipped: 12 cases that cannot run" in text and "and 4 more kinds" in text


def test_samples_that_a_rule_left_out_are_counted_by_rule(bench: Bench) -> None:
    data = builder.result_file([BLOCK], noise=1e-9)
    data["set_aside"] = []
    for reason in ("steal_ns is 10, above 0", "steal_ns is 20, above 0"):
        row = data["benchmarks"].pop()
        row["breakeven"]["set_aside"] = reason
        data["set_aside"].append(row)
    text = summary(bench, data)
    assert "set aside by the suite's rule: 2 samples" in text and "2  steal_ns" in text


def test_a_file_without_samples_says_so(bench: Bench) -> None:
    assert "No sample was measured." in summary(bench, builder.result_file([]))


def test_a_name_cannot_steer_the_terminal(bench: Bench) -> None:
    text = summary(bench, builder.result_file([Block(Shape(), (Way("pool\x1b[2J", 1.5),))]))
    assert "\x1b" not in text and "pool?[2J" in text


def test_when_results_were_there_stands_below_the_case(bench: Bench) -> None:
    data = builder.result_file([BLOCK])
    for row in data["benchmarks"]:
        times = {"first_ns": 1000, "median_ns": 5000, "p99_ns": 9000, "last_ns": 10000}
        row["breakeven"]["completion"] = times if row["breakeven"]["role"] == "case" else None
    assert summary(bench, data).count("first result after 1.00 us, 99 % of them after 9.00 us") == 2


def test_tasks_that_wait_are_told_from_tasks_that_compute(bench: Bench) -> None:
    data = builder.result_file([BLOCK])
    assert "These tasks wait" not in summary(bench, data)
    for row in data["benchmarks"]:
        if row["breakeven"]["role"] == "baseline":
            row["breakeven"]["cpu_time_ns"] = 0.03 * row["real_time"]
    assert "CPU time is 3 % of its wall time" in summary(bench, data)


def test_what_disturbed_the_run_stands_below_its_tables(bench: Bench) -> None:
    data = builder.result_file([BLOCK])
    found = {"id": "load", "severity": "warning", "effect": "e", "remedy": "r"}
    found["what"] = "The load average is 18."
    data["context"]["breakeven"]["findings"] = [found, {**found, "severity": "note", "what": "A note."}]
    text = summary(bench, data)
    assert "Disturbing (breakeven doctor says how): The load average is 18." in text and "A note." not in text


def with_modes() -> dict[str, Any]:
    """20 rounds, the cores near in every second: the pool gains 1.9 there, 1.2 elsewhere."""
    data = builder.result_file([BLOCK], rounds=20, noise=1e-9)
    for row in data["benchmarks"]:
        ours = row["breakeven"]
        far = ours["round"] % 2 == 1
        line = 300.0 if far else 60.0
        ours["covariates"] = {**ours["covariates"], "line_before_ns": line, "line_after_ns": line}
        if ours["case"]["backend"] == "pool":
            row["real_time"] *= 1.5 / (1.2 if far else 1.9)
    return data


def test_a_bimodal_case_shows_both_of_its_figures_below_its_own(bench: Bench) -> None:
    lines = list(map(unmarked, summary(bench, with_modes()).splitlines()))
    at = next(i for i, line in enumerate(lines) if line.startswith("  pool"))
    assert lines[at + 1].startswith("    cores near, 50 %") and "1.90" in lines[at + 1]
    assert lines[at + 2].startswith("    cores far, 50 %") and "[1.20, 1.20]" in lines[at + 2]
    assert "cores" not in lines[at + 3]


def test_the_json_form_holds_what_the_table_shows(bench: Bench) -> None:
    found = json.loads(summary(bench, builder.result_file([BLOCK], noise=1e-9), "--json"))
    (block,) = found["builds"][0]["blocks"]
    pool = next(case for case in block["cases"] if case["case"]["backend"] == "pool")
    assert pool["speedup"]["value"] == pytest.approx(1.5, rel=1e-6)
    assert [pool["efficiency"], pool["ceiling_share"]] == pytest.approx([0.75, 0.75], rel=1e-6)


def test_the_end_of_a_run_prints_the_same_tables(bench: Bench) -> None:
    run = bench("run", bench.suite(), "--out", "a/results.json")
    tables = bench("summary", "a/results.json").out.split("\n\n", 1)[1]
    assert run.out.strip().startswith(tables.split("\n\n")[0].strip())


def test_a_compressed_file_of_an_earlier_schema_is_read(bench: Bench) -> None:
    path = ROOT / "results" / "reference" / "default-2-cores.json.gz"
    assert '"schema":"1.' in gzip.decompress(path.read_bytes())[:20000].decode().replace(" ", "")
    done = bench("summary", str(path))
    assert done.code == 0 and "fork_pool/pipe" in done.out


@pytest.mark.parametrize("text, why", [
    ("", "is not JSON"),
    ("{", "is not JSON"),
    ("[]", "is not a result file"),
    ('{"context": {}}', "is not a result file"),
    ('{"context": {"breakeven": {"schema": "3.0.0"}}, "benchmarks": []}', "its schema is"),
    ('{"context": {"breakeven": {"schema": "2.0.0"}}, "benchmarks": [{"name": "x"}]}', "benchmarks[0]"),
    ('{"context": {"breakeven": {"schema": "2.0.0"}}, "benchmarks": [{"breakeven": {}}]}', "benchmarks[0]"),
])
def test_what_is_not_a_result_file_is_refused_in_one_line(bench: Bench, text: str, why: str) -> None:
    (bench.folder / "r.json").write_text(text)
    refused = bench("summary", "r.json")
    assert refused.code == 2 and "r.json" in refused.complaint and why in refused.complaint


def test_a_file_that_is_not_there_is_named(bench: Bench) -> None:
    refused = bench("summary", "gone.json")
    assert refused.code == 2 and "gone.json: No such file or directory" in refused.complaint


def test_a_grids_comment_stands_over_its_blocks_once(bench: Bench) -> None:
    comment = "why this grid is there, in words enough that they need more than the eighty columns of a line"
    grids = [{"workload": "factorize", "tasks": [3, 4], "backends": "thread_pool", "comment": comment},
             {"workload": "factorize", "tasks": 5, "backends": "thread_pool"}]
    finished = bench("run", bench.suite(grids=grids, rounds=1), "--out", "a/results.json")
    assert finished.code == 0, finished.err
    for said in (finished.out, bench("summary", "a/results.json").out):
        assert " ".join(said.split()).count(comment) == 1
        assert said.index("why this grid") < said.index("tasks=3") < said.index("tasks=5")
        assert all(len(line) <= 80 for line in said.splitlines() if "grid" in line)


def names_in(text: str) -> list[str]:
    lines = [line[2:].split() for line in text.splitlines() if re.match(r"[ +=-] \S", line)]
    return [words[0] for words in lines if words[0] != "backend"]


def test_what_no_interval_tells_apart_stays_in_the_suites_order(bench: Bench) -> None:
    ways = (Way("slow", 0.5), Way("one", 1.49), Way("two", 1.5), Way("best", 3.0))
    assert names_in(summary(bench, in_order(ways, noise=0.1))) == ["serial", "best", "one", "two", "slow"]


def test_without_intervals_nothing_is_ordered(bench: Bench) -> None:
    ways = (Way("slow", 0.5), Way("one", 1.49), Way("best", 3.0))
    assert names_in(summary(bench, in_order(ways, rounds=2))) == ["serial", "slow", "one", "best"]


def in_order(ways: tuple[Way, ...], **how: Any) -> dict[str, Any]:
    """A file whose run planned its cases as they are given."""
    data = builder.result_file([Block(Shape(), ways)], **how)
    names = {row["breakeven"]["case"]["backend"]: row["name"] for row in data["benchmarks"]}
    ends = [{"name": names[name], "stop": "rounds", "rounds": 2, "precision": None}
            for name in ["serial", *(way.backend for way in ways)]]
    data["context"]["breakeven"]["cases"] = ends
    return data


def test_what_pays_and_what_loses_is_marked_by_the_interval(bench: Bench) -> None:
    ways = (Way("gain", 1.5), Way("even", 1.0), Way("loss", 0.5))
    lines = summary(bench, builder.result_file([Block(Shape(), ways)], noise=0.05)).splitlines()
    marks = {line[2:].split()[0]: line[0] for line in lines if re.match(r"[ +=-] \S", line)}
    assert (marks["gain"], marks["even"], marks["loss"], marks["serial"]) == ("+", "=", "-", " ")


def test_nothing_is_marked_without_an_interval(bench: Bench) -> None:
    text = summary(bench, builder.result_file([Block(Shape(), (Way("gain", 1.5),))], rounds=2))
    assert "\n  gain " in text
