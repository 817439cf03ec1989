"""Non-negative prices, fitted robustly on relative errors, with intervals by leaving groups out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Iterator, Sequence

import numpy as np

from .jobs import Array

FOLDS = 10
_STEPS = 12
_FLOOR = 0.003  # of a relative error: below it, closer is no better


@dataclass(frozen=True)
class Expectation:
    """What a price should be by all that is known of its term."""

    column: int
    price: float


def prices(terms: Array, times: Array, expected: Expectation | None = None) -> Array:
    """Prices p >= 0 such that terms @ p is near `times`, by relative error; far-off rows count less (Cauchy).

    Where the rows cannot tell two terms apart (all of one number of tasks, or of workers), what is `expected`
    decides: it counts as one row more, of full weight.

    Iteratively reweighted non-negative least squares, the scale being the median absolute error.
    Source: P. W. Holland and R. E. Welsch, Communications in Statistics A6 (1977) 813-827.
    """
    from scipy.optimize import nnls

    scaled = terms / times[:, None]
    size = np.maximum(scaled.max(axis=0), 1e-300)  # columns of like size, for the solver
    scaled = scaled / size
    known, right = np.zeros((1 if expected else 0, terms.shape[1])), np.ones(1 if expected else 0)
    if expected:
        known[0, expected.column] = 1 / (expected.price * size[expected.column])
    weight = np.ones(len(times))
    found = np.zeros(terms.shape[1])
    for _ in range(_STEPS):
        found, _ = nnls(np.vstack((scaled * weight[:, None], known)), np.concatenate((weight, right)))
        error = scaled @ found - 1
        scale = max(1.4826 * float(np.median(np.abs(error))), _FLOOR)
        weight = 1 / np.sqrt(1 + (error / (2.385 * scale)) ** 2)
    return found / size


def folds(groups: Sequence[str]) -> Iterator[tuple[Array, Array]]:
    """(kept, held out) for each fold: whole groups, dealt out by name, the same in every run."""
    names = sorted(set(groups), key=lambda name: (zlib.crc32(name.encode("utf-8", "backslashreplace")), name))
    fold_of = {name: i % FOLDS for i, name in enumerate(names)}
    numbers = np.array([fold_of[name] for name in groups])
    for number in range(min(FOLDS, len(names))):
        yield np.flatnonzero(numbers != number), np.flatnonzero(numbers == number)


def jackknife(found: Array, without: Sequence[Array]) -> tuple[Array, Array]:
    """95 % interval of each price from the fits without one group each; never below 0.

    Source: B. Efron and C. Stein, Annals of Statistics 9 (1981) 586-596.
    """
    if len(without) < 2:
        return np.zeros_like(found), np.full_like(found, np.inf)
    spread = np.array(without) - np.mean(without, axis=0)
    error = np.sqrt((len(without) - 1) / len(without) * (spread**2).sum(axis=0))
    return np.maximum(0.0, found - 1.96 * error), found + 1.96 * error
