"""SHA-256 of the blocks of a file; the library holds no GIL meanwhile."""

import hashlib

import ports
from breakeven.site import Site


def digest(block: bytes) -> str:
    for _ in range(4):
        found = hashlib.sha256(block).hexdigest()
    return found


data = (ports.FOLDER / "words.txt").read_bytes() * 6
blocks = [data[first:first + 100_000] for first in range(0, len(data), 100_000)]
site = Site("sha")


def serial() -> list:
    results = []
    for block in blocks:
        with site.task(block) as task:
            task.result = digest(block)
        results.append(task.result)
    return results


if __name__ == "__main__":
    print(ports.loop(digest, blocks, serial)[0][:16])
