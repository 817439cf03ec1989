"""The command line: charts, summary, report, advice, csv, claims, self-test. Errors are one line each.

Exit codes: 0 done; 1 a self-test missed what it asks for; 2 wrong usage, a file that is no good, or a missing
package; 4 the output failed. Those of `check` stand in analysis/features/check/options.py.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path
from typing import Callable, Iterable, NoReturn, Sequence

from .files import results
from .statistics import stats
from .show import units
from .features.check import options as check_options
from .files.errors import CommandError, OutputFailed
from .files.output import make_folder, write_atomically
from .features.detector import options as detector_options
from .features.intervals import options as selftest_options

_EXAMPLES = """examples:
  python3 -m analysis summary results/latest/results.json
  python3 -m analysis charts  results/latest/results.json            (into results/latest/charts)
  python3 -m analysis charts  a/results.json b/results.json -o out   (into out/a and out/b)
  python3 -m analysis report  a/results.json b/results.json -o report.html   (side by side)
  python3 -m analysis csv     results/latest/results.json -o samples.csv
  python3 -m analysis compare results/overhead-.../results.json -o compare.json
  python3 -m analysis advise  results/latest/results.json --task 200us --in 4KiB --out 64B --tasks 1000
  python3 -m analysis model   results/grid/results.json              (the prices, and how far off it is)
  python3 -m analysis check   --base origin/main                     (is the working tree slower?)
  python3 -m analysis claims  results/claims-.../results.json        (claims.html, .json, .md beside it)

A result file is written by `build/breakeven run SUITE`; docs/format.md describes it."""


class UsageError(CommandError):
    """The command line is wrong."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; writes to standard output and standard error."""
    if sys.stdout is None:  # closed by the caller
        return _fail("standard output is closed; send it to a file or to /dev/null", OutputFailed.exit_code)
    code = None
    try:
        options = _parse(arguments)
        run: Callable[[argparse.Namespace], int | None] = options.run
        code = run(options)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _fail(f"standard output: {error.strerror}", OutputFailed.exit_code)
    except KeyboardInterrupt:
        return 130
    return code or 0


def _fail(message: str, exit_code: int) -> int:
    print("analysis: " + "".join(c if c.isprintable() else "?" for c in message), file=sys.stderr)
    return exit_code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` shows examples")


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(
        prog="python3 -m analysis",
        description="Shows what Breakeven measured: tables, charts, rows.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    made: dict[str, _Parser] = {}

    def add(name: str, run: Callable[[argparse.Namespace], int | None], text: str) -> _Parser:
        made[name] = commands.add_parser(name, help=text, description=f"{text}.", allow_abbrev=False)
        made[name].set_defaults(run=run)
        return made[name]

    charts = add("charts", _charts, "Draw every chart that the file has data for, as SVG and PNG")
    charts.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a results.json")
    charts.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: `charts` beside each file")
    table = add("summary", _summary, "Print a table per block: time, speed-up, interval, efficiency")
    table.add_argument("file", type=Path, metavar="FILE", help="a results.json")
    rows = add("csv", _csv, "Write one row per sample, flat")
    rows.add_argument("file", type=Path, metavar="FILE", help="a results.json")
    rows.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: standard output")
    page = add("report", _report, "Write one HTML page: summary, charts, tables, method, machine")
    page.add_argument("files", nargs="+", type=Path, metavar="FILE", help="several: side by side")
    page.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: report.html beside the first")
    peers = add("compare", _compare, "What a dispatch costs in each backend, next to the best peer's")
    peers.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of suites overhead, granularity")
    peers.add_argument("-o", "--out", type=Path, metavar="FILE", help="also write it as JSON")
    claims = add("claims", _claims, "Judge the claims about Python's pools: claims.html, .json and .md")
    claims.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite article-python")
    claims.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: the file's own folder")
    claims.add_argument(
        "--document", type=Path, metavar="FILE.md",
        help="also fill this document's places for figures, such as those of docs/python.md",
    )
    prices = add("model", _model, "Print the cost model: the backends' prices, its error on held-out shapes")
    prices.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite grid")
    advice = add("advise", _advise, "Rank the backends for a task that was never measured, by a cost model")
    advice.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite grid")
    advice.add_argument("--task", required=True, type=_of(units.parse_time), metavar="TIME",
                        help="how long one task computes: 200us")
    advice.add_argument("--in", dest="into", default=0.0, type=_of(units.parse_size), metavar="SIZE",
                        help="payload into each task: 4KiB")
    advice.add_argument("--out", default=0.0, type=_of(units.parse_size), metavar="SIZE",
                        help="payload out of each task: 64B")
    count = _of(units.parse_count)
    advice.add_argument("--tasks", default=1000, type=count, metavar="N", help="default: 1000")
    advice.add_argument("--workers", type=count, metavar="N", help="default: the file's cores")
    advice.add_argument("--skew", default=0.0, type=float, metavar="S", help="0: equal tasks; 4: very uneven")
    advice.add_argument("--json", action="store_true", help="for programs")
    check_options.add_options(add("check", _check, "Judge whether a build is slower than another"))
    tested = add("self-test", _self_test, "Test what Breakeven says of itself, on this machine")
    parts = tested.add_subparsers(dest="what", metavar="WHAT", parser_class=_Parser, required=True)
    intervals = parts.add_parser("intervals", help="do the intervals hold, and how wide are they?")
    selftest_options.add_options(intervals)
    detector_options.add_options(parts)
    return parser, made


def _of(parse: Callable[[str], float]) -> Callable[[str], float]:
    """A type of argparse, whose complaint is that of the parser."""
    def read(text: str) -> float:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser, commands = _parser()
    if not arguments:
        parser.error(f"which command? one of {', '.join(commands)}")
    if not arguments[0].startswith("-") and arguments[0] not in commands:
        raise UsageError(f"unknown command `{arguments[0]}`{_nearest(arguments[0], commands)}")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        used = commands.get(options.command, parser)
        known = [flag for action in used._actions for flag in action.option_strings if flag.startswith("--")]
        raise UsageError(f"unknown argument `{unknown[0]}`{_nearest(unknown[0].split('=')[0], known)}")
    if options.command is None:
        parser.error(f"which command? one of {', '.join(commands)}")
    return options


def _nearest(word: str, valid: Iterable[str]) -> str:
    words = list(valid)
    nearest = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean `{nearest[0]}`?" if nearest else f"; valid are {', '.join(words)}"


def _charts(options: argparse.Namespace) -> None:
    from .show import charts
    from .files import foreign

    for file, folder in _chart_folders(options.files, options.out):
        made = 0
        for chart, needs, figures in charts.draw_file(foreign.load(file)):
            if not figures:
                _print(f"not drawn: {chart} (needs {needs})\n")
            for name, figure in figures:
                make_folder(folder)
                svg, *_ = charts.save(figure, folder / name)
                _print(f"{svg}\n")
                made += 1
        drawn = units.count(made, "chart")
        _print(f"{drawn} in {folder}, as .svg and .png\n" if made else f"{file}: nothing to draw\n")


def _chart_folders(files: Sequence[Path], out: Path | None) -> list[tuple[Path, Path]]:
    """Beside each file, or in `out`; there several files get a folder each, named after the file's own."""
    if out is None:
        return [(file, file.parent / "charts") for file in files]
    if len(files) == 1:
        return [(files[0], out)]
    return [(file, out / name) for file, name in zip(files, _names(files))]


def _names(files: Sequence[Path]) -> list[str]:
    """What to call each file beside the others: its folder's name, or its own; numbered where they repeat."""
    names = [file.absolute().parent.name if file.name == "results.json" else file.stem for file in files]
    return [name if names.count(name) == 1 else f"{name}-{i + 1}" for i, name in enumerate(names)]


def _summary(options: argparse.Namespace) -> None:
    from .show import summary

    _print(summary.render(stats.evaluate(results.load(options.file))))


def _csv(options: argparse.Namespace) -> None:
    from .features.csv import rows as csv_export

    rows = csv_export.render(results.load(options.file))
    if options.out is None:
        _print(rows)
    else:
        write_atomically(options.out, rows.encode("utf-8", "backslashreplace"))


def _compare(options: argparse.Namespace) -> None:
    from .features.compare import table as compare

    entries = compare.compare([stats.evaluate(results.load(file)) for file in options.files])
    _print(compare.table(entries))
    if options.out is not None:
        make_folder(options.out.parent)
        write_atomically(options.out, compare.to_json(entries).encode())
        _print(f"{options.out}\n")


def _claims(options: argparse.Namespace) -> None:
    from .features import claims

    evaluation = stats.evaluate(results.load(options.file))
    folder: Path = options.out or options.file.parent
    judged, written = claims.write(evaluation, folder, options.document)
    _print(judged + "\n" + "".join(f"{path}\n" for path in written))


def _report(options: argparse.Namespace) -> None:
    from .features import report

    names = _names(options.files)
    evaluations = [(name, stats.evaluate(results.load(file))) for name, file in zip(names, options.files)]
    out: Path = options.out or options.files[0].parent / "report.html"
    write_atomically(out, report.render(evaluations))
    _print(f"{out}\n")


def _model(options: argparse.Namespace) -> None:
    from .features.advise import command
    from .features.model import text

    _print(text.render(command.fitted_model(results.load(options.file))))


def _advise(options: argparse.Namespace) -> None:
    from .features.advise import command

    question = command.Asked(
        options.task, options.into, options.out, options.tasks, options.workers, options.skew
    )
    _print(command.run(results.load(options.file), question, options.json))


def _check(options: argparse.Namespace) -> int:
    from .features.check import command

    return command.run(options)


def _self_test(options: argparse.Namespace) -> int:
    if options.what == "intervals":
        from .features.intervals import command as intervals

        return intervals.run(options)
    from .features.detector import command as detector

    return detector.run(options)


def _print(text: str) -> None:
    """Writes text that may hold what UTF-8 cannot: a lone surrogate in a file's string or name."""
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
