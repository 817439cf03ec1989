"""How fast the report's page is with 100,000 rows: written, opened and used in Chromium.

Usage: python3 bench/verify/page_speed.py [ROWS]

Makes a result file of that many samples out of the reference run (its shapes again with other numbers of
tasks), writes its page with the code of `breakeven report`, opens it, and times: first contentful paint as
Chromium tells it, and 20 choices, each from the click to the end of the layout that it causes. Prints medians
and the worst. Needs chromium, chromium-driver and python3-selenium.
"""

from __future__ import annotations

import copy
import gzip
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.features import report  # noqa: E402
from analysis.files import results  # noqa: E402
from analysis.statistics import stats  # noqa: E402

REFERENCE = ROOT / "results" / "reference" / "default-2-cores.json.gz"

_CHOOSE = """
const chips = Array.from(document.querySelectorAll('#choices .chip'));
const chip = chips[arguments[0] % chips.length];
const start = performance.now();
chip.click();
document.body.getBoundingClientRect();
return performance.now() - start;
"""


def main(words: list[str]) -> int:
    rows = int(words[0]) if words else 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.json"
        file.write_text(json.dumps(enlarged(rows)), encoding="utf-8")
        start = time.monotonic()
        loaded = results.load(file)
        page = Path(folder) / "large.html"
        page.write_bytes(report.render([("large", stats.evaluate(loaded))]))
        written = time.monotonic() - start
        print(
            f"{len(loaded.samples):,} rows, {len({(s.name, s.build) for s in loaded.samples}):,} cases; "
            f"page of {page.stat().st_size / 2**20:.1f} MiB written in {written:.1f} s"
        )
        measure(page)
    return 0


def enlarged(rows: int) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(gzip.decompress(REFERENCE.read_bytes()))
    samples = data["benchmarks"]
    made = []
    for copied in range(-(-rows // len(samples))):
        for row in samples:
            one = copy.deepcopy(row)
            one["breakeven"]["case"]["tasks"] += copied
            for key in ("name", "run_name"):
                one[key] = one[key].replace("/tasks=", f"/tasks={copied}", 1)
            one["breakeven"]["block"] = one["breakeven"]["block"].replace("/tasks=", f"/tasks={copied}", 1)
            one["breakeven"]["sequence"] = len(made)
            made.append(one)
    data["benchmarks"] = made[:rows]
    data["set_aside"] = []
    return data


def first_paint(driver: Any) -> float:
    """ms after the page was asked for; Chromium enters it a little after it happened."""
    script = "return performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)"
    end = time.monotonic() + 10
    while not (found := driver.execute_script(script)):
        if time.monotonic() > end:
            raise SystemExit("Chromium tells of no paint")
        time.sleep(0.05)
    return float(found[0])


def measure(page: Path) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    try:
        driver.get("about:blank")
        paints = []
        for _ in range(5):
            driver.get("about:blank")
            driver.get(page.as_uri())
            paints.append(first_paint(driver))
        choices = [driver.execute_script(_CHOOSE, number) for number in range(20)]
    finally:
        driver.quit()
    print(f"first contentful paint: median {median(paints):.0f} ms, worst of 5 {max(paints):.0f} ms")
    print(
        f"a choice, filtered and ranked anew: median {median(choices):.0f} ms, "
        f"worst of 20 {max(choices):.0f} ms"
    )


if __name__ == "__main__":
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
