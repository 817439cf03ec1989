"""Records of a file of JSON lines: what is in them, block by block."""

import json

import ports
from breakeven.site import Site


def total(lines: list) -> tuple:
    names: dict = {}
    x = 0.0
    for line in lines:
        record = json.loads(line)
        x += record["at"]["x"]
        for tag in record["tags"]:
            names[tag] = names.get(tag, 0) + 1
    return x, names


blocks = ports.parts((ports.FOLDER / "records.jsonl").read_text().splitlines(), 120)
site = Site("json_lines")


def serial() -> list:
    results = []
    for block in blocks:
        with site.task(block) as task:
            task.result = total(block)
        results.append(task.result)
    return results


if __name__ == "__main__":
    results = ports.loop(total, blocks, serial)
    print(f"{sum(x for x, _ in results):.4f}")
