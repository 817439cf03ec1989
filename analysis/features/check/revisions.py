"""Revisions of a git repository, checked out beside it and kept; and what a failed build says.

Each lies in a folder of its own, FOLDER/KEY/source, and counts once FOLDER/KEY/ready exists. The KEPT that
were used last stay.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Collection

from ...files.errors import CommandError
from ...files.output import make_folder, write_atomically

OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # of the make that called this: not for an inner one
KEPT = 4  # built revisions; each some 60 MB
_SHOWN = 30  # lines of a failed build; all of them are in its log
_ERROR = re.compile(r"\berror:|\bundefined (?:reference|symbol)|^g?make\S*: \*\*\* (?!\[)", re.IGNORECASE)
_FAILED_RULE = re.compile(r"g?make\S*: \*\*\* \[")  # the line before says why


class SourceFailed(CommandError):
    """A revision is not here, or does not build."""


def resolve(root: Path, reference: str) -> str:
    """The full hash of a revision. Raises SourceFailed that says what to fetch."""
    found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.strip()
    if git(root, "rev-parse", "--git-dir").returncode != 0:
        raise SourceFailed(f"{root}: is not a git repository; give --base and --head as programs instead")
    if git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise SourceFailed(
            f"{reference}: is not in this shallow clone; run `git fetch --unshallow origin`, or on GitHub "
            "Actions give actions/checkout `fetch-depth: 0`"
        )
    raise SourceFailed(f"{reference}: no such revision here; `git fetch origin {reference}` may bring it")


def check_out(root: Path, revision: str, place: Path) -> None:
    forget(root, place)  # a half of an earlier one
    place.mkdir(parents=True, exist_ok=True)
    done = git(root, "worktree", "add", "--force", "--detach", str(place / "source"), revision)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["?"]
        raise SourceFailed(f"{revision[:12]}: git worktree add: {said[-1]}")


def forget(root: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    git(root, "worktree", "prune")


def forget_oldest(root: Path, cache: Path, but: Collection[Path]) -> None:
    def used(place: Path) -> float:
        ready = place / "ready"
        return ready.stat().st_mtime if ready.exists() else 0.0

    others = sorted((place for place in cache.iterdir() if place.is_dir() and place not in but), key=used)
    for place in others[: max(0, len(others) - (KEPT - len(but)))]:
        forget(root, place)


def diagnosis(output: str) -> tuple[str, list[str]]:
    """The first error of a build in one line, and the output from there on; without escape characters."""
    clean = ("".join(c for c in line if c.isprintable() or c == "\t") for line in output.splitlines())
    lines = [line for line in clean if line.strip()]
    for i, line in enumerate(lines):
        if line.startswith("CMake Error"):  # where; the line below says what
            return " ".join(part.strip() for part in lines[i:i + 2]), lines[i:]
        if _ERROR.search(line):
            return line.strip(), lines[i:]
        if _FAILED_RULE.match(line) and i > 0:
            return lines[i - 1].strip(), lines[i - 1:]
    return lines[-1].strip() if lines else "it says nothing", lines[-_SHOWN:]


def build_failed(what: str, output: str, log: Path) -> SourceFailed:
    """Shows where the output of a build turns bad, keeps it in `log`, and says the first error."""
    make_folder(log.parent)
    write_atomically(log, output.encode("utf-8", "backslashreplace"))
    message, lines = diagnosis(output)
    print("\n".join(lines[:_SHOWN]), file=sys.stderr)
    return SourceFailed(f"{what} does not build: {message} (the whole output: {log})")


def working_tree(root: Path) -> str:
    """`the working tree (3f2a9c1b7d1e, changed)`"""
    status = git(root, "status", "--porcelain", "--untracked-files=no").stdout
    changed = ", changed" if status.strip() else ""
    at = git(root, "rev-parse", "--short=12", "HEAD").stdout.strip()
    return f"the working tree ({at}{changed})" if at else "the working tree"


def described(revision: str, reference: str) -> str:
    """`3f2a9c1b7d1e (main~2)`"""
    short = revision[:12]
    return short if reference in (short, revision) else f"{short} ({reference})"


def git(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise SourceFailed(f"git: {error.strerror}; it is needed to build another revision") from None


def say(words: str) -> None:
    print(f"check: {words}", file=sys.stderr, flush=True)
