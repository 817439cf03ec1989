"""Makes the inputs of the programs in this folder, the same each time. Usage: make_inputs.py FOLDER"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

WORDS = """
the of and to in is that it was for on are with as they be at one have this from or had by not but
what some we can out other were all there when up use your how said an each she which do their time
if will way about many then them write would like so these her long make thing see him two has look
more day could go come did number sound no most people my over know water than call first who may
down side been now find
""".split()


def text(draw: random.Random, words: int) -> str:
    """Lines of ten words, a few words far commoner than others, each tenth of them a name that is nowhere
    else.
    """
    lines = []
    for _ in range(words // 10):
        line = [WORDS[min(int(draw.paretovariate(0.7)) - 1, len(WORDS) - 1)] for _ in range(9)]
        lines.append(" ".join([*line, f"n{draw.randrange(10**6)}"]))
    return "\n".join(lines) + "\n"


def log(draw: random.Random, lines: int) -> str:
    rows = []
    for _ in range(lines):
        host = ".".join(str(draw.randrange(256)) for _ in range(4))
        path = "/".join(draw.choice(WORDS) for _ in range(draw.randrange(1, 6)))
        rows.append(
            f'{host} - - [10/Oct/2000:13:55:36] "GET /{path} HTTP/1.0" '
            f"{draw.choice([200, 200, 200, 404, 500])} "
            f"{draw.randrange(10**6)}"
        )
    return "\n".join(rows) + "\n"


def records(draw: random.Random, lines: int) -> str:
    rows = []
    for number in range(lines):
        rows.append(
            json.dumps(
                {
                    "id": number,
                    "name": draw.choice(WORDS),
                    "tags": draw.sample(WORDS, draw.randrange(1, 30)),
                    "at": {"x": draw.random(), "y": draw.random()},
                }
            )
        )
    return "\n".join(rows) + "\n"


def table(draw: random.Random, lines: int) -> str:
    rows = [
        f'{number},"{draw.choice(WORDS)}, {draw.choice(WORDS)}",{draw.random():.6f},{draw.randrange(1000)}'
        for number in range(lines)
    ]
    return "\n".join(rows) + "\n"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    for name, content in (
        ("words.txt", text(draw, 900_000)),
        ("access.log", log(draw, 12_000)),
        ("records.jsonl", records(draw, 60_000)),
        ("table.csv", table(draw, 250_000)),
    ):
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
