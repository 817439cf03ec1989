"""What the end-to-end tests share."""

import pathlib

import pytest
from program import PROGRAM, Bench


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Bench:
    assert PROGRAM.exists(), f"{PROGRAM} is not built; run make build"
    return Bench(tmp_path)
