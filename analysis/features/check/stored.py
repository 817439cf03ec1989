"""Two stored result files: the cases' ratios to each file's own baseline. Weaker than builds in one schedule.

Nothing was interleaved: between two sessions minutes apart a ratio to the baseline itself moves, by an excess
standard deviation of 0.4 % (median) to 2.6 % (90th percentile of cases), measured on a shared machine. The
interval is widened by that, and for the number of cases (C. E. Bonferroni, 1936), since no second run follows
that would confirm a red: all of them together hold with 95 %. What is left over is judged.
"""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist, median
from typing import Mapping, Sequence

from ...files import results
from ...statistics import stats
from . import digests, rule, verdict
from .evidence import labels_of
from .report import CaseReport, Report
from .verdict import Word
from ...files.errors import BadResultFile
from ...files.results import Context, Results, Sample
from ...statistics.stats import Estimate

Ratios = Mapping[str, Sequence[float]]  # ln(case / its baseline) in each round, by case

SESSION_SD = 0.026  # of a ln ratio between sessions: the 90th percentile, since an alarm must be true
_WEAKER = (
    "Weaker than a check of two builds: the files were measured one after the other, so the intervals allow "
    "for what the machine itself changes between two runs, and for the number of cases. A change below some "
    "{least:.0f} % will not be seen, and none is ever shown to be absent."
)
_OTHER_MACHINE = (
    "The files are from different machines: a ratio to the baseline depends on the machine, so nothing is "
    "called slower or faster. Take the changes as hints, and measure both builds on one machine."
)

_NOT_ALIKE = "measured on different machines, or with other variables for the runtimes (OMP_…, MALLOC_…)"


def compare(base_file: Path, head_file: Path, *, fail_on_inconclusive: bool = False) -> Report:
    """Raises BadResultFile where the two are not of one suite with the same cases and the same outputs."""
    base, head = results.load(base_file), results.load(head_file)
    _check_comparable(base, head)
    alike = _are_alike(base.context, head.context)
    base_logs, head_logs = _ratios(base), _ratios(head)
    left_out = _left_out(base, base_logs, head, head_logs)
    names = [name for name in base_logs if name not in left_out]
    if not names:
        why = "".join(f"; {name}: {reason}" for name, reason in list(left_out.items())[:1])
        raise BadResultFile(f"{head_file}: has no case with a baseline in common with {base_file}{why}")
    labels = labels_of({s.name: s.case for s in _own(base) if s.role == "case"})
    times = {name: median(s.real_time_ns for s in _own(base) if s.name == name) for name in names}
    confidence = confidence_for(len(names))
    cases = tuple(
        _case(name, labels[name], times[name], base_logs[name], head_logs[name], confidence, alike)
        for name in names
    )
    words = [case.word for case in cases]
    suite = verdict.suite_verdict(words)
    weaker = _WEAKER.format(least=100 * math.expm1(rule.MARGIN + session_shift(confidence)))
    return Report(
        suite=head.context.suite,
        word=suite,
        exit_code=verdict.exit_code(suite, words, fail_on_inconclusive, len(left_out)),
        cases=cases,
        left_out=left_out,
        base=str(base_file),
        head=str(head_file),
        plant=0.0,
        seconds=0.0,
        note=weaker if alike else f"{weaker} {_OTHER_MACHINE}",
        context=head.context,
        surroundings={"stored results": "compared by ratios to each file's own baseline"},
    )


def _check_comparable(base: Results, head: Results) -> None:
    if base.context.suite != head.context.suite:
        raise BadResultFile(
            f"{head.path}: is of suite {head.context.suite}, {base.path} of {base.context.suite}; "
            "compare runs of one suite"
        )
    if base.context.suite_digest != head.context.suite_digest:
        raise BadResultFile(
            f"{head.path}: its suite {head.context.suite} has other cases (digest "
            f"{head.context.suite_digest}) than that of {base.path} ({base.context.suite_digest}); "
            "measure both with one suite file"
        )
    found = digests.different([*_own(base), *_own(head)])
    if found:
        expected, other = found
        raise BadResultFile(
            f"{head.path}: outputs of {other.name} differ (digest {other.digest}; {expected.digest} of "
            f"{expected.name} in {base.path}); what does other work cannot be compared"
        )


def _own(file: Results) -> list[Sample]:
    """The samples of its build."""
    found = [sample for sample in file.samples if sample.ok and sample.build == _build(file)]
    if not found:
        builds = ", ".join(file.context.builds)
        raise BadResultFile(f"{file.path}: has builds {builds}, and no samples of one called head")
    return found


def _build(file: Results) -> str:
    """Its one build, or the one called head."""
    builds = file.context.builds
    return builds[0] if len(builds) == 1 else "head"


def _left_out(base: Results, base_logs: Ratios, head: Results, head_logs: Ratios) -> dict[str, str]:
    """The cases of either file that cannot be judged, with the reason."""
    found = {}
    for name in dict.fromkeys([*_names(base), *_names(head)]):
        reason = _why_not(head, head_logs, name) or _why_not(base, base_logs, name)
        if reason:
            found[name] = reason
    return found


def _names(file: Results) -> list[str]:
    """Of all its cases: measured, failed or skipped."""
    own = _own(file)
    yardsticks = {sample.name for sample in own if sample.role != "case"}
    names = [sample.name for sample in own]
    names += [one.name for one in file.failures if one.build == _build(file) and one.role == "case"]
    names += [skip.name for skip in file.skipped]
    return [name for name in names if name not in yardsticks]


def _why_not(file: Results, logs: Ratios, name: str) -> str | None:
    """Why a file has nothing to compare of a case: a failed sample is enough, since the others tell half."""
    for failure in file.failures:
        if (failure.name, failure.build) == (name, _build(file)):
            return f"failed in {file.path} ({failure.kind}): {failure.reason}"
    for skip in file.skipped:
        if skip.name == name:
            return f"skipped in {file.path}: {skip.reason}"
    return None if name in logs else f"not measured beside its baseline in {file.path}"


def _are_alike(base: Context, head: Context) -> bool:
    """Whether times of the two are comparable: one machine, and the same variables for the runtimes."""
    environments = [context.machine.get("environment") for context in (base, head)]
    machines = {(context.host_name, context.cpu, context.cores) for context in (base, head)}
    return len(machines) == 1 and (None in environments or environments[0] == environments[1])


def _ratios(file: Results) -> Ratios:
    own = _own(file)
    bases = {
        key: stats.by_round([s for s in own if s.role == "baseline" and (s.block, s.case.backend) == key])
        for key in {(s.block, s.case.backend) for s in own if s.role == "baseline"}
    }
    ratios = {}
    for name in dict.fromkeys(s.name for s in own if s.role == "case"):
        members = [s for s in own if s.name == name]
        base = bases.get((members[0].block, members[0].baseline), {})
        logs = list(stats.difference(stats.by_round(members), base).values())
        if logs:
            ratios[name] = logs
    return ratios


def _case(
    name: str, label: str, base_ns: float, base: Sequence[float], head: Sequence[float], confidence: float,
    alike: bool,
) -> CaseReport:
    shift = stats.shift(head, base, confidence)
    assert shift is not None  # neither is empty
    change = widened(shift, session_shift(confidence))
    word, why = _word(change) if alike else (Word.INCONCLUSIVE, _NOT_ALIKE)
    return CaseReport(
        name=name, label=label, word=word, why=why, change=change.exp(), control=None,
        rounds=min(len(base), len(head)), confirmation=None, base_ns=base_ns, beside={},
    )


def confidence_for(cases: int) -> float:
    """Of each interval, so that all of them together hold with 95 %."""
    return 1 - (1 - stats.CONFIDENCE) / cases


def session_shift(confidence: float) -> float:
    """What two sessions, each with its own deviation, differ by at most with that confidence: a ln ratio."""
    return NormalDist().inv_cdf((1 + confidence) / 2) * SESSION_SD * math.sqrt(2)


def widened(shift: Estimate, session: float) -> Estimate:
    """Each side to sqrt(side^2 + session^2)."""
    if shift.low is None or shift.high is None:
        return shift
    low = shift.value - math.hypot(shift.value - shift.low, session)
    high = shift.value + math.hypot(shift.high - shift.value, session)
    return Estimate(shift.value, low, high, shift.count)


def _word(change: Estimate) -> tuple[Word, str]:
    if change.low is None or change.high is None:
        return Word.INCONCLUSIVE, "too few rounds"
    if change.low > rule.MARGIN:
        return Word.SLOWER, "slower beyond what two sessions differ by; not confirmed by a second run"
    if change.high < -rule.MARGIN:
        return Word.FASTER, "faster beyond what two sessions differ by"
    return Word.INCONCLUSIVE, "no change beyond what two sessions differ by"
