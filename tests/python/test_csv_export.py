"""CSV: one flat row per sample, nothing invented."""

from __future__ import annotations

import csv
import io

import builder
from builder import Block, Shape, Way

from analysis.features.csv import rows as csv_export
from analysis.files import results


def rows_of(data):
    return list(csv.DictReader(io.StringIO(csv_export.render(results.typed("", data)))))


def data():
    return builder.result_file([Block(Shape(in_bytes=64), (Way("openmp,schedule=dynamic", 2.0),))], rounds=2)


def test_every_sample_is_a_row():
    rows = rows_of(data())
    assert [row["role"] for row in rows] == ["baseline", "baseline", "case"] * 2
    assert rows[2]["backend"] == "openmp,schedule=dynamic"
    assert (rows[2]["in_bytes"], rows[2]["workers"], rows[2]["round"]) == ("64", "2", "0")


def test_times_survive_exactly():
    source = data()
    assert float(rows_of(source)[0]["real_time_ns"]) == source["benchmarks"][0]["real_time"]


def test_unknown_values_are_empty_and_never_zero():
    source = data()
    source["benchmarks"][0]["breakeven"]["covariates"] = {"steal_s": None, "line_ns": 81.5, "list": [1, 2]}
    rows = rows_of(source)
    assert rows[0]["covariates.steal_s"] == "" and rows[0]["covariates.line_ns"] == "81.5"
    assert rows[0]["covariates.list"] == "[1, 2]"
    assert rows[1]["covariates.line_ns"] == ""
    assert rows[0]["cost_ns"] == ""


def test_names_with_commas_and_line_breaks_stay_one_cell():
    source = data()
    source["benchmarks"][0]["name"] = 'a,"b"\nc'
    assert rows_of(source)[0]["name"] == 'a,"b"\nc'
