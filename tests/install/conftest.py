"""What the tests of the installed product share: a prefix, made once, and the source tree out of sight."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from typing import Any, Sequence

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BREAKEVEN_BUILD", ROOT / "build"))

Finished = subprocess.CompletedProcess[str]


def run(words: Sequence[object], **options: Any) -> Finished:
    command = [str(word) for word in words]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, **options)


def done(words: Sequence[object], **options: Any) -> str:
    """Its standard output; the test fails where the command does."""
    finished = run(words, **options)
    assert finished.returncode == 0, f"{words}\n{finished.stdout[-3000:]}\n{finished.stderr[-3000:]}"
    return finished.stdout


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An installation that was moved away from the prefix that it was installed in."""
    folder = tmp_path_factory.mktemp("installed")
    done(["cmake", "--install", BUILD, "--prefix", folder / "first"])
    shutil.move(folder / "first", folder / "elsewhere" / "moved")
    return folder / "elsewhere" / "moved"


@pytest.fixture(scope="session")
def hidden() -> list[str]:
    """The words that run a command where the source tree and its builds are not there."""
    rights = [] if os.getuid() == 0 else ["--map-root-user"]
    words = ["unshare", "--mount", *rights, "sh", "-c", f'mount -t tmpfs none "{ROOT}" && exec "$@"', "sh"]
    refused = run([*words, "test", "!", "-e", ROOT / "CMakeLists.txt"])
    if refused.returncode:
        pytest.skip(f"no namespace of our own to hide the source tree in: {refused.stderr.strip()}")
    return words
