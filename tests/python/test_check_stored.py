"""`check BASE.json HEAD.json`: what two stored files can say, and what they refuse."""

import json
import math

import builder
import pytest
from builder import Block, Shape, Way

from analysis.features.check import stored
from analysis.features.check.verdict import Word
from analysis.cli import main
from analysis.files.errors import BadResultFile


@pytest.fixture
def file_of(tmp_path):
    def make(name, speedups=(1.9, 1.8), **changes):
        ways = tuple(Way(backend, speedup) for backend, speedup in zip(("thread_pool", "openmp"), speedups))
        data = builder.result_file([Block(Shape(), ways)], rounds=20)
        data["context"]["breakeven"].update(changes.pop("own", {}))
        data["context"].update(changes)
        return builder.write(tmp_path / name, data)

    return make


def words(report):
    return [case.word for case in report.cases]


def test_a_large_slow_down_is_seen_and_the_weakness_is_said(file_of):
    report = stored.compare(file_of("base.json"), file_of("head.json", (1.9, 1.3)))
    assert words(report) == [Word.INCONCLUSIVE, Word.SLOWER]
    assert report.exit_code == 1 and report.note.startswith("Weaker than")
    assert "below some 10 % will not be seen" in report.note  # two cases


def test_a_small_change_is_less_than_two_sessions_differ_by(file_of):
    report = stored.compare(file_of("base.json"), file_of("head.json", (1.86, 1.76)))
    assert words(report) == [Word.INCONCLUSIVE] * 2 and report.exit_code == 3


def test_more_cases_need_a_larger_change():
    for cases, z in ((1, 1.95996), (10, 2.80703)):  # of the normal distribution at 97.5 % and at 99.75 %
        shift = stored.session_shift(stored.confidence_for(cases))
        assert shift == pytest.approx(z * math.sqrt(2) * stored.SESSION_SD, rel=1e-5)


def test_the_same_slow_down_is_seen_alone_and_not_among_many(tmp_path):
    alone = [Way("thread_pool", 1.9)]
    among = alone + [Way("openmp", 1.8, workers) for workers in range(2, 14)]
    verdicts = []
    for ways in (alone, among):
        base = builder.result_file([Block(Shape(), tuple(ways))], rounds=20)
        head = builder.result_file([Block(Shape(), (Way("thread_pool", 1.71), *ways[1:]))], rounds=20)
        files = builder.write(tmp_path / "base.json", base), builder.write(tmp_path / "head.json", head)
        verdicts.append(words(stored.compare(*files))[0])
    assert verdicts == [Word.SLOWER, Word.INCONCLUSIVE]


def test_nothing_is_called_slower_across_machines(file_of):
    report = stored.compare(file_of("base.json"), file_of("head.json", (1.9, 0.5), host_name="another"))
    assert words(report) == [Word.INCONCLUSIVE] * 2 and "different machines" in report.note


def test_a_change_of_the_baseline_alone_is_no_change(file_of, tmp_path):
    base = file_of("base.json")
    data = json.loads(base.read_text())
    for row in data["benchmarks"]:
        row["real_time"] *= 3  # a slower day
        row["breakeven"]["iteration_ns"] = [row["real_time"]]
    report = stored.compare(base, builder.write(tmp_path / "head.json", data))
    assert all(case.change.value == pytest.approx(1) for case in report.cases)


@pytest.mark.parametrize(
    "own, complaint",
    [({"suite": "quick"}, "is of suite quick"), ({"suite_digest": "12345678"}, "has other cases")],
)
def test_other_suites_are_refused(file_of, own, complaint):
    with pytest.raises(BadResultFile, match=complaint):
        stored.compare(file_of("base.json"), file_of("head.json", own=own))


def test_other_outputs_are_refused(file_of, tmp_path):
    base = file_of("base.json")
    data = json.loads(base.read_text())
    for row in data["benchmarks"]:
        row["breakeven"]["digest"] = "00000000"
    with pytest.raises(BadResultFile, match="outputs of .* differ"):
        stored.compare(base, builder.write(tmp_path / "head.json", data))


def without(file, backend, **changes):
    """A copy of the file in which a case has no samples, and other entries besides."""
    data = json.loads(file.read_text())
    rows = [row for row in data["benchmarks"] if row["breakeven"]["case"]["backend"] != backend]
    return builder.write(file.with_name("without.json"), {**data, "benchmarks": rows, **changes})


WAY, SERIAL = Way("openmp", 1.8), Way("serial", 1, 1)
OPENMP = builder.row(Shape(), WAY, "case", None, 0, 1.0, 0)["name"]


@pytest.mark.parametrize("changes, reason", [
    ({"failures": [builder.failure(Shape(), WAY, "crash", "signal 11")]}, "(crash): signal 11"),
    ({"skipped": [builder.skip(Shape(), WAY, "no OpenMP here")]}, ": no OpenMP here"),
    ({}, "not measured beside its baseline"),
])
@pytest.mark.parametrize("side", ["base", "head"])
def test_a_case_of_one_file_alone_is_left_out_with_the_reason_in_the_other(file_of, side, changes, reason):
    changes = {key: [{**entry, "name": OPENMP} for entry in entries] for key, entries in changes.items()}
    whole = file_of("whole.json")
    files = {"base": whole, "head": whole, side: without(whole, "openmp", **changes)}
    report = stored.compare(files["base"], files["head"])
    assert list(report.left_out) == [OPENMP]
    assert [case.label for case in report.cases] == ["thread_pool map, factorize"]
    assert reason in report.left_out[OPENMP] and "without.json" in report.left_out[OPENMP]


def test_a_case_that_failed_once_is_not_judged_by_its_other_samples(file_of):
    failed = {**builder.failure(Shape(), WAY, "wrong_digest", "no"), "name": OPENMP}
    head = without(file_of("head.json"), "none", failures=[failed])
    assert list(stored.compare(file_of("base.json"), head).left_out) == [OPENMP]


def test_a_failed_yardstick_is_no_case(file_of):
    serial = builder.row(Shape(), SERIAL, "baseline", 0, 0, 1.0, 0)["name"]
    failed = {**builder.failure(Shape(), SERIAL, "timeout", "no"), "name": serial, "role": "baseline"}
    head = without(file_of("head.json"), "none", failures=[failed])
    assert not stored.compare(file_of("base.json"), head).left_out


def test_the_command_writes_and_exits_as_a_measured_check_does(file_of, tmp_path, capsys):
    files = [str(file_of("base.json")), str(file_of("head.json", (1.9, 1.3)))]
    assert main(["check", *files, "-o", str(tmp_path / "out")]) == 1
    assert json.loads((tmp_path / "out" / "check.json").read_text())["verdict"] == "slower"
    assert "Weaker than a check of two builds" in " ".join(capsys.readouterr().out.split())
