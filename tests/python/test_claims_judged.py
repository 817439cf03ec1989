"""Each claim on data made for it: holds, holds within something, does not hold, not measured."""

from __future__ import annotations

import re
from dataclasses import replace

import builder
import pytest
import python_suite
from builder import Block, Shape, Way
from python_suite import EXECUTOR, POOL, THREADS, py

from analysis.files import results
from analysis.statistics import stats
from analysis.features.claims import (
    api, communication, facilities, free_threading, gil, interchangeable, judge_all, ten_thousand,
)
from analysis.features.claims.model import Unit, Word
from analysis.features.claims.offers import OFFERS

HOLDS, WITHIN, FAILS, UNKNOWN = Word.HOLDS, Word.WITHIN, Word.FAILS, Word.NOT_MEASURED
LONG = 1.15e9  # ns of Python for the article's numbers


def block(shape, *ways, serial_ns=LONG):
    return Block(shape, ways, (), serial_ns)


def way(name, speedup, **how):
    return replace(py(name, **how), speedup=speedup)


def figures(claim, which=0):
    return {figure.label: figure for figure in claim.findings[which].figures}


# 1: threads or processes


def threads_and_processes(threads, executor, pool, **options):
    ways = (way(THREADS, threads), way(EXECUTOR, executor), way(POOL, pool))
    return block(Shape(), *ways, **options)


@pytest.mark.parametrize(
    "threads, executor, pool, word",
    [
        (1.0, 1.92, 1.92, HOLDS),
        (0.9, 1.92, 1.92, HOLDS),
        (1.0, 1.92, 1.3, WITHIN),
        (1.9, 1.92, 1.92, FAILS),
        (1.0, 1.0, 1.92, FAILS),
    ],
)
def test_threads_and_processes(evaluate, threads, executor, pool, word):
    claim = gil.judge(evaluate([threads_and_processes(threads, executor, pool)], noise=0.003))
    assert claim.verdict.word is word


def test_threads_and_processes_needs_both_apis_and_long_tasks(evaluate):
    one_api = block(Shape(), way(THREADS, 1.0), way(EXECUTOR, 1.9))
    short = threads_and_processes(1.0, 1.9, 1.9, serial_ns=300 * 1_000.0)
    for blocks in ([], [one_api], [short]):
        assert gil.judge(evaluate(blocks)).verdict.word is UNKNOWN
    assert "multiprocessing.Pool" in gil.judge(evaluate([one_api])).verdict.detail


def test_a_chunk_that_starves_a_worker_refutes_nothing(evaluate):
    starved = way(POOL, 1.0, chunk=300)
    one = threads_and_processes(1.0, 1.9, 1.9)
    assert gil.judge(evaluate([replace(one, ways=(*one.ways, starved))])).verdict.word is HOLDS


def test_too_few_rounds_decide_nothing(evaluate):
    claim = gil.judge(evaluate([threads_and_processes(1.0, 1.9, 1.9)], rounds=4))
    assert claim.verdict.word is UNKNOWN and "at least 6" in claim.verdict.detail


def test_a_released_lock_stands_beside_with_its_own_baseline(evaluate):
    native = {"serial": 32e6, "py_serial": LONG, "py_serial,kernel=native": 33e6}
    ways = (way(THREADS, 1.0), way(THREADS, 1.9, kernel="native"), way(EXECUTOR, 1.9), way(POOL, 1.9))
    claim = gil.judge(evaluate([Block(Shape(), ways, (), LONG, native)], noise=1e-6))
    free = claim.findings[2]
    assert not free.decides and free.verdict.word is HOLDS
    assert free.figures[0].estimate.value == pytest.approx(1.9, rel=1e-3)
    assert claim.verdict.word is HOLDS  # threads that gain over C++ code do not refute it


def test_without_pythons_own_loop_the_cpp_loop_is_the_base_of_cpp_code(evaluate):
    data = builder.result_file([block(Shape(), way(THREADS, 1.5, kernel="native"), way(EXECUTOR, 1.9))])
    loops = ("py_serial,kernel=native",)
    data["benchmarks"] = [r for r in data["benchmarks"] if r["breakeven"]["case"]["backend"] not in loops]
    claim = gil.judge(stats.evaluate(results.typed("", data)))
    assert claim.findings[2].figures[0].of[0].backend == "serial"


# 2: communication


def payloads(losses, sizes=(0, 1 << 20)):
    """Speed-up 1.9 at the smallest payload; at the largest that, divided by each way's loss."""
    shapes = [Shape(in_bytes=size, out_bytes=size) for size in sizes]
    made = []
    for i, shape in enumerate(shapes):
        share = i / (len(shapes) - 1)
        ways = [replace(one, speedup=1.9 / loss**share) for one, loss in losses]
        made.append(Block(shape, tuple(ways), (), LONG))
    return made


@pytest.mark.parametrize(
    "executor, pool, word",
    [(3.0, 4.0, HOLDS), (3.0, 1.0, WITHIN), (1.0, 1.0, FAILS), (0.5, 0.5, FAILS)],
)
def test_communication(evaluate, executor, pool, word):
    blocks = payloads([(py(EXECUTOR), executor), (py(POOL), pool)])
    assert communication.judge(evaluate(blocks, noise=0.003)).verdict.word is word


def test_communication_needs_two_sizes(evaluate):
    one_size = payloads([(py(EXECUTOR), 2), (py(POOL), 2)])[:1]
    only_cpp = payloads([(Way("fork_pool/shm", 1), 2)])
    for blocks in ([], one_size, only_cpp):
        assert communication.judge(evaluate(blocks)).verdict.word is UNKNOWN


def test_what_is_lost_is_a_ratio_of_speed_ups_and_the_rivals_meet_in_their_own_block(evaluate):
    losses = [(py(EXECUTOR), 2.0), (py(POOL), 4.0), (Way("fork_pool/shm", 1), 1.2)]
    claim = communication.judge(evaluate(payloads(losses), noise=1e-6))
    assert [f.estimate.value for f in claim.findings[0].figures] == pytest.approx([2.0, 4.0], rel=1e-3)
    assert [f.estimate.value for f in claim.findings[1].figures] == pytest.approx([1.2], rel=1e-3)
    duel = claim.findings[2].figures
    assert [f.estimate.value for f in duel] == pytest.approx([1.0, 0.5], rel=1e-3)
    assert [f.note for f in duel] == ["the same", "ProcessPoolExecutor is faster"]


def test_of_the_cpp_pools_transports_the_answer_has_the_fastest(evaluate):
    losses = [(py(EXECUTOR), 2.0), (Way("fork_pool/pipe", 1), 1.5), (Way("fork_pool/shm", 1), 1.2)]
    answer = communication.judge(evaluate(payloads(losses), noise=1e-6)).answer
    assert "fork_pool/shm" in answer and "fork_pool/pipe" not in answer


def test_the_payload_line_says_up_to_where_it_pays(evaluate):
    blocks = payloads([(py(EXECUTOR), 4.0), (py(POOL), 4.0)], sizes=(0, 1 << 10, 1 << 15, 1 << 20))
    (chart,) = communication.judge(evaluate(blocks, noise=1e-6)).charts
    assert all(line.note.startswith("pays up to") for line in chart.lines)


# 3: facilities


def starts(spawn, pool="cold"):
    ways = [way(EXECUTOR, 1.9, pool=pool), way(EXECUTOR, 1.9 / spawn, start="spawn", pool=pool)]
    return block(Shape(tasks=50), *ways)


def worker_counts(single):
    speedups = {1: 1.9 / single, 2: 1.9, 4: 1.9}
    return block(Shape(), *(way(POOL, speedup, workers=n) for n, speedup in speedups.items()))


@pytest.mark.parametrize(
    "blocks, word, detail",
    [
        ([starts(2.0), worker_counts(1.9)], HOLDS, ""),
        ([starts(2.0)], WITHIN, "for start methods alone"),
        ([starts(1.0), worker_counts(1.9)], WITHIN, "for worker counts alone"),
        ([starts(1.0), worker_counts(1.0)], FAILS, ""),
    ],
)
def test_facilities(evaluate, blocks, word, detail):
    verdict = facilities.judge(evaluate(blocks, noise=0.003)).verdict
    assert (verdict.word, verdict.detail) == (word, detail)


def test_facilities_need_cold_pools_or_several_worker_counts(evaluate):
    for blocks in ([], [starts(2.0, pool="warm")]):
        assert facilities.judge(evaluate(blocks)).verdict.word is UNKNOWN


def test_a_start_method_costs_its_difference_in_time(evaluate):
    claim = facilities.judge(evaluate([starts(2.0)], noise=1e-6))
    extra = [f for f in claim.findings[0].figures if f.unit is Unit.TIME]
    assert [f.estimate.value for f in extra] == pytest.approx([LONG / 1.9], rel=1e-3)


def modes(far, values, rounds=40):
    """Rounds that alternate between two round trips of a cache line; far ones take longer."""
    data = builder.result_file([worker_counts(1.9)], rounds=rounds, noise=0.002)
    for row in data["benchmarks"]:
        record = row["breakeven"]
        is_far = record["round"] % 2
        record["covariates"] = {"line_round_trip_ns": values[is_far] * (1 + record["sequence"] % 7 / 50)}
        if is_far and record["role"] == "case":
            row["real_time"] *= far
    near, apart = values
    two = {"near_ns": near, "far_ns": apart, "threshold_ns": (near + apart) / 2, "near_share": 0.5}
    data["context"]["breakeven"]["line_modes"] = two if apart > 1.5 * near else None
    return stats.evaluate(results.typed("", data))


@pytest.mark.parametrize("far, word", [(2.0, HOLDS), (1.0, FAILS)])
def test_the_machines_modes_where_the_covariates_show_two(far, word):
    finding = facilities.judge(modes(far, (100, 450))).findings[2]
    assert finding.verdict.word is word
    assert [f.estimate.value for f in finding.figures] == pytest.approx([far] * 3, rel=0.02)


def test_the_answer_on_facilities_says_what_is_known_of_the_modes(evaluate):
    far = facilities.judge(modes(2.0, (100, 450))).answer
    assert "cores far apart / near, Pool.map" in far and "2.0" in far.rpartition("near")[2]
    assert facilities.judge(modes(2.0, (100, 110))).answer.endswith(
        "cache modes: one mode only, by the round trips of cache lines"
    )
    assert facilities.judge(modes(2.0, (100, 450), rounds=4)).answer.endswith(
        "cache modes: two modes, but no pool was often enough in both"
    )
    assert "cache modes: not readable" in facilities.judge(evaluate([worker_counts(1.9)])).answer
    assert facilities.judge(evaluate([])).answer == ""


def test_the_modes_are_those_that_the_file_names():
    finding = facilities.judge(modes(2.0, (100, 170))).findings[2]
    assert finding.verdict.word is HOLDS and "near below 135 ns" in finding.figures[0].note


def test_the_machines_modes_are_not_readable_without_covariates(evaluate):
    assert "not readable" in facilities.judge(evaluate([worker_counts(1.9)])).findings[2].verdict.detail
    assert "one mode only" in facilities.judge(modes(2.0, (100, 110))).findings[2].verdict.detail


# 4: which API

FROM_1_MS = "they differ by less than a tenth from 1.00 ms a task on"


def rivals(task_ns, executor, pool, tasks=1000, dispatch="map", chunk="default", pool_kind="warm"):
    """`executor`, `pool`: speed-ups."""
    how = {"dispatch": dispatch, "chunk": chunk, "pool": pool_kind}
    ways = (way(EXECUTOR, executor, **how), way(POOL, pool, **how))
    return block(Shape("compute", tasks, cost=int(task_ns)), *ways, serial_ns=tasks * task_ns)


def both(task_ns, executor, pool, equal=None):
    """At the defaults, and with equal chunks (there by default without a difference)."""
    one = rivals(task_ns, executor, pool)
    other = rivals(task_ns, equal or pool, pool, chunk=50)
    return replace(one, ways=(*one.ways, *other.ways))


@pytest.mark.parametrize(
    "blocks, word, detail",
    [
        ([both(2e3, 1.9, 1.9), both(1e6, 1.9, 1.9)], HOLDS, ""),
        ([both(2e3, 0.01, 1.0), both(1e6, 1.9, 1.9)], WITHIN, f"{FROM_1_MS} at the defaults"),
        ([both(2e3, 0.5, 1.0), both(1e6, 1.0, 1.9)], FAILS, ""),
        ([both(2e3, 1.9, 1.9, equal=0.5), both(1e6, 1.9, 1.9)], WITHIN, f"{FROM_1_MS} with equal chunks"),
    ],
)
def test_api(evaluate, blocks, word, detail):
    verdict = api.judge(evaluate(blocks, noise=1e-5)).verdict
    assert (verdict.word, verdict.detail) == (word, detail)


def test_api_names_what_is_open_where_short_tasks_refute_it(evaluate):
    short, long = both(2e3, 0.01, 1.0), both(1e6, 1.75, 1.9)
    claim = api.judge(evaluate([short, long], noise=0.04, rounds=12))
    assert [f.note.rpartition("; ")[2] for f in claim.findings[0].figures[:2]] == [
        "Pool is faster", "undecided"
    ]
    assert claim.verdict.word is FAILS
    assert re.fullmatch(r"open: tasks of \d+ µs at the defaults", claim.verdict.detail)


def test_api_needs_both_the_defaults_and_equal_chunks(evaluate):
    for blocks in ([], [rivals(2e3, 1.9, 1.9)], [rivals(2e3, 1.9, 1.9, chunk=5)]):
        assert api.judge(evaluate(blocks)).verdict.word is UNKNOWN


def test_unequal_settings_are_never_compared(evaluate):
    ways = (way(EXECUTOR, 1.0, pool="cold"), way(POOL, 1.9), way(POOL, 1.9, start="spawn", pool="cold"),
            way(POOL, 1.9, kernel="native", pool="cold"), way(POOL, 1.9, pool="cold", workers=4))
    claim = api.judge(evaluate([block(Shape(), *ways)]))
    assert not any(finding.figures for finding in claim.findings)


def test_the_ratio_is_paired_and_the_crossing_has_an_interval(evaluate):
    price = 60e3
    blocks = [rivals(t, 1.9 / (1 + price / t), 1.9) for t in (1e3, 1e4, 1e5, 1e6, 1e7)]
    finding = api.judge(evaluate(blocks, noise=0.001)).findings[0]
    *ratios, crossing = finding.figures
    assert [f.estimate.value for f in ratios] == pytest.approx([61, 7, 1.6, 1.06, 1.006], rel=0.01)
    assert crossing.unit is Unit.TIME and crossing.estimate.value == pytest.approx(10 * price, rel=0.1)
    assert crossing.estimate.low < crossing.estimate.value < crossing.estimate.high


# 5: interchangeable


def test_interchangeable_counts_equal_rows():
    alike = [offer for offer in OFFERS if offer.alike]
    others = [offer for offer in OFFERS if not offer.alike]
    assert interchangeable.judge_offers(alike).verdict.word is HOLDS
    assert interchangeable.judge_offers(others).verdict.word is FAILS
    some = interchangeable.judge_offers([*alike[:2], *others[:3]]).verdict
    assert (some.word, some.detail) == (FAILS, "3 of 5 features differ")


def test_the_table_has_a_row_per_offer(evaluate):
    table = interchangeable.judge(evaluate([])).table
    assert [row[0] for row in table.rows] == [offer.feature for offer in OFFERS]


# 6: ten thousand


def ten_thousand_tasks(*ways, tasks=10_000, task_ns=10e3):
    return block(Shape("compute", tasks, cost=100), *ways, serial_ns=tasks * task_ns)


CHUNKED = way(EXECUTOR, 1.9, chunk=1250)


@pytest.mark.parametrize(
    "ways, word, detail",
    [
        ((way(EXECUTOR, 2.0), way(POOL, 1.0)), HOLDS, ""),
        ((way(EXECUTOR, 0.16), way(POOL, 1.9), way(POOL, 0.8, api="imap"), CHUNKED), WITHIN,
         "Pool.imap against ProcessPoolExecutor.map, chunk 1,250"),
        ((way(EXECUTOR, 0.16), way(POOL, 1.9)), FAILS, ""),
    ],
)
def test_ten_thousand(evaluate, ways, word, detail):
    verdict = ten_thousand.judge(evaluate([ten_thousand_tasks(*ways)], noise=0.003)).verdict
    assert (verdict.word, verdict.detail) == (word, detail)


def test_ten_thousand_settles_both_factors(evaluate):
    ways = (way(EXECUTOR, 0.16), way(POOL, 1.9), way(POOL, 0.8, api="imap"), CHUNKED)
    first, second = ten_thousand.judge(evaluate([ten_thousand_tasks(*ways)], noise=1e-6)).findings
    assert second.verdict.word is HOLDS and not second.decides
    found = {figure.label: figure.estimate.value for figure in first.figures}
    assert found["Pool.imap / ProcessPoolExecutor.map, chunk 1,250"] == pytest.approx(1.9 / 0.8, rel=1e-3)
    assert found["Pool.map / ProcessPoolExecutor.map"] == pytest.approx(0.16 / 1.9, rel=1e-3)


def test_the_answer_on_ten_thousand_has_the_verdicts_on_both_posts(evaluate):
    ways = (way(EXECUTOR, 0.16), way(POOL, 1.9))
    answer = ten_thousand.judge(evaluate([ten_thousand_tasks(*ways)], noise=0.003)).answer
    assert "executor 2.1 times as fast: does not hold" in answer
    assert "pool 12 times as fast: holds" in answer
    assert ten_thousand.judge(evaluate([])).answer == ""


def test_ten_thousand_needs_many_small_tasks(evaluate):
    ways = (way(EXECUTOR, 0.16), way(POOL, 1.9))
    few = ten_thousand_tasks(*ways, tasks=300)
    empty = ten_thousand_tasks(*ways, task_ns=120)
    for blocks in ([], [few], [empty]):
        assert ten_thousand.judge(evaluate(blocks)).verdict.word is UNKNOWN


# all together


def test_every_claim_is_judged_on_an_empty_file_and_on_a_cpp_one(evaluate):
    for blocks in ([], builder.article(), builder.ipc_volume()):
        words = {claim.name: claim.verdict.word for claim in judge_all(evaluate(blocks))}
        assert words.pop("interchangeable") is FAILS
        assert set(words.values()) == {UNKNOWN}


# 7: free threading


def by(python, name, speedup):
    """By another interpreter, over its own plain loop."""
    made = way(name, speedup)
    return replace(made, backend=f"{name},python={python}", baseline=f"py_serial,python={python}")


def free_threads(file_of, free=1.9, pool=1.92, own=1.8, free_serial=1.0, gil_off=True):
    ways = (way(THREADS, 1.0), way(EXECUTOR, pool), way(POOL, pool), by("3.14t", THREADS, free),
            by("3.14", "py_interpreter_pool", own))
    load = {"py_serial": LONG, "py_serial,python=3.14t": LONG * free_serial, "py_serial,python=3.14": LONG}
    raw = builder.result_file([Block(Shape(), ways, (), LONG, load)], noise=0.003)
    for row in raw["benchmarks"]:
        backend = row["breakeven"]["case"]["backend"]
        row["breakeven"]["facts"]["gil"] = "off" if gil_off and backend.endswith("3.14t") else "on"
    return free_threading.judge(stats.evaluate(results.load(file_of(raw))))


@pytest.mark.parametrize(("how", "word"), [
    ({}, HOLDS),
    ({"free": 1.0}, FAILS),
    ({"free_serial": 1.5}, FAILS),  # they scale, and take longer all the same
    ({"free": 1.2}, FAILS),
    ({"gil_off": False}, UNKNOWN),
])
def test_free_threading(file_of, how, word):
    assert free_threads(file_of, **how).verdict.word is word


def test_free_threading_names_what_is_missing(evaluate):
    claim = free_threading.judge(evaluate([threads_and_processes(1.0, 1.9, 1.9)]))
    assert claim.verdict.word is UNKNOWN and "--interpreter python3.14t" in claim.verdict.detail


def test_interpreters_with_a_lock_each_stand_beside(file_of):
    claim = free_threads(file_of, own=1.0)
    assert claim.verdict.word is HOLDS and claim.findings[2].verdict.word is FAILS


def test_other_interpreters_do_not_touch_the_other_claims(file_of):
    ways = (way(THREADS, 1.0), way(EXECUTOR, 1.92), way(POOL, 1.92), by("3.14t", THREADS, 1.9))
    load = {"py_serial": LONG, "py_serial,python=3.14t": LONG}
    raw = builder.result_file([Block(Shape(), ways, (), LONG, load)], noise=0.003)
    assert gil.judge(stats.evaluate(results.load(file_of(raw)))).verdict.word is HOLDS


def test_a_whole_suite_is_judged(evaluate):
    claims = judge_all(evaluate(python_suite.suite(), suite="article-python"))
    assert [claim.verdict.word for claim in claims] == [HOLDS, HOLDS, HOLDS, WITHIN, FAILS, WITHIN, UNKNOWN]
    assert all(claim.charts for claim in claims if claim.name not in ("interchangeable", "free-threading"))


def test_of_several_builds_the_first_is_judged(evaluate):
    one = threads_and_processes(1.0, 1.9, 1.9)
    other = [replace(w, build="later", speedup=1.0) for w in one.ways]
    claim = gil.judge(evaluate([replace(one, ways=(*one.ways, *other))]))
    assert claim.verdict.word is HOLDS and len(claim.findings[1].figures) == 2
