"""Puts measured figures into a document, between marks: `<!-- MARK:NAME -->` and `<!-- /MARK -->`.

So a document holds no figure that somebody typed: the command that fills it is the one that reproduces it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Mapping

from .errors import CommandError
from .output import write_atomically


class BadDocument(CommandError):
    """The document cannot be read, or has no place for figures."""


def fill(text: str, mark: str, content: Mapping[str, str], missing: str) -> tuple[str, list[str]]:
    """The document with all places of this mark filled, and their names in order; `missing` where unknown."""
    names: list[str] = []

    def put(place: re.Match[str]) -> str:
        names.append(place[2])
        return f"{place[1]}{content.get(place[2], missing)}\n{place[3]}"

    return _places(mark).sub(put, text), names


def places(text: str, mark: str) -> dict[str, str]:
    """What stands in the document's places now, by name."""
    found = _places(mark).finditer(text)
    return {place[2]: place[0][len(place[1]):-len(place[3])].rstrip("\n") for place in found}


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise BadDocument(f"{path}: cannot be read: {reason}") from None


def fill_file(path: Path, mark: str, content: Mapping[str, str], missing: str) -> list[str]:
    """Fills the file's places and returns their names; raises BadDocument where it has none."""
    filled, names = fill(read(path), mark, content, missing)
    if not names:
        place = f"`<!-- {mark}:{next(iter(content))} -->` and `<!-- /{mark} -->`"
        raise BadDocument(f"{path}: has no place for figures, such as {place}")
    write_atomically(path, filled.encode("utf-8", "backslashreplace"))
    return names


def _places(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {mark}:([a-z-]+) -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
