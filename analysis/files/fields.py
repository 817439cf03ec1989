"""Writes the tables of fields in docs/format.md from the schema, so that a field is described once.

`python3 -m analysis.files.fields docs/format.md` brings the tables between the markers up to date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from .schema import SCHEMA_FILE

_PLACE = re.compile(r"<!-- fields: (\w+) -->.*?<!-- end of fields -->", re.DOTALL)


def current(document: str) -> str:
    """The document with its tables as the schema has them."""
    definitions = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["definitions"]
    row, sample = definitions["row"]["properties"], definitions["sample"]["properties"]
    tables: dict[str, dict[str, Any]] = {
        "row": {name: row[name] for name in ("real_time", "cpu_time", "iterations")}
        | {name: field for name, field in sample.items() if name not in row},
        "covariates": sample["covariates"]["properties"],
        "machine": definitions["machine"]["properties"],
    }
    return _PLACE.sub(lambda place: _table(place.group(1), tables[place.group(1)]), document)


def _table(name: str, fields: dict[str, Any]) -> str:
    lines = [f"<!-- fields: {name} -->", "| field | meaning |", "|---|---|"]
    names: list[str] = []
    for place, (field, definition) in enumerate(fields.items()):
        names.append(f"`{field}`")
        following = list(fields.values())[place + 1: place + 2]
        if not following or following[0].get("description") != definition["description"]:
            lines.append(f"| {', '.join(names)} | {definition['description']} |")
            names = []
    return "\n".join([*lines, "<!-- end of fields -->"])


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(current(path.read_text(encoding="utf-8")), encoding="utf-8")
