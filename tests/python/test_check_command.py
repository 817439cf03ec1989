"""`breakeven check` with a made-up `breakeven`: verdicts, exit codes, outputs, budget."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import fake_program
import fastjsonschema
import pytest

from analysis.features.check import forest, json_form
from analysis.cli import main

ROOT = Path(__file__).resolve().parents[2]

NAME = "compute/tasks=128/in=0/out=0/{}/workers=2/map"


def test_unchanged_code_is_the_same_and_exits_0(check, tmp_path):
    assert check(fake_program.make(tmp_path)) == 0
    assert set(check.verdicts().values()) == {"same"}
    assert check.json["verdict"] == "same" and "SAME: 4 same" in check.text


def test_a_slow_case_is_named_alone_and_exits_1(check, tmp_path):
    assert check(fake_program.make(tmp_path, factors={"head": {"openmp": 1.08}})) == 1
    verdicts = check.verdicts()
    assert verdicts.pop("openmp") == "slower" and set(verdicts.values()) == {"same"}
    (case,) = [case for case in check.json["cases"] if case["verdict"] == "slower"]
    assert case["change"]["low"] > 1.06 and case["confirmation"]["rounds"] == 60


def test_planted_work_is_found_everywhere(check, tmp_path):
    assert check(fake_program.make(tmp_path), "--plant", "10%") == 1
    assert set(check.verdicts().values()) == {"slower"} and check.json["plant"] == 0.1


def test_a_faster_head_exits_0(check, tmp_path):
    assert check(fake_program.make(tmp_path, factors={"head": {"openmp": 0.9}})) == 0
    assert check.json["verdict"] == "faster" and check.verdicts()["openmp"] == "faster"


def test_noise_is_inconclusive_and_exits_3_after_60_rounds(check, tmp_path):
    assert check(fake_program.make(tmp_path, noise=0.25)) == 3
    assert {case["rounds"] for case in check.json["cases"]} == {60}


def test_a_single_open_case_fails_only_the_strict(check, tmp_path):
    program = fake_program.make(tmp_path, noisy="openmp")
    assert check(program) == 0 and check.verdicts()["openmp"] == "inconclusive"
    check.out = tmp_path / "strict"
    assert check(program, "--fail-on", "inconclusive") == 1


def test_a_base_that_differs_from_itself_contaminates_the_case(check, tmp_path):
    factors = {"head": {"openmp": 1.08}, "control": {"openmp": 1.08}}
    assert check(fake_program.make(tmp_path, factors=factors)) == 0  # one case of four
    assert check.verdicts()["openmp"] == "contaminated"


def test_cases_that_are_decided_are_measured_no_more(check, tmp_path):
    program = fake_program.make(tmp_path, noisy="openmp")
    check(program)
    rounds = {case["label"].split(" ")[0]: case["rounds"] for case in check.json["cases"]}
    assert rounds["openmp"] == 60 and rounds["thread_pool"] < 60
    assert (check.out / "only.txt").read_text() == NAME.format("openmp") + "\n"


def test_the_three_builds_stand_in_one_schedule_and_the_base_is_its_own_control(check, tmp_path):
    program = fake_program.make(tmp_path)
    check(program, "--plant", "10%")
    builds = [word for word in fake_program.calls(program)[0] if "=" in word]
    assert [word.split("=")[0] for word in builds] == ["base", "head", "control"]
    assert builds[1].endswith(",extra=0.1")


def test_a_budget_that_ends_early_says_so(check, tmp_path):
    program = fake_program.make(tmp_path, noise=0.25)
    assert check(program, "--budget", "0.001s") == 3
    assert {case["rounds"] for case in check.json["cases"]} == {15}
    assert "budget ended the check" in check.text


def test_a_case_that_its_suite_gives_few_rounds_says_so_and_the_others_are_decided(check, tmp_path):
    factors = {"head": {"std_async": 1.08}}
    assert check(fake_program.make(tmp_path, limits={"openmp": 6}, factors=factors)) == 1
    assert check.verdicts()["openmp"] == "inconclusive" and check.verdicts()["std_async"] == "slower"
    assert "6 rounds, and a look takes 15" in check.text and "budget" not in check.text
    assert check.json["note"] == ""


def test_a_case_that_base_cannot_run_is_left_out_with_its_reason(check, tmp_path):
    program = fake_program.make(tmp_path, fail=[["base", "openmp", "error"], ["control", "openmp", "error"]])
    assert check(program) == 0
    (left_out,) = check.json["left_out"]
    assert left_out == {"name": NAME.format("openmp"), "reason": "base cannot run it: no openmp here"}
    assert "openmp" not in check.verdicts() and "SAME: 3 same, 1 left out" in check.text


def test_a_case_that_this_machine_cannot_run_is_left_out_with_its_reason(check, tmp_path):
    assert check(fake_program.make(tmp_path, skip="openmp")) == 0
    assert [one["reason"] for one in check.json["left_out"]] == ["skipped: not on this machine"]


def test_a_case_without_a_single_round_is_left_out_with_its_reason(check, tmp_path):
    assert check(fake_program.make(tmp_path, limits={"openmp": 0})) == 0
    assert [one["name"] for one in check.json["left_out"]] == [NAME.format("openmp")]
    assert "no round has a sample of every build" in check.json["left_out"][0]["reason"]


def test_every_output_names_what_is_left_out(check, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    check(fake_program.make(tmp_path, skip="openmp"))
    name, reason = NAME.format("openmp"), "skipped: not on this machine"
    assert f"left out: {name}: {reason}" in " ".join(check.text.split())
    assert f"::warning title=left out%3A {name}::{reason}\n" in check.text
    assert f"- left out: {name}: {reason}" in (check.out / "check.md").read_text()
    assert name in (check.out / "check.svg").read_text()


def test_what_is_left_out_fails_only_the_strict(check, tmp_path):
    program = fake_program.make(tmp_path, skip="openmp")
    assert check(program) == 0
    check.out = tmp_path / "strict"
    assert check(program, "--fail-on", "inconclusive") == 1


def test_a_head_that_fails_is_no_verdict(check, tmp_path):
    assert check(fake_program.make(tmp_path, fail=[["head", "openmp", "error"]])) == 2
    assert "of build head failed (error): no openmp here" in check.complaint and check.json is None


@pytest.mark.parametrize("kind", ["wrong_digest", "crash"])
def test_a_base_that_fails_in_any_other_way_is_no_verdict(check, tmp_path, kind):
    program = fake_program.make(tmp_path, fail=[["base", "openmp", kind], ["control", "openmp", kind]])
    assert check(program) == 2 and check.json is None
    said = f"{NAME.format('openmp')} of build base failed ({kind}): {fake_program.REASONS[kind]}"
    assert said in check.complaint.splitlines()[-1]


def test_builds_with_other_outputs_are_not_compared(check, tmp_path):
    assert check(fake_program.make(tmp_path, digests={"head": "00000001"})) == 2 and check.json is None
    assert "of build base, 00000001 of" in check.complaint and "of build head" in check.complaint


def test_measuring_nothing_is_a_failure(check, tmp_path):
    assert check(fake_program.make(tmp_path, samples=False)) == 2
    assert "nothing was measured" in check.complaint


def test_a_program_that_gives_up_is_quoted(check, tmp_path):
    assert check(fake_program.make(tmp_path, exit_code=2, say="breakeven: no suite called ci")) == 2
    assert check.complaint.rstrip().endswith("breakeven: no suite called ci")


def test_an_occupied_folder_is_refused(check, tmp_path):
    check.out.mkdir()
    (check.out / "precious").write_text("")
    assert check(fake_program.make(tmp_path)) == 2
    assert "is not empty" in check.complaint


def test_a_file_in_the_place_of_the_folder_is_refused(check, tmp_path):
    check.out.write_text("precious")
    assert check(fake_program.make(tmp_path)) == 2
    assert "Not a directory; give --out a new folder" in check.complaint
    assert check.out.read_text() == "precious"


@pytest.mark.parametrize("changes", [{}, {"exit_code": 2}, {"fail": [["head", "openmp", "crash"]]}])
def test_no_copy_of_a_program_stays_behind(check, tmp_path, changes):
    check(fake_program.make(tmp_path, **changes))
    assert not (check.out / "programs").exists()


@pytest.mark.parametrize(
    "words, complaint",
    [
        ([], "which base?"),
        (["--base", ""], "which base?"),
        (["a.json"], "two files"),
        (["a.json", "b.json", "--base", "HEAD"], "--base: nothing is measured where two files are compared"),
        (["a.json", "b.json", "--head", "HEAD"], "--head: nothing is measured"),
        (["a.json", "b.json", "--plant", "10%"], "--plant: nothing is measured"),
        (["a.json", "b.json", "--budget", "4m"], "--budget: nothing is measured"),
        (["a.json", "b.json", "--suite", "ci"], "--suite: nothing is measured"),
        (["a.json", "b.json", "--build", "build"], "--build: nothing is measured"),
        (["--base", "HEAD", "--budget", "soon"], "expected a time such as 90s"),
        (["--base", "HEAD", "--plant", "-5%"], "expected"),
        (["--base", "HEAD", "--fail-on", "green"], "inconclusive"),
    ],
)
def test_wrong_words_get_one_line_and_exit_code_2(words, complaint, capsys):
    assert main(["check", *words]) == 2
    assert complaint in capsys.readouterr().err


def test_check_json_is_what_its_schema_says(check, tmp_path):
    check(fake_program.make(tmp_path, factors={"head": {"openmp": 1.08}}))
    schema = json.loads((ROOT / "analysis" / "features" / "check" / "check.schema.json").read_text())
    fastjsonschema.compile(schema)(check.json)
    assert check.json["schema"] == json_form.SCHEMA


def test_markdown_and_plot_are_written(check, tmp_path):
    check(fake_program.make(tmp_path, factors={"head": {"openmp": 1.08}}))
    text = (check.out / "check.md").read_text()
    assert text.startswith("### Performance: 🔴 slower") and "| openmp map, compute |" in text
    plot = (check.out / "check.svg").read_text()
    assert "openmp map, compute" in plot and (check.out / "check.png").stat().st_size > 1000


def test_on_github_a_red_is_an_error_and_the_summary_is_filled(check, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    check(fake_program.make(tmp_path, factors={"head": {"openmp": 1.08}}, noisy="std_async"))
    assert "::error title=slower%3A openmp map%2C compute::openmp map, compute: +" in check.text
    assert "::warning title=inconclusive%3A std_async" in check.text
    assert (tmp_path / "summary.md").read_text().startswith("### Performance")


def test_on_github_a_check_that_fails_is_one_error_with_its_message(check, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert check(fake_program.make(tmp_path, exit_code=2, say="breakeven: 5% of nothing")) == 2
    assert re.fullmatch("::error title=the performance check failed::.*: 5%25 of nothing\n", check.text)


def test_a_summary_that_cannot_be_written_leaves_the_verdict_on_the_screen(check, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    assert check(fake_program.make(tmp_path)) == 4
    assert "SAME: 4 same" in check.text and check.json["verdict"] == "same"
    assert "summary.md: cannot be written" in check.complaint


def test_a_plot_that_cannot_be_drawn_leaves_the_verdict_on_the_screen(check, tmp_path, monkeypatch):
    def broken(report):
        raise RuntimeError("no such font")

    monkeypatch.setattr(forest, "draw", broken)
    assert check(fake_program.make(tmp_path)) == 4
    assert "SAME: 4 same" in check.text and check.json["verdict"] == "same"
    assert "check.svg: cannot be drawn: RuntimeError: no such font" in check.complaint


def test_elsewhere_there_are_no_annotations(check, tmp_path):
    check(fake_program.make(tmp_path, factors={"head": {"openmp": 1.08}}))
    assert "::error" not in check.text


def test_make_check_hands_on_further_arguments():
    words = ["make", "-n", "check", "BASE=v1", "ARGS=--budget 60s --plant 10%"]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert 'build/breakeven check --base "v1" --budget 60s --plant 10%' in printed
