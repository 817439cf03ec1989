"""The two functions that began the debate: CPU-bound work through a pool of processes, by either API.

They differ in the pool alone, and return the same. `python3 article.py [PROCESSES]` runs both on the 300
numbers and says what came out; examples/article is the same program in C++.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

from factorize import factorize_naive

NUMBERS = range(999999999999, 999999999999 + 2 * 300, 2)


def pool_factorizer_map(nums: Sequence[int], nprocs: int) -> dict[int, list[int]]:
    """Each number's factors, by concurrent.futures."""
    with ProcessPoolExecutor(max_workers=nprocs) as executor:
        return dict(zip(nums, executor.map(factorize_naive, nums)))


def mp_factorizer_map(nums: Sequence[int], nprocs: int) -> dict[int, list[int]]:
    """Each number's factors, by multiprocessing."""
    with multiprocessing.Pool(nprocs) as pool:
        return dict(zip(nums, pool.map(factorize_naive, nums)))


def summary(factors: Mapping[int, Sequence[int]]) -> str:
    return f"{len(factors)} numbers, {sum(map(len, factors.values()))} factors"


if __name__ == "__main__":
    processes = int(sys.argv[1]) if len(sys.argv) > 1 else multiprocessing.cpu_count()
    for function in (pool_factorizer_map, mp_factorizer_map):
        print(f"{function.__name__}: {summary(function(NUMBERS, processes))}")
