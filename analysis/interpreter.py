"""Finds an interpreter that has the libraries. Standard library only, since it runs before they are there."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import subprocess
import sys
from typing import Sequence

LIBRARIES = ("fastjsonschema", "jinja2", "matplotlib", "numpy", "scipy")
CHOSEN = "BREAKEVEN_PYTHON_CHOSEN"


def with_libraries(program: Sequence[str]) -> None:
    """Where this one lacks a library: starts `program` (what follows the interpreter's name) anew in the one
    that `make bench` uses, and says so."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    chooser = pathlib.Path(__file__).with_name("find-python")
    if not missing or CHOSEN in os.environ or not chooser.exists():
        return
    chosen = subprocess.run([str(chooser)], capture_output=True, text=True).stdout.strip()
    if not chosen:
        return
    print(f"analysis: by {chosen}, since {sys.executable} has no {missing[0]}", file=sys.stderr)
    os.environ[CHOSEN] = chosen
    os.execv(chosen, [chosen, *program])
