"""The article's task. A module of its own, since every spawned worker imports it and nothing of the pools."""

from __future__ import annotations


def factorize_naive(number: int) -> list[int]:
    """Prime factors, ascending, with multiplicity: divides by 2, then by every odd number up to the root."""
    factors = []
    while number > 1 and number % 2 == 0:
        factors.append(2)
        number //= 2
    divisor = 3
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 2
    if number > 1:
        factors.append(number)
    return factors
