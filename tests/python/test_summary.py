"""The terminal's table: what it says, and that it fits."""

from __future__ import annotations

import builder
from builder import Block, Shape, Way

from analysis.files import results
from analysis.statistics import stats
from analysis.show import summary

BLOCK = Block(Shape(), (Way("pool", 1.5), Way("std_async", 0.5)), ceilings=((2, 2.0),))


def line_of(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def test_a_case_shows_time_speed_up_interval_efficiency_and_share(evaluate):
    words = line_of(summary.render(evaluate([BLOCK], noise=1e-9)), "pool").split()
    assert words[0] == "pool" and words[1] == "2"
    assert words[4:] == ["1.50x", "1.50", "..", "1.50", "75", "%", "75", "%", "12"]


def test_the_baseline_stands_first_and_the_fastest_next(evaluate):
    lines = summary.render(evaluate([BLOCK])).splitlines()
    order = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in
             ("serial", "ceiling", "pool", "std_async")]
    assert order == ["serial", "ceiling", "pool", "std_async"]


def test_each_block_has_a_table_of_its_own(evaluate):
    text = summary.render(evaluate(builder.ipc_volume(("thread_pool",))))
    assert "factorize: 300 tasks, no payload" in text
    assert "factorize: 300 tasks, 1 MiB in, 0 B out" in text


def test_the_way_is_named_where_it_varies(evaluate):
    text = summary.render(evaluate([Block(Shape(), (Way("a", 1, chunk=8, pool="cold"), Way("a", 1)))]))
    assert line_of(text, "a - chunk 8 cold") and line_of(text, "a - warm")


def test_what_a_whole_block_has_in_common_stands_in_its_title(evaluate):
    cold = Block(Shape(tasks=10), (Way("a", 1, pool="cold"), Way("b", 1, pool="cold")))
    text = summary.render(evaluate([BLOCK, cold]))
    assert "factorize: 10 tasks, no payload (cold)" in text
    assert "factorize: 300 tasks, no payload (warm)" in text
    assert " - " not in line_of(text, "pool").split("   ")[0]


def test_without_an_interval_it_says_how_many_rounds_one_needs(evaluate):
    text = summary.render(evaluate([BLOCK], rounds=3))
    assert "needs at least 6 rounds" in text


def test_failures_and_skips_are_counted_with_their_reasons():
    data = builder.result_file([BLOCK])
    data["failures"] = [builder.failure(Shape(), Way("pool", 1), "crash", "signal 11")] * 2
    data["skipped"] = [builder.skip(Shape(), Way("pool", 1), f"reason {i}") for i in range(12)]
    text = summary.render(stats.evaluate(results.typed("", data)))
    assert "failed: 2 (2 crash)" in text
    assert "signal 11" in text
    assert "skipped: 12 cases that cannot run" in text
    assert "and 4 more kinds" in text


def test_a_file_without_samples_says_so(evaluate):
    assert "No sample was measured." in summary.render(evaluate([]))


def test_it_is_plain_text_within_100_columns(evaluate):
    hostile = {"thread_pool": "pool\x1b[2J\n" + "very_long_name," * 20}
    blocks = builder.renamed(builder.article(dispatches=("map", "submit")), hostile)
    lines = summary.render(evaluate(blocks)).splitlines()
    assert max(len(line) for line in lines) <= summary.WIDTH == 100
    assert all(" " <= character <= "~" for line in lines for character in line)


def with_modes():
    data = builder.result_file([BLOCK], noise=1e-9)
    name = next(row["name"] for row in data["benchmarks"] if row["breakeven"]["case"]["backend"] == "pool")
    figures = {"build": "head", "rounds": 6, "low": 1.2, "high": 1.3}
    modes = [{**figures, "mode": "near", "share": 0.7, "speedup": 1.6},
             {**figures, "mode": "far", "share": 0.3, "speedup": 1.25}]
    data["context"]["breakeven"]["cases"] = [
        {"name": name, "stop": "bimodal", "rounds": 12, "precision": 0.1, "modes": modes}
    ]
    return data


def test_a_bimodal_case_shows_both_of_its_figures_below_its_own(file_of):
    lines = summary.render(stats.evaluate(results.load(file_of(with_modes())))).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("pool"))
    assert lines[at + 1].startswith("  cores near, 70% of the rounds") and "1.60x" in lines[at + 1]
    assert "1.25x" in lines[at + 2] and "1.20 .. 1.30" in lines[at + 2]
    assert "cores" not in lines[at + 3]


def test_samples_that_a_rule_left_out_are_counted_by_rule(file_of):
    data = builder.result_file([BLOCK], noise=1e-9)
    data["set_aside"] = []
    for reason in ("steal_ns is 10, above 0", "steal_ns is 20, above 0"):
        row = data["benchmarks"].pop()
        row["breakeven"]["set_aside"] = reason
        data["set_aside"].append(row)
    text = summary.render(stats.evaluate(results.load(file_of(data))))
    assert "set aside by the suite's rule: 2 samples" in text and "2  for steal_ns" in text
