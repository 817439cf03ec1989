"""How often does the history mark a change where there is none, and how soon one where there is?

By simulation. Usage: python3 -m bench.verify.history [SERIES]. Each series is 300 commits, added one after
the other as `breakeven history add` does; noise: normal, or now and then in a mode 5 % away (one commit in
ten), as on shared machines. A series takes some three seconds: the default, 200 of each kind, a quarter of
an hour on two cores.
"""

from __future__ import annotations

import argparse
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Callable, Iterator

import numpy as np

from analysis.features.history import changes
from analysis.show import tables
from analysis.statistics.rate import Rate

COMMITS, SEEN = 300, 20  # a change is looked for within so many commits behind it
Noise = Callable[[np.random.Generator], np.ndarray]


def normal(spread: float) -> Noise:
    return lambda rng: rng.normal(0, spread, COMMITS)


def bimodal(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 0.006, COMMITS) + 0.05 * (rng.random(COMMITS) < 0.1)


KINDS: dict[str, Noise] = {
    "normal, 0.3 %": normal(0.003), "normal, 1 %": normal(0.01), "0.6 %, one in ten 5 % slower": bimodal,
}
STEPS = (0.02, 0.03, 0.05)


def marks(values: np.ndarray, first: int = 2 * changes.LEAST_SEGMENT) -> Iterator[tuple[int, int]]:
    """(commit that is marked, commit with which it was found), as series.new_marks() lists them."""
    found: list[tuple[int, int]] = []
    for count in range(first, len(values) + 1):
        for change in changes.changes(values[:count].tolist()):
            if all(abs(change.at - at) > 5 for at, _ in found):
                found.append((change.at, count - 1))
                yield found[-1]


def false_marks(kind: str, seed: int) -> int:
    return len(list(marks(KINDS[kind](np.random.default_rng([seed, 1])))))


def is_found(kind: str, seed: int, step: float) -> bool:
    values = KINDS[kind](np.random.default_rng([seed, 2]))[:150]
    values[100:] += math.log1p(step)
    return any(abs(at - 100) <= 5 and seen < 100 + SEEN for at, seen in marks(values, first=95))


def main() -> int:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("series", nargs="?", type=int, default=200)
    options = parser.parse_args()
    head = ["noise of a commit's ratio", "series with a false mark", "marks in 1,000 commits"]
    head += [f"+{100 * step:g} % found within {SEEN} commits" for step in STEPS]
    seeds, fewer = range(options.series), range(options.series // 2)
    rows = []
    with ProcessPoolExecutor() as pool:
        for kind in KINDS:
            false = list(pool.map(partial(false_marks, kind), seeds))
            row = [kind, str(Rate(sum(map(bool, false)), len(false)))]
            row.append(f"{1000 * sum(false) / (COMMITS * len(false)):.2g}")
            for step in STEPS:
                hits = sum(pool.map(partial(is_found, kind, step=step), fewer))
                row.append(str(Rate(hits, len(fewer))))
            rows.append(row)
            print(f"{kind}: done", file=sys.stderr, flush=True)
    print(tables.markdown(head, "l" + "r" * (len(head) - 1), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
