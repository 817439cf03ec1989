"""Reads what `breakeven doctor --hosts FILE --json` says of the links between hosts."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Mapping

from .errors import CommandError

_PARAMETERS = ("latency_s", "overhead_s", "wire_s_per_byte", "cpu_s_per_byte")


class BadLink(CommandError):
    """The file is none, or holds no link."""


@dataclass(frozen=True)
class MeasuredLinks:
    """The median link from the first host to another; s, and s a byte. `slots`: of each host, in the file's
    order.
    """

    latency_s: float
    overhead_s: float
    wire_s_per_byte: float
    cpu_s_per_byte: float
    hosts: tuple[str, ...]
    slots: tuple[int, ...]
    title: str  # what the hosts file calls it, or the interface


def load(path: Path) -> MeasuredLinks:
    """Raises BadLink, in one line that begins with the path."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadLink(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadLink(f"{path}: is no JSON: {error}") from None
    try:
        return _of(data["breakeven_link"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadLink(
            f"{path}: is not what `breakeven doctor --hosts FILE --json` prints of hosts that answer "
            f"({type(error).__name__}: {error})"
        ) from None


def _of(found: Mapping[str, Any]) -> MeasuredLinks:
    links = found["links"]
    if not links:
        raise ValueError("no link was measured")
    values = {name: median(_number(link[name]) for link in links) for name in _PARAMETERS}
    given = found.get("given") or {}
    slots = tuple(int(host["slots"]) for host in given.get("hosts") or ())
    hosts = tuple(str(host["host"]) for host in found["hosts"])
    title = str(given.get("link") or links[0].get("interface") or "a link")
    return MeasuredLinks(hosts=hosts, slots=slots or (1,) * len(hosts), title=title, **values)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value} is no time")
    return number
