"""The terminal's answer: one table per block, then failures and skips. Plain ASCII, 100 columns."""

from __future__ import annotations

from collections import Counter
from typing import Iterable, Iterator, Sequence

from . import units
from .naming import Naming, shape_text
from ..files.results import Context, Mode, Results
from ..statistics.stats import CaseEstimate, Estimate, Evaluation

WIDTH = 100
_REASONS_SHOWN = 8
_COLUMNS = (  # title, width; the first is left-aligned
    ("backend", 35), ("workers", 7), ("time", 8), ("speed-up", 9), ("95 % interval", 15), ("effic.", 6),
    ("ceiling", 7), ("n", 4),
)


def render(evaluation: Evaluation) -> str:
    """The whole summary of one result file; ends with a line feed."""
    results = evaluation.results
    lines = [*_head(results.context), *_tables(evaluation), *_failures(results), *_skipped(results),
             *_set_aside(results)]
    return "".join(f"{_fit(line, WIDTH)}\n" for line in lines)


def _head(context: Context) -> Iterator[str]:
    cores = units.count(context.cores, "core")
    yield f"suite {context.suite}, {units.count(context.rounds, 'round')}, {context.date[:19]}"
    yield f"on {', '.join(text for text in (context.cpu, cores, context.kernel) if text)}"
    if context.interrupted:
        yield "The run was interrupted: it holds what was measured until then."


def _tables(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.estimates:
        yield ""
        yield "No sample was measured."
        return
    naming = Naming.of(evaluation.estimates)
    blocks: dict[str, list[CaseEstimate]] = {}
    for estimate in evaluation.estimates:
        blocks.setdefault(estimate.block, []).append(estimate)
    for estimates in blocks.values():
        yield ""
        mode = naming.shared_mode(estimates)
        yield shape_text(estimates[0].case) + (f" ({mode})" if mode else "")
        yield _row([title for title, _ in _COLUMNS])
        yield _row(["-" * width for _, width in _COLUMNS])
        for estimate in sorted(estimates, key=_rank):
            yield _row(_cells(estimate, naming, mode))
            yield from map(_mode, evaluation.modes(estimate))
    yield ""
    yield from _legend(evaluation.estimates)


def _rank(estimate: CaseEstimate) -> tuple[bool, int, float]:
    """The base cases first, then by workers, the fastest first."""
    speedup = estimate.speedup.value if estimate.speedup else 0.0
    return estimate.role != "baseline", estimate.case.workers, -speedup


def _cells(estimate: CaseEstimate, naming: Naming, shared_mode: str) -> list[str]:
    is_base, is_case = estimate.role == "baseline", estimate.role == "case"
    efficiency = None if is_base else estimate.efficiency
    name = naming.label(estimate, shared_mode) if is_case else estimate.case.backend
    return [
        f"{name} (baseline)" if is_base else name,
        str(estimate.case.workers),
        units.time(estimate.time_ns.value),
        _ratio(None if is_base else estimate.speedup),
        _interval(None if is_base else estimate.speedup),
        _percent(efficiency),
        _percent(estimate.ceiling_share if is_case else None),
        str(estimate.time_ns.count),
    ]


def _mode(mode: Mode) -> str:
    """Under a case that has two figures: the median of all its rounds lies between them and is neither."""
    figure = Estimate(mode.speedup, mode.low, mode.high, 0)
    where = f"  cores {mode.mode}, {mode.share:.0%} of the rounds"
    return _row([where, "", "", _ratio(figure), _interval(figure), "", "", ""])


def _ratio(estimate: Estimate | None) -> str:
    return "-" if estimate is None else units.ratio(estimate.value)


def _interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "-"
    return f"{units.ratio_number(estimate.low)} .. {units.ratio_number(estimate.high)}"


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    percent = 100 * estimate.value
    return "<0.1 %" if percent < 0.1 else f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def _row(cells: Sequence[str]) -> str:
    first, *rest = (_fit(cell, width) for cell, (_, width) in zip(cells, _COLUMNS))
    widths = [width for _, width in _COLUMNS]
    return " ".join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:]))])


def _fit(text: str, width: int) -> str:
    plain = units.ascii_text(text)
    return plain if len(plain) <= width else f"{plain[: width - 3]}..."


def _legend(estimates: Iterable[CaseEstimate]) -> Iterator[str]:
    yield "speed-up: time of the block's baseline / time of the case, paired in each round"
    yield "effic.: speed-up / workers; ceiling: share of what this machine can give; n: samples"
    if any(e.speedup and e.speedup.low is None for e in estimates if e.role == "case"):
        yield "An interval of 95 % needs at least 6 rounds."


def _failures(results: Results) -> Iterator[str]:
    kinds = Counter(failure.kind for failure in results.failures)
    title = f"failed: {len(results.failures)} ({', '.join(f'{n} {kind}' for kind, n in kinds.most_common())})"
    return _counted(title, (f"{f.kind}: {f.name}: {f.reason}" for f in results.failures))


def _skipped(results: Results) -> Iterator[str]:
    title = f"skipped: {units.count(len(results.skipped), 'case')} that cannot run"
    return _counted(title, (f"{skip.case.backend}: {skip.reason}" for skip in results.skipped))


def _set_aside(results: Results) -> Iterator[str]:
    title = f"set aside by the suite's rule: {units.count(len(results.set_aside), 'sample')}"
    return _counted(title, (f"for {reason.split(' is ')[0]}" for reason in results.set_aside))


def _counted(title: str, all_reasons: Iterable[str]) -> Iterator[str]:
    """A paragraph: the title, and the reasons with how often each was given; nothing without one."""
    reasons = Counter(all_reasons)
    if not reasons:
        return
    yield ""
    yield title
    for reason, number in reasons.most_common(_REASONS_SHOWN):
        yield f"  {number:3d}  {reason}"
    if len(reasons) > _REASONS_SHOWN:
        yield f"       and {len(reasons) - _REASONS_SHOWN} more kinds, in the file"
