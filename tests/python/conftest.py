"""What most tests need: a result file on disk, and its evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator

import browser
import builder
import cells
import pytest
from checking import Check

from analysis.files import results
from analysis.statistics import stats


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """A browser for the pages of one module."""
    if browser.DRIVER is None:
        pytest.skip("no chromedriver here: Debian package chromium-driver")
    made = browser.start()
    yield made
    made.quit()


@pytest.fixture(scope="session", autouse=True)
def built_program() -> Iterator[None]:
    """The program that the self-test asks where a comparison would have stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BREAKEVEN_PROGRAM", str(cells.BUILD / "breakeven"))
        yield


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a dictionary, or raw text, as results.json in a folder of its own."""

    def write(content: Any) -> Path:
        path = tmp_path / "results.json"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
            return path
        return builder.write(path, content)

    return write


@pytest.fixture
def evaluate(file_of: Callable[[Any], Path]) -> Callable[..., stats.Evaluation]:
    """Builds a file of these blocks and evaluates it."""

    def run(blocks: Any, **options: Any) -> stats.Evaluation:
        return stats.evaluate(results.load(file_of(builder.result_file(blocks, **options))))

    return run


@pytest.fixture
def check(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The command, away from GitHub."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return Check(tmp_path, capsys)
