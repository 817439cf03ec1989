"""`python3 -m analysis`: see analysis/cli.py. Finds an interpreter that has the libraries."""

import importlib.util
import os
import pathlib
import subprocess
import sys

LIBRARIES = ("fastjsonschema", "jinja2", "matplotlib", "numpy", "scipy")
CHOSEN = "BREAKEVEN_PYTHON_CHOSEN"


def use_an_interpreter_with_the_libraries() -> None:
    """Goes on in the interpreter that `make bench` uses, and says so; else stays here."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    chooser = pathlib.Path(__file__).resolve().parents[1] / ".ci" / "python"
    if not missing or CHOSEN in os.environ or not chooser.exists():
        return
    chosen = subprocess.run([str(chooser)], capture_output=True, text=True).stdout.strip()
    if not chosen:
        return
    print(f"analysis: by {chosen}, since {sys.executable} has no {missing[0]}", file=sys.stderr)
    os.environ[CHOSEN] = chosen
    os.execv(chosen, [chosen, "-m", "analysis", *sys.argv[1:]])


if __name__ == "__main__":
    use_an_interpreter_with_the_libraries()
    from analysis.cli import main

    sys.exit(main(sys.argv[1:]))
