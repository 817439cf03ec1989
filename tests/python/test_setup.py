"""What a fresh machine gets before the two commands: each purpose has the packages that it uses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def packages(purpose):
    done = subprocess.run(
        [ROOT / ".ci/install", "--packages", purpose], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


BUILDING = {"g++", "cmake", "libbenchmark-dev", "nlohmann-json3-dev", "libcli11-dev", "python3-matplotlib"}
TESTING = {
    "libgtest-dev",
    "python3-pytest",
    "python3-pytest-xdist",
    "python3-jsonschema",
    "python3-selenium",
    "chromium",
    "chromium-driver",
    "libbenchmark-tools",
    "python3-pytest-benchmark",
    "python3-markdown",
}


@pytest.mark.parametrize(
    "purpose, needed",
    [
        ("bench", set()),
        ("test", TESTING | {"debootstrap", "dpkg-dev"}),
        ("lint", TESTING | {"clang-tidy", "flake8", "mypy"}),
        ("peers", {"libtbb-dev", "libomp-dev"}),
        ("package", {"dpkg-dev"}),
        ("verdict", {"python3-pytest", "python3-pytest-benchmark"}),
        ("site", {"python3-markdown"}),
    ],
)
def test_every_purpose_names_the_packages_that_it_uses(purpose, needed):
    assert BUILDING | needed <= packages(purpose)


def test_the_suite_alone_needs_no_test_tools():
    assert not packages("bench") & (TESTING | {"debootstrap"})


def test_an_unknown_purpose_is_refused():
    done = subprocess.run([ROOT / ".ci/install", "play"], capture_output=True, text=True)
    assert done.returncode == 2 and "say what for" in done.stderr
