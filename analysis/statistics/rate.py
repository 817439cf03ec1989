"""How often something happened, with exact bounds of the probability behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`hits` of `count`."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """Where something was counted."""
        return self.hits / self.count

    def bounds(self, confidence: float = 0.95) -> tuple[float, float]:
        """Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413."""
        from scipy.stats import binomtest

        interval = binomtest(self.hits, self.count).proportion_ci(confidence, "exact")
        return float(interval.low), float(interval.high)

    def __str__(self) -> str:
        """`1.67 % (4/240; 0.5–4.2)`, a dash where nothing was counted"""
        if not self.count:
            return "–"
        low, high = self.bounds()
        rate = f"{100 * self.hits / self.count:.3g} %"
        return f"{rate} ({self.hits}/{self.count}; {100 * low:.1f}–{100 * high:.1f})"
