"""Five readers' questions, answered in Chromium by clicks alone, each in at most five; and views in links."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.parse
from dataclasses import replace

import browser
import builder
import pytest
from builder import Block, Shape, Way

from analysis.features import report
from analysis.files import results
from analysis.statistics import stats

pytest.importorskip("selenium", reason="Debian package python3-selenium, with chromium-driver")

pytestmark = pytest.mark.xdist_group("report instrument")
MOST_CLICKS = 5
BACKENDS = ("thread_pool", "openmp,schedule=dynamic", "fork_pool/pipe", "fork_pool/shm", "std_async")


def blocks():
    """Three task sizes, four payloads; openmp is level with thread_pool at 200 us, and slower at 20 us."""
    made = []
    for label, time in (("20us", 2e4), ("200us", 2e5), ("2ms", 2e6)):
        for size in (0, 4 << 10, 64 << 10, 1 << 20):
            shape = Shape("compute", 400, size, size, cost=int(time / 5), cost_ns=time, cost_label=label)
            one = builder.block(shape, BACKENDS, task_ns=time)
            slow = [
                replace(way, speedup=1.5) if way.backend.startswith("openmp") else way for way in one.ways
            ]
            made.append(replace(one, ways=tuple(slow)) if label == "20us" else one)
    level = Shape("compute", 100, cost=1, cost_ns=5e3, cost_label="5us")
    made.append(Block(level, (Way("thread_pool", 1.9), Way("openmp,schedule=dynamic", 1.9))))
    return made


def written(folder, data, name="page"):
    path = builder.write(folder / f"{name}.json", data)
    page = folder / f"{name}.html"
    page.write_bytes(report.render([(name, stats.evaluate(results.load(path)))]))
    return page


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    data = builder.result_file(blocks(), rounds=12, suite="grid")
    for row in data["benchmarks"]:
        if row["breakeven"]["case"]["backend"] == "fork_pool/pipe" and row["breakeven"]["round"] == 0:
            row["breakeven"]["covariates"] = {"pss_bytes": 12 << 20, "processes": 4}
    return written(tmp_path_factory.mktemp("instrument"), data)


class Clicks:
    """A page that counts what its reader does."""

    def __init__(self, driver, path):
        self.page = browser.Page(driver, path)
        self.count = 0

    def __call__(self, label, within="#explore"):
        self.count += 1
        assert self.count <= MOST_CLICKS
        self.page.click(label, within)


def ranking(page):
    return page.column(1, "#ranking")


def row_of(page, backend):
    """The cells of one backend in the ranking."""
    script = (
        "return Array.from(document.querySelectorAll('#ranking tbody tr'))"
        ".map(row => Array.from(row.cells).map(cell => cell.textContent))"
    )
    (found,) = [cells for cells in page.run(script) if cells[1] == backend]
    return found


def test_which_backend_for_tasks_of_20_us_and_64_kib(driver, plain):
    click = Clicks(driver, plain)
    click("20 µs")
    click("64 KiB in, 64 KiB out")
    assert ranking(click.page)[0] == "thread_pool"
    assert row_of(click.page, "thread_pool")[4].endswith("+")


def test_where_a_backend_stops_paying(driver, plain):
    click = Clicks(driver, plain)
    click("fork_pool/pipe", "#ranking")
    said = click.page.text("#pays")
    assert re.search(r"pays up to [\d.]+ KiB: compute, 400 tasks of 200 µs, .*both ways", said)


def test_what_a_process_costs_in_memory(driver, plain):
    click = Clicks(driver, plain)
    click("fork_pool/pipe", "#ranking")
    assert "12 MiB held while the pool lives, by 4 processes" in click.page.text("#detail")


def test_whether_one_is_slower_than_another_or_level(driver, plain):
    click = Clicks(driver, plain)
    click("thread_pool", "#ranking")
    click("compare all with thread_pool", "#detail")
    click("5 µs")
    assert row_of(click.page, "openmp,schedule=dynamic")[4].endswith("=")
    click("5 µs")
    click("20 µs")
    assert row_of(click.page, "openmp,schedule=dynamic")[4].endswith("−")


def test_what_to_type_to_measure_a_row_again(driver, plain):
    click = Clicks(driver, plain)
    click("fork_pool/pipe", "#case-table")
    command = click.page.text("#again")
    assert command.startswith("breakeven run grid --case compute/tasks=400/in=0/out=0/")
    assert "fork_pool/pipe" in command
    profile = click.page.text("#profile")
    request = json.loads(profile[profile.index("{"):profile.rindex("}") + 1])
    assert request["protocol"] == 1 and request["case"]["backend"] == "fork_pool/pipe"
    assert request["case"]["tasks"] == 400 and request["case"]["cost"] == 4000


def test_a_shape_without_the_reference_is_grey_with_the_reason(driver, plain):
    click = Clicks(driver, plain)
    click("fork_pool/shm", "#ranking")
    click("compare all with fork_pool/shm", "#detail")
    cells = click.page.run(
        "return Array.from(document.querySelectorAll('#ranking tbody tr')).map(row => row.cells[16])"
        ".map(cell => [cell.className, cell.title])"
    )
    found = [title for kind, title in cells if "none" in kind]
    assert "fork_pool/shm was not measured in this shape" in found
    assert not any("pays" in kind or "loses" in kind for kind, _ in cells)


def test_a_link_shows_its_view_again_and_back_goes_back(driver, plain):
    click = Clicks(driver, plain)
    everything = ranking(click.page)
    click("20 µs")
    click("std_async", "#choices")
    chosen = ranking(click.page)
    assert chosen == ["std_async"] != everything
    address = driver.current_url
    again = browser.Page(driver, plain)
    again.driver.get("about:blank")
    again.driver.get(address)
    assert ranking(again) == chosen and again.text("#notice") == ""
    page = browser.Page(driver, plain)
    page.click("20 µs", "#choices")
    page.run("history.back()")
    browser.wait(page, lambda: page.run("return location.hash") == "")
    assert ranking(page) == everything


@pytest.mark.parametrize(
    "fragment",
    [
        "view&task=30%20µs",
        "view&nonsense=1",
        "view&case=0,nothing",
        "view&task=%E0%A4%A",
        "nowhere",
        "view&x=y&&&=",
    ],
)
def test_a_foreign_link_opens_the_whole_and_says_so(driver, plain, fragment):
    page = browser.Page(driver, plain)
    everything = ranking(page)
    driver.get("about:blank")
    driver.get(f"{plain.as_uri()}#{fragment}")
    assert "this is the whole of it" in page.text("#notice")
    assert ranking(page) == everything
    assert page.console() == []


def test_a_section_is_a_place_and_no_view(driver, plain):
    page = browser.Page(driver, plain)
    driver.get(f"{plain.as_uri()}#method")
    assert page.text("#notice") == ""


HOSTILE = "'; touch hacked; echo '$(touch hacked)`touch hacked`\" <img src=x onerror=window.hacked=1>"


def shell_words(line, folder):
    """What a shell makes of it: its words."""
    script = f'for word in {line}; do printf "%s\\0" "$word"; done'
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def test_hostile_names_run_nothing_when_pasted_clicked_sorted_or_linked(driver, tmp_path):
    data = builder.result_file(builder.renamed(blocks()[:2], {"thread_pool": HOSTILE}), rounds=6)
    data["context"]["breakeven"]["command"] = ["breakeven", "run", HOSTILE]
    names = {row["name"] for row in data["benchmarks"]}
    page = browser.Page(driver, written(tmp_path, data))
    page.click(HOSTILE, "#case-table")
    words = shell_words(page.text("#again"), tmp_path)
    assert words[:4] == ["breakeven", "run", HOSTILE, "--case"] and words[4] in names
    profile = shell_words(page.text("#profile"), tmp_path)
    assert json.loads(profile[-1])["case"]["backend"] == HOSTILE
    page.click(HOSTILE, "#ranking")
    driver.execute_script("document.querySelectorAll('#case-table th button').forEach(head => head.click())")
    address = driver.current_url
    driver.get("about:blank")
    driver.get(address)
    assert page.run("return window.hacked") is None and not (tmp_path / "hacked").exists()
    assert page.text("#notice") == "" and page.console() == []


def test_a_name_with_a_control_character_has_no_command(driver, tmp_path):
    data = builder.result_file([Block(Shape(), (Way("a\nrm -rf x", 2.0),))], rounds=6)
    page = browser.Page(driver, written(tmp_path, data))
    driver.execute_script("document.querySelectorAll('#case-table tbody tr:last-child button')[0].click()")
    assert "holds a control character" in page.text("#detail")
    assert page.run("return document.querySelector('#again')") is None


@pytest.mark.parametrize("rounds", [1, 2])
def test_without_intervals_nothing_is_coloured(driver, tmp_path, rounds):
    page = browser.Page(driver, written(tmp_path, builder.result_file(blocks(), rounds=rounds)))
    assert page.run("return document.querySelectorAll('td.pays, td.loses, td.level').length") == 0
    assert page.console() == []


def test_one_row_makes_a_page(driver, tmp_path):
    data = builder.result_file([Block(Shape(), (Way("a", 2.0),))], rounds=1)
    data["benchmarks"] = data["benchmarks"][-1:]
    page = browser.Page(driver, written(tmp_path, data))
    assert ranking(page) == ["a"] and page.console() == []


def test_a_backend_that_failed_everywhere_is_named(driver, tmp_path):
    data = builder.result_file([Block(Shape(), (Way("a", 2.0),))], rounds=6)
    data["failures"] = [builder.failure(Shape(), Way("broken", 1.0), "crash", "ended by signal 11")]
    page = browser.Page(driver, written(tmp_path, data))
    assert "broken" not in ranking(page) and "ended by signal 11" in page.text("main")


def test_several_files_are_a_dimension(driver, tmp_path):
    evaluations = []
    for name, gain in (("monday", 1.9), ("tuesday", 1.5)):
        data = builder.result_file([Block(Shape(), (Way("a", gain), Way("b", 1.7)))], rounds=6)
        evaluations.append(
            (name, stats.evaluate(results.load(builder.write(tmp_path / f"{name}.json", data))))
        )
    path = tmp_path / "both.html"
    path.write_bytes(report.render(evaluations))
    page = browser.Page(driver, path)
    page.click("monday", "#choices")
    assert ranking(page) == ["a", "b"]
    page.click("tuesday", "#choices")
    assert ranking(page) == ["b", "a"]


def test_hovering_tells_value_and_interval_and_a_click_hides_a_series(driver, plain):
    from selenium.webdriver.common.action_chains import ActionChains

    page = browser.Page(driver, plain)
    page.click("200 µs", "#choices")
    dots = driver.find_elements("css selector", "#curve circle")
    page.run("arguments[0].scrollIntoView({block: 'center'})", dots[0])
    ActionChains(driver).move_to_element(dots[0]).perform()
    assert re.search(r"[\d.]+×, 95 % interval [\d.]+ – [\d.]+", page.text("#tip"))
    page.click("thread_pool", "#legend")
    assert len(driver.find_elements("css selector", "#curve circle")) < len(dots)
    assert "hide=thread_pool" in urllib.parse.unquote(driver.current_url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(driver, plain, scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1, of every text that is seen outside of charts."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        page = browser.Page(driver, plain)
        page.click("20 µs", "#choices")
        page.click("thread_pool", "#ranking")
        assert page.run(browser.LOW_CONTRAST) == []
        page.screenshot(f"report-{scheme}")
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_everything_that_is_pressed_has_a_name_and_a_size(driver, plain):
    page = browser.Page(driver, plain)
    nameless = "return Array.from(document.querySelectorAll('button, a, input')).filter(e => "
    nameless += "!(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length"
    assert page.run(nameless) == 0


def test_text_of_charts_can_be_read_on_a_phone(driver, plain):
    page = browser.Page(driver, plain, 400)
    heights = page.run(
        "return Array.from(document.querySelectorAll('#curve text'))"
        ".map(text => text.getBoundingClientRect().height)"
    )
    assert heights and min(heights) >= 10
    assert page.run("return document.documentElement.scrollWidth") <= 400


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The page's part over 100,000 rows: 4,000 shapes of 25 cases, made without measuring or drawing."""
    folder = tmp_path_factory.mktemp("large")
    page = written(folder, builder.result_file(blocks()[:1], rounds=1)).read_text(encoding="utf-8")
    small = json.loads(re.search(r'id="report-data">(.*?)</script>', page, re.DOTALL)[1])
    data = enlarged(small, 4000, 25)
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    path = folder / "large.html"
    path.write_text(
        re.sub(
            r'(id="report-data">).*?(</script>)', lambda m: m[1] + text + m[2], page, count=1, flags=re.DOTALL
        ),
        encoding="utf-8",
    )
    return path


def enlarged(small, shapes, cases):
    count = shapes * cases
    columns = {key: [0] * count for key in small["columns"]}
    columns["series"] = [row % cases for row in range(count)]
    columns["block"] = [row // cases for row in range(count)]
    columns["time"] = [1000 + (row * 7919) % 5003 for row in range(count)]
    columns["gain"] = [1 + (row % 31) / 31 for row in range(count)]
    columns["gain_low"] = columns["gain_high"] = columns["gain"]
    columns["name"] = [f"/case{row % cases}" for row in range(count)]
    columns["task"] = [row // cases % 20 for row in range(count)]
    columns["payload"] = [row // cases // 20 % 20 for row in range(count)]
    columns["backend"] = [row % cases for row in range(count)]
    values = {
        "task": [f"{n} µs" for n in range(1, 21)],
        "payload": [f"{n} KiB" for n in range(20)],
        "backend": [f"backend{n}" for n in range(cases)],
    }
    for dimension in small["dimensions"]:
        if dimension["key"] in values:
            dimension["values"] = values[dimension["key"]]
            dimension["numbers"] = list(range(len(dimension["values"])))
    block = small["blocks"][0]
    return {
        **small,
        "columns": columns,
        "lines": [],
        "series": [{"label": f"backend{n}", "line": f"backend{n}", "role": 0} for n in range(cases)],
        "blocks": [
            {
                **block,
                "name": f"shape{n}",
                "text": f"shape {n}",
                "start": n * cases,
                "count": cases,
                "pairs": None,
            }
            for n in range(shapes)
        ],
    }


def test_a_hundred_thousand_rows_make_few_elements(driver, large):
    page = browser.Page(driver, large)
    assert page.text("#case-count") == "100,000 of 100,000 rows"
    assert page.run("return document.querySelectorAll('*').length") < 10000
    page.click("7 µs", "#choices")
    assert page.text("#case-count") == "5,000 of 100,000 rows"
