"""`python3 -m analysis`: see analysis/cli.py."""

import sys

from analysis import interpreter

if __name__ == "__main__":
    interpreter.with_libraries(["-m", "analysis", *sys.argv[1:]])
    from analysis.cli import main

    sys.exit(main(sys.argv[1:]))
