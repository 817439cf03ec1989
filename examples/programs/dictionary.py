"""An index: in which lines of a text each word stands; large dictionaries come back."""

import ports
from breakeven.site import Site


def index(part: tuple) -> dict:
    first, lines = part
    found: dict = {}
    for number, line in enumerate(lines, first):
        for word in line.split():
            found.setdefault(word, []).append(number)
    return found


lines = (ports.FOLDER / "words.txt").read_text().splitlines()
parts = [(first, lines[first:first + 900]) for first in range(0, len(lines), 900)]
site = Site("dictionary")


def serial() -> list:
    results = []
    for part in parts:
        with site.task(part) as task:
            task.result = index(part)
        results.append(task.result)
    return results


if __name__ == "__main__":
    print(sum(map(len, ports.loop(index, parts, serial))), "entries")
