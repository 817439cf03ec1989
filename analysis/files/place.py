"""Where the measuring program and its checkout are."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import UsageError


def checkout() -> Path:
    """The checkout that this package stands in; where it is installed, the working folder."""
    above = Path(__file__).resolve().parents[2]
    return above if (above / "CMakeLists.txt").exists() else Path.cwd()


def program() -> Path:
    """The measuring program: the one that was started, this installation's, or the checkout's. Raises
    UsageError.
    """
    started = os.environ.get("BREAKEVEN_PROGRAM")
    if started:
        path = Path(started)
    else:
        share = Path(__file__).resolve().parents[3]  # installed, this is share/breakeven/python/breakeven
        installed = share.name == "breakeven" and share.parent.name == "share"
        path = share.parents[1] / "bin" / "breakeven" if installed else checkout() / "build" / "breakeven"
    if not path.exists():
        raise UsageError(f"{path}: the measuring program is not there; run `make build`")
    return path


def home() -> Path:
    """The started installation's share/breakeven, or the build's; it may not be there yet."""
    given = os.environ.get("BREAKEVEN_HOME")
    return Path(given) if given else build_folder() / "share" / "breakeven"


def build_folder() -> Path:
    """The folder in which the started program was built, or the checkout's; it may not be there yet."""
    started = os.environ.get("BREAKEVEN_PROGRAM")
    folder = Path(started).parent if started else None
    return folder if folder and (folder / "CMakeCache.txt").exists() else checkout() / "build"
