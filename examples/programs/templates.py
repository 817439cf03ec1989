"""Pages from a template, each with a table of its own length."""

import random
from string import Template

import ports
from breakeven.site import Site

PAGE = Template("<html><title>$title</title><table>$rows</table></html>")
ROW = Template("<tr><td>$number</td><td>$name</td><td>$value</td></tr>\n")


def page(seed: int) -> str:
    draw = random.Random(seed)
    rows = [
        ROW.substitute(number=i, name=f"item {draw.randrange(1000)}", value=f"{draw.random():.3f}")
        for i in range(draw.randrange(50, 600))
    ]
    return PAGE.substitute(title=f"page {seed}", rows="".join(rows))


seeds = list(range(400))
site = Site("templates")


def serial() -> list:
    results = []
    for seed in seeds:
        with site.task(seed) as task:
            task.result = page(seed)
        results.append(task.result)
    return results


if __name__ == "__main__":
    print(sum(map(len, ports.loop(page, seeds, serial))), "letters")
