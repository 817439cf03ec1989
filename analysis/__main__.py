"""`python3 -m analysis`: see analysis/cli.py."""

import sys

from . import interpreter

if __name__ == "__main__":
    interpreter.with_libraries(["-m", "analysis", *sys.argv[1:]])
    from .cli import main

    sys.exit(main(sys.argv[1:]))
