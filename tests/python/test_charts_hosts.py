"""Speed-up against nodes: a line for each way, over the link that the file names."""

from __future__ import annotations

import builder
import charting
import pytest
from builder import Block, Shape, Way

from analysis.files import results
from analysis.statistics import model, stats
from analysis.statistics.model import stored


def farm(nodes, speedup, workers=None):
    return Way("mpi,help=on", speedup, workers or nodes, nodes=nodes)


def test_a_line_follows_the_hosts_and_the_most_workers_of_each(evaluate):
    ways = (farm(1, 0.98), farm(2, 1.8), farm(4, 3.1), farm(2, 1.5, workers=1), Way("thread_pool", 1.0, 1))
    figure = charting.only(evaluate([Block(Shape(), ways)], noise=0.0), "hosts")
    (axes,) = figure.axes
    assert list(charting.lines(axes)) == ["mpi,help=on"]
    assert charting.shows(axes, "mpi,help=on", [(1, 0.98), (2, 1.8), (4, 3.1)])
    assert "on 4 nodes" in charting.words(figure)


def test_one_number_of_hosts_is_no_line(evaluate):
    ways = (farm(2, 1.8), farm(2, 1.7, workers=4))
    assert charting.figures(evaluate([Block(Shape(), ways)]), "hosts") == {}


def test_the_link_stands_below_the_title(file_of):
    data = builder.result_file([Block(Shape(), (farm(1, 1.0), farm(2, 1.8)))])
    data["context"]["breakeven"]["hosts"] = {
        "starter": "shell", "network": "", "link": "1 Gb/s", "hosts": [{"name": "a", "slots": 1}],
    }
    evaluation = stats.evaluate(results.load(file_of(data)))
    assert "against hosts over 1 Gb/s" in charting.words(charting.only(evaluation, "hosts"))


def test_cases_on_several_hosts_teach_the_cost_model_nothing(evaluate):
    """Its prices are those of one machine."""
    ways = (Way("mpi", 1.5), Way("mpi", 1.9, nodes=2))
    blocks = [Block(Shape(cost=100, in_bytes=size), ways) for size in (0, 64)]
    fitted = model.fit(evaluate(blocks))
    cases = [case for backend in (fitted.backends if fitted else ()) for case in backend.cases]
    assert all(case.nodes == 1 for case in cases)


def test_prices_that_were_kept_before_a_case_knew_its_nodes_are_read():
    data = {"terms": stored._names(), "case_fields": ["workload", "no_such_field"], "cases": [],
            "backends": [],
            "baseline": "serial", "workload": "compute", "cores": 2, "cache_bytes": 1, "loop_prices": []}
    with pytest.raises(ValueError, match="its terms are others"):
        stored.of_data(data)
    older = {**data, "case_fields": [name for name in stored.CASE_FIELDS if name != "nodes"]}
    assert stored.of_data(older).workload == "compute"
