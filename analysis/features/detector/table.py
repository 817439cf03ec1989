"""The table of a self-test, from its file alone: rates with exact bounds, and whether they are good."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import Any, Callable, Mapping, Sequence

from ...show import tables
from ...show.tables import plain
from ...statistics.rate import Rate
from ..check.metrics import NAMES
from .collection import BUDGET, LEVELS

# Checks that it takes to judge: of identical code, and at each planted level.
ENOUGH_IDENTICAL, ENOUGH_PLANTED = 60, 10
MOST_ROUNDS = 60
DETECTORS: Mapping[str, str] = {
    "verdict": "breakeven check",
    "u_test": "U-test at 5 % (Google Benchmark's compare.py)",
    "welch": "Welch's t-test at 5 %",
    "threshold_110": "threshold of 110 % on the mean",
}
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """A figure of the check, and what it has to be; `met`: None where there is no limit, or no data."""

    what: str
    found: str
    limit: str = ""
    met: bool | None = None

    def row(self) -> list[str]:
        return [self.what, self.found, self.limit, {True: "met", False: "MISSED", None: ""}[self.met]]


def render(header: Entry, checks: Sequence[Entry]) -> str:
    """Markdown; reads on a terminal too. Ends with a line feed."""
    identical, levels = _planted(checks, 0), header.get("levels", LEVELS)
    head = ["rule", "false `slower`", "red suites", *(f"found at +{100 * level:g} %" for level in levels)]
    rows = []
    for key, name in DETECTORS.items():
        rows.append([
            name, str(_cases(identical, _slower(key))), str(_suites(identical, _slower(key))),
            *(str(_cases(_planted(checks, level), _slower(key))) for level in levels),
        ])
    parts = [
        _about(header, checks),
        tables.markdown(head, "l" + "r" * (len(head) - 1), rows),
        tables.markdown(
            ["of the check", "", "to be reached", ""], "lrll", [one.row() for one in targets(checks, header)]
        ),
        *([] if is_whole(checks, header) else [_too_few(header)]),
    ]
    return "\n\n".join(parts) + "\n"


_UNDECIDED = ("suspect", "inconclusive", "contaminated")
ENOUGH_COMPARISONS = 300  # of identical code, in a repository, whose checks have few cases or many


def _too_few(header: Entry) -> str:
    enough = f"{ENOUGH_IDENTICAL} of identical code, and {ENOUGH_PLANTED} at each planted level"
    if "levels" in header:
        enough = f"{ENOUGH_COMPARISONS} comparisons of identical code"
    return f"Too few checks to judge: that takes {enough}."


def is_whole(checks: Sequence[Entry], header: Entry) -> bool:
    """Whether there are enough checks to judge."""
    if "levels" in header:
        return _cases(_planted(checks, 0), _is("slower")).count >= ENOUGH_COMPARISONS
    planted = min(len(_planted(checks, level)) for level in LEVELS)
    return len(_planted(checks, 0)) >= ENOUGH_IDENTICAL and planted >= ENOUGH_PLANTED


def targets(checks: Sequence[Entry], header: Entry) -> list[Target]:
    if "levels" in header:
        return _targets_of_repository(checks)
    identical, five, ten = (_planted(checks, level) for level in (0, 0.05, 0.10))
    rounds = [case["rounds"] for check in identical for case in check["cases"]]
    seconds = [check["seconds"] for check in identical]
    undecided = sum(check["verdict"] in _UNDECIDED for check in identical)
    open_suites = Rate(undecided, len(identical))
    return [
        _at_most(0.01, "false `slower` on identical code", _cases(identical, _slower("verdict")),
                 ", over 600 comparisons in 60 suites"),
        _at_most(0.05, "suites red on identical code", _suites(identical, _slower("verdict"))),
        _at_least(0.90, "found at +5 %", _cases(five, _slower("verdict"))),
        _at_least(0.98, "found at +10 %", _cases(ten, _slower("verdict"))),
        _at_most(0.01, "wrong `same` at +5 %", _cases(five, _is("same"))),
        _at_most(0.20, "undecided on identical code", _cases(identical, _is(*_UNDECIDED))),
        Target("false `faster` on identical code", str(_cases(identical, _is("faster")))),
        Target("base unlike itself (contaminated)", str(_cases(checks, _is("contaminated")))),
        Target("rounds on identical code", f"mean {fmean(rounds):.0f}, most {max(rounds)}" if rounds else "–",
               f"at most {MOST_ROUNDS} before confirmation", max(rounds) <= MOST_ROUNDS if rounds else None),
        Target("a check of unchanged code",
               f"median {median(seconds):.0f} s, longest {max(seconds):.0f} s" if seconds else "–",
               f"under {BUDGET:.0f} s", max(seconds) < BUDGET if seconds else None),
        Target("suites inconclusive on identical code", str(open_suites), "rarely"),
    ]


def _targets_of_repository(checks: Sequence[Entry]) -> list[Target]:
    identical = _planted(checks, 0)
    seconds = [check["seconds"] for check in checks]
    return [
        _at_most(1 / 300, "false `slower` on identical code", _cases(identical, _slower("verdict")),
                 f", over {ENOUGH_COMPARISONS} comparisons"),
        Target("false `faster` on identical code", str(_cases(identical, _is("faster")))),
        Target("undecided on identical code", str(_cases(identical, _is(*_UNDECIDED)))),
        Target("base unlike itself (contaminated)", str(_cases(checks, _is("contaminated")))),
        Target("a check", f"median {median(seconds):.0f} s, longest {max(seconds):.0f} s" if checks else "–"),
        *_beside_the_time(identical),
    ]


def _beside_the_time(identical: Sequence[Entry]) -> list[Target]:
    """Of each metric beside the time: how often it moved where nothing did. It decides no verdict."""
    found: dict[str, list[str]] = {}
    for check in identical:
        for case in check["cases"]:
            for metric, word in case.get("beside", {}).items():
                found.setdefault(metric, []).append(word)
    return [
        Target(f"{NAMES.get(metric, metric)} false `{word}` on identical code",
               str(Rate(sum(one == word for one in words), len(words))))
        for metric, words in found.items() for word in ("more", "fewer")
    ]


def _at_most(limit: float, what: str, rate: Rate, over: str = "") -> Target:
    met = rate.value <= limit if rate.count else None
    return Target(what, str(rate), f"at most {100 * limit:.2g} %{over}", met)


def _at_least(limit: float, what: str, rate: Rate) -> Target:
    met = rate.value >= limit if rate.count else None
    return Target(what, str(rate), f"at least {100 * limit:g} %", met)


def _about(header: Entry, checks: Sequence[Entry]) -> str:
    where = [check["machine"] for check in checks]
    machines = {f"{one['cpu']}, {one['cores']} cores, {one['kernel']}" for one in where}
    programs = sorted({one["git_revision"][:12] for one in where if one.get("git_revision")})
    program = f", program of revision {', '.join(programs)}" if programs else ""
    dates = sorted(one["date"][:10] for one in where)
    when = "" if not dates else dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    return plain(
        f"{len(checks)} of {header['checks']} checks of suite {header['suite']}{program}, {when}; "
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
