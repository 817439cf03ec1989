"""The prices that advice goes by: fitted to a file of suite grid and kept beside it, or a reference one's.

To fit them takes about a second; a list of them, `NAME-prices.json.gz` beside `NAME.json`, is read in a tenth
of that. It names the file that it is of by a checksum, and is made anew where that is another.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Mapping

from ...files import program, reading, results
from ...files.errors import BadResultFile, OutputFailed
from ...files.output import write_atomically
from ...statistics import model
from ...statistics.model import CostModel, stored

REFERENCES = {
    "c++": Path(__file__).with_name("reference-prices.json.gz"),
    "python": Path(__file__).with_name("reference-prices-python.json.gz"),
}
_KEY = "breakeven_prices"
_LARGEST = 4 << 20  # bytes of a list, compressed


@dataclass(frozen=True)
class Source:
    """Where the prices were measured."""

    suite: str
    date: str
    cpu: str
    cores: int
    usable_cores: int
    git_revision: str


@dataclass(frozen=True)
class PriceList:
    """`processes`: the backends whose tasks run in other processes."""

    model: CostModel
    source: Source
    processes: tuple[str, ...]
    path: Path

    @property
    def is_reference(self) -> bool:
        return self.path in REFERENCES.values()


def of(path: Path | None, language: str = "c++") -> PriceList:
    """Of a result file, or of a price list; None: those of that language that come with us. Raises
    BadResultFile.
    """
    if path is None:
        return _read(REFERENCES[language])
    kept = path.with_name(f"{path.name.removesuffix('.gz').removesuffix('.json')}-prices.json.gz")
    checksum = _checksum(path)
    found = _kept(kept, checksum)
    if found is not None:
        return found
    with reading.of(path):
        data = reading.parsed(path)
        if isinstance(data, dict) and _KEY in data:
            return _typed(data, path)
        measured = results.checked(path, data)
    context = measured.context
    made = PriceList(
        model.fit_results(measured),
        Source(context.suite, context.date, context.cpu, context.cores, context.usable_cores,
               context.git_revision),
        program.answer_of(path).processes,
        path,
    )
    try:
        write_atomically(kept, packed(made, checksum))
    except OutputFailed:
        pass  # where nobody may write, the next question waits for the fit as this one did
    return made


def packed(prices: PriceList, checksum: str = "") -> bytes:
    """The list as a file; `checksum`: of the results that it was fitted to."""
    data = {
        _KEY: stored.FORM, "of": checksum, "source": asdict(prices.source),
        "processes": list(prices.processes), "model": stored.data_of(prices.model),
    }
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def _checksum(path: Path) -> str:
    """Empty where the file cannot be read: whoever reads it says why."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""


def _kept(path: Path, checksum: str) -> PriceList | None:
    """None where there is none, or one of another file or form."""
    try:
        if not checksum or not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        data = reading.parsed(path)
        return _typed(data, path) if data["of"] == checksum else None
    except (BadResultFile, OSError, LookupError, TypeError):
        return None


def _read(path: Path) -> PriceList:
    with reading.of(path):
        return _typed(reading.parsed(path), path)


def _typed(data: Mapping[str, Any], path: Path) -> PriceList:
    try:
        if data[_KEY] != stored.FORM:
            raise ValueError(f"it has form {data[_KEY]}, and this version reads {stored.FORM}")
        source = Source(**data["source"])
        processes = tuple(map(str, data["processes"]))
        return PriceList(stored.of_data(data["model"]), source, processes, path)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadResultFile(
            f"is a list of prices that this version cannot use ({error}); delete it, and ask with "
            "the result file"
        ) from None
