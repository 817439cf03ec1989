"""The prices that advice goes by: kept beside the results, or those that come with the program."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import builder
import numpy as np
import pytest

from analysis.cli import main
from analysis.features.advise import prices
from analysis.files import results
from analysis.files.errors import BadResultFile
from analysis.statistics import model
from analysis.statistics.model import Jobs, stored

ASKED = ["--task", "20us", "--in", "4KiB", "--back", "64B", "--tasks", "400"]


@pytest.fixture
def file(file_of):
    return file_of(builder.result_file(builder.grid(), rounds=4, suite="grid"))


def kept(file: Path) -> Path:
    return file.with_name(f"{file.stem}-prices.json.gz")


def test_a_model_predicts_the_same_when_it_was_plain_data(evaluate):
    fitted = model.fit(evaluate(builder.grid(), rounds=4))
    again = stored.of_data(json.loads(json.dumps(stored.data_of(fitted))))
    jobs = Jobs.one(2e4, 400, 4096, 64, 2)
    for one, other in zip(fitted.backends, again.backends, strict=True):
        assert fitted.predict(one, jobs) == again.predict(other, jobs)
        assert one.cases == other.cases and one.held_out == other.held_out
        assert np.array_equal(one.low, other.low)


def test_the_second_question_is_answered_from_what_the_first_one_kept(file, capsys, monkeypatch):
    assert main(["advise", str(file), *ASKED]) == 0
    first = capsys.readouterr().out
    assert kept(file).is_file()
    monkeypatch.setattr(results, "checked", lambda path, data: pytest.fail("the results were read again"))
    monkeypatch.setattr(model, "fit_results", lambda found: pytest.fail("the prices were fitted again"))
    assert main(["advise", str(file), *ASKED]) == 0
    assert capsys.readouterr().out == first


def test_other_results_get_other_prices(file, file_of, capsys):
    assert main(["advise", str(file), *ASKED, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    other = builder.result_file(builder.grid(), rounds=6, suite="other")
    file.write_text(json.dumps(other))
    assert main(["advise", str(file), *ASKED, "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["evidence"]["suite"], second["evidence"]["suite"]) == ("grid", "other")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"breakeven_prices": 1}', '{"of": 1}'])
def test_a_list_that_is_broken_is_made_anew(file, capsys, text):
    kept(file).write_text(text)
    assert main(["advise", str(file), *ASKED]) == 0
    assert prices.of(kept(file)).source.suite == "grid"


def test_where_nobody_may_write_the_answer_is_there_all_the_same(file, capsys, monkeypatch):
    def refuse(path: Path, content: bytes) -> None:
        raise prices.OutputFailed(f"{path}: cannot be written")

    monkeypatch.setattr(prices, "write_atomically", refuse)
    assert main(["advise", str(file), *ASKED]) == 0
    assert not kept(file).exists()


def test_a_list_can_be_asked_itself(file, capsys):
    assert main(["advise", str(file), *ASKED, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["choices"]
    assert main(["advise", str(kept(file)), *ASKED, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["choices"] == first


@pytest.mark.parametrize(
    "change",
    [
        {"breakeven_prices": stored.FORM + 1},
        {"source": {}},
        {"model": {}},
        {"processes": None},
    ],
)
def test_a_list_of_another_version_is_refused_in_one_line(file, tmp_path, capsys, change):
    assert main(["advise", str(file), *ASKED]) == 0
    data = json.loads(gzip.decompress(kept(file).read_bytes()))
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**data, **change}))
    with pytest.raises(BadResultFile, match="a list of prices that this version cannot use"):
        prices.of(other)


def test_without_a_file_the_reference_machines_prices_answer_and_say_so(capsys):
    assert main(["advise", *ASKED]) == 0
    printed = capsys.readouterr().out
    assert "By the reference machine's prices, which is not yours; measure yours" in printed
    assert "thread_pool" in printed and "fork_pool/shm" in printed
