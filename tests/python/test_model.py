"""The cost model: prices that were put in come out, outliers do not move them, shapes are held out whole."""

from __future__ import annotations

import builder
import numpy as np
import pytest
from builder import Block, Shape, Way

from analysis.statistics import model
from analysis.statistics.model import Jobs, fitting, terms


@pytest.fixture
def fitted(evaluate):
    return model.fit(evaluate(builder.grid(), rounds=6, noise=0.002))


def backend(fitted, name):
    return next(one for one in fitted.backends if one.backend == name)


def test_a_price_per_task_is_found(fitted):
    # Put in: 40,000 ns a task of std_async, half on each of two workers; and 20,000 ns a run.
    price = backend(fitted, "std_async").price("task")
    assert price.value == pytest.approx(builder._PER_TASK_NS["std_async"] / 2, rel=0.1)
    assert price.low <= price.value <= price.high


def test_a_price_per_byte_is_found_in_both_directions(fitted):
    pipe = backend(fitted, "fork_pool/pipe")
    assert pipe.price("in").value == pytest.approx(0.25, rel=0.15)
    assert pipe.price("out").value == pytest.approx(0.25, rel=0.15)


def test_threads_pay_nothing_for_bytes(fitted):
    assert backend(fitted, "thread_pool").price("in").value < 0.01


def test_the_error_is_that_of_shapes_which_the_fit_has_not_seen(fitted):
    errors = np.abs([one.error for one in fitted.held_out])
    assert len(errors) == 3 * 20 * 2
    assert np.median(errors) < 0.05


def test_held_out_are_whole_shapes():
    groups = [f"shape {i // 3}" for i in range(60)]
    for kept, held in fitting.folds(groups):
        assert not {groups[i] for i in kept} & {groups[i] for i in held}
    assert sorted(i for _, held in fitting.folds(groups) for i in held) == list(range(60))


def test_a_far_off_row_does_not_move_the_prices():
    table = np.array([[1.0, x] for x in range(1, 30)])
    times = table @ np.array([50.0, 3.0])
    times[7] *= 20
    assert fitting.prices(table, times) == pytest.approx([50, 3], rel=0.01)


def test_a_price_is_never_negative():
    table = np.array([[1.0, x] for x in range(1, 30)])
    assert fitting.prices(table, 100 - table[:, 1]).min() >= 0


def test_the_interval_of_a_price_holds_the_fits_without_a_group():
    low, high = fitting.jackknife(np.array([5.0]), [np.array([4.8]), np.array([5.2]), np.array([5.0])])
    assert low[0] < 4.8 < 5.2 < high[0]


def test_a_prediction_has_a_range_that_widens_with_the_overhead(fitted):
    def width(task_ns):
        one = fitted.predict(backend(fitted, "std_async"), Jobs.one(task_ns, 100, 0, 0, 2)).speedup
        assert one.low < one.value < one.high
        return one.high / one.low

    assert width(5e3) > width(1e7)


@pytest.mark.parametrize(
    "tasks, workers, chunk, share",
    [(10, 2, 0, 0.5), (7, 2, 0, 4 / 7), (300, 2, 64, 192 / 300), (300, 1, 64, 1.0), (3, 8, 0, 0.5 + 1 / 6)],
)
def test_whole_chunks_decide_what_the_busiest_worker_gets(tasks, workers, chunk, share):
    jobs = Jobs.one(1e3, tasks, 0, 0, workers, chunk=chunk)
    assert terms.largest_share(jobs, cores=2)[0] == pytest.approx(share)


def test_too_few_shapes_are_no_model(evaluate):
    assert model.fit(evaluate(builder.grid()[:5])) is None
    assert model.fit(evaluate(builder.article())) is None


def test_the_same_file_gives_the_same_model(evaluate):
    blocks = builder.grid()
    first, second = (model.fit(evaluate(blocks, rounds=3)) for _ in range(2))
    assert [list(one.prices) for one in first.backends] == [list(one.prices) for one in second.backends]


def test_the_command_prints_prices_and_errors(file_of, capsys):
    from analysis.cli import main

    path = file_of(builder.result_file(builder.grid(), rounds=4, noise=0.002))
    assert main(["model", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "compute, baseline serial: 20 shapes" in printed
    assert "std_async: price, 95 % interval" in printed and "ns/task" in printed
    assert printed.isascii()


def test_where_the_rows_cannot_tell_two_prices_apart_the_expected_one_decides():
    loops = np.array([1e6, 2e6, 4e6, 8e6])
    table = np.column_stack([loops / 2, loops / 200, np.ones(4)])  # one number of workers and of tasks
    times = loops / 2 + 3e4
    assert fitting.prices(table, times, fitting.Expectation(0, 1.0)) == pytest.approx([1, 0, 3e4], abs=0.01)


def test_no_file_of_one_number_of_tasks_promises_more_than_its_workers_can_give(evaluate):
    shapes = [Shape("compute", 200, cost=k + 1, cost_ns=1e3 * 2**k) for k in range(18)]
    measured = evaluate([Block(shape, (Way("thread_pool", 1.9),)) for shape in shapes], rounds=4, noise=0.002)
    fitted = model.fit(measured)
    for tasks in (20, 1000, 100_000):
        jobs = Jobs.one(2e5, tasks, 0, 0, 2)
        assert 1.7 < fitted.speedups(backend(fitted, "thread_pool"), jobs)[0] < 2.05


def reading_blocks(ns_per_byte: float) -> list[Block]:
    """The grid, and tasks that read 1, 4 and 16 bytes a step; so much is lost for each byte of the other."""
    blocks = builder.grid(("thread_pool",))
    for step in (1, 4, 16):
        shape = Shape(f"stream/{step}B", 100, cost=50_000, cost_ns=1e5, cost_label="100us")
        loop = 100 * 1e5
        shared = loop / 2 + 50 * step * 50_000 * ns_per_byte
        blocks.append(Block(shape, (Way("thread_pool", loop / shared),), serial_ns=loop))
    return blocks


def test_the_price_of_memory_that_workers_share_is_found(evaluate):
    fitted = model.fit(evaluate(reading_blocks(0.05), rounds=4, noise=0.002))
    assert fitted.workload == "compute"
    assert backend(fitted, "thread_pool").price("shared memory").value == pytest.approx(0.05, rel=0.1)


def test_a_task_that_reads_memory_gains_less(evaluate):
    fitted = model.fit(evaluate(reading_blocks(0.05), rounds=4, noise=0.002))
    plain, reading = (Jobs.one(1e5, 100, 0, 0, 2, read=read) for read in (0.0, 8e5))
    pool = backend(fitted, "thread_pool")
    assert fitted.speedups(pool, plain)[0] > 1.9 > 1.5 > fitted.speedups(pool, reading)[0]


@pytest.mark.parametrize(
    "workload, read", [("stream/4B", 4000), ("stream/0B", 0), ("stream/4B@16KiB", 0), ("compute", 0)]
)
def test_what_a_task_reads_is_told_by_its_workload(workload, read):
    from analysis.files.results import Case

    case = Case(workload, "serial", 1, 10, 0, 0, 1000, 0.0, "map", "default", "warm", "none")
    assert model.read_bytes(case) == read
