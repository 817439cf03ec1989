"""The options of `breakeven self-test --detector`."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add_options(group: Any) -> None:
    """`group`: of the parser of `self-test`."""
    group.add_argument("--suites", type=int, default=60, help="checks of identical code; default: 60")
    group.add_argument("--planted", type=int, default=10, help="checks at each planted level; default: 10")
    group.add_argument("--budget", help="begin no further check after this time, such as 50m")
    group.add_argument("--repo", type=Path, metavar="DIR", help="of it, by its breakeven.json")
    slower = "a revision of it that is so much slower"
    group.add_argument("--slower", action="append", metavar="5%=REF", help=slower)
    group.add_argument("--build", type=Path, metavar="DIR", help="default: the program's own")
    group.add_argument("--table", type=Path, metavar="FILE.jsonl", help="only show what this file holds")
