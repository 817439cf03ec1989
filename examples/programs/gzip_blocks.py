"""A file in compressed blocks; the library holds no GIL meanwhile."""

import zlib

import ports
from breakeven.site import Site


def compressed(block: bytes) -> bytes:
    return zlib.compress(block, 6)


data = (ports.FOLDER / "words.txt").read_bytes()
blocks = [data[first:first + 64_000] for first in range(0, len(data), 64_000)]
site = Site("gzip_blocks")


def serial() -> list:
    results = []
    for block in blocks:
        with site.task(block) as task:
            task.result = compressed(block)
        results.append(task.result)
    return results


if __name__ == "__main__":
    results = ports.loop(compressed, blocks, serial)
    print(sum(map(len, results)), "bytes")
