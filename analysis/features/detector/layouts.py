"""Builds of identical source with other layouts in memory: what a change of unrelated code does to timings.

The program's own link command is repeated with an object of padding in front, which moves the functions and
constants behind it, and for every other build with the objects in reverse order.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ..check.layouts import PADDING as ALL_PADDING, assembly
from ..check.revisions import SourceFailed
from ...files.output import make_folder

PADDING = ALL_PADDING[:6]


def build(build_folder: Path, out: Path) -> list[Path]:
    """The programs, made in `out`; raises SourceFailed with the linker's message."""
    command, place = link_command(build_folder)
    out = out.absolute()  # the linker runs in another folder
    programs = []
    for number, (code, constants) in enumerate(PADDING):
        folder = out / f"layout{number}"
        make_folder(folder)
        for beside in ("share", "lib"):  # where it finds its files
            link_anew(folder / beside, build_folder.absolute() / beside)
        source, padding = folder / "padding.s", folder / "padding.o"
        source.write_text(assembly(code, constants))
        _run([command[0], "-c", str(source), "-o", str(padding)], place)
        _run(relinked(command, padding, folder / "breakeven", reverse=number % 2 == 1), place)
        programs.append(folder / "breakeven")
    return programs


def link_anew(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)


def link_command(build_folder: Path) -> tuple[list[str], Path]:
    """The words that link `breakeven`, and the folder in which they hold."""
    place = build_folder.absolute() / "bench"
    file = place / "CMakeFiles" / "breakeven.dir" / "link.txt"
    try:
        text = file.read_text(encoding="utf-8")
        return shlex.split(text.replace(r"\$", "$")), place  # as in $ORIGIN; in quotes shlex would keep it
    except OSError:
        raise SourceFailed(
            f"{file}: is not there; the self-test needs a build of CMake's Makefile generator: `make build`"
        ) from None


def relinked(command: list[str], padding: Path, program: Path, *, reverse: bool) -> list[str]:
    """The same command with padding first, another output, and the objects turned round where `reverse`."""
    objects = [word for word in command if word.endswith(".o")]
    ordered = iter(reversed(objects) if reverse else objects)
    words = [next(ordered) if word.endswith(".o") else word for word in command]
    words[words.index("-o") + 1] = str(program)
    first = next(i for i, word in enumerate(words) if word.endswith(".o"))
    return [*words[:first], str(padding), *words[first:]]


def _run(words: list[str], place: Path) -> None:
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise SourceFailed(f"{' '.join(words[:2])}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
