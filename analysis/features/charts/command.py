"""Draw every chart that the file has data for, as SVG and PNG; what it has no
data for is named. Files of plain Google Benchmark are drawn too."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Sequence

from ...files import foreign
from ...files.output import make_folder, print_text
from ...show import charts, units
from ...show.naming import file_labels

EXAMPLES = """examples:
  breakeven charts results/latest/results.json   into results/latest/charts
  breakeven charts a/results.json b/results.json --out out   into out/a, out/b"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a results.json")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: `charts` beside each file")


def run(options: argparse.Namespace) -> None:
    for file, folder in _folders(options.files, options.out):
        made = 0
        content = foreign.load(file)
        if isinstance(content, foreign.ForeignFile) and content.left_out:
            print_text(f"{content.not_shown()}\n")
        for chart, needs, figures in charts.draw_file(content):
            if not figures:
                print_text(f"not drawn: {chart} (needs {needs})\n")
            for name, figure in figures:
                make_folder(folder)
                svg, *_ = charts.save(figure, folder / name)
                print_text(f"{svg}\n")
                made += 1
        drawn = units.count(made, "chart")
        print_text(f"{drawn} in {folder}, as .svg and .png\n" if made else f"{file}: nothing to draw\n")


def _folders(files: Sequence[Path], out: Path | None) -> list[tuple[Path, Path]]:
    """Beside each file, or in `out`; there several files get a folder each, named after the file's own."""
    if out is None:
        return [(file, file.parent / "charts") for file in files]
    if len(files) == 1:
        return [(files[0], out)]
    return [(file, out / name) for file, name in zip(files, file_labels(files))]
