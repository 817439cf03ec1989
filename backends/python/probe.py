"""Says whether this interpreter can run the Python backends: exit code 0, or 1 and why not in one line.

Usage: probe.py [MODULE...]; of MODULE|MODULE... one is enough. Runs under any Python, however old.
"""

import sys

OLDEST = (3, 9)


def reason(modules):  # type: (list[str]) -> str
    """Why this interpreter will not do, or an empty string."""
    if tuple(sys.version_info[:2]) < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        return "%s is Python %s; 3.9 or newer is needed" % (sys.executable, version)
    for names in modules:
        errors = [error for error in map(import_error, names.split("|"))]
        if all(errors):
            return "%s: %s" % (sys.executable, errors[0])
    return ""


def import_error(name):  # type: (str) -> str
    try:
        __import__(name)
        return ""
    except Exception as error:  # a module that is broken is as good as none, whatever it raises
        return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    why_not = reason(sys.argv[1:])
    if why_not:
        print(why_not)
        sys.exit(1)
