"""Damaged result files for the analysis: each is taken, or refused in one line; anything else is a finding.

    python3 tests/fuzz/result_files.py --inputs 100000 --seed 1
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import signal
import sys
import tempfile
import traceback
from typing import Any, Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "python")]

import builder  # noqa: E402

from analysis.features.csv import rows as csv_export  # noqa: E402
from analysis.files import results  # noqa: E402
from analysis.statistics import stats  # noqa: E402
from analysis.files.errors import CommandError  # noqa: E402

SECONDS_A_FILE = 10

TRICKY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1e308, 5e-324, 2**31, 2**53, 2**53 + 1, 2**64, 10**400,
    [], {}, [1, 2], {"a": 1}, "", "0", "nan", "a\nb", "\x00", "\ud800", "x" * 5000,
    "baseline", "ceiling", "case", "serial", "1.0.0", "2.0.0",
)


def corpus() -> list[str]:
    """Small files of every kind of content: plain, with payload, weak scaling, several builds, failures."""
    shape, sized = builder.Shape(tasks=3), builder.Shape(in_bytes=4096, out_bytes=64)
    ways = (builder.Way("thread_pool", 1.9), builder.Way("fork_pool/pipe", 0.8, build="base"))
    plain = builder.result_file([builder.Block(shape, ways, ceilings=((2, 1.99),))], rounds=2)
    mixed = builder.result_file([builder.Block(sized, ways[:1])], rounds=6, suite="ipc-volume")
    mixed["failures"].append(builder.failure(sized, ways[1], "crash", "signal 11"))
    mixed["skipped"].append(builder.skip(sized, ways[1], "no such thing"))
    return [json.dumps(plain), json.dumps(mixed)]


def mutated(text: str, rng: random.Random) -> bytes:
    """One to three changes, by value and key where the text is JSON still, else by bytes."""
    data = text.encode()
    for _ in range(rng.randint(1, 3)):
        data = _change_bytes(data, rng) if rng.random() < 0.25 else _change_values(data, rng)
    return data


def _change_values(data: bytes, rng: random.Random) -> bytes:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _change_bytes(data, rng)
    if not isinstance(document, (dict, list)):
        return data
    holder, key = _somewhere(document, rng)
    change = rng.random()
    if change < 0.2:
        del holder[key]
    elif change < 0.3 and isinstance(holder, dict):
        holder[f"{key}s"] = holder.pop(key)
    elif change < 0.4 and isinstance(holder, list):
        holder.append(holder[key])
    elif change < 0.42:
        depth = rng.randint(1, 2000)  # as text: the encoder follows no deeper than Python does
        holder[key] = "DEEP"
        return json.dumps(document).replace('"DEEP"', "[" * depth + "]" * depth).encode()
    else:
        holder[key] = rng.choice(TRICKY)
    return json.dumps(document).encode()


def _somewhere(document: Any, rng: random.Random) -> tuple[Any, Any]:
    """A container in the document and one of its keys."""
    holder = document
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = rng.choice(keys)
        inner = holder[key]
        if not isinstance(inner, (dict, list)) or not inner or rng.random() < 0.15:
            return holder, key
        holder = inner


def _change_bytes(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    kind = rng.randrange(4)
    if kind == 0:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    if kind == 1:
        return data[:at] + data[at + rng.randint(1, 30):]
    if kind == 2:
        start = rng.randint(0, len(data))
        return data[:at] + data[start:start + rng.randint(1, 300)] + data[at:]
    return data[:at]


def problem(data: bytes, path: pathlib.Path) -> str:
    """What is wrong with the analysis' answer to this file, or an empty text."""
    path.write_bytes(data)
    try:
        evaluation = stats.evaluate(results.load(path))
        csv_export.render(evaluation.results)
    except CommandError as refused:
        said = str(refused)
        return "" if said and "\n" not in said else f"its complaint is not one line: {said}"
    except Exception:  # noqa: B902: whatever it is, it is the finding
        return traceback.format_exc()
    return ""


def run(inputs: int, seed: int, report: Callable[[str], None]) -> int:
    """Tries so many files, the n-th made from `seed` + n; returns how many were findings."""
    texts = corpus()
    findings = 0
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "results.json"
        for number in range(seed, seed + inputs):
            rng = random.Random(number)
            data = mutated(rng.choice(texts), rng)
            signal.setitimer(signal.ITIMER_PROF, SECONDS_A_FILE)  # of CPU time
            found = problem(data, path)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if found:
                findings += 1
                report(f"{found}\nagain with: tests/fuzz/result_files.py --inputs 1 --seed {number}\n")
            if (number - seed) % 10000 == 9999:
                report(f"result files: {number - seed + 1} of {inputs}\n")
    return findings


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError(f"a file takes more than {SECONDS_A_FILE} s")


def main() -> int:
    parser = argparse.ArgumentParser(description="Gives damaged result files to the analysis.")
    parser.add_argument("--inputs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    findings = run(options.inputs, options.seed, lambda text: print(text, end="", file=sys.stderr))
    print(f"result files: {options.inputs} from seed {options.seed} on, {findings} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
