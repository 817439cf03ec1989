"""Makes static pages of README.md and docs/*.md, linked with each other and with the reports beside them.

Usage: python3 docs/site/build.py FOLDER   (what stands in the folder, such as report.html, is linked to)

Links between Markdown files become links between pages; other files of the repository that a page links to are copied
into source/, and a folder leads to the page that describes it. Exit codes: 0; 1 a link leads nowhere; 2 wrong usage,
or Python's markdown is missing.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis.show import html  # noqa: E402

TEMPLATE = Path(__file__).with_name("page.html.jinja")
PAGES = {  # in the order of the menu
    "README.md": "index.html",
    "docs/check.md": "check.html",
    "docs/python.md": "python.html",
    "docs/advice.md": "advice.html",
    "docs/profile.md": "profile.html",
    "docs/page.md": "page.html",
    "docs/backends.md": "backends.html",
    "docs/method.md": "method.html",
    "docs/ci.md": "ci.html",
    "docs/doctor.md": "doctor.html",
    "docs/format.md": "format.html",
    "docs/install.md": "install.html",
    "docs/payload.md": "payload.html",
    "docs/reliability.md": "reliability.html",
    "docs/cells.md": "cells.html",
    "docs/languages.md": "languages.html",
    "docs/clusters.md": "clusters.html",
    "docs/architecture.md": "architecture.html",
    "docs/words.md": "words.html",
    "examples/own_workload/README.md": "own-workload.html",
    "backends/README.md": "backends-code.html",
    "results/README.md": "results.html",
}
REPORTS = {"report.html": "The reference run", "claims.html": "Python's pools"}


def main(words: list[str]) -> int:
    if len(words) != 1 or words[0] in ("-h", "--help"):
        print(__doc__ or "", file=sys.stderr if len(words) != 1 else sys.stdout)
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    folder = Path(words[0])
    try:
        import markdown
    except ImportError:
        print(
            "site: needs Python's markdown: Debian package python3-markdown, `make site` installs it",
            file=sys.stderr,
        )
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    reports = {name: title for name, title in REPORTS.items() if (folder / name).exists()}
    texts = {source: (ROOT / source).read_text(encoding="utf-8") for source in PAGES}
    menu = [
        (page, _title(texts[source]))
        for source, page in PAGES.items()
        if source.startswith(("README", "docs/"))
    ]
    for source, page in PAGES.items():
        converter = markdown.Markdown(extensions=["tables", "fenced_code", "toc"], output_format="html")
        body = _linked(converter.convert(_separated(texts[source])), source, folder)
        values = {
            "title": _title(texts[source]),
            "body": html.safe(body),
            "menu": [*menu[:1], *reports.items(), *menu[1:]],
            "page": page,
        }
        (folder / page).write_bytes(html.render(TEMPLATE, values))
    return 0


def _title(text: str) -> str:
    return re.sub(r"[`*_]", "", text.splitlines()[0].lstrip("# "))


def _separated(text: str) -> str:
    """GitHub begins a list or a table behind a line of text; Python's markdown wants an empty line."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        begins = re.match(r"([-*] |\d+\. |\|)", line)
        before = lines[-1] if lines else ""
        if not fenced and begins and before.strip() and not re.match(r"\s*([-*] |\d+\. |\|)|  ", before):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _linked(body: str, source: str, folder: Path) -> str:
    """Every relative address led to its page, or to a copy of its file."""

    def replace(match: re.Match[str]) -> str:
        attribute, address = match[1], match[2]
        if re.match(r"[a-z]+:|#|//", address):
            return match[0]
        path, _, anchor = address.partition("#")
        target = _normal(urljoin(source, path))
        if target in PAGES:
            return f'{attribute}="{PAGES[target]}{"#" + anchor if anchor else ""}"'
        if (ROOT / target).is_dir():
            folders = [Path(target), *Path(target).parents]
            return f'{attribute}="{next(PAGES[page] for one in folders if (page := str(one / "README.md")) in PAGES)}"'
        if not (ROOT / target).exists():
            raise SystemExit(f"site: {source} links to {address}, which is not there")
        copy = folder / "source" / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / target, copy)
        return f'{attribute}="source/{target}"'

    return re.sub(r'\b(href|src)="([^"]*)"', replace, body)


def _normal(path: str) -> str:
    return str(Path("/", path).resolve().relative_to("/"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
