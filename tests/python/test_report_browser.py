"""The report in a real browser: no error, sorting and filtering, no overflow, nothing that a name can run."""

from __future__ import annotations

import browser
import builder
import pytest

from analysis.features import report
from analysis.files import results
from analysis.statistics import stats

selenium = pytest.importorskip("selenium", reason="Debian package python3-selenium, with chromium-driver")

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
def driver():
    if browser.DRIVER is None:
        pytest.skip("no chromedriver here: Debian package chromium-driver")
    made = browser.start()
    yield made
    made.quit()


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


def test_a_heading_sorts_by_number_and_turns_round(driver, plain):
    page = browser.Page(driver, plain)
    head = page.find("table.sortable th:nth-child(6)")
    button = page.find("table.sortable th:nth-child(6) button")
    assert button.text == "speed-up"
    speedups = [word for word in page.column(5) if word != "–"]
    page.run("arguments = document.querySelectorAll('table.sortable th button')[5].click()")
    rising = [float(word.rstrip("×")) for word in page.column(5) if word != "–"]
    assert rising == sorted(rising) and len(rising) == len(speedups)
    assert head.get_attribute("aria-sort") == "ascending"
    page.run("document.querySelectorAll('table.sortable th button')[5].click()")
    falling = [float(word.rstrip("×")) for word in page.column(5) if word != "–"]
    assert falling == rising[::-1]


def test_the_keyboard_alone_sorts(driver, plain):
    from selenium.webdriver.common.keys import Keys

    page = browser.Page(driver, plain)
    button = page.find("table.sortable th:nth-child(2) button")
    button.send_keys(Keys.ENTER)
    words = page.column(1)
    assert words == sorted(words, key=str.lower)


def test_the_filter_shows_the_rows_that_have_all_words(driver, plain):
    page = browser.Page(driver, plain)
    everything = len(page.column(1))
    page.find("#case-filter").send_keys("FORK_pool  factorize")
    shown = page.column(1)
    assert shown and len(shown) < everything and set(shown) == {"fork_pool/pipe"}
    assert page.find("#case-count").text == f"{len(shown)} of {everything} rows"


def test_names_of_a_file_run_nothing(driver, hostile):
    page = browser.Page(driver, hostile)
    assert page.run("return window.hacked") is None
    assert page.run("return document.querySelectorAll('body script').length") == 1
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
