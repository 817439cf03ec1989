"""The cell command of the Python backends: one request in, one record out (docs/format.md).

Usage: cell.py REQUEST, or cell.py - to read it from standard input. Exit codes: 0 a good sample; 1 a failed
one, whose record says why; 2 the request cannot be read.
"""

if __name__ == "__main__":  # workers that are spawned import this file again: they need nothing of it
    import sys

    from breakeven_cell import command

    sys.exit(command.main(sys.argv[1:]))
