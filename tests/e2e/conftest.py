"""What the end-to-end tests share."""

import pathlib

import pytest
from program import PROGRAM, Bench
from repository import Repository


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Bench:
    assert PROGRAM.exists(), f"{PROGRAM} is not built; run make build"
    return Bench(tmp_path)


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> Repository:
    return Repository(tmp_path)
