"""The check's self-test: its plan, its collection, and the table that is made of the file alone."""

import json
import random
from pathlib import Path

import fake_program
import pytest

from analysis.cli import main
from analysis.features.detector import collection, command, layouts, rivals, table
from analysis.statistics.rate import Rate

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "results" / "reference" / "self-test-detector.jsonl"


def test_the_plan_has_all_kinds_mixed_and_never_equal_layouts():
    plan = collection.plan(60, 10)
    plants = [check.plant for check in plan]
    assert (plants.count(0.0), plants.count(0.05), len(plan)) == (60, 10, 90)
    assert plants != sorted(plants) and all(check.base != check.head for check in plan)
    assert {(c.base, c.head) for c in plan} > {(0, 1), (1, 0)} and plan == collection.plan(60, 10)


def test_a_link_command_is_read_as_a_shell_reads_it(tmp_path):
    r"""A run path with `\$ORIGIN` in quotes: with the backslash left in, the program finds no library."""
    folder = tmp_path / "bench" / "CMakeFiles" / "breakeven.dir"
    folder.mkdir(parents=True)
    (folder / "link.txt").write_text('c++ a.o -o ../breakeven -Wl,-rpath,"\\$ORIGIN/lib:\\$ORIGIN/../lib"\n')
    words, place = layouts.link_command(tmp_path)
    assert words[-1] == "-Wl,-rpath,$ORIGIN/lib:$ORIGIN/../lib" and place == tmp_path / "bench"


def test_a_layout_is_the_same_link_with_padding_first():
    link = "c++ -O3 a.o b.o -o ../breakeven lib.a b.so".split()
    words = layouts.relinked(link, Path("pad.o"), Path("x/breakeven"), reverse=False)
    assert words == "c++ -O3 pad.o a.o b.o -o x/breakeven lib.a b.so".split()
    words = layouts.relinked(link, Path("pad.o"), Path("x/breakeven"), reverse=True)
    assert words == "c++ -O3 pad.o b.o a.o -o x/breakeven lib.a b.so".split()


@pytest.mark.parametrize("name, change, finds", [
    ("u_test", 1.05, True), ("u_test", 0.95, False), ("welch", 1.05, True), ("welch", 0.95, False),
    ("threshold_110", 1.05, False), ("threshold_110", 1.15, True),
])
def test_the_rivals_see_what_they_are_known_to_see(name, change, finds):
    rng = random.Random(1)
    base = [rng.gauss(100, 2) for _ in range(20)]
    head = [change * rng.gauss(100, 2) for _ in range(20)]
    assert rivals.RULES[name](base, head) is finds


def test_the_bounds_are_exact():
    low, high = Rate(0, 240).bounds()
    assert low == 0 and high == pytest.approx(1 - 0.025 ** (1 / 240))
    low, high = Rate(10, 10).bounds()
    assert high == 1 and low == pytest.approx(0.025 ** (1 / 10))


class SelfTest:
    """The command with made-up programs in the place of layouts."""

    def __init__(self, tmp_path, capsys, monkeypatch):
        self.folder, self.capsys = tmp_path, capsys
        (tmp_path / "build").mkdir()
        (tmp_path / "build" / "breakeven").write_text("a program")
        self.made = fake_program.make(tmp_path / "fake")
        monkeypatch.setattr(layouts, "build", lambda *_: [self.made] * len(layouts.PADDING))
        self.file = tmp_path / "out" / "detector.jsonl"

    def __call__(self, *words):
        places = ["--build", str(self.folder / "build"), "-o", str(self.folder / "out")]
        code = main(["self-test", "--detector", *places, *words])
        self.out, self.err = self.capsys.readouterr()
        return code

    def checks(self):
        return collection.read(self.file)[1]


@pytest.fixture
def self_test(tmp_path, capsys, monkeypatch):
    return SelfTest(tmp_path, capsys, monkeypatch)


def test_every_check_is_a_line_and_the_table_counts_them(self_test):
    assert self_test("--suites", "2", "--planted", "1") == 0
    checks = self_test.checks()
    assert sorted(check["plant"] for check in checks) == [0, 0, 0.02, 0.05, 0.1]
    assert "0 % (0/8; " in self_test.out and "100 % (4/4; " in self_test.out
    assert "self-test: 5/5" in self_test.err


def test_it_goes_on_where_it_was_cut_off(self_test):
    assert self_test("--suites", "2", "--planted", "0", "--budget", "0.0001s") == 0
    before = len(self_test.checks())
    with self_test.file.open("a") as file:
        file.write('{"index": 1, "cut o')
    assert before < 2 and self_test("--suites", "2", "--planted", "0") == 0
    assert sorted(check["index"] for check in self_test.checks()) == [0, 1]


def test_it_never_mixes_programs(self_test):
    self_test("--suites", "1", "--planted", "0")
    (self_test.folder / "build" / "breakeven").write_text("another program")
    assert self_test("--suites", "1", "--planted", "0") == 2
    assert "was begun with another program" in self_test.err


def test_the_table_of_a_file_can_be_put_into_a_document(self_test):
    self_test("--suites", "1", "--planted", "0")
    document = self_test.folder / "ci.md"
    document.write_text(f"before\n{command.BEGIN}\nold\n{command.END}\nafter\n")
    assert self_test("--table", str(self_test.file), "--document", str(document)) == 0
    text = document.read_text()
    assert text.startswith(f"before\n{command.BEGIN}\n1 of 1 checks")
    assert text.endswith(f"{command.END}\nafter\n")


MACHINE = {
    "cpu": "EPYC", "cores": 2, "kernel": "Linux", "date": "2026-11-22T10", "git_revision": "2caf7df01234",
}


def measured(folder, *, plants=None, seconds=30.0, rounds=30, **words):
    """A file of checks of ten cases each, all `same` on identical code, else `slower`; but in `words`: the
    verdict of the first case in a number of checks, such as `false=("slower", 0.0, 7)`.
    """
    checks = []
    for plant in plants or [0.0] * 60 + [level for level in collection.LEVELS for _ in range(10)]:
        verdicts = ["slower" if plant else "same"] * 10
        cases = [{"name": f"{i}", "verdict": word, "rounds": rounds, "u_test": False, "welch": False,
                  "threshold_110": False} for i, word in enumerate(verdicts)]
        checks.append({"index": len(checks), "plant": plant, "verdict": verdicts[0], "seconds": seconds,
                       "cases": cases, "machine": MACHINE})
    for word, plant, count in words.values():
        for check in [check for check in checks if check["plant"] == plant][:count]:
            check["cases"][0]["verdict"] = word
    lines = [{"schema": 1, "suite": "ci", "program": "0", "checks": len(checks)}, *checks]
    file = folder / "detector.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("changes, missed", [
    ({}, None),
    ({"false": ("slower", 0.0, 3)}, None),  # 3 of 600 cases, and 3 of 60 suites: as much as is allowed
    ({"false": ("slower", 0.0, 4)}, "suites red on identical code"),
    ({"open": ("inconclusive", 0.05, 10)}, None),  # 90 of 100 found
    ({"open": ("inconclusive", 0.10, 3)}, "found at +10 %"),
    ({"wrong": ("same", 0.05, 2)}, "wrong `same` at +5 %"),
    ({"rounds": 61}, "rounds on identical code"),
    ({"seconds": 240.0}, "a check of unchanged code"),
])
def test_a_missed_target_is_marked_and_exits_1(tmp_path, capsys, changes, missed):
    file = measured(tmp_path, **changes)
    assert main(["self-test", "--detector", "--table", str(file)]) == (1 if missed else 0)
    rows = [line for line in capsys.readouterr().out.splitlines() if "MISSED" in line]
    assert [row.split(" | ")[0] for row in rows] == ([f"| {missed}"] if missed else [])


def test_a_taste_judges_nothing(tmp_path, capsys):
    file = measured(tmp_path, plants=[0.0] * 59 + [0.02, 0.05, 0.10] * 10, false=("slower", 0.0, 59))
    assert main(["self-test", "--detector", "--table", str(file)]) == 0
    assert "Too few checks to judge" in capsys.readouterr().out


def test_the_table_says_which_program_was_measured(tmp_path, capsys):
    main(["self-test", "--detector", "--table", str(measured(tmp_path))])
    assert "suite ci, program of revision 2caf7df01234, 2026-11-22" in capsys.readouterr().out


def test_a_foreign_file_is_refused(self_test, tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"schema": 99}) + "\n")
    assert self_test("--table", str(tmp_path / "x.jsonl")) == 2
    assert "another version" in self_test.err


@pytest.mark.skipif(not REFERENCE.exists(), reason="no reference measurement is in this tree")
def test_the_documents_table_is_that_of_the_committed_measurement():
    text = table.render(*collection.read(REFERENCE))
    assert f"{command.BEGIN}\n{text}{command.END}" in (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def test_a_metric_beside_the_time_has_an_error_rate_of_its_own():
    def check(index, word):
        case = {"verdict": "same", "u_test": False, "welch": False, "threshold_110": False, "rounds": 15,
                "beside": {"cpu_ns": word}}
        machine = {"cpu": "x", "cores": 2, "kernel": "y", "date": "2026-11-27"}
        about = {"index": index, "plant": 0.0, "verdict": "same", "seconds": 1.0}
        return {**about, "machine": machine, "cases": [case]}

    header = {"schema": 1, "suite": "command", "levels": [], "checks": 4}
    text = table.render(header, [check(0, "equal"), check(1, "equal"), check(2, "more"), check(3, "unclear")])
    assert "CPU time false more on identical code" in text.replace("`", "").replace("\\", "")
    assert "25 % (1/4" in text
