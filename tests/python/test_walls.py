"""The rooms of docs/architecture.md, held against the includes and imports of the code."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path


ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("analysis/files/", "analysis/statistics/", "analysis/show/")
ROW = re.compile(r"^\| (`(?:backends|bench|analysis)/[^|]*) \|[^|]*\|([^|]*)\|$", re.M)


def _table() -> dict[str, set[str]]:
    """By room: the rooms that it may use. The rooms of one row go together."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [(re.findall(r"`([^`]+)`", names), uses) for names, uses in ROW.findall(text)]
    together = {room: row for row, _ in rows for room in row}
    rooms: dict[str, set[str]] = {}
    for row, uses in rows:
        named = {*row, *re.findall(r"`([^`]+)`", uses), *(FLOORS if "the three floors" in uses else ())}
        for room in row:
            rooms[room] = {mate for use in named for mate in together.get(use, [use])}
    return rooms


ROOMS = _table()


def _room(path: str) -> str | None:
    """The most particular row that the path belongs to."""
    feature = re.match(r"analysis/features/[^/]+/", path)
    names = [room for room in ROOMS if path == room or room.endswith("/") and path.startswith(room)]
    if feature and feature.group() not in ROOMS:
        names.append("analysis/features/*/")
    return max(names, key=len, default=None)


def _tracked(*patterns: str) -> list[str]:
    command = ["git", "ls-files", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split() if (ROOT / path).exists()]


def _included(path: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(r'^#include "((?:backends|bench)/[^"]+)"', text, re.M)


def _imported(path: str) -> list[str]:
    """The modules of `analysis` that a file imports, as paths without their ending."""
    package = path.split("/")[:-1]
    found: list[str] = []
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            start = package[: len(package) - node.level + 1]
            base = start + (node.module.split(".") if node.module else [])
        elif node.module and node.module.split(".")[0] == "analysis":
            base = node.module.split(".")
        else:
            continue
        found += ["/".join([*base, name.name]) for name in node.names]
    return [path for path in found if path.startswith("analysis/")]


def _broken(path: str, used: list[str]) -> list[str]:
    room = _room(path)
    assert room is not None, f"{path} stands in no room of docs/architecture.md"
    feature = re.match(r"analysis/features/[^/]+/", path)
    own = feature.group() if feature else path.rpartition("/")[0] + "/"
    allowed = (*ROOMS[room], own)
    return [
        f"{path} -> {target}" for target in used
        if not f"{target}/".startswith(allowed) and f"{target}.py" not in allowed
    ]


SOURCES = _tracked("backends/*.h", "backends/*.cpp", "bench/*.h", "bench/*.cpp")
MODULES = _tracked("analysis/*.py", "bench/verify/*.py")


def test_no_include_goes_through_a_wall() -> None:
    assert [wrong for source in SOURCES for wrong in _broken(source, _included(source))] == []


def test_no_import_goes_through_a_wall() -> None:
    assert [wrong for module in MODULES for wrong in _broken(module, _imported(module))] == []


def test_no_two_rooms_use_each_other_directly_or_round_about() -> None:
    seen: set[str] = set()

    def visit(room: str, above: tuple[str, ...]) -> None:
        assert room not in above, " -> ".join([*above, room])
        if room in seen:
            return
        for used in ROOMS.get(room, set()):
            siblings = ROOMS.get(used) == ROOMS.get(room)
            if used in ROOMS and used != room and not siblings:
                visit(used, (*above, room))
        seen.add(room)

    for room in ROOMS:
        visit(room, ())


def test_every_folder_of_the_code_stands_in_the_table_and_every_row_in_the_tree() -> None:
    paths = SOURCES + MODULES
    empty = [room for room in ROOMS if "*" not in room and not any(path.startswith(room) for path in paths)]
    assert empty == []
