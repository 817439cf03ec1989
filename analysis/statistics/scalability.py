"""One law of scalability, fitted to a backend's speed-ups: how much is serial, how much is friction.

Strong scaling: the universal scalability law, s(n) = g n / (1 + a (n - 1) + b n (n - 1)); with b = 0 it is
Amdahl's law with the serial fraction a. Weak scaling: Gustafson's law, s(n) = g (n - a (n - 1)).
`g` is the speed of one worker, `a` contention, `b` crosstalk; none is negative.

Sources: N. J. Gunther, "Guerrilla Capacity Planning" (2007), ch. 4; J. L. Gustafson, CACM 31 (1988) 532-533.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence


@dataclass(frozen=True)
class Fit:
    law: str  # `Amdahl`, `USL` or `Gustafson`
    one_worker: float
    serial: float
    crosstalk: float

    def speedup(self, workers: float) -> float:
        n, extra = workers, workers - 1
        if self.law == "Gustafson":
            return self.one_worker * (n - self.serial * extra)
        return self.one_worker * n / (1 + self.serial * extra + self.crosstalk * n * extra)

    def text(self) -> str:
        """`1.2 % of the work is not parallel`, `… and 0.31 % crosstalk`: what each pair of workers adds."""
        words = f"{_percent(self.serial)} of the work is not parallel"
        return words + (f" and {_percent(self.crosstalk)} crosstalk" if self.law == "USL" else "")


_LEAST_FOR_CROSSTALK = 4  # numbers of workers: three parameters, and one point to contradict them


def fit(points: Sequence[tuple[float, float]], weak: bool) -> Fit | None:
    """Points are (workers, speed-up); None with fewer than two numbers of workers.

    n / s(n) is linear in the parameters, so that non-negative least squares on relative errors find them.
    """
    from scipy.optimize import nnls

    if len({workers for workers, _ in points}) < 2:
        return None
    if weak:
        (first, rest), _ = nnls([[1 / s, (n - 1) / s] for n, s in points], [1.0] * len(points))
        return Fit("Gustafson", first, 1 - min(1.0, rest / first), 0.0) if first > 0 else None
    law = "USL" if len({workers for workers, _ in points}) >= _LEAST_FOR_CROSSTALK else "Amdahl"
    powers = 3 if law == "USL" else 2
    rows = [[x * s / n for x in (1.0, n - 1, n * (n - 1))[:powers]] for n, s in points]
    found, _ = nnls(rows, [1.0] * len(points))
    if found[0] <= 0:
        return None
    return Fit(law, 1 / found[0], found[1] / found[0], found[2] / found[0] if law == "USL" else 0.0)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 5e-4 else "0 %"
