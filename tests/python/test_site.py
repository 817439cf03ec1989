"""The site: every page is made, and no link of it is dead."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("markdown", reason="Debian package python3-markdown")

pytestmark = pytest.mark.xdist_group("site")
ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "docs" / "site" / "build.py"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.addresses += [values[key] for key in ("href", "src") if values.get(key)]
        if values.get("id"):
            self.ids.add(values["id"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "report.html").write_text('<!DOCTYPE html><p id="cases">a report</p>', encoding="utf-8")
    subprocess.run([sys.executable, str(BUILD), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    found = {}
    for path in site.glob("*.html"):
        found[path.name] = Links()
        found[path.name].feed(path.read_text(encoding="utf-8"))
    return found


def test_every_document_has_its_page(pages):
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert documents <= {name.removesuffix(".html") for name in pages} and "index.html" in pages


def test_no_link_is_dead(site, pages):
    dead = []
    for name, links in pages.items():
        for address in links.addresses:
            if re.match(r"https?:|data:", address):
                continue
            path, _, anchor = address.partition("#")
            if path and not (site / path).exists():
                dead.append((name, address))
            elif anchor and (path or name).endswith(".html") and anchor not in pages[path or name].ids:
                dead.append((name, address))
    assert dead == []


def test_a_file_that_is_no_page_stands_beside_them(site, pages):
    copied = {
        address for links in pages.values() for address in links.addresses if address.startswith("source/")
    }
    assert (
        "source/docs/images/payload.svg" in copied and "source/analysis/files/results.schema.json" in copied
    )
    assert all(
        (site / address).read_bytes() == (ROOT / address[len("source/"):]).read_bytes() for address in copied
    )


def test_the_report_stands_in_the_menu(pages):
    assert (
        "report.html" in pages["index.html"].addresses and "claims.html" not in pages["index.html"].addresses
    )


def test_tables_and_lists_are_such(site):
    text = (site / "check.html").read_text(encoding="utf-8")
    assert text.count("<table>") >= 3 and "<td>" in text and "| --- |" not in text
    assert "|---" not in text
