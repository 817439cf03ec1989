"""Where the shipped rule would have stopped: `breakeven judge` is asked, so that there is one rule."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ...files import place
from ...files.errors import CommandError
from ...files.program import die_with_the_parent

PRECISION, BIMODAL, ROUNDS = "precision", "bimodal", "rounds"


class RuleFailed(CommandError):
    """The program could not be asked."""


@dataclass(frozen=True)
class PrecisionRule:
    """As `--precision` and `--rounds` give it; the rest stands in bench/judge/stop_rule.h."""

    precision: float = 0.02
    most_rounds: int = 60

    def looks(self) -> list[int]:
        """The rounds after which it looks, the last included."""
        looks: list[int] = self._ask({})["looks"]
        return looks

    def least_span_s(self) -> float:
        """What the rounds must span before a case can stop as precise, in seconds."""
        return float(self._ask({})["least_span_s"])

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return _Rule.running().ask({"precision": self.precision, "most_rounds": self.most_rounds, **question})


@dataclass(frozen=True)
class Stopped:
    """Where the rule ended: the logarithms up to there, the rounds it took, and why."""

    logs: tuple[float, ...]
    rounds: int
    why: str


def stop(
    starts_s: Sequence[float], logs: Sequence[float | None], rule: PrecisionRule,
    far: Sequence[bool | None] | None = None,
) -> Stopped | None:
    """Goes through the rounds as the rule would have; None where it would have gone on beyond the last.

    `starts_s`: when each round's first sample began; `logs`: of its ratio, None where a sample failed; `far`:
    the machine's mode in it, where known. Raises RuleFailed.
    """
    answer = rule._ask({"starts_s": list(starts_s), "logs": list(logs), "far": list(far) if far else None})
    if answer["stop"] is None:
        return None
    rounds = answer["rounds"]
    return Stopped(tuple(value for value in logs[:rounds] if value is not None), rounds, answer["stop"])


class _Rule:
    """The program, running; one question and one answer a line. Not thread-safe."""

    def __init__(self) -> None:
        command = [str(place.program()), "judge"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_the_parent
        )
        atexit.register(self._end)

    @staticmethod
    @functools.cache
    def running() -> "_Rule":
        return _Rule()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            raise RuleFailed(f"{place.program()} judge: gave no answer; build breakeven anew")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
