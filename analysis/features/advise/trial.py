"""The advice put to the test, random shapes asked for, then measured: `advice.json` beside the file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ...show import units
from ...files.errors import BadResultFile
from ...files.output import write_atomically
from ...files.results import Results

COMMAND = "python3 bench/verify/advice.py"
_NAME = "advice.json"


@dataclass(frozen=True)
class Trial:
    """`good`: of so many shapes the advised backend was the fastest, or took at most `near` times its time.

    Errors are relative, of the predicted speed-up.
    """

    shapes: int
    good: int
    near: float
    median_error: float
    worst_error: float

    def __post_init__(self) -> None:
        in_order = 0 <= self.good <= self.shapes and 0 <= self.median_error <= self.worst_error
        if not (in_order and self.near >= 1):
            raise ValueError("figures that contradict each other")

    def text(self) -> str:
        """`advised backend best or within 5% of it: 20 of 20 shapes; error of the predicted speed-up: ...`"""
        return (
            f"advised backend best or within {self.near - 1:.0%} of it: {self.good} of "
            f"{units.count(self.shapes, 'shape')}; error of the predicted speed-up: median "
            f"{self.median_error:.1%}, worst {self.worst_error:.1%}"
        )


def keep(trial: Trial, results: Results) -> Path:
    """Writes it beside the file that the advice came from; returns where. Raises OutputFailed."""
    path = results.path.with_name(_NAME)
    data = {"of": _identity(results), **asdict(trial)}
    write_atomically(path, (json.dumps(data, indent=1, allow_nan=False) + "\n").encode())
    return path


def kept(results: Results) -> Trial | None:
    """What was kept beside the file; None where nothing was, or of another run. Raises BadResultFile."""
    path = results.path.with_name(_NAME)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("of") != _identity(results):
            return None
        return Trial(**data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadResultFile(
            f"{path}: is not what `{COMMAND} FILE` writes ({error}); delete it, or run that again"
        ) from None


def _identity(results: Results) -> dict[str, object]:
    context = results.context
    return {"date": context.date, "seed": context.seed, "suite_digest": context.suite_digest}
