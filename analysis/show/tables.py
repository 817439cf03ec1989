"""Tables in Markdown and in plain text. No string of a file can mark up anything."""

from __future__ import annotations

import re
from typing import Iterable, Sequence


def markdown(head: Sequence[str], columns: str, rows: Iterable[Sequence[str]]) -> str:
    """`columns`: a letter each, `l` for words, which stand at the left, or `r` for figures."""
    marks = {"l": "---", "r": "---:"}
    lines = [list(head), [marks[column] for column in columns], *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(words: str) -> str:
    """One line in which no character means Markdown, so that a name in a file stays a name.

    A backslash does not keep GitHub from calling @people and linking #numbers, for it looks for those in the
    text that is shown: a space of no width stands behind their sign.
    """
    line = "".join(c if c.isprintable() else "?" for c in words)
    # An underscore within a word marks nothing up; names are full of them.
    marked = re.sub(r"([\\`*{}\[\]<>|#~$]|(?<!\w)_|_(?!\w))", r"\\\1", line).replace("://", r":\//")
    return re.sub("[@#]", "\\g<0>\u200b", marked)


def text(rows: Sequence[Sequence[str]], columns: str = "") -> list[str]:
    """Lines, indented by two, with the cells of a column below each other; `columns` as of markdown().

    Without `columns` only the first one holds words.
    """
    columns = columns or "l" + "r" * (len(rows[0]) - 1)
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    return [
        ("  " + "  ".join(f"{cell:{'<' if column == 'l' else '>'}{width}}"
                          for cell, column, width in zip(row, columns, widths))).rstrip()
        for row in rows
    ]
