"""The workloads in Python: a task's input header, its output, and how long that has to be."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable

from breakeven_cell import payload
from breakeven_cell.shape import Shape
from factorize import factorize_naive

Task = Callable[[bytes], bytes]  # an input to its output

UNIT_BITS = 40
_number = struct.Struct("<Q").unpack_from
_state = struct.Struct("<IIQ").pack


class KernelError(Exception):
    """There is no such task here; the text says why and what to do."""


def factorize(shape: Shape, shared: bytes) -> Task:
    """The article's function, with its result as bytes."""
    carry = payload.carrier(shape) if shape.in_bytes or shape.out_bytes else None

    def task(data: bytes) -> bytes:
        number, = _number(data)
        factors = factorize_naive(number)
        if shape.extra:
            _divide_again(number, divisions(factors), shape)
        crc, out = carry(data) if carry else (0, b"")
        return struct.pack(f"<II{len(factors)}Q", crc, len(factors), *factors) + out

    return task


def divisions(factors: list[int]) -> int:
    """How many remainders it took to find them."""
    divided = factors[:-1]  # the last is not divided out, unless it is 2 or the same as the one before
    left = factors[-1] if factors else 1
    if left == 2 or divided[-1:] == [left]:
        divided, left = factors, 1
    beyond = max(math.isqrt(left), *divided[-1:], 2) + 1 | 1  # the first odd divisor that was not tried
    return 1 + (beyond - 3) // 2 + len(divided)


def _divide_again(number: int, steps: int, shape: Shape) -> None:
    """Some of the divisions once more, evenly spread over the divisors of the first time."""
    again = shape.again(steps)
    for position in range(again):
        number % (3 + 2 * (position * steps // again))


def compute(shape: Shape, shared: bytes) -> Task:
    """A chain of dependent steps, or the empty task."""
    if not (shape.cost or shape.in_bytes or shape.out_bytes or shape.shared_bytes):
        return _empty
    carry = payload.carrier(shape) if shape.in_bytes or shape.out_bytes else None
    most, pack, size = (1 << UNIT_BITS) - 1, _state, slice_bytes(shape)
    view = memoryview(shared)

    def task(data: bytes) -> bytes:
        header, = _number(data)
        units, state, slice_crc = header & most, header ^ payload.GOLDEN, 0
        if units:
            state = chain(state, units)
            if shape.extra:
                chain(state, shape.again(units))
        if size:
            start = (header >> UNIT_BITS) * size
            for length in payload.pieces(shape.again(size), size):
                zlib.crc32(view[start:start + length])
            slice_crc = zlib.crc32(view[start:start + size])
        if not carry:
            return pack(0, slice_crc, state)
        crc, out = carry(data)
        return pack(crc, slice_crc, state) + out

    return task


def _empty(data: bytes) -> bytes:
    """What is left of compute where there is nothing to do: a third less than its tests and branches take."""
    return _state(0, 0, int.from_bytes(data, "little") ^ 0x9E3779B97F4A7C15)


def chain(state: int, units: int) -> int:
    for _ in range(units):  # literals: a name's look-up would cost as much as the step
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return state


def slice_bytes(shape: Shape) -> int:
    """Of the shared input, per task; 0 without one."""
    return math.ceil(math.ceil(shape.shared_bytes / max(shape.tasks, 1)) / 64) * 64


def shared_input(shape: Shape) -> bytes:
    """The bytes that all tasks read a slice of, filled as the payload of a task that cannot exist."""
    size = slice_bytes(shape)
    if not size:
        return b""
    filler = payload.Filler(shape.seed, math.ceil(shape.shared_bytes / size) * size)
    return filler.input(payload.MASK, 0)[payload.HEADER:]


def header_of(shape: Shape, task: int) -> int:
    if shape.workload == "factorize":
        return 999999999999 + 2 * task
    size = slice_bytes(shape)
    slices = min(math.ceil(shape.shared_bytes / size), 1 << (64 - UNIT_BITS)) if size else 1
    return _units(shape, task) | task % slices << UNIT_BITS


def _units(shape: Shape, task: int) -> int:
    if not shape.cost or not shape.skew:
        return shape.cost
    u = float((next(payload.splitmix(task)) >> 11) + 1) / 2.0**53
    return max(1, math.floor(shape.cost * (shape.skew + 1) * math.pow(u, shape.skew) + 0.5))


def inputs(shape: Shape) -> list[bytes]:
    """Of all tasks, in order."""
    filler = payload.Filler(shape.seed, shape.in_bytes)
    return [filler.input(task, header_of(shape, task)) for task in range(shape.tasks)]


def right_length(shape: Shape, output: bytes) -> int:
    """How long this output should be; a factorisation says so itself."""
    if shape.workload == "factorize":
        count, = struct.unpack_from("<I", output, 4) if len(output) >= 8 else (0,)
        return 8 + 8 * int(count) + shape.out_bytes
    return 16 + shape.out_bytes


MAKERS: dict[str, Callable[[Shape, bytes], Task]] = {"factorize": factorize, "compute": compute}
