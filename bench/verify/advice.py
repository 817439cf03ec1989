"""Is the advice good? Random shapes that the model never saw: it is asked, then all backends are measured.

Draws shapes within what the file's cases span, asks `advise` for each, measures the shape with `breakeven
measure`, compares the advised backend with the fastest one: paired, within the rounds of one run. Prints a
line for each shape and, last, how often the advised backend was the best or within 5 % of it, and how far off
the predicted speed-ups were; keeps these figures as `advice.json` beside FILE, for the report.

Usage: python3 bench/verify/advice.py FILE [--shapes 20] [--rounds N] [--seed N] [--program build/breakeven]
[--keep DIR] [--unless-kept]. Exit codes: 0 measured, whatever the figure; 2 wrong usage; 4 the figures could
not be written.
"""

from __future__ import annotations

import argparse
import math
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from analysis import interpreter  # noqa: E402

if __name__ == "__main__":
    interpreter.with_libraries(sys.argv)

from analysis.files import results  # noqa: E402
from analysis.statistics import stats  # noqa: E402
from analysis.show import units  # noqa: E402
from analysis.features.advise import answer, trial  # noqa: E402
from analysis.statistics.model import fit_results  # noqa: E402
from analysis.features.advise.question import Question  # noqa: E402
from analysis.files.errors import CommandError  # noqa: E402
from analysis.features.advise.trial import Trial  # noqa: E402
from analysis.statistics.stats import CaseEstimate, Evaluation  # noqa: E402

NEAR = 1.05
_WORK_NS = (1e6, 60e6)  # of the plain loop: long enough to be measured, short enough for 20 shapes
_BYTES = 64 * 2**20  # of a job


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of advice; `behind`: its time to the fastest one's, 1 if it is that."""

    question: Question
    advised: str
    fastest: str
    behind: float
    predicted: float
    measured: float

    @property
    def good(self) -> bool:
        return self.behind <= NEAR


def draw(rng: random.Random, workers: int) -> Question:
    """A shape: task size, tasks and payload on logarithms, payload one way, both or none."""
    while True:
        task_ns = math.exp(rng.uniform(math.log(1e3), math.log(10e6)))
        tasks = round(math.exp(rng.uniform(math.log(8), math.log(10_000))))
        size = round(math.exp(rng.uniform(math.log(64), math.log(2**20))))
        into, out = rng.choice(((0, 0), (size, size), (size, 0), (0, size), (size, size // 8)))
        if _WORK_NS[0] <= tasks * task_ns <= _WORK_NS[1] and tasks * (into + out) <= _BYTES:
            return Question(round(task_ns), into, out, tasks, workers)


def judge(question: Question, advised: answer.Choice | None, baseline: str, measured: Evaluation) -> Outcome:
    """Compares the advised backend with the fastest one, each in its best dispatch, and the plain loop."""
    cases = [e for e in measured.of_role("case") if e.speedup]
    best = {e.case.backend: e for e in sorted(cases, key=lambda e: e.speedup.value if e.speedup else 0.0)}
    fastest = max(best.values(), key=lambda e: e.speedup.value if e.speedup else 0.0)
    loop_is_fastest = fastest.speedup is not None and fastest.speedup.value < 1
    if advised is None:
        behind = 1.0 if loop_is_fastest or fastest.speedup is None else fastest.speedup.value
        return Outcome(
            question, baseline, baseline if loop_is_fastest else fastest.case.backend, behind, 1.0, 1.0
        )
    own = _estimate(best, advised.backend)
    assert own.speedup is not None
    ratio = stats.paired_ratio(measured.rounds(own), measured.rounds(fastest))
    behind = 1 / own.speedup.value if loop_is_fastest else ratio.value if ratio else math.inf
    name = baseline if loop_is_fastest else fastest.case.backend
    return Outcome(
        question, advised.backend, name, max(1.0, behind), advised.prediction.speedup.value, own.speedup.value
    )


def _estimate(best: dict[str, CaseEstimate], backend: str) -> CaseEstimate:
    if backend not in best:
        raise CommandError(f"{backend}: advised, but `breakeven measure` gave no sample of it")
    return best[backend]


def measure(
    program: str, question: Question, backends: Sequence[str], rounds: int, seed: int, out: Path
) -> Evaluation:
    command = [
        program,
        "measure",
        "--task",
        f"{question.task_ns:.0f}ns",
        "--in",
        f"{question.in_bytes:.0f}",
        "--back",
        f"{question.out_bytes:.0f}",
        "--tasks",
        str(question.tasks),
        "--workers",
        str(question.workers),
        "--rounds",
        str(rounds),
        "--seed",
        str(seed),
        "--out",
        str(out),
        "--backend",
        *backends,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode not in (0, 1):
        raise CommandError(
            f"`{' '.join(command)}` ended with {done.returncode}: {done.stdout.strip()[-300:]}"
        )
    return stats.evaluate(results.load(out))


def sum_up(outcomes: Sequence[Outcome]) -> Trial:
    errors = [abs(outcome.predicted / outcome.measured - 1) for outcome in outcomes]
    good = sum(outcome.good for outcome in outcomes)
    return Trial(len(outcomes), good, NEAR, median(errors), max(errors))


def line(outcome: Outcome) -> str:
    verdict = "good" if outcome.good else f"{outcome.behind:.2f} x slower"
    return (
        f"{outcome.question.text():62}  advised {outcome.advised}, fastest {outcome.fastest}: {verdict}; "
        f"predicted {units.ratio(outcome.predicted)}, measured {units.ratio(outcome.measured)}"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite grid")
    parser.add_argument("--shapes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=str(ROOT / "build" / "breakeven"))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was measured here")
    parser.add_argument("--unless-kept", action="store_true", help="measure nothing if it was tested before")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    try:
        loaded = results.load(options.file)
        if options.unless_kept and (before := trial.kept(loaded)):
            print(before.text())
            return 0
        model = fit_results(loaded)
        backends = [backend.backend for backend in model.backends]
        outcomes = []
        with tempfile.TemporaryDirectory() as scratch:
            for number in range(options.shapes):
                question = draw(rng, loaded.context.usable_cores)
                advice = answer.answer(model, question)
                out = (options.keep or Path(scratch)) / f"{number + 1}" / "results.json"
                measured = measure(
                    options.program, question, backends, options.rounds, options.seed + number, out
                )
                outcomes.append(judge(question, advice.best, model.baseline, measured))
                print(f"{number + 1:3d}  {line(outcomes[-1])}", flush=True)
        found = sum_up(outcomes)
        trial.keep(found, loaded)
    except (CommandError, OSError) as error:
        print(f"advice: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, CommandError) else 2
    print(found.text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
