"""Rows of a CSV file as columns, block by block; what comes back is as large as what goes in."""

import csv

import ports
from breakeven.site import Site


def columns(lines: list) -> tuple:
    numbers, names, values, counts = [], [], [], []
    for number, name, value, count in csv.reader(lines):
        numbers.append(int(number))
        names.append(name)
        values.append(float(value))
        counts.append(int(count))
    return numbers, names, values, counts


blocks = ports.parts((ports.FOLDER / "table.csv").read_text().splitlines(), 100)
site = Site("csv_columns")


def serial() -> list:
    results = []
    for block in blocks:
        with site.task(block) as task:
            task.result = columns(block)
        results.append(task.result)
    return results


if __name__ == "__main__":
    results = ports.loop(columns, blocks, serial)
    print(f"{sum(sum(values) for _, _, values, _ in results):.4f}")
