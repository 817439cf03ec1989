"""From a file, compressed or not, to parsed JSON: all that can fail is one BadResultFile of one line."""

from __future__ import annotations

import gc
import gzip
import io
import json
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, NoReturn

from .errors import BadResultFile


@contextmanager
def of(path: Path) -> Iterator[None]:
    """Puts the path before every complaint, and rests the collector.

    Parsing makes millions of objects and no cycle: the collector would only double the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    except BadResultFile as error:
        raise BadResultFile(f"{path}: {error}") from None
    finally:
        if enabled:
            gc.enable()


def parsed(path: Path, constants: list[str] | None = None) -> Any:
    """The file's JSON, of whatever shape.

    NaN and Infinity are not JSON; other people's files hold them all the same. They are read, and noted in
    `constants`, where that is given; else the file is refused.
    """
    return _parse(_read(path), constants)


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadResultFile("is UTF-16, as a shell of Windows writes it; save it as UTF-8")
        return (_decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw).decode("utf-8-sig")
    except FileNotFoundError:
        raise BadResultFile("no such file; `breakeven run` leaves results/latest/results.json") from None
    except IsADirectoryError:
        raise BadResultFile("is a folder; name the file in it, such as results.json") from None
    except UnicodeDecodeError as error:
        raise BadResultFile(f"not a text file (byte {error.start} is not UTF-8)") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BadResultFile(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


_GZIP_MAGIC = b"\x1f\x8b"
_MAX_TEXT = 1 << 30  # bytes; a few MB of gzip can hold terabytes of zeros


def _decompress(raw: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            text = stream.read(_MAX_TEXT + 1)
    except EOFError:
        raise BadResultFile("is cut short: the end of the gzip file is missing") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadResultFile(f"is a damaged gzip file: {error}") from None
    if len(text) > _MAX_TEXT:
        raise BadResultFile("holds more than 1 GiB of text; results are far smaller")
    return text


_JOURNAL = "the run's journal.jsonl beside it holds what was measured"


def _parse(text: str, constants: list[str] | None) -> Any:
    if not text.strip():
        raise BadResultFile(f"is empty; {_JOURNAL}")
    try:
        if constants is None:
            return json.loads(text, parse_constant=_refuse_constant)

        noted = constants

        def note(name: str) -> float:
            noted.append(name)
            return float(name)

        return json.loads(text, parse_constant=note)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise BadResultFile(f"is cut short in line {error.lineno}; {_JOURNAL}") from None
        raise BadResultFile(f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadResultFile("is not a result file: nested too deeply") from None
    except ValueError as error:  # an integer of thousands of digits
        raise BadResultFile(f"is not a result file: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise not_json(name)


def not_json(name: str) -> BadResultFile:
    return BadResultFile(f"holds {name}, which is not JSON: a measured value is never NaN or infinite")
