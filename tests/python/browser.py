"""A headless Chromium for pages of one file: opens them, reads the console, finds what leaves the frame."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

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

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def find(self, css: str) -> Any:
        return self.driver.find_element("css selector", css)

    def column(self, number: int) -> list[str]:
        """The shown words of one column of the table, in their order."""
        script = (
            "return Array.from(document.querySelectorAll('table.sortable tbody tr:not([hidden])'))"
            f".map(row => row.cells[{number}].textContent)"
        )
        words: list[str] = self.run(script)
        return words

    def screenshot(self, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path
