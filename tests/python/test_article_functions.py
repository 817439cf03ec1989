"""The article's two functions: importable under their names, and with the same results."""

from __future__ import annotations

import subprocess
import sys

import cells
import pytest

import article
from factorize import factorize_naive


def test_both_functions_return_a_dict_from_number_to_factors() -> None:
    numbers = list(article.NUMBERS)[:20]
    expected = {number: factorize_naive(number) for number in numbers}
    assert article.pool_factorizer_map(numbers, 2) == expected
    assert article.mp_factorizer_map(numbers, 2) == expected
    assert list(article.pool_factorizer_map(numbers, 2)) == numbers


def test_the_numbers_are_the_workloads() -> None:
    from breakeven_cell import workloads
    from breakeven_cell.shape import Shape

    headers = [workloads.header_of(Shape(workload="factorize", tasks=300), task) for task in range(300)]
    assert headers == list(article.NUMBERS)


def test_as_a_program_it_runs_both() -> None:
    program = [sys.executable, str(cells.FOLDER / "article.py"), "2"]
    printed = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True).stdout
    lines = [line.split(": ", 1) for line in printed.splitlines()]
    assert [name for name, _ in lines] == ["pool_factorizer_map", "mp_factorizer_map"]
    assert {text for _, text in lines} == {article.summary({n: factorize_naive(n) for n in article.NUMBERS})}


def test_the_cpp_example_finds_as_much() -> None:
    program = cells.BUILD / "examples" / "article" / "article"
    if not program.exists():
        pytest.skip(f"{program} is not built")
    printed = subprocess.run([str(program), "2"], capture_output=True, text=True, timeout=120).stdout
    expected = article.summary({n: factorize_naive(n) for n in article.NUMBERS})
    assert printed == f"thread_factorizer_map: {expected}\nfork_factorizer_map: {expected}\n"
