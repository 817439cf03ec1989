"""docs/payload.md against itself: its program runs, its table and the C++ test hold what comes out.

The workloads that the program leaves out follow here, written from the text of the document.
"""

import contextlib
import io
import math
import re
import struct
import zlib
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("payload vectors")

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "payload.md").read_text(encoding="utf-8")
NAMES = ["table", "fill", "factorize", "compute", "empty", "mandelbrot", "text"]


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """The names that the document's program defines, and under "printed" what it prints."""
    found = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found, "docs/payload.md has no program"
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(found[1], "docs/payload.md", "exec"), names)  # our own document
    return names | {"printed": dict(line.split() for line in printed.getvalue().splitlines())}


def first(names: dict[str, Any], state: int) -> int:
    return int(next(names["splitmix"](state)))


def compute(
    names: dict[str, Any], task: int, payload: bytes, out_bytes: int, tasks: int,
    cost: int, skew: int, shared_bytes: int, seed: int,
) -> bytes:
    u = ((first(names, task) >> 11) + 1) / 2**53
    units = max(1, math.floor(cost * (skew + 1) * u**skew + 0.5)) if cost and skew else cost
    shared, index = b"", 0
    if shared_bytes:
        size = math.ceil(shared_bytes / tasks / 64) * 64
        slices = math.ceil(shared_bytes / size)
        index = task % slices
        shared = names["fill"](seed, 2**64 - 1, slices * size)[index * size:][:size]
    header = units | index << 40
    state = header ^ 0x9E3779B97F4A7C15
    for _ in range(units):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
    crc, out = names["carry"](header, payload, out_bytes)
    return struct.pack("<IIQ", crc, zlib.crc32(shared), state) + bytes(out)


def pixel(x: float, y: float, cost: int) -> int:
    re_, im = 0.0, 0.0
    for steps in range(cost):
        re2, im2 = re_ * re_, im * im
        if re2 + im2 > 4:
            return steps
        re_, im = re2 - im2 + x, 2 * re_ * im + y
    return cost


def mandelbrot(row: int, payload: bytes, columns: int, rows: int, cost: int) -> bytes:
    y = -1.25 + (row + 0.5) * (2.5 / rows)
    xs = (-2 + (column + 0.5) * (2.5 / columns) for column in range(columns))
    return struct.pack("<II", zlib.crc32(payload), 0) + bytes(pixel(x, y, cost) % 256 for x in xs)


def text(names: dict[str, Any], seed: int) -> bytes:
    onset = "b c d f g h l m n p r s t w st tr".split()
    vowel = "a e i o u ea ou io".split()
    coda = ["", "n", "r", "s", "t", "l", "nd", "ng"]
    draws = names["splitmix"](0)
    urn = []
    for k in range(640):
        some = islice(draws, 1 + (k >= 32) + (k >= 256))
        word = "".join(onset[d % 16] + vowel[d // 16 % 8] + coda[d // 128 % 8] for d in some)
        urn += [word] * (640 // (k + 1))
    result = ""
    for d in names["splitmix"](seed):
        result += urn[(d >> 32) % len(urn)]
        result += ".\n" if d % 64 == 0 else ", " if d % 8 == 0 else " "
        if len(result) >= 524288:
            break
    return result.encode()[:524288]


def value(names: dict[str, Any], name: str) -> str:
    """The CRC-32 of the table's row of that name, from the document's program or the functions above."""
    if name in names["printed"]:
        return str(names["printed"][name])
    fill = names["fill"]
    if name == "compute":
        pieces = [compute(names, i, fill(4, i, 100), 70001, 16, 1000, 2, 10000, 4) for i in range(16)]
    elif name == "empty":
        pieces = [compute(names, i, b"", 20, 16, 0, 0, 0, 1) for i in range(16)]
    elif name == "mandelbrot":
        pieces = [mandelbrot(i, fill(5, i, 50), 32, 24, 300) for i in range(24)]
    else:
        whole = text(names, 6)
        starts = [first(names, i) % 524288 for i in range(4)]
        pieces = [struct.pack("<Q", i) + bytes(islice(cycle(whole), at, at + 2000))
                  for i, at in enumerate(starts)]
    return f"{zlib.crc32(b''.join(pieces)):08x}"


@pytest.mark.parametrize("name", NAMES)
def test_the_document_holds_the_value_that_an_independent_program_finds(
    program: dict[str, Any], name: str
) -> None:
    row = re.search(rf"^\| `{name}` \|.*\| `([0-9a-f]{{8}})` \|$", DOCUMENT, re.MULTILINE)
    assert row, f"docs/payload.md has no test vector {name}"
    assert value(program, name) == row[1]


def test_the_document_shows_the_first_bytes_of_a_payload(program: dict[str, Any]) -> None:
    assert f"`{program['printed']['first']}`" in DOCUMENT


def test_the_tests_in_cpp_hold_the_workloads_to_the_documents_values() -> None:
    source = (ROOT / "tests" / "cpp" / "workload_test.cpp").read_text(encoding="utf-8")
    vectors = re.findall(r"^\| `(\w+)` \|.*\| `([0-9a-f]{8})` \|$", DOCUMENT, re.MULTILINE)
    assert [name for name, _ in vectors] == NAMES
    for name, crc in vectors:
        assert f"0x{crc}u" in source, name
