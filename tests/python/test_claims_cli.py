"""breakeven claims: files, folders, one-line errors and exit codes."""

from __future__ import annotations

import json
import sys

import builder
import pytest
import python_suite

from analysis.cli import main

pytestmark = pytest.mark.xdist_group("claims cli")

NAMES = ["claims.html", "claims.json", "claims.md"]


@pytest.fixture(scope="module")
def data():
    blocks = [*python_suite.article(), *python_suite.sizes()]
    return builder.result_file(blocks, rounds=6, suite="article-python")


@pytest.fixture
def result(file_of, data):
    return file_of(data)


def one_line(captured):
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.endswith("\n")
    return captured.err


def test_the_claims_are_written_beside_the_file_and_summed_up(result, capsys):
    assert main(["claims", str(result)]) == 0
    out = capsys.readouterr().out
    assert sorted(path.name for path in result.parent.iterdir()) == [*NAMES, "results.json"]
    assert out.count("=> ") == 7
    assert out.endswith("".join(f"{result.parent / name}\n" for name in NAMES))


def test_the_claims_go_to_a_folder_of_ones_choice(result, tmp_path):
    assert main(["claims", str(result), "-o", str(tmp_path / "a" / "b")]) == 0
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == NAMES
    written = json.loads((tmp_path / "a" / "b" / "claims.json").read_text())
    assert written["source"]["suite"] == "article-python"


def test_equal_files_give_equal_bytes(result, tmp_path):
    for name in ("a", "b"):
        assert main(["claims", str(result), "-o", str(tmp_path / name)]) == 0
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_document_gets_its_figures_and_charts(result, tmp_path, capsys):
    document = tmp_path / "docs" / "page.md"
    document.parent.mkdir()
    places = [f"<!-- claims:{name} -->\n<!-- /claims -->\n" for name in ("chart-python-and-cpp", "per-task")]
    document.write_text("# Page\n" + "".join(places))
    assert main(["claims", str(result), "--document", str(document)]) == 0
    assert "](images/python-and-cpp.svg)" in document.read_text()
    assert "fork_pool/shm" in document.read_text()
    images = [path.name for path in (tmp_path / "docs" / "images").iterdir()]
    assert images == ["python-and-cpp.svg"]  # only what the document shows
    assert str(document) in capsys.readouterr().out


@pytest.mark.parametrize("text, words", [("# none\n", "has no place for figures"), (None, "No such file")])
def test_a_document_without_places_gets_one_line_and_exit_code_2(result, tmp_path, capsys, text, words):
    document = tmp_path / "page.md"
    if text is not None:
        document.write_text(text)
    assert main(["claims", str(result), "--document", str(document)]) == 2
    assert words in one_line(capsys.readouterr())


def test_a_bad_file_gets_one_line_and_exit_code_2(file_of, capsys):
    assert main(["claims", str(file_of("{"))]) == 2
    assert "is cut short" in one_line(capsys.readouterr())


def test_an_output_that_cannot_be_made_gets_one_line_and_exit_code_4(result, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["claims", str(result), "-o", str(tmp_path / "file" / "below")]) == 4
    assert "file" in one_line(capsys.readouterr())


def test_a_misspelt_option_is_named(result, capsys):
    assert main(["claims", str(result), "--documnet", "x"]) == 2
    assert "did you mean `--document`?" in one_line(capsys.readouterr())


@pytest.mark.parametrize("module", ["jinja2", "matplotlib"])
def test_a_missing_package_is_named(result, capsys, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["claims", str(result)]) == 2
    assert f"python3-{module}" in one_line(capsys.readouterr())
