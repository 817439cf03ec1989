"""The command line: output, one-line errors, exit codes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import builder
import pytest

from analysis.cli import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("thread_pool", "openmp")


@pytest.fixture
def result(file_of):
    return file_of(builder.result_file(builder.scaling(SMALL), rounds=2))


def one_line(captured):
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.endswith("\n")
    return captured.err


def test_csv_goes_to_standard_output_or_to_a_file(result, capsys, tmp_path):
    assert main(["csv", str(result)]) == 0
    printed = capsys.readouterr().out
    assert main(["csv", str(result), "-o", str(tmp_path / "rows.csv")]) == 0
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == printed


def test_charts_are_drawn_beside_the_file(result, capsys):
    assert main(["charts", str(result)]) == 0
    folder = result.parent / "charts"
    assert (folder / "workers-factorize-300tasks-strong.svg").exists()
    assert (folder / "workers-factorize-300tasks-strong.png").exists()
    assert not [path for path in folder.iterdir() if path.suffix not in (".svg", ".png")]


def test_a_chart_without_data_is_named_with_the_reason(result, capsys):
    main(["charts", str(result)])
    out = capsys.readouterr().out
    assert "not drawn: payload (needs one task measured with at least three sizes of payload)" in out
    assert "not drawn: workers" not in out


def test_charts_of_several_files_have_folders_of_their_own(tmp_path):
    files = []
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        data = builder.result_file(builder.article(SMALL), rounds=1)
        files.append(builder.write(tmp_path / name / "results.json", data))
    assert main(["charts", *map(str, files), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["monday", "tuesday"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["modle", "x"], "did you mean `model`?"),
        (["chart", "x"], "did you mean `charts`?"),
        (["charts", "x", "--ouy", "d"], "did you mean `--out`?"),
        (["csv", "x", "--o=3"], "did you mean `--out`?"),
        (["qqq"], "valid are charts, record, advise, report, csv"),
        ([], "which command?"),
        (["--"], "which command?"),
        (["-x"], "which command?"),
        (["charts"], "FILE"),
        (["csv", "x", "-o"], "expected one argument"),
    ],
)
def test_wrong_words_get_one_line_and_exit_code_2(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in one_line(capsys.readouterr())


@pytest.mark.parametrize("command", ["charts", "report", "csv"])
def test_a_bad_file_gets_one_line_and_exit_code_2(command, capsys, file_of):
    assert main([command, str(file_of("{"))]) == 2
    assert "is cut short" in one_line(capsys.readouterr())


def test_a_hostile_file_cannot_write_to_the_terminal(capsys, file_of):
    data = builder.result_file([])
    data["context"]["breakeven"]["schema"] = "3.0.0\x1b[2J\n"
    assert main(["csv", str(file_of(data))]) == 2
    assert "\x1b" not in one_line(capsys.readouterr())


@pytest.mark.parametrize("command", ["charts", "csv"])
def test_an_output_that_cannot_be_made_gets_one_line_and_exit_code_4(command, result, capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert main([command, str(result), "-o", str(tmp_path / "file" / "below")]) == 4
    assert "file" in one_line(capsys.readouterr())


def test_a_full_disk_gets_one_line_and_exit_code_4_and_leaves_no_rest(result, capsys, tmp_path, monkeypatch):
    def full(path, content):
        with open(path, "wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["charts", str(result), "-o", str(tmp_path / "out")]) == 4
    assert "No space left on device" in one_line(capsys.readouterr())
    assert not list((tmp_path / "out").iterdir())


def test_missing_matplotlib_names_the_package(result, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["charts", str(result)]) == 2
    assert "python3-matplotlib" in one_line(capsys.readouterr())


def test_missing_fastjsonschema_names_the_package(result, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastjsonschema", None)
    assert main(["csv", str(result)]) == 2
    assert "python3-fastjsonschema" in one_line(capsys.readouterr())


def run(*arguments, **options):
    command = [sys.executable, "-m", "analysis", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


def test_help_teaches_by_examples():
    done = run("--help")
    assert done.returncode == 0
    assert "breakeven WORD --help" in done.stdout and "charts" in done.stdout


def test_only_charts_load_matplotlib(result):
    steps = f"main(['csv', {str(result)!r}]); print('matplotlib' in sys.modules)"
    code = f"import sys; from analysis.cli import main; {steps}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


def test_a_reader_that_has_seen_enough_is_no_error(result):
    command = f"{sys.executable} -m analysis csv {result} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_standard_output_is_exit_code_4(result):
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "analysis", "csv", str(result)]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == "breakeven: standard output: No space left on device\n"


@pytest.mark.parametrize("command", ["report", "csv", "charts"])
def test_a_closed_standard_output_gets_one_line_and_exit_code_4(command, result):
    shell = f"{sys.executable} -m analysis {command} {result} >&-"
    done = subprocess.run(["bash", "-c", shell], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == "breakeven: standard output is closed; send it to a file or to /dev/null\n"


@pytest.mark.parametrize("command", ["report", "advise"])
@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"context": NaN}', '{"context": {"breakeven": {"schema": "9.0.0"}}}']
)
def test_the_newer_commands_refuse_bad_files_too(command, content, capsys, file_of):
    words = ["--task", "1us"] if command == "advise" else []
    assert main([command, str(file_of(content)), *words]) == 2
    one_line(capsys.readouterr())


def test_a_command_leaves_the_signals_as_they_were(capsys):
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    main(["--help"])
    main(["no-such-word"])
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before
