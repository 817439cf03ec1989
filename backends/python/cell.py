"""The cell command of the Python backends: one request in, one record out (docs/format.md).

Usage: cell.py REQUEST, or cell.py - to read it from standard input. Exit codes: 0 a good sample; 1 a failed
one, whose record says why; 2 the request cannot be read.
"""

if __name__ == "__main__":  # workers that are spawned import this file again: they need nothing of it
    import os
    import sys

    # Interpreters that a pool spawns look for modules in the working folder first: a user's queue.py must not
    # be taken for the library's. What lies there is found behind the library.
    try:
        os.environ["BREAKEVEN_FOLDER"] = os.getcwd()
        sys.path.append(os.getcwd())
    except OSError:  # the folder is gone
        pass
    os.chdir(os.path.dirname(os.path.abspath(__file__)))

    from breakeven_cell import command

    sys.exit(command.main(sys.argv[1:]))
