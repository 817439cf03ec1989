"""The claims of a well-known answer about Python's pools, put to the test on a result file.

Each claim is a module with judge(Evaluation) -> Claim. To add one, write it and name it in CLAIMS.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from .model import Claim
from ...files.output import make_folder, write_atomically
from ...statistics.stats import Evaluation

CLAIMS = (
    "gil",
    "communication",
    "facilities",
    "api",
    "interchangeable",
    "ten_thousand",
    "free_threading",
)


def judge_all(evaluation: Evaluation) -> tuple[Claim, ...]:
    """All claims, in their order; the number of a claim is its place, from 1 on."""
    return tuple(importlib.import_module(f"{__name__}.{name}").judge(evaluation) for name in CLAIMS)


def write(evaluation: Evaluation, folder: Path, document: Path | None = None) -> tuple[str, list[Path]]:
    """Judges all claims, writes claims.html, .json and .md; returns the terminal's text and the files.

    `document`: a Markdown file whose places for figures are filled as well.
    """
    from . import costs, document as documents, json_form, markdown, page, terminal

    judged = judge_all(evaluation)
    prices = costs.measure(evaluation)
    contents = {
        "claims.html": page.render(evaluation, judged, prices),
        "claims.json": json_form.render(evaluation, judged, prices),
        "claims.md": markdown.render(evaluation, judged, prices).encode("utf-8", "backslashreplace"),
    }
    make_folder(folder)
    for name, content in contents.items():
        write_atomically(folder / name, content)
    written = [folder / name for name in contents]
    if document is not None:
        written += documents.refresh(document, evaluation, judged, prices)
    return terminal.render(evaluation, judged), written
