"""The Python cell computes the bytes that docs/payload.md defines, with either kernel."""

from __future__ import annotations

import re
import zlib

import cells
import pytest

from breakeven_cell import payload, workloads
from breakeven_cell.shape import Shape
from factorize import factorize_naive

DOCUMENT = (cells.ROOT / "docs" / "payload.md").read_text(encoding="utf-8")
VECTORS = dict(re.findall(r"^\| `(\w+)` \|.*\| `([0-9a-f]{8})` \|$", DOCUMENT, re.MULTILINE))
SHAPES = {
    "factorize": Shape(workload="factorize", tasks=20, in_bytes=300, out_bytes=100, seed=3),
    "compute": Shape(
        workload="compute", tasks=16, in_bytes=100, out_bytes=70001, cost=1000, skew=2, shared_bytes=10000,
        seed=4,
    ),
    "empty": Shape(workload="compute", tasks=16, out_bytes=20),
}


def outputs(shape: Shape) -> list[bytes]:
    task = workloads.MAKERS[shape.workload](shape, workloads.shared_input(shape))
    return [task(data) for data in workloads.inputs(shape)]


def test_the_table_has_its_digest() -> None:
    assert payload.digest([payload.TABLE]) == VECTORS["table"]


def test_fill_has_its_digest() -> None:
    sizes = [1, 16, 17, 4095, 4097, 70000]
    filled = [payload.Filler(7, size).input(task, 0)[payload.HEADER:] for task, size in enumerate(sizes)]
    assert payload.digest(filled) == VECTORS["fill"]


def test_a_payload_begins_as_the_document_says() -> None:
    first = re.search(r"task 2 with seed 1 begins `([0-9a-f]+)`", DOCUMENT)
    assert first and payload.Filler(1, 32).input(2, 0)[payload.HEADER:].hex() == first[1]


@pytest.mark.parametrize("name", SHAPES)
def test_outputs_have_their_digest(name: str) -> None:
    assert payload.digest(outputs(SHAPES[name])) == VECTORS[name]


@pytest.mark.parametrize("name", SHAPES)
def test_the_native_kernel_gives_the_same_digest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from breakeven_cell import native

    library = cells.kernel_library()
    if library is None:
        pytest.skip(f"the native kernel is not built in {cells.BUILD}")
    monkeypatch.setenv(native.LIBRARY, str(library))
    task = native.make(SHAPES[name], b"")
    assert payload.digest(task(data) for data in workloads.inputs(SHAPES[name])) == VECTORS[name]


@pytest.mark.parametrize("name", SHAPES)
def test_outputs_have_the_length_that_is_checked(name: str) -> None:
    shape = SHAPES[name]
    for output in outputs(shape):
        assert workloads.right_length(shape, output) == len(output)
        assert workloads.right_length(shape, output[:-1]) != len(output[:-1])


@pytest.mark.parametrize("in_bytes, out_bytes", [(5, 0), (5, 3), (3, 8), (8192, 70000), (70000, 8192)])
def test_every_byte_in_shows_in_the_output(in_bytes: int, out_bytes: int) -> None:
    shape = Shape(workload="compute", tasks=1, in_bytes=in_bytes, out_bytes=out_bytes)
    task = workloads.compute(shape, b"")
    data, = workloads.inputs(shape)
    places = {payload.HEADER, payload.HEADER + in_bytes // 2, payload.HEADER + in_bytes - 1}
    changed = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1:] for at in places]
    assert len({task(data), *map(task, changed)}) == 1 + len(places)


@pytest.mark.parametrize("name", SHAPES)
def test_extra_work_leaves_the_output_as_it_is(name: str) -> None:
    plain = SHAPES[name]
    more = Shape(**{**vars(plain), "extra": 2.5})
    assert payload.digest(outputs(more)) == VECTORS[name]


def test_the_number_of_divisions_is_what_a_count_gives() -> None:
    def count(number: int) -> int:
        steps, divisor = 1, 2
        while divisor == 2 or divisor * divisor <= number:
            while number % divisor == 0:
                number //= divisor
                steps += 1
            divisor = divisor + 2 if divisor > 2 else 3
            steps += divisor > 3
        return steps

    for number in range(2, 3000):
        assert workloads.divisions(factorize_naive(number)) == count(number), number


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 9, 27, 97, 2**20, 999999999989, 999999999999])
def test_factors_multiply_to_the_number_and_are_prime(number: int) -> None:
    factors = factorize_naive(number)
    product = 1
    for factor in factors:
        product *= factor
        assert all(factor % divisor for divisor in range(2, int(factor**0.5) + 1)), factor
    assert factors == sorted(factors)
    assert product == max(number, 1)


def test_a_digest_is_chained_in_the_order_of_the_tasks() -> None:
    assert payload.digest([b"ab", b"", b"c"]) == f"{zlib.crc32(b'abc'):08x}"
