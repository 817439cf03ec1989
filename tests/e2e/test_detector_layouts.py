"""The self-test's builds of identical source, linked from the real objects: same work, other addresses."""

import collections
import pathlib
import subprocess
import sys

import pytest

from program import BUILD, PROGRAM, ROOT, Bench

sys.path.insert(0, str(ROOT))

from analysis.features.detector import layouts  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (BUILD / "bench/CMakeFiles/breakeven.dir/link.txt").exists(), reason="only Makefiles leave link.txt"
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[pathlib.Path]:
    """Linked into a folder that is given relative to the current one, as --out often is."""
    assert PROGRAM.exists(), f"{PROGRAM} is not built; run make build"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("layouts"))
        return layouts.build(BUILD, pathlib.Path("programs"))


def functions(program: pathlib.Path) -> dict[str, int]:
    """Addresses of the project's own functions, without what the compiler set apart as seldom run."""
    listed = subprocess.run(["nm", "--defined-only", program], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    own = [row for row in rows if row[1] in "tT" and "9breakeven" in row[2] and ".cold" not in row[2]]
    times = collections.Counter(name for _, _, name in own)
    return {name: int(address, 16) for address, _, name in own if times[name] == 1}


def test_layouts_hold_the_same_functions_at_other_addresses(programs: list[pathlib.Path]) -> None:
    tables = [functions(program) for program in programs]
    assert len(tables) == len(layouts.PADDING) and len(tables[0]) > 100
    for i, one in enumerate(tables):
        assert one.keys() == functions(PROGRAM).keys()
        for other in tables[:i]:
            assert sum(one[name] != other[name] for name in one) > 0.9 * len(one)


def test_every_second_layout_has_its_functions_in_the_opposite_order(programs: list[pathlib.Path]) -> None:
    def place(program: pathlib.Path, part: str) -> int:
        return min(address for name, address in functions(program).items() if part in name)

    # Parts of objects that stand in this order on the link line.
    in_order = [place(program, "Mandelbrot") < place(program, "Deflate") for program in programs]
    assert in_order == [True, False] * (len(programs) // 2)


def test_every_layout_does_the_same_work(bench: Bench, programs: list[pathlib.Path]) -> None:
    mandelbrot = {"workload": "mandelbrot", "cost": 50, "out_bytes": 64}
    shapes = (mandelbrot, {"workload": "deflate", "in_bytes": 4096})
    grids = [{**shape, "tasks": 3, "backends": ["thread_pool", "fork_pool/pipe"]} for shape in shapes]
    suite = bench.suite(grids=grids, rounds=1)
    found = set()
    for number, program in enumerate([PROGRAM, *programs]):
        assert bench("run", suite, "--out", f"{number}/results.json", program=program).code == 0
        rows = bench.results(f"{number}/results.json")["benchmarks"]
        found.add(tuple(sorted((row["name"], row["breakeven"]["digest"]) for row in rows)))
    assert len(found) == 1
