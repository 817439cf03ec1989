"""The payload's bytes as docs/payload.md defines them: what fills an input, and what becomes of it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from breakeven_cell.shape import Shape

GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1
HEADER = 8  # of an input
PAGE = 4096
TABLE = bytes(((b ^ 0xA5) + 0x3B) & 0xFF for b in range(256))

Carry = Callable[[bytes], "tuple[int, bytes]"]


def splitmix(state: int) -> Iterator[int]:
    while True:
        state = (state + GOLDEN) & MASK
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        yield z ^ z >> 31


def tile(source: bytes, size: int) -> bytes:
    if size <= len(source):
        return source[:size]
    return (source * (size // len(source) + 1))[:size]


class Filler:
    """Makes the inputs of one seed and size."""

    def __init__(self, seed: int, size: int) -> None:
        block = struct.pack("<8192Q", *islice(splitmix(seed), 8192)) if size else b"\0"
        self._seed = seed & 0xFFFFFFFF
        self._blank = bytes(HEADER) + tile(block, size)

    def input(self, task: int, header: int) -> bytes:
        data = bytearray(self._blank)
        struct.pack_into("<Q", data, 0, header)
        for at in range(HEADER, len(data), PAGE):
            stamp = struct.pack("<QII", task, self._seed, at // PAGE)[:len(data) - at]
            data[at:at + len(stamp)] = stamp
        return bytes(data)


def carrier(shape: Shape) -> Carry:
    """A function from an input to its tail CRC and the output's payload."""
    size, shown = shape.out_bytes, min(shape.in_bytes, shape.out_bytes)
    tail, again = shape.in_bytes - shown, shape.again

    def transform(data: bytes, length: int) -> bytes:
        if not shape.in_bytes:
            return tile(data[:HEADER].translate(TABLE), length)
        return tile(data[HEADER:HEADER + min(shown, length)].translate(TABLE), length)

    def crc_of_tail(data: bytes) -> int:
        rest = memoryview(data)[HEADER + shown:]
        for length in pieces(again(tail), tail):
            zlib.crc32(rest[:length])
        return zlib.crc32(rest)

    def carry(data: bytes) -> tuple[int, bytes]:
        for length in pieces(again(size), size):
            transform(data, length)
        return crc_of_tail(data) if tail else 0, transform(data, size) if size else b""

    return carry


def pieces(total: int, size: int) -> Iterator[int]:
    """`total` cut into pieces of at most `size`."""
    while total > 0:
        yield min(total, size)
        total -= size


def digest(outputs: Iterable[bytes]) -> str:
    crc = 0
    for output in outputs:
        crc = zlib.crc32(output, crc)
    return f"{crc:08x}"
