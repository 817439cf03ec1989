"""A program in the place of `breakeven`: it measures nothing, its results have truths that a test chose."""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path
from typing import Any

ROUND_S = 1.4  # of a self-test
BACKENDS = ("thread_pool", "openmp", "fork_pool/pipe", "std_async")
REASONS = {
    "error": "no {} here",
    "wrong_digest": "the outputs' digest is 00000001, the baseline's is 00000002",
    "crash": "killed by signal 11 (Segmentation fault)",
}


def make(
    folder: Path, *, factors: dict[str, dict[str, float]] | None = None, fail: list[list[str]] | None = None,
    noise: float = 0.008, noisy: str = "", exit_code: int = 0, say: str = "", samples: bool = True,
    instructions: dict[str, dict[str, float]] | None = None, digests: dict[str, str] | None = None,
    limits: dict[str, int] | None = None, skip: str = "", self_test: bool = False,
) -> Path:
    """An executable. `factors`: of the time, by build and backend; `fail`: build, backend, kind (of
    REASONS); `noisy`: a backend with thirty times the noise; `instructions`: as `factors`, of their counts,
    which are only there if this is given; `digests`: of the outputs, by build; `limits`: the most
    rounds, by backend; `skip`: a backend that this machine has not; `self_test`: two costs, of which the
    smaller never gets precise, with rounds that take time, and baselines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "breakeven"
    settings = {
        "factors": factors or {}, "fail": fail or [], "noise": noise, "noisy": noisy,
        "exit_code": exit_code, "say": say, "samples": samples, "instructions": instructions,
        "digests": digests or {}, "limits": limits or {}, "skip": skip,
        "self_test": self_test,
    }
    program.with_suffix(".json").write_text(json.dumps(settings))
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import fake_program\nsys.exit(fake_program.main({str(program)!r}, sys.argv[1:]))\n"
    )
    program.chmod(0o755)
    return program


def calls(program: Path) -> list[list[str]]:
    log = program.with_name("calls.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def main(program: str, words: list[str]) -> int:
    settings = json.loads(Path(program).with_suffix(".json").read_text())
    with Path(program).with_name("calls.jsonl").open("a") as log:
        log.write(json.dumps(words) + "\n")
    if settings["say"]:
        print(settings["say"], file=sys.stderr)
    if settings["exit_code"] not in (0, 1):
        return int(settings["exit_code"])
    options = _options(words[1:])
    resumed = options.get("--resume")
    file = Path(resumed[0]) / "results.json" if resumed else Path(options["--out"][0])
    data = json.loads(file.read_text()) if file.exists() else _empty(options)
    if settings["samples"]:
        _take(data, settings, options)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data))
    with file.with_name("journal.jsonl").open("a") as journal:
        journal.write(" ".join(words) + "\n")
    return 1 if data["failures"] else 0


def _options(words: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for flag, value in zip(words, words[1:]):
        if flag.startswith("--"):
            options.setdefault(flag, []).append(value)
    return options


def _empty(options: dict[str, list[str]]) -> dict[str, Any]:
    import builder

    data = builder.result_file([], suite="ci")
    own = data["context"]["breakeven"]
    own["seed"] = int(options.get("--seed", ["1"])[0])
    own["builds"] = [
        {"name": text.split("=")[0], "extra": _fraction(text.partition("extra=")[2] or "0")}
        for text in options["--build"]
    ]
    return data


def _fraction(text: str) -> float:
    """Of `0.05` or `5%`."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _take(data: dict[str, Any], settings: dict[str, Any], options: dict[str, list[str]]) -> None:
    import builder

    own = data["context"]["breakeven"]
    rounds = int(options.get("--rounds", ["0"])[0])
    only = Path(options["--only"][0]).read_text().split("\n") if "--only" in options else None
    for shape, backend, noise in _cases(settings):
        way = builder.Way(backend, 1.9)
        name = builder.row(shape, way, "case", None, 0, 1.0, 0)["name"]
        if only is not None and name not in only:
            continue
        if backend == settings["skip"]:
            data["skipped"] = [{**builder.skip(shape, way, "not on this machine"), "name": name}]
            continue
        if only is None:
            end = {"name": name, "stop": "rounds", "rounds": 0, "precision": None}
            own.setdefault("cases", []).append(end)
        first = own["builds"][0]["name"]
        done = sum(row["name"] == name and row["breakeven"]["build"] == first for row in data["benchmarks"])
        for number in range(done, min(rounds, settings["limits"].get(backend, rounds))):
            rng = random.Random(f"{own['seed']}/{name}/{number}")
            shared = 0.0 if settings["self_test"] else rng.gauss(0, 0.03)
            for build in own["builds"]:
                way = builder.Way(backend, 1.9, build=build["name"])
                kinds = [kind for *place, kind in settings["fail"] if place == [build["name"], backend]]
                for kind in kinds:
                    failure = builder.failure(shape, way, kind, REASONS[kind].format(backend))
                    data["failures"].append({**failure, "name": name})
                if kinds:
                    continue
                factor = settings["factors"].get(build["name"], {}).get(backend, 1.0) * (1 + build["extra"])
                time = 1.4e6 * factor * math.exp(shared + rng.gauss(0, noise))
                row = _add(data, settings, shape, way, "case", None, number, time)
                if build["name"] in settings["digests"]:
                    row["breakeven"]["digest"] = settings["digests"][build["name"]]
                if settings["instructions"] is not None:
                    more = settings["instructions"].get(build["name"], {}).get(backend, 1.0)
                    count = round(5e7 * more * math.exp(rng.gauss(0, 1e-4)))
                    row["breakeven"]["covariates"]["instructions"] = count
                for half in (0, 1) if settings["self_test"] and backend == "openmp" else ():
                    serial = builder.Way("serial", 1, 1, build=build["name"])
                    _add(data, settings, shape, serial, "baseline", half, number, 1.4e6)


def _cases(settings: dict[str, Any]) -> list[tuple[Any, str, float]]:
    """Shape, backend and noise of each."""
    import builder

    if settings["self_test"]:
        costs = {200: 0.2, 8000: 0.005}
        shapes = [(builder.Shape("compute", 100, cost=cost), noise) for cost, noise in costs.items()]
        return [(shape, backend, noise) for shape, noise in shapes for backend in BACKENDS[:2]]
    louder = {settings["noisy"]: 30.0}
    shape = builder.Shape("compute", 128)
    return [(shape, backend, settings["noise"] * louder.get(backend, 1.0)) for backend in BACKENDS]


def _add(
    data: dict[str, Any], settings: dict[str, Any], shape: Any, way: Any, role: str, half: int | None,
    number: int, time: float,
) -> dict[str, Any]:
    import builder

    place = len(data["benchmarks"])
    row: dict[str, Any] = builder.row(shape, way, role, half, number, time, place)
    if settings["self_test"]:
        row["breakeven"]["started_s"] = ROUND_S * number + 0.001 * (place % 100)
    data["benchmarks"].append(row)
    return row
