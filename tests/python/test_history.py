"""The history of a program's times: where levels change, series over anchors, files, the page."""

from __future__ import annotations

import json
import math
import random
import subprocess
import xml.etree.ElementTree

import numpy as np
import pytest

from analysis.features.history import changes, foreign, page, series
from analysis.features.history.store import BadHistory, Line, Mark, Ratio, Store, parsed
from analysis.files.errors import OutputFailed


def noisy(levels, seed=1, noise=0.006):
    rng = random.Random(seed)
    return [rng.gauss(level, noise) for level in levels]


def steps(*parts):
    """Parts of (length, level)."""
    return [level for length, level in parts for _ in range(length)]


def test_the_statistic_is_the_published_one():
    values = noisy(steps((9, 0.0), (7, 0.03)))
    distances = np.abs(np.subtract.outer(values, values))

    def energy(t):  # Matteson and James (2014), with alpha = 1, in so many words
        x, y = values[:t], values[t:]
        n, m = len(x), len(y)
        between = 2 / (n * m) * sum(abs(a - b) for a in x for b in y)
        pairs = [[abs(a - b) for i, a in enumerate(z) for b in z[:i]] for z in (x, y)]
        within = [sum(gaps) / len(gaps) for gaps in pairs]
        return n * m / (n + m) * (between - sum(within))

    expected = {t: energy(t) for t in range(5, 12)}
    at, statistic = changes.largest(distances)
    assert at == max(expected, key=expected.get) and statistic == pytest.approx(expected[at])


def test_the_steps_are_found_where_they_are():
    found = changes.changes(noisy(steps((60, 0.0), (50, 0.05), (40, 0.02))))
    assert [round(change.at, -1) for change in found] == [60, 110]
    assert [round(change.after - change.before, 2) for change in found] == [0.05, -0.03]


@pytest.mark.parametrize("values", [[], [0.0] * 9, noisy(steps((100, 0.0))), [0.0] * 100])
def test_where_nothing_changes_nothing_is_found(values):
    assert changes.changes(values) == []


def test_a_step_below_one_per_cent_is_none():
    assert changes.changes(noisy(steps((60, 0.0), (60, 0.005)), noise=0.001)) == []


def test_only_the_last_two_hundred_points_are_looked_at():
    found = changes.changes(noisy(steps((50, 0.5), (250, 0.0), (20, 0.1))))
    assert [change.at for change in found] == [300]


def line(number, anchors, **options):
    date = f"2026-01-01T00:{number % 60:02}:00+00:00"
    return Line(f"{number:040x}", date, f"commit {number}", anchors, **options)


def ratio(value, spread=0.01):
    return Ratio(value, value * (1 - spread), value * (1 + spread), 15)


def test_a_new_anchor_continues_the_series_of_the_old_one():
    truth = [1.0, 1.0, 1.0, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.2]
    lines = []
    for number, level in enumerate(truth):
        anchors = {"a": {"x": ratio(level)}} if number < 9 else {}
        if number >= 4:
            anchors["b"] = {"x": ratio(level / 1.1)}
        lines.append(line(number, anchors))
    (one,) = series.of(lines).values()
    assert [math.exp(log) for log in one.logs] == pytest.approx(truth)


def test_the_next_commit_is_measured_against_both_anchors_five_times():
    lines, asked = [line(0, {"a": {}})], []
    for number in range(1, 8):
        anchors = series.anchors_of_next(lines, f"{number:040x}", "b" if number == 1 else None)
        asked.append(anchors)
        lines.append(line(number, {anchor: {} for anchor in anchors}))
    assert asked == [["a", "b"]] * 5 + [["b"]] * 2
    assert series.anchors_of_next([], "c", None) == ["c"]


def year(steps_of, commits=150, noise=0.006):
    """Lines added one by one, as `history add` does; `steps_of`: by case, from which commit how much more."""
    rng = random.Random(5)
    lines = []
    for number in range(commits):
        cases = {}
        for name, planted in steps_of.items():
            level = sum(gap for at, gap in planted if number >= at)
            cases[name] = ratio(math.exp(rng.gauss(level, noise)))
        bare = line(number, {"a": cases})
        lines.append(Line(bare.commit, bare.date, bare.subject, bare.anchors,
                          marks=series.new_marks([*lines, bare])))
    return lines


def test_the_three_steps_that_were_planted_are_marked_and_no_other():
    lines = year({"steady": [], "twice": [(20, 0.05), (50, -0.03)], "once": [(40, 0.03)]}, commits=70)
    marks = [(mark.case, int(mark.at, 16), mark.ratio) for one in lines for mark in one.marks]
    found = sorted((case, round(at, -1)) for case, at, _ in marks)
    assert found == [("once", 40), ("twice", 20), ("twice", 50)]
    assert all(abs(math.log(change)) == pytest.approx(gap, abs=0.015) for (_, _, change), gap in
               zip(sorted(marks, key=lambda mark: mark[1]), (0.05, 0.03, 0.03)))


def test_lines_are_read_as_they_were_written():
    ratios = {"x": Ratio(1.5, 1.25, 1.75, 15), "µ": Ratio(2.0, None, None, 3)}
    mark = Mark("x", "f" * 40, 1.05, 0.001)
    lines = [line(1, {"a": ratios}, machine="m", marks=(mark,)), line(2, {}, seconds={"y": 0.5})]
    assert parsed("".join(one.as_json() + "\n" for one in lines), "here") == lines


@pytest.mark.parametrize(
    "text", ["{}\n", "[]\n", "x\n", '{"schema": "2.0.0"}\n',
             line(1, {"a": {"x": ratio(1.5)}}).as_json().replace("[1.5", "[-1.5") + "\n",
             line(1, {"a": {"x": ratio(1.5)}}).as_json().replace("[1.5", "[true") + "\n"],
)
def test_a_line_that_is_none_is_refused_with_its_number(text):
    with pytest.raises(BadHistory, match="here: line 2 is no line of a history"):
        parsed(line(0, {}).as_json() + "\n" + text, "here")


def test_a_last_line_that_was_cut_off_is_not_read_and_not_written_behind(tmp_path):
    file = tmp_path / "h.jsonl"
    file.write_text(line(0, {}).as_json() + "\n" + '{"schema"')
    store = Store(tmp_path, file, None)
    assert len(store.lines()) == 1
    with pytest.raises(BadHistory, match="its last line was cut off"):
        store.add([line(1, {})])


def test_a_branch_of_its_own_keeps_the_file_and_touches_nothing_else(tmp_path):
    def git(*words):
        who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        options = {"capture_output": True, "text": True, "check": True}
        return subprocess.run(["git", *who, *words], cwd=tmp_path, **options).stdout

    git("init", "-q", "-b", "main")
    git("config", "user.name", "n")
    git("config", "user.email", "n@example.org")
    git("commit", "-q", "--allow-empty", "-m", "one")
    store = Store(tmp_path, None, "times")
    assert store.lines() == []
    for number in (1, 2):
        store.add([line(number, {})])
    assert [one.subject for one in store.lines()] == ["commit 1", "commit 2"]
    assert git("status", "--porcelain") == "" and git("rev-parse", "--abbrev-ref", "HEAD").strip() == "main"
    assert git("ls-tree", "--name-only", "times").split() == ["breakeven-history.jsonl"]
    assert len(git("rev-list", "times").split()) == 2


def test_a_branch_name_that_git_refuses_is_said(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(OutputFailed, match="branch a..b: git"):
        Store(tmp_path, None, "a..b").add([line(1, {})])


DATA = {"entries": {"suite": [
    {"commit": {"id": "b" * 40, "message": "two\nmore"}, "date": 2000,
     "benches": [{"name": "f", "value": 2, "unit": "ms"}, {"name": "g", "value": 4, "unit": "ops/sec"}]},
    {"commit": {"id": "a" * 40, "message": "one"}, "date": 1000,
     "benches": [{"name": "f", "value": 1000, "unit": "us/iter"}, {"name": "h", "value": 4, "unit": "MB"}]},
]}}


def test_what_github_action_benchmark_stored_is_read_in_the_order_of_dates(tmp_path):
    file = tmp_path / "data.js"
    file.write_text(f"window.BENCHMARK_DATA = {json.dumps(DATA)}")
    lines, left_out = foreign.read(file)
    assert [one.subject for one in lines] == ["one", "two"] and left_out == 1
    assert lines[1].seconds == {"f": pytest.approx(0.002), "g": 0.25}
    assert page.render(lines, "theirs").count(b"not comparable") >= 2
    assert series.new_marks(lines) == ()


@pytest.mark.parametrize("text", ["", "{}", "window.BENCHMARK_DATA = []", '{"entries": {"a": [{}]}}'])
def test_a_file_that_is_none_of_its_is_refused(tmp_path, text):
    (tmp_path / "data.js").write_text(text)
    with pytest.raises(BadHistory, match="is no data.js of github-action-benchmark"):
        foreign.read(tmp_path / "data.js")


def test_the_last_line_is_written_for_it():
    lines = [line(0, {"a": {"x": ratio(1.0)}}), line(1, {"a": {"x": ratio(1.25)}})]
    (entry,) = json.loads(foreign.written(lines))
    assert entry == {"name": "x", "unit": "x of a", "value": 1.25, "range": "-1.0 % to +1.0 %"}
    with pytest.raises(BadHistory, match="no line with ratios"):
        foreign.written([])


def test_the_page_marks_the_changes_with_the_command_to_see_them_again():
    lines = year({"BM_<b>/8": [(20, 0.05)]}, commits=30)
    text = page.render(lines, "project").decode()
    (mark,) = [mark for one in lines for mark in one.marks]
    before = lines[int(mark.at, 16) - 1].commit
    assert f"breakeven check --base {before} --head {mark.at}" in text
    assert "BM_&lt;b&gt;/8" in text and "<b>/8" not in text
    assert f'href="#at-{mark.at[:12]}"' in text and f'id="at-{mark.at[:12]}"' in text
    assert "1 times slower, 0 times faster" in text


def test_the_page_of_five_thousand_commits_of_thirty_cases_is_small():
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(0, 0.006, (5000, 30)))
    cases = [{f"case {j}": ratio(float(value)) for j, value in enumerate(row)} for row in values]
    lines = [line(i, {"a": ratios}) for i, ratios in enumerate(cases)]
    assert len(page.render(lines, "large")) < 5 * 2**20


def test_the_badge_is_a_picture_that_says_what_the_last_commits_did():
    slower = year({"x": [(20, 0.05)]}, commits=30)
    for lines, word in ((slower, "1 slower"), (slower[:20], "steady"), ([], "not measured")):
        picture = page.badge(lines).decode()
        assert word in picture and xml.etree.ElementTree.fromstring(picture).tag.endswith("svg")
