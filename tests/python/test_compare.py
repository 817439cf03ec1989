"""What a dispatch costs: net of the plain loop, next to the best peer, and METG between bracketing sizes."""

import json
import math

import pytest

from analysis.features.compare import recursion, table as compare
from analysis.files import results
from analysis.statistics import stats
from builder import Block, Shape, Way, result_file, write


def evaluated(tmp_path, blocks):
    return stats.evaluate(results.load(write(tmp_path / "results.json", result_file(blocks, noise=0.0))))


def overhead(net_ns, tasks=1000, serial_ns_per_task=2.0, **way):
    """A block of empty tasks in which each backend costs so much a task beyond the plain loop's."""
    serial = serial_ns_per_task * tasks
    ways = tuple(Way(name, serial / (serial + net * tasks), **way) for name, net in net_ns.items())
    return Block(Shape("bare", tasks), ways, serial_ns=serial)


def sweep(efficiencies, backend="tbb", task_ns=None):
    """Blocks of growing task size in which `backend` has these efficiencies at two workers."""
    sizes = task_ns or [10.0 * 4**i for i in range(len(efficiencies))]
    return [
        Block(
            Shape("bare", 100, cost=int(size), cost_ns=size), (Way(backend, 2 * e, dispatch="submit"),),
            serial_ns=100 * size,
        )
        for size, e in zip(sizes, efficiencies)
    ]


def only(entries, backend):
    (entry,) = [e for e in entries if e.backend == backend]
    return entry


def test_single_tasks_are_net_of_the_plain_loop_and_rated_by_the_best_peer(tmp_path):
    costs = {"thread_pool": 10.0, "tbb": 40.0, "asio": 400.0}
    entries = compare.compare([evaluated(tmp_path, [overhead(costs, dispatch="submit")])])
    assert [e.backend for e in entries] == ["thread_pool", "tbb", "asio"]
    assert [e.value for e in entries] == pytest.approx([10, 40, 400])
    assert [e.ratio_to_best_peer for e in entries] == pytest.approx([0.25, 1, 10])
    assert {e.measure for e in entries} == {"submit, 1000 tasks"}


def test_a_map_at_its_default_is_compared_whole(tmp_path):
    entries = compare.compare([evaluated(tmp_path, [overhead({"tbb": -0.5})])])
    assert entries[0].value == pytest.approx(1.5)


def test_own_pools_are_nobodys_best_peer(tmp_path):
    entries = compare.compare([evaluated(tmp_path, [overhead({"fork_pool/shm": 1.0}, dispatch="submit")])])
    assert entries[0].ratio_to_best_peer is None


def test_regions_are_named_after_the_state_of_the_pool(tmp_path):
    blocks = [overhead({"tbb": 100.0}, tasks=2, pool=pool, chunk=1) for pool in ("warm", "rested", "cold")]
    names = [e.measure for e in compare.compare([evaluated(tmp_path, blocks)])]
    assert names == ["empty region", "empty region after 1 ms", "cold start"]


def test_a_region_whose_threads_must_be_woken_is_rated_by_the_best_peer_that_sleeps(tmp_path):
    speedups = {"thread_pool": 1.0, "tbb": 1.1, "pthreadpool": 1.8, "openmp": 1.9, "openmp,wait=passive": 0.5}
    ways = tuple(Way(name, speedup, chunk=1, pool="rested") for name, speedup in speedups.items())
    shape = Shape("bare", 2, cost=4_000, cost_ns=20_000.0, cost_label="20us")
    entries = compare.compare([evaluated(tmp_path, [Block(shape, ways, serial_ns=40_000.0)])])
    assert {e.measure for e in entries} == {"region of 20us a worker after 1 ms"}
    assert only(entries, "thread_pool").ratio_to_best_peer == pytest.approx(1.1)
    assert only(entries, "thread_pool").bar == 1.2
    assert only(entries, "openmp").ratio_to_best_peer == pytest.approx(1.1 / 1.9)


def test_a_schedule_that_deals_nothing_out_is_no_rival_of_one_that_does(tmp_path):
    costs = {"openmp": 1.0, "openmp,schedule=dynamic": 9.0}
    entries = compare.compare([evaluated(tmp_path, [overhead(costs, chunk=1)])])
    assert len({e.measure for e in entries}) == 2


def test_metg_lies_between_the_sizes_that_bracket_it(tmp_path):
    entry = only(compare.compare([evaluated(tmp_path, sweep([0.25, 0.4, 0.625, 0.9]))]), "tbb")
    # Granularity = task time / efficiency: 100 ns at 40 %, 256 ns at 62.5 %; half-way in logarithms to 50 %.
    assert entry.value == pytest.approx(math.sqrt(100 * 256), rel=1e-6)
    assert entry.bound is None and entry.unit == "ns"


@pytest.mark.parametrize("efficiencies, bound", [([0.6, 0.7, 0.9], "at most"), ([0.1, 0.2, 0.3], "at least")])
def test_metg_that_is_not_bracketed_is_a_bound_without_a_ratio(tmp_path, efficiencies, bound):
    entry = only(compare.compare([evaluated(tmp_path, sweep(efficiencies))]), "tbb")
    assert entry.bound == bound and entry.ratio_to_best_peer is None


def test_an_early_lucky_size_does_not_lower_metg(tmp_path):
    entry = only(compare.compare([evaluated(tmp_path, sweep([0.6, 0.3, 0.6]))]), "tbb")
    assert entry.value > 130


def test_json_holds_what_the_table_shows(tmp_path):
    entries = compare.compare([evaluated(tmp_path, [overhead({"tbb": 40.0}, dispatch="submit")])])
    (read,) = json.loads(compare.to_json(entries))
    assert set(read) == {
        "measure", "backend", "value", "unit", "low", "high", "workers", "judged", "ratio_to_best_peer",
        "bound", "bar", "peak_rss_bytes",
    }
    assert "tbb" in compare.table(entries) and "40" in compare.table(entries)


def test_files_without_bare_tasks_are_refused(tmp_path):
    with pytest.raises(compare.NothingToCompare, match="overhead"):
        compare.compare([evaluated(tmp_path, [Block(Shape(), (Way("tbb", 1.5),))])])


def recursion_file(tmp_path, **ms):
    rows = [
        {"problem": "fib", "runtime": name, "workers": workers, "judged": workers <= 2,
         "ns": [1e6 * value] * 9, "peak_rss_bytes": 4e6}
        for name, by_workers in ms.items() for workers, value in by_workers.items()
    ]
    path = tmp_path / "recursion.json"
    path.write_text(json.dumps(rows))
    return path


def test_each_row_names_its_workers_and_the_bar_that_it_is_held_to(tmp_path):
    path = recursion_file(tmp_path, thread_pool={2: 12.0, 4: 30.0}, tbb={2: 10.0, 4: 10.0})
    entries = compare.compare([], recursion.entries(path))
    pool = {e.workers: e for e in entries if e.backend == "thread_pool"}
    assert pool[2].bar == 1.1 and pool[2].misses and pool[2].peak_rss_bytes == 4e6
    assert not pool[4].judged and not pool[4].misses  # more workers than cores
    assert only([e for e in entries if e.workers == 2], "tbb").bar is None


def test_the_table_has_a_column_for_each_number_of_workers_and_names_what_misses(tmp_path):
    path = recursion_file(tmp_path, thread_pool={2: 12.0, 4: 30.0}, tbb={2: 10.0, 4: 10.0})
    said = compare.table(compare.compare([], recursion.entries(path)))
    head = next(line for line in said.splitlines() if line.startswith("fork and join fib"))
    assert "2 workers" in head and "4 workers" in head
    assert "thread_pool misses its bar in fork and join fib(30), 2 workers: 1.20" in said
    assert "4 workers: 3.00" not in said and "not judged" in said


def test_a_program_that_computes_something_else_ends_the_comparison(tmp_path):
    liar = tmp_path / "recursion_liar"
    liar.write_text("#!/bin/sh\necho 'fib: 1, and 2 is right' >&2\nexit 1\n")
    liar.chmod(0o755)
    with pytest.raises(recursion.WrongResult, match="fib: 1, and 2 is right"):
        recursion.measure(tmp_path, [2], 2, 1, lambda text: None)


def test_rounds_of_all_problems_and_runtimes_are_kept(tmp_path):
    honest = tmp_path / "recursion_honest"
    honest.write_text("#!/bin/sh\necho '{\"ns\": [3000, 2000]}'\n")
    honest.chmod(0o755)
    rows = recursion.measure(tmp_path, [1, 2], 1, 2, lambda text: None)
    assert len(rows) == 2 * len(recursion.PROBLEMS)
    assert all(row["ns"] == [2000, 2000] and row["judged"] == (row["workers"] == 1) for row in rows)
