"""How a repository is built and measured: breakeven.json, or breakeven.toml, at its root; or the options.

Each side is built and run by its own revision's file; what decides the verdict (adapter, names, limits) is
base's, so that a commit cannot change what it is judged by.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Callable, Mapping

from .options import fraction
from ...files.errors import UsageError, nearest
from ...show import units

FILES = ("breakeven.json", "breakeven.toml")
MOST_LAYOUTS = 16
_OPERATORS = {"&&", "||", "|", ";", "&", ">", "<", ">>", "2>"}


@dataclass(frozen=True)
class Accepted:
    """A slowdown that is known and wanted: of a case, up to a fraction; why, and where that stands."""

    case: str
    up_to: float
    reason: str
    origin: str


@dataclass(frozen=True)
class Recipe:
    """`build`: a command of the shell; `run`: a program's words. Both may hold {build}, {source}, {jobs}."""

    run: str | None = None
    build: str | None = None
    adapter: str | None = None
    filter: str | None = None
    name: str | None = None
    prepare: str | None = None
    expect_same_output: bool = False
    min_time_s: float | None = None
    timeout_s: float | None = None
    budget: str | None = None
    layouts: int = 1
    accept: tuple[Accepted, ...] = ()

    def words(self, build: Path, source: Path, jobs: int) -> tuple[str, ...]:
        """Of `run`, for one side."""
        places = {"build": str(build), "source": str(source), "jobs": str(jobs)}
        return tuple(_filled(word, places) for word in split(self.run or ""))

    def shell(self, build: Path, source: Path, jobs: int) -> str:
        """`build`, for one side."""
        places = {"build": shlex.quote(str(build)), "source": shlex.quote(str(source)), "jobs": str(jobs)}
        return _filled(self.build or "", places)


def _filled(text: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        text = text.replace(f"{{{name}}}", place)
    return text


def split(run: str) -> list[str]:
    """The words of a command. Raises UsageError where only a shell would understand it."""
    try:
        words = shlex.split(run)
    except ValueError as error:
        raise UsageError(f"--run-command {run}: {error}") from None
    if not words:
        raise UsageError("--run-command: is empty; it names the program to measure")
    if found := next((word for word in words if word in _OPERATORS), None):
        raise UsageError(f"--run-command: `{found}` needs a shell: write sh -c '…', which is measured too")
    return words


def file_in(folder: Path) -> Path | None:
    return next((folder / name for name in FILES if (folder / name).is_file()), None)


def read(path: Path) -> Recipe:
    """Raises UsageError with the place in the file."""
    try:
        text = path.read_text(encoding="utf-8")
        data = _toml(path, text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{path}: expected an object with the key run")
    unknown = next((key for key in data if key not in _KEYS), None)
    if unknown is not None:
        raise UsageError(f"{path}: unknown key `{unknown}`{nearest(unknown, _KEYS)}")
    if "run" not in data:
        raise UsageError(f"{path}: has no `run`, the command that measures")
    values = {key: _KEYS[key](f"{path}: {key}", value) for key, value in data.items()}
    names = {"min_time": "min_time_s", "timeout": "timeout_s"}
    return Recipe(**{names.get(key, key): value for key, value in values.items()})


def _toml(path: Path, text: str) -> Any:
    try:
        import tomllib
    except ImportError:
        raise UsageError(f"{path}: needs Python 3.11; write it as breakeven.json") from None
    return tomllib.loads(text)


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: expected a text, found {value!r}")
    return value


def _switch(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where}: expected true or false, found {value!r}")
    return value


def _seconds(where: str, value: Any) -> float:
    try:
        seconds = units.parse_time(_text(where, value)) / 1e9
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None
    if seconds <= 0:
        raise UsageError(f"{where}: expected a time above 0, such as 20ms")
    return seconds


def _layouts(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_LAYOUTS:
        raise UsageError(f"{where}: expected a number of builds from 1 to {MOST_LAYOUTS}, found {value!r}")
    return value


def _accept(where: str, value: Any) -> tuple[Accepted, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: expected a list, found {value!r}")
    return tuple(_accepted(f"{where}[{i}]", one) for i, one in enumerate(value))


def _accepted(where: str, value: Any) -> Accepted:
    if not isinstance(value, dict) or set(value) != {"case", "up_to", "reason"}:
        raise UsageError(f'{where}: expected {{"case": "NAME", "up_to": "10%", "reason": "why"}}')
    up_to = fraction(_text(f"{where}.up_to", value["up_to"]), f"{where}.up_to")
    origin = where.rpartition(": ")[0].rpartition("/")[2]
    case, reason = (_text(f"{where}.{key}", value[key]) for key in ("case", "reason"))
    return Accepted(case, up_to, reason, origin)


_KEYS: Mapping[str, Callable[[str, Any], Any]] = {
    "run": _text, "build": _text, "adapter": _text, "filter": _text, "name": _text, "prepare": _text,
    "expect_same_output": _switch, "min_time": _seconds, "timeout": _seconds, "budget": _text,
    "layouts": _layouts, "accept": _accept,
}


def judged_by(base: Recipe, own: Recipe) -> Recipe:
    """`own` with everything of base's that decides the verdict; build and run stay its own."""
    names = {field.name for field in fields(Recipe)} - {"build", "run"}
    return replace(own, **{name: getattr(base, name) for name in names})
