"""The request, protocol 1: read strictly where this cell needs it, with the key's path in every complaint."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from breakeven_cell.shape import NUMBERS, Shape

PROTOCOL = 1


class UsageError(Exception):
    """The request cannot be used; the text says where and why, in one line."""


class Sampling(NamedTuple):
    """The rules by which every cell samples, as the request gives them: docs/format.md."""

    max_iterations: float
    min_iteration_s: float
    settle_s: float
    long_s: float
    warm_part: float
    warm_part_s: float


class Request(NamedTuple):
    backend: str  # without its options
    options: dict[str, str]  # complete: the harness adds the defaults of the manifest
    shape: Shape
    workers: int
    dispatch: str  # submit or map
    chunk: int | None  # tasks; None: the API's own default
    cold: bool
    iterations: int  # 0 together with batch 0: calibrate, and say both
    batch: int
    min_time_s: float
    min_iterations: int
    sampling: Sampling
    deadline_s: float

    def option(self, name: str, known: Collection[str]) -> str:
        """Its value, which must be one of those that this cell knows."""
        value = self.options.get(name)
        if value not in known:
            found = json.dumps(value)[:60]
            raise UsageError(f'request.options.{name}: expected {" or ".join(sorted(known))}, found {found}')
        return str(value)


def parse(text: str) -> Request:
    try:
        request = json.loads(text)
    except ValueError as error:
        raise UsageError(f"request: is not valid JSON: {error}") from None
    outer = _Reader(request, "request")
    protocol = outer.whole("protocol")
    if protocol != PROTOCOL:
        raise UsageError(f"request.protocol: this cell speaks {PROTOCOL}, the request is {protocol}")
    case = _Reader(outer.get("case"), "request.case")
    iterations, batch = outer.whole("iterations", 0), outer.whole("batch", 0)
    sampling = _sampling(_Reader(outer.get("sampling"), "request.sampling"))
    if iterations > sampling.max_iterations:
        raise UsageError(f"request.iterations: at most {sampling.max_iterations:g}; use batch for more runs")
    if (iterations == 0) != (batch == 0):
        raise UsageError("request.batch: iterations and batch are both 0 (calibrate) or both given")
    return Request(
        backend=case.text("backend").partition(",")[0],
        options=_Reader(outer.get("options"), "request.options").texts(),
        shape=_shape(outer, case),
        workers=case.whole("workers"),
        dispatch=case.word("dispatch", ("submit", "map")),
        chunk=None if case.get("chunk") == "default" else case.whole("chunk"),
        cold=case.word("pool", ("warm", "cold")) == "cold",
        iterations=iterations,
        batch=batch,
        min_time_s=outer.number("min_time_s", 0.03),
        min_iterations=outer.whole("min_iterations", 1),
        sampling=sampling,
        deadline_s=outer.number("deadline_s", 60.0),
    )


def _sampling(rules: _Reader) -> Sampling:
    return Sampling(*(rules.number(name) for name in Sampling._fields))


def _shape(outer: _Reader, case: _Reader) -> Shape:
    case.whole("tasks")  # required; the others have defaults
    numbers: dict[str, float] = {
        name: case.number(name, default) if isinstance(default, float) else case.whole(name, int(default))
        for name, default in NUMBERS.items()
    }
    numbers["seed"] = outer.whole("seed", int(numbers["seed"]))
    numbers["extra"] = outer.number("extra", 0.0)
    return Shape(case.text("workload"), **numbers)


class _Reader:
    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise UsageError(f"{where}: expected an object, found {json.dumps(value)[:60]}")
        self._object = value
        self._where = where

    def get(self, key: str, default: Any = None) -> Any:
        value = self._object.get(key)
        value = default if value is None else value
        if value is None:
            raise UsageError(f"{self._where}.{key}: is missing")
        return value

    def texts(self) -> dict[str, str]:
        return {key: self.text(key) for key in self._object}

    def text(self, key: str) -> str:
        return str(self._typed(key, self.get(key), str, "a string"))

    def whole(self, key: str, default: int | None = None) -> int:
        value = self._typed(key, self.get(key, default), int, "a whole number")
        if value < 0:
            raise UsageError(f"{self._where}.{key}: expected 0 or more, found {value}")
        return int(value)

    def number(self, key: str, default: float | None = None) -> float:
        return float(self._typed(key, self.get(key, default), (int, float), "a number"))

    def word(self, key: str, words: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in words:
            raise UsageError(f'{self._where}.{key}: expected {" or ".join(words)}, found "{value}"')
        return value

    def _typed(self, key: str, value: Any, kind: Any, what: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, kind):
            raise UsageError(f"{self._where}.{key}: expected {what}, found {json.dumps(value)[:60]}")
        return value
