"""The report in a real browser: no error, sorting and filtering, no overflow, nothing that a name can run."""

from __future__ import annotations

import browser
import builder
import pytest

from analysis.features import report
from analysis.files import results
from analysis.statistics import stats

selenium = pytest.importorskip("selenium", reason="Debian package python3-selenium, with chromium-driver")

pytestmark = pytest.mark.xdist_group("report browser")
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"\'</td></table>'


def blocks():
    return (
        builder.grid()
        + builder.ipc_volume(("thread_pool", "fork_pool/pipe"))
        + builder.skewed(("thread_pool", "openmp"))
    )


def written(folder, name, data):
    path = builder.write(folder / f"{name}.json", data)
    page = folder / f"{name}.html"
    page.write_bytes(report.render([(name, stats.evaluate(results.load(path)))]))
    return page


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return written(
        tmp_path_factory.mktemp("report"), "plain", builder.result_file(blocks(), rounds=6, suite="all")
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    names = {"thread_pool": HOSTILE, "openmp": "javascript:alert(1)"}
    data = builder.result_file(builder.renamed(blocks(), names), rounds=6, suite=HOSTILE)
    data["context"]["host_name"] = HOSTILE
    data["context"]["breakeven"]["machine"] |= {
        "cpu": HOSTILE,
        HOSTILE: HOSTILE,
    }
    finding = dict.fromkeys(("id", "what", "effect", "remedy"), HOSTILE) | {"severity": "note"}
    data["context"]["breakeven"]["findings"] = [finding]
    data["context"]["breakeven"]["command"] = ["breakeven", HOSTILE]
    data["skipped"] = [builder.skip(builder.Shape(), builder.Way(HOSTILE, 1), HOSTILE)]
    for row in data["benchmarks"]:
        row["name"] = row["run_name"] = HOSTILE
        row["breakeven"]["block"] += HOSTILE
    return written(tmp_path_factory.mktemp("report"), "hostile", data)


def test_it_opens_without_a_console_error(driver, plain):
    page = browser.Page(driver, plain)
    assert page.find("h1").text.startswith("Where parallelism pays")
    assert page.console() == []


@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_leaves_the_frame(driver, plain, width):
    page = browser.Page(driver, plain, width)
    assert page.outside() == []
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.screenshot(f"report-{width}").stat().st_size > 0


def test_charts_stand_in_two_columns_where_there_is_room(driver, plain):
    lefts = (
        "return new Set(Array.from(document.querySelectorAll('.side.many figure'))"
        ".map(figure => Math.round(figure.getBoundingClientRect().left))).size"
    )
    assert browser.Page(driver, plain, 1400).run(lefts) == 1
    page = browser.Page(driver, plain, 1900)
    assert page.run(lefts) == 2 and page.outside() == []


def heading(title):
    return f"//table[@id='case-table']//button[text()='{title}']"


def press(page, title):
    page.driver.find_element("xpath", heading(title)).click()


def speedups(page):
    return [float(word.split("×")[0]) for word in page.column(4) if word != "–"]


def test_a_heading_sorts_by_number_and_turns_round(driver, plain):
    page = browser.Page(driver, plain)
    press(page, "speed-up")
    rising = speedups(page)
    assert rising == sorted(rising) and len(rising) > 100
    assert page.find("#case-table th[aria-sort]").get_attribute("aria-sort") == "ascending"
    press(page, "speed-up")
    falling = speedups(page)
    assert falling == sorted(falling, reverse=True) and falling[0] >= rising[-1]


def test_the_keyboard_alone_sorts(driver, plain):
    from selenium.webdriver.common.keys import Keys

    page = browser.Page(driver, plain)
    driver.find_element("xpath", heading("backend")).send_keys(Keys.ENTER)
    words = page.column(1)
    assert words == sorted(words, key=str.lower)


def test_the_filter_shows_the_rows_that_have_all_words(driver, plain):
    page = browser.Page(driver, plain)
    everything = int(page.text("#case-count").split()[2])
    page.find("#case-filter").send_keys("FORK_pool  factorize")
    shown = page.column(1)
    assert shown and len(shown) < everything and set(shown) == {"fork_pool/pipe · 2 workers"}
    assert page.text("#case-count") == f"{len(shown)} of {everything} rows"


def test_names_of_a_file_run_nothing(driver, hostile):
    page = browser.Page(driver, hostile)
    assert page.run("return window.hacked") is None
    assert page.run("return document.querySelectorAll('body script').length") == 2
    assert page.run("return document.images.length") == 0
    assert HOSTILE in page.run("return document.body.textContent")
    assert page.console() == []


@pytest.mark.parametrize("width", [400, 1400])
def test_long_hostile_names_do_not_leave_the_frame(driver, hostile, width):
    page = browser.Page(driver, hostile, width)
    assert page.outside() == []
    page.screenshot(f"report-hostile-{width}")


def test_it_asks_the_network_for_nothing(driver, plain):
    page = browser.Page(driver, plain)
    assert page.run("return performance.getEntriesByType('resource').map(e => e.name)") == []


def test_on_paper_nothing_is_wider_than_the_page(driver, plain):
    page = browser.Page(driver, plain, 760)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert page.outside() == []
        assert not page.find(".filter").is_displayed()
        page.screenshot("report-print")
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
