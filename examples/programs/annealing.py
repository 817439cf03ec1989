"""A short tour through towns, by simulated annealing that starts anew sixty times."""

import math
import random

import ports
from breakeven.site import Site

draw = random.Random(7)
TOWNS = [(draw.random(), draw.random()) for _ in range(30)]


def way(a: int, b: int) -> float:
    return math.dist(TOWNS[a], TOWNS[b])


def tour(seed: int) -> tuple:
    draw = random.Random(seed)
    order = list(range(len(TOWNS)))
    draw.shuffle(order)
    heat = 1.0
    for _ in range(3000):
        i, j = sorted(draw.sample(range(1, len(order)), 2))
        before, after = order[i - 1], order[(j + 1) % len(order)]
        change = way(before, order[j]) + way(order[i], after) - way(before, order[i]) - way(order[j], after)
        if change < 0 or draw.random() < math.exp(-change / heat):
            order[i:j + 1] = order[i:j + 1][::-1]
        heat *= 0.998
    return sum(way(order[k - 1], order[k]) for k in range(len(order))), order


seeds = list(range(60))
site = Site("annealing")


def serial() -> list:
    results = []
    for seed in seeds:
        with site.task(seed) as task:
            task.result = tour(seed)
        results.append(task.result)
    return results


if __name__ == "__main__":
    print(f"{min(ports.loop(tour, seeds, serial))[0]:.4f}")
