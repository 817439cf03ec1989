"""Checks a parsed result file against results.schema.json beside this; what it refuses it names by path."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable

from .errors import BadResultFile, MissingDependency

SUPPORTED_MAJORS = (1, 2)
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


def check(data: Any) -> None:
    """Raises BadResultFile unless `data` is a Breakeven result file of a version that this package reads."""
    _check_origin(data)
    _check_version(data["context"]["breakeven"].get("schema"))
    conforms(data, SCHEMA_FILE)


def conforms(data: Any, schema_file: Path) -> None:
    """Raises BadResultFile, with the path of the field, where `data` is not as that schema says."""
    fastjsonschema = _library()
    try:
        _validator(schema_file)(data)
    except fastjsonschema.JsonSchemaValueException as error:
        raise BadResultFile(_describe(error)) from None


def is_foreign(data: Any) -> bool:
    """Google Benchmark's JSON without Breakeven's records."""
    context = data.get("context") if isinstance(data, dict) else None
    if not isinstance(context, dict) or "breakeven" in context:
        return False
    return isinstance(data.get("benchmarks"), list)


def _check_origin(data: Any) -> None:
    context = data.get("context") if isinstance(data, dict) else None
    if isinstance(context, dict) and isinstance(context.get("breakeven"), dict):
        return
    if is_foreign(data):
        raise BadResultFile(
            "a Google Benchmark file without Breakeven's records (no context.breakeven): it has no paired "
            "baselines, so no speed-up can be computed; `charts` draws its times, "
            "all else needs a results.json of `breakeven run`"
        )
    raise BadResultFile("not a Breakeven result file; give a results.json of `breakeven run`")


def _check_version(version: Any) -> None:
    match = re.match(r"(\d{1,9})\.\d+\.\d+", version) if isinstance(version, str) else None
    if match is None:
        raise BadResultFile("context.breakeven.schema must be a version such as 1.0.0")
    major = int(match.group(1))
    if major not in SUPPORTED_MAJORS:
        newer = major > max(SUPPORTED_MAJORS)
        raise BadResultFile(
            f"written by {'a newer' if newer else 'an older'} Breakeven (schema {version[:40]}; "
            f"this one reads {' and '.join(f'{known}.x' for known in SUPPORTED_MAJORS)}): "
            + ("update this program" if newer else "measure again with `breakeven run`")
            + ", or read it with the program that wrote it"
        )


def _library() -> Any:
    try:
        import fastjsonschema
    except ImportError:
        raise MissingDependency(
            "needs Python's fastjsonschema: Debian package python3-fastjsonschema, `make bench` installs it"
        ) from None
    return fastjsonschema


@lru_cache(maxsize=2)
def _validator(schema_file: Path) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = _library().compile(json.loads(schema_file.read_text(encoding="utf-8")))
    return compiled


def _describe(error: Any) -> str:
    """One line with the path: `benchmarks[3].breakeven.case.workers must be integer`."""
    name = error.name.removeprefix("data").removeprefix(".") or "the file"
    if error.rule == "required":
        missing = [key for key in error.rule_definition if key not in error.value]
        return f"{name} lacks {', '.join(missing)}"
    if error.rule == "anyOf":
        return f"{name} must be {error.definition['description']}"
    return f"{name}{error.message.removeprefix(error.name)}"
