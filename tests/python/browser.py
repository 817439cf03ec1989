"""A headless Chromium for pages of one file: opens them, reads the console, finds what leaves the frame."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any, Callable

DRIVER = shutil.which("chromedriver")  # of Debian's package chromium-driver
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"

# What is wider than the frame, but for what scrolls in a box of its own.
_OUTSIDE = """
const width = document.documentElement.clientWidth;
const scrolls = (element) => element && (element.closest(".scroll") !== null);
return Array.from(document.body.querySelectorAll("*"))
  .filter((e) => !scrolls(e.parentElement) && !e.closest("svg svg, svg *"))
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.right > width + 1 || box.left < -1))
  .map(([e]) => e.tagName + " " + (e.id || e.className || e.textContent.slice(0, 40)));
"""

# Seen texts with less than 4.5 to 1 to the ground behind them; larger ones may have 3 to 1.
LOW_CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.length && colour[3] !== 0) return colour;
  }
  return [255, 255, 255];
};
const found = new Set();
for (const element of document.body.querySelectorAll("*")) {
  const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || element.closest("svg, script, noscript") || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  const [a, b] = [light(parse(style.color)), light(ground(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
    found.add([element.tagName, element.className, ratio, element.textContent.slice(0, 30)].join(" "));
}
return Array.from(found);
"""


def wait(page: Page, until: Callable[[], bool], seconds: float = 10) -> None:
    """Until it holds; a page that never gets there fails here."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)


def start() -> Any:
    """A driver; raises WebDriverException without Chromium and its driver."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


class Page:
    """One page, open in the browser."""

    def __init__(self, driver: Any, path: Path, width: int = 1400) -> None:
        self.driver = driver
        self.driver.get_log("browser")  # what other pages said
        self.resize(width)
        driver.get(path.as_uri())

    def resize(self, width: int, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def outside(self) -> list[str]:
        found: list[str] = self.driver.execute_script(_OUTSIDE)
        return found

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def find(self, css: str) -> Any:
        return self.driver.find_element("css selector", css)

    def column(self, number: int, table: str = "#case-table") -> list[str]:
        """The words of one column of a table, in their order."""
        script = (
            f"return Array.from(document.querySelectorAll('{table} tbody tr'))"
            f".map(row => row.cells[{number}].textContent)"
        )
        words: list[str] = self.run(script)
        return words

    def text(self, css: str) -> str:
        return str(self.find(css).text)

    def click(self, label: str, within: str = "body") -> None:
        """The first button or link of these words that is seen, with the mouse."""
        from selenium.webdriver.common.action_chains import ActionChains

        for element in self.driver.find_elements("css selector", f"{within} button, {within} a"):
            if element.is_displayed() and element.text.strip() == label:
                self.run("arguments[0].scrollIntoView({block: 'center'})", element)
                ActionChains(self.driver).move_to_element(element).click().perform()
                return
        raise AssertionError(f"nothing within {within} is called {label}")

    def screenshot(self, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path
