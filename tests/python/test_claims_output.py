"""What the claims command writes: a page that runs nothing and asks nobody, JSON by its schema, Markdown."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import builder
import fastjsonschema
import pytest
import python_suite
from builder import Shape

from analysis.features import claims
from analysis.files import results
from analysis.statistics import stats
from analysis.features.claims import costs, json_form, markdown, page, terminal
from analysis.features.claims.document import NO_DATA, fill, sections
from analysis.features.claims.model import Verdict, Word

pytestmark = pytest.mark.xdist_group("claims output")

SCHEMA = Path(claims.__file__).with_name("claims.schema.json")
HOSTILE = '<script>alert("x")</script>|*a*[b](c)`d`\x1b[2J\u202e\ud800"\'$\\frac{'


def written(data):
    """The claims of a result file's dictionary in all forms."""
    evaluation = stats.evaluate(results.typed(Path("results.json"), data))
    judged, prices = claims.judge_all(evaluation), costs.measure(evaluation)
    return {
        "html": page.render(evaluation, judged, prices).decode("utf-8"),
        "json": json.loads(json_form.render(evaluation, judged, prices)),
        "md": markdown.render(evaluation, judged, prices),
        "text": terminal.render(evaluation, judged),
        "sections": sections(evaluation, judged, prices),
    }


def suite_data(**options):
    return builder.result_file(python_suite.suite(), suite="article-python", **options)


def hostile_data():
    """Every string of the file that can be free text is an attack, backends' names among them."""
    blocks = [replace(b, ways=tuple(_attack(way) for way in b.ways)) for b in python_suite.suite()]
    data = builder.result_file(blocks, suite=HOSTILE, rounds=6)
    machine = data["context"]["breakeven"]["machine"]
    machine["cpu"] = machine["kernel"] = data["context"]["date"] = data["context"]["host_name"] = HOSTILE
    data["context"]["breakeven"]["git_revision"] = HOSTILE
    data["failures"] = [builder.failure(Shape(), blocks[0].ways[0], "crash", HOSTILE)]
    data["skipped"] = [builder.skip(Shape(workload=HOSTILE), blocks[0].ways[0], HOSTILE)]
    for row in data["benchmarks"]:
        row["breakeven"]["facts"] = {"python": HOSTILE, "implementation": HOSTILE}
        row["breakeven"]["case"]["cost_label"] = HOSTILE
    return data


def _attack(way):
    return replace(way, backend=f"{way.backend},evil={HOSTILE.replace(',', '')}")


@pytest.fixture(scope="module")
def plain():
    return written(suite_data(rounds=6))


@pytest.fixture(scope="module")
def hostile():
    return written(hostile_data())


@pytest.fixture(params=["plain", "hostile"])
def either(request):
    return request.getfixturevalue(request.param)


class Reader(HTMLParser):
    """Collects elements, attributes and words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = Counter(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words.append(data)


# claims.html


def test_no_string_of_the_file_becomes_markup(plain, hostile):
    assert "script" not in Reader(hostile["html"]).tags
    assert set(Reader(hostile["html"]).tags) == set(Reader(plain["html"]).tags)
    assert 'alert("x")' in "".join(Reader(hostile["html"]).words)


def test_the_page_runs_nothing_and_asks_nobody(either):
    reader = Reader(either["html"])
    assert not {"script", "img", "iframe", "object", "embed", "form", "base"} & set(reader.tags)
    assert not [a for a in reader.attributes if a[1].startswith("on")]
    links = [value for _, name, value in reader.attributes if name in ("href", "src", "xlink:href", "action")]
    assert links and all(value.startswith(("#", "data:,")) for value in links)
    assert "url(http" not in either["html"] and "@import" not in either["html"]
    policy = [value for _, name, value in reader.attributes if name == "content" and "default-src" in value]
    assert policy and "default-src 'none'" in policy[0]


def test_ids_are_unique_and_links_lead_somewhere(plain):
    reader = Reader(plain["html"])
    ids = Counter(value for _, name, value in reader.attributes if name == "id")
    assert [one for one, count in ids.items() if count > 1] == []
    links = [value for _, name, value in reader.attributes if name in ("href", "xlink:href")]
    targets = {value[1:] for value in links if value.startswith("#")}
    targets |= set(re.findall(r"url\(#([^)]+)\)", plain["html"]))
    assert targets <= set(ids)


def test_the_page_shows_each_claim_with_verdict_rule_and_chart(plain):
    reader = Reader(plain["html"])
    words = " ".join("".join(reader.words).split())
    for claim in plain["json"]["claims"]:
        for text in (claim["gist"], claim["experiment"], claim["rule"], claim["verdict"]["word"]):
            assert " ".join(text.split()) in words
        for finding in claim["findings"]:
            assert finding["statement"] in words and finding["rule"] in words
    charts = [chart for claim in plain["json"]["claims"] for chart in claim["charts"]]
    assert reader.tags["svg"] == reader.tags["figure"] == len(charts) >= 6
    assert words.count("Experiment.") == 7


def test_a_chart_does_not_style_the_page(plain):
    charts = re.findall(r"<svg.*?</svg>", plain["html"], re.DOTALL)
    rules = [rule for chart in charts for rule in re.findall(r"<style.*?>(.*?)</style>", chart, re.DOTALL)]
    selectors = [one for rule in rules for one in re.findall(r"([^{}]*)\{[^{}]*\}", rule)]
    assert len(rules) == len(charts) and len(set(selectors)) == len(selectors) > len(charts)
    assert all(selector.startswith(".") for selector in selectors)


def test_failures_and_skips_stand_on_the_page(hostile):
    words = "".join(Reader(hostile["html"]).words)
    assert "failed (crash)" in words and "skipped:" in words


# claims.json


def test_the_json_keeps_its_schema(either):
    fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))(either["json"])


def test_the_schema_refuses_what_is_no_verdict(plain):
    check = fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for verdict in ({"word": "perhaps", "detail": ""}, {"word": "holds within", "detail": ""}):
        broken = json.loads(json.dumps(plain["json"]))
        broken["claims"][0]["verdict"] = verdict
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            check(broken)


def test_every_field_of_the_json_is_documented(plain):
    document = (Path(claims.__file__).parents[3] / "docs" / "python.md").read_text(encoding="utf-8")
    claim = plain["json"]["claims"][0]
    finding = claim["findings"][0]
    keys = {*plain["json"], *claim, *finding, *finding["figures"][0], *plain["json"]["costs"][0]}
    assert [key for key in sorted(keys) if f"`{key}`" not in document] == []


def test_a_file_without_data_gives_whole_json(evaluate):
    evaluation = evaluate([])
    document = json_form.as_dict(evaluation, claims.judge_all(evaluation), costs.measure(evaluation))
    fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))(document)
    assert document["costs"] == []


# claims.md and the terminal


def test_no_string_of_the_file_marks_up_the_markdown(hostile):
    text = hostile["md"]
    assert "<script" not in text.replace("\\<", "") and "](c)" not in text.replace("\\]", "")
    assert "\x1b" not in text and "\u202e" not in text


def test_tables_have_as_many_cells_in_every_row(either):
    lines = either["md"].splitlines()
    for above, line in zip(lines, lines[1:]):
        if above.startswith("|") and line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", above)) == len(re.findall(r"(?<!\\)\|", line))


def test_the_markdown_has_all_claims_and_verdicts(plain):
    for number, claim in enumerate(plain["json"]["claims"], 1):
        assert f"## {number}. {claim['title']}" in plain["md"]
        assert f"**{claim['verdict']['word'].removesuffix(' within')}**" in plain["md"]


def test_the_terminal_gets_plain_text_within_100_columns(either):
    lines = either["text"].splitlines()
    assert max(map(len, lines)) <= terminal.WIDTH == 100
    assert all(" " <= character <= "~" for line in lines for character in line)


def test_the_terminal_says_each_verdict(plain):
    assert plain["text"].count("=> ") == 7
    assert "=> holds: they differ by less than a tenth" in plain["text"]


@pytest.mark.parametrize("word", [Word.FAILS, Word.NOT_MEASURED])
def test_what_is_open_or_missing_stands_beside_the_verdict(evaluate, word):
    evaluation = evaluate([])
    judged = [replace(claim, verdict=Verdict(word, "open: x")) for claim in claims.judge_all(evaluation)]
    assert f"=> {word.value}: open: x" in terminal.render(evaluation, judged)
    assert f"**{word.value}**: open: x" in markdown.verdicts(judged)
    assert "open: x" in "".join(Reader(page.render(evaluation, judged, ()).decode()).words)


# costs: per task and per byte


def test_costs_per_task_are_over_the_fork_pool_in_the_same_block(evaluate):
    tables = costs.per_task(evaluate(python_suite.sizes(), noise=1e-6))
    assert [table.how.split(",")[0] for table in tables] == ["at the defaults", "with chunks of 1"]
    rows = {row.cost.label: row for row in tables[0].rows}
    assert tables[0].reference == "fork_pool/shm" and rows["fork_pool/shm"].over_reference is None
    executor, fork = rows["ProcessPoolExecutor.map"], rows["fork_pool/shm"]
    expected = executor.cost.estimate.value / fork.cost.estimate.value
    assert executor.over_reference.value == pytest.approx(expected, rel=1e-4)
    assert executor.cost.estimate.value == pytest.approx((126_000 + 300) / 2 + 0.51 * 120, rel=0.01)


def test_costs_per_byte_are_slopes_beside_those_of_the_plain_loops(evaluate):
    blocks = [*python_suite.article(), *python_suite.payloads()]
    table, _ = costs.per_byte(evaluate(blocks, noise=1e-6))
    assert table.how.startswith("at the defaults, from 0 B to 1 MiB each way")
    slopes = {row.cost.label: row.cost.estimate.value for row in table.rows}
    ratios = {row.cost.label: row.over_reference.value for row in table.rows if row.over_reference}
    assert slopes["ProcessPoolExecutor.map (C++ code)"] == pytest.approx(0.153 + 0.75, rel=0.01)
    assert slopes["C++'s plain loop: nothing travels"] == pytest.approx(0.3, rel=0.01)
    assert ratios["Pool.map (C++ code)"] == pytest.approx((0.153 + 1.2) / (0.153 + 0.03), rel=0.01)


def test_costs_per_byte_stand_apart_for_equal_chunks(evaluate):
    _, table = costs.per_byte(evaluate(python_suite.payloads(), noise=1e-6))
    assert table.how.startswith("with chunks of 38, from 1 KiB to 1 MiB each way")
    assert table.reference == "fork_pool/shm"
    loops, ways = table.rows[:2], table.rows[2:]
    assert all("nothing travels" in row.cost.label for row in loops)
    assert [row.cost.label for row in ways] == [
        "fork_pool/shm", "ProcessPoolExecutor.map (C++ code)", "Pool.map (C++ code)",
    ]
    assert {case.chunk for row in ways for case in row.cost.of} == {38}


def test_without_a_fork_pool_there_are_costs_but_no_ratios(evaluate):
    suite = python_suite.sizes()
    blocks = [replace(b, ways=tuple(way for way in b.ways if "fork" not in way.backend)) for b in suite]
    tables = costs.per_task(evaluate(blocks))
    assert tables and all(row.over_reference is None for table in tables for row in table.rows)


# documents


def test_places_are_filled_and_the_rest_stays(plain):
    first = "<!-- claims:per-task -->\nold\nold\n<!-- /claims -->\n"
    text = f"before\n{first}between\n<!-- claims:nothing -->\n<!-- /claims -->\n"
    filled, names = fill(text, plain["sections"])
    assert names == ["per-task", "nothing"]
    assert filled.startswith("before\n<!-- claims:per-task -->\n") and "old" not in filled
    assert f"between\n<!-- claims:nothing -->\n{NO_DATA}\n<!-- /claims -->\n" in filled
    assert fill(filled, plain["sections"])[0] == filled


def test_a_string_of_the_file_cannot_close_a_place(hostile):
    text = "<!-- claims:verdicts -->\n<!-- /claims -->\n"
    filled, _ = fill(text, hostile["sections"])
    assert filled.count("<!-- /claims -->") == 1


def test_the_documentation_names_only_places_that_exist(plain):
    document = (Path(claims.__file__).parents[3] / "docs" / "python.md").read_text(encoding="utf-8")
    _, names = fill(document, plain["sections"])
    assert names and set(names) <= set(plain["sections"])
    assert names[:2] == ["chart-python-and-cpp", "source"]
