"""The digests of the outputs: programs that do other work cannot be compared."""

from __future__ import annotations

from typing import Iterable

from ...files.results import Sample


def different(samples: Iterable[Sample]) -> tuple[Sample, Sample] | None:
    """The first sample whose outputs are not those of an earlier one of its block, after that one."""
    first: dict[tuple[str, int], Sample] = {}
    for sample in samples:
        expected = first.setdefault((sample.block, sample.case.seed), sample)
        if sample.digest != expected.digest:
            return expected, sample
    return None
