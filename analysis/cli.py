"""The command line of the analysis: one word each, a folder of features/ with its `command`.

A command has `add_options(parser)` and `run(options)`, which returns the exit code or None for 0; its
docstring is the help, its EXAMPLES stand below it. Exit codes: 0 done; 1 a check or a self-test says no;
2 wrong usage, a file that cannot be used, or a missing package; 4 the output failed; those of `check` stand
in its help.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Iterator, NoReturn, Sequence

from .files.errors import CommandError, OutputFailed, UsageError, nearest

WORDS = {
    "charts": "draw every chart that the file has data for, as SVG and PNG",
    "record": "run a serial program, and write what its loops are like",
    "advise": "rank the backends for a task that was never measured, or for a recorded loop",
    "report": "write one HTML page: tables, charts, method, machine",
    "csv": "write one row a sample, flat",
    "check": "judge whether a build is slower than another",
    "bisect": "name the commit that made a program slower",
    "history": "keep the times of each commit, and mark where they changed",
    "conform": "hold the cell commands of a manifest to the protocol",
    "claims": "judge the claims about Python's pools",
    "compare": "what a dispatch costs in each backend, next to the best peer's",
    "model": "print the cost model: the backends' prices, and how far off it is",
    "self-test": "test what Breakeven says of itself, on this machine",
}


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; writes to standard output and standard error."""
    if sys.stdout is None:  # closed by the caller
        return _fail("standard output is closed; send it to a file or to /dev/null", OutputFailed.exit_code)
    code = None
    try:
        with _ended_by_signals():
            code = _run(arguments)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _fail(f"standard output: {error.strerror}", OutputFailed.exit_code)
    except Ended as ended:
        return 128 + ended.number
    except KeyboardInterrupt:
        return 130
    return code or 0


class Ended(KeyboardInterrupt):
    """A signal that asks for the end: what was begun is taken away as after Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise Ended; afterwards they do what they did before.

    Whoever calls main() and forks later would hand the handler on, and a child that is ended between its fork
    and its own code would raise in its parent's frames.
    """
    changed = [
        number for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) == signal.SIG_DFL  # not where somebody wants it ignored, as nohup does
    ]
    for number in changed:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise Ended(number)


def _fail(message: str, exit_code: int) -> int:
    print("breakeven: " + "".join(c if c.isprintable() else "?" for c in message), file=sys.stderr)
    return exit_code


def _run(arguments: Sequence[str]) -> int | None:
    if list(arguments[:1]) in (["-h"], ["--help"]):
        words = "\n".join(f"  {word:<10} {text}" for word, text in WORDS.items())
        print(f"breakeven WORD --help teaches each of these words:\n\n{words}")
        return 0
    if not arguments or arguments[0].startswith("-"):
        raise UsageError(f"which command? one of {', '.join(WORDS)}")
    word, *rest = arguments
    if word not in WORDS:
        raise UsageError(f"unknown command `{word}`{nearest(word, WORDS)}")
    command = importlib.import_module(f".features.{word.replace('-', '_')}.command", __package__)
    options = _parse(word, command, rest)
    code: int | None = command.run(options)
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` shows examples")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Eighty columns, whatever the terminal has."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24, width=80)


def _parse(word: str, command: ModuleType, arguments: Sequence[str]) -> argparse.Namespace:
    description = (command.__doc__ or "").strip()
    examples = getattr(command, "EXAMPLES", "")
    parser = _Parser(
        prog=f"breakeven {word}", description=description, epilog=examples, formatter_class=_Formatter,
        allow_abbrev=False,
    )
    command.add_options(parser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        flags = [flag for action in parser._actions for flag in action.option_strings]
        known = [flag for flag in flags if flag.startswith("--")]
        raise UsageError(f"unknown argument `{unknown[0]}`{nearest(unknown[0].split('=')[0], known)}")
    return options
