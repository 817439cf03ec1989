"""Two hosts as network namespaces, for the tests of what spans hosts; skipped, with the reason, where there
can be none.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "verify"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from runs import PROGRAM  # noqa: E402

from network import LINKS, Network, NoNetwork  # noqa: E402

pytestmark = pytest.mark.xdist_group("clusters")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pathlib.Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("clusters"))


@pytest.fixture(scope="session")
def cell_of_mpi() -> pathlib.Path:
    cell = PROGRAM.parent / "lib" / "breakeven" / "breakeven_mpi"
    if not cell.exists():
        pytest.skip("the cell of MPI is not built: make clusters")
    return cell


@pytest.fixture(scope="module")
def two() -> Iterator[Network]:
    try:
        with Network([link for link in LINKS if not link.latency_us]) as made:
            if made.skipped:
                pytest.skip(str(made.skipped))
            yield made
    except NoNetwork as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def network(cell_of_mpi: pathlib.Path, two: Network) -> Network:
    """The same, for what needs the programs of MPI."""
    return two
