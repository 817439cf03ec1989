"""`breakeven self-test`: teaches, refuses in one line, hands over to the analysis of its own source tree."""

import collections
import pathlib
import sys

import pytest

from program import ROOT, Bench

sys.path.insert(0, str(ROOT))

from analysis.files import results  # noqa: E402
from analysis.features.intervals import data, plan  # noqa: E402


def test_it_says_what_it_can_test(bench: Bench) -> None:
    refused = bench("self-test")
    assert refused.code == 2 and "--intervals" in refused.complaint


def test_wrong_options_are_one_line(bench: Bench) -> None:
    refused = bench("self-test", "--intervals", "--runs", "99")
    assert refused.code == 2
    assert [line for line in refused.err.splitlines() if "1 to 30" in line]


def test_a_package_of_the_same_name_in_the_folder_is_not_run(bench: Bench) -> None:
    (bench.folder / "analysis").mkdir()
    (bench.folder / "analysis" / "__init__.py").write_text("raise SystemExit(77)\n")
    assert bench("self-test", "--intervals", "--runs", "0").code == 2


def test_without_python_it_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_PYTHON", "/no/such/python")
    refused = bench("self-test", "--intervals")
    assert refused.code == 2 and "/no/such/python" in refused.complaint


def test_the_suite_has_ten_cases_of_which_four_are_contended(bench: Bench) -> None:
    assert bench("run", "self-test", "--rounds", "1", "--out", "a/results.json").code == 0
    subjects = data.subjects_of(results.load(bench.folder / "a" / "results.json"))
    kinds = collections.Counter(subject.kind for subject in subjects if subject.is_case)
    assert kinds == {"contended": 4, "quiet": 3, "payload": 2, "skewed": 1} and set(kinds) == set(plan.KINDS)


def test_an_interrupted_self_test_leaves_no_program_behind(bench: Bench) -> None:
    import signal
    import subprocess
    import time

    from program import PROGRAM

    suite = bench.suite(rounds=60)
    words = [str(PROGRAM), "self-test", "--intervals", "--runs", "1", "--out", str(bench.folder / "out"),
             "--suite", suite]
    process = subprocess.Popen(words, cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    journal = bench.folder / "out" / "run-01" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > 4):
        assert time.monotonic() < deadline and process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 143  # SIGTERM
    assert "breakeven" not in commands_in(journal.parent)


def commands_in(folder: pathlib.Path) -> str:
    """The command lines of all processes that name this folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        found.append(command if str(folder) in command else "")
    return "".join(found)
