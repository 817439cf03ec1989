"""The table of a self-test, from its file alone: rates with exact bounds, and what was to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import Any, Callable, Mapping, Sequence

from analysis.claims.markdown import plain, table
from analysis.detector.collection import LEVELS

CONFIDENCE = 0.95
DETECTORS: Mapping[str, str] = {
    "verdict": "breakeven check",
    "u_test": "U-test at 5 % (Google Benchmark's compare.py)",
    "welch": "Welch's t-test at 5 %",
    "threshold_110": "threshold of 110 % on the mean",
}
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Rate:
    hits: int
    of: int

    def bounds(self) -> tuple[float, float]:
        """Exact 95 % bounds (Clopper and Pearson, Biometrika 26 (1934) 404-413)."""
        from scipy.stats import beta

        tail = (1 - CONFIDENCE) / 2
        low = 0.0 if self.hits == 0 else float(beta.ppf(tail, self.hits, self.of - self.hits + 1))
        high = 1.0 if self.hits == self.of else float(beta.ppf(1 - tail, self.hits + 1, self.of - self.hits))
        return low, high

    def __str__(self) -> str:
        if self.of == 0:
            return "–"
        low, high = self.bounds()
        return f"{100 * self.hits / self.of:.3g} % ({self.hits}/{self.of}; {100 * low:.1f}–{100 * high:.1f})"


def render(header: Entry, checks: Sequence[Entry]) -> str:
    """Markdown; reads on a terminal too. Ends with a line feed."""
    identical = [check for check in checks if check["plant"] == 0]
    head = ["rule", "false `slower`", "red suites", *(f"found at +{100 * level:g} %" for level in LEVELS)]
    rows = []
    for key, name in DETECTORS.items():
        rows.append([
            name, str(_cases(identical, _slower(key))), str(_suites(identical, _slower(key))),
            *(str(_cases(_planted(checks, level), _slower(key))) for level in LEVELS),
        ])
    parts = [
        _about(header, checks),
        table(head, "l" + "r" * (len(head) - 1), rows),
        table(["of the check", "", "to be reached"], "lrl", list(_targets(checks, identical))),
    ]
    return "\n\n".join(parts) + "\n"


def _targets(checks: Sequence[Entry], identical: Sequence[Entry]) -> list[list[str]]:
    five = _planted(checks, 0.05)
    rounds = [case["rounds"] for check in identical for case in check["cases"]]
    seconds = [check["seconds"] for check in identical]
    open_suites = sum(check["verdict"] == "inconclusive" for check in identical)
    return [
        ["false `slower` on identical code", str(_cases(identical, _slower("verdict"))),
         "at most 1 %, over 600 comparisons in 60 suites"],
        ["suites red on identical code", str(_suites(identical, _slower("verdict"))), "at most 5 %"],
        ["found at +5 %", str(_cases(five, _slower("verdict"))), "at least 90 %"],
        ["found at +10 %", str(_cases(_planted(checks, 0.10), _slower("verdict"))), "at least 98 %"],
        ["wrong `same` at +5 %", str(_cases(five, _is("same"))), "at most 1 %"],
        ["undecided on identical code", str(_cases(identical, _is("inconclusive", "contaminated"))),
         "at most 20 %"],
        ["false `faster` on identical code", str(_cases(identical, _is("faster"))), ""],
        ["base unlike itself (contaminated)", str(_cases(list(checks), _is("contaminated"))), ""],
        ["rounds on identical code", f"mean {fmean(rounds):.0f}, most {max(rounds)}" if rounds else "–",
         "at most 60 before confirmation"],
        ["a check of unchanged code",
         f"median {median(seconds):.0f} s, longest {max(seconds):.0f} s" if seconds else "–", "under 240 s"],
        ["suites inconclusive on identical code", str(Rate(open_suites, len(identical))), "rarely"],
    ]


def _about(header: Entry, checks: Sequence[Entry]) -> str:
    where = [check["machine"] for check in checks]
    machines = {f"{one['cpu']}, {one['cores']} cores, {one['kernel']}" for one in where}
    dates = sorted(one["date"][:10] for one in where)
    when = "" if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    return plain(
        f"{len(checks)} of {header['checks']} checks of suite {header['suite']}, {when}; "
        f"{'; '.join(sorted(machines))}. Rates with exact 95 % bounds; a red of the check is a confirmed one."
    )


def _planted(checks: Sequence[Entry], level: float) -> list[Entry]:
    return [check for check in checks if check["plant"] == level]


def _slower(detector: str) -> Callable[[Entry], bool]:
    return _is("slower") if detector == "verdict" else lambda case: bool(case[detector])


def _is(*words: str) -> Callable[[Entry], bool]:
    return lambda case: case["verdict"] in words


def _cases(checks: Sequence[Entry], holds: Callable[[Entry], bool]) -> Rate:
    cases = [case for check in checks for case in check["cases"]]
    return Rate(sum(map(holds, cases)), len(cases))


def _suites(checks: Sequence[Entry], holds: Callable[[Entry], bool]) -> Rate:
    return Rate(sum(any(map(holds, check["cases"])) for check in checks), len(checks))
