"""Stands in for `breakeven run` where the driver is tested: takes samples of a made-up machine, at once.

The folder's rounds so far stand in its journal, one line a session. FAKE_BREAKEVEN: `fail` to fail always.
"""

import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import builder  # noqa: E402

SHAPES = [builder.Shape("compute", 100, cost=200), builder.Shape("compute", 100, cost=8000)]
WAYS = [(shape, builder.Way(name, 2.0)) for shape in SHAPES for name in ("thread_pool", "openmp")]
NOISE = {200: 0.2, 8000: 0.005}  # by cost: the contended cases never reach 2 %
ROUND_S = 1.4


def name_of(shape, way):
    return f"{shape.block()}/{way.backend}/workers={way.workers}/{way.dispatch}"


def measure(folder, state, rounds, only):
    """Adds rounds to the cases that have fewer; returns the result file."""
    dice = random.Random(f"{state['seed']}/{state['rows'][-1]['real_time'] if state['rows'] else 0}")
    for number in range(rounds):
        for shape, way in WAYS:
            name = name_of(shape, way)
            if state["done"].get(name, 0) > number or (only and name not in only):
                continue
            for build, extra in state["builds"].items():
                slots = [(way, "case", None)]
                slots += [(builder.Way("serial", 1, 1), "baseline", half) for half in (0, 1)]
                for own, role, half in slots if way.backend == "openmp" else slots[:1]:
                    time = 1e7 * (1 + extra) * 2.718281828 ** dice.gauss(0, NOISE[shape.cost])
                    row = builder.row(shape, own, role, half, number, time, len(state["rows"]))
                    row["breakeven"]["build"] = build
                    row["breakeven"]["started_s"] = ROUND_S * number + 0.001 * (len(state["rows"]) % 100)
                    state["rows"].append(row)
            state["done"][name] = number + 1
    context = builder.context("self-test", rounds)
    context["breakeven"]["seed"] = state["seed"]
    return {"context": context, "benchmarks": state["rows"], "failures": [], "skipped": []}


def main(words):
    if os.environ.get("FAKE_BREAKEVEN") == "fail":
        print("breakeven: the disk is on fire", file=sys.stderr)
        return 4
    if "--resume" in words:
        folder = pathlib.Path(words[words.index("--resume") + 1])
        state = json.loads((folder / "state.json").read_text())
    else:
        folder = pathlib.Path(words[words.index("--out") + 1]).parent
        folder.mkdir(parents=True)
        builds = [words[i + 1] for i, word in enumerate(words) if word == "--build"]
        extra = {b.partition("=")[0]: 0.05 if b.endswith(",extra=5%") else 0.0 for b in builds}
        seed = int(words[words.index("--seed") + 1])
        state = {"seed": seed, "builds": extra, "rows": [], "done": {}, "rounds": 0}
    if "--rounds" in words:
        state["rounds"] = int(words[words.index("--rounds") + 1])
        state["only"] = None
    if "--only" in words:
        state["only"] = pathlib.Path(words[words.index("--only") + 1]).read_text().split("\n")[:-1]
    results = measure(folder, state, state["rounds"], state["only"])
    (folder / "state.json").write_text(json.dumps(state))
    builder.write(folder / "results.json", results)
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write(" ".join(words) + "\n")
    return 0


sys.exit(main(sys.argv[1:]))
