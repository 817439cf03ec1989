"""The programs to compare: the working tree's own, and those of git revisions, built once and kept.

A revision is checked out as a git worktree and built with the flags of the head's build folder, in
HEAD_BUILD/check/KEY, KEY being made of revision, compiler and flags. The KEPT that were used last stay.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from ...files.errors import CommandError
from ...files.output import make_folder, write_atomically

KEPT = 4  # built revisions; each some 60 MB
# How the program is compiled, and where its libraries are looked for.
_FLAGS = re.compile(
    r"^(CMAKE_(?:BUILD_TYPE|TOOLCHAIN_FILE|SYSROOT|PREFIX_PATH|CXX_COMPILER(?:_LAUNCHER)?|CXX_FLAGS\w*"
    r"|EXE_LINKER_FLAGS\w*|INTERPROCEDURAL_OPTIMIZATION\w*|POSITION_INDEPENDENT_CODE)"
    r"|(?!FETCHCONTENT_)\w+_(?:DIR|ROOT|LIBRARY\w*)(?=:(?:FILE)?PATH)|BREAKEVEN_\w+):\w+=(.*)$",
    re.MULTILINE,
)
_NOT_FLAGS = ("BREAKEVEN_TESTS", "BREAKEVEN_EXAMPLES", "BREAKEVEN_MANIFESTS")
_SHOWN = 30  # lines of a failed build; all of them are in its LOG
LOG = "check-build.log"
_ERROR = re.compile(r"\berror:|\bundefined (?:reference|symbol)|^g?make\S*: \*\*\* (?!\[)", re.IGNORECASE)
_FAILED_RULE = re.compile(r"g?make\S*: \*\*\* \[")  # the line before says why
_TARGET = "breakeven"


class SourceFailed(CommandError):
    """A revision is not here, or does not build."""


@dataclass(frozen=True)
class Program:
    path: Path
    described: str  # `3f2a9c1 (main~2)`, `the working tree`


def of_working_tree(root: Path, build: Path) -> Program:
    """Builds what lies in the tree, with changes that are not committed, in its own build folder."""
    _say(f"building the working tree in {build}")
    if not (build / "CMakeCache.txt").exists():
        _cmake(["-S", str(root), "-B", str(build)], build, "the working tree")
    _compile(build, "the working tree")
    status = _git(root, "status", "--porcelain", "--untracked-files=no").stdout
    changed = ", changed" if status.strip() else ""
    at = _git(root, "rev-parse", "--short=12", "HEAD").stdout.strip()
    return Program(build / _TARGET, f"the working tree ({at}{changed})" if at else "the working tree")


def of_revision(root: Path, reference: str, build: Path) -> Program:
    """The program of a git revision, out of the cache or built now with the flags of `build`."""
    revision = resolve(root, reference)
    flags = flags_of(build)
    cache = build / "check"
    place = cache / f"{revision[:12]}-{_key(revision, flags)}"
    short = revision[:12]
    described = short if reference == short or reference == revision else f"{short} ({reference})"
    program = place / "build" / _TARGET
    ready = place / "ready"  # exists once the build has ended well
    if not (ready.exists() and program.is_file()):
        _say(f"building {described} in {place} (kept for the next time)")
        _check_out(root, revision, place)
        words = [f"-D{name}={value}" for name, value in flags.items()]
        words += ["-DBREAKEVEN_TESTS=OFF", "-DBREAKEVEN_EXAMPLES=OFF"]
        _cmake(["-S", str(place / "source"), "-B", str(place / "build"), *words], place / "build", described)
        _compile(place / "build", described)
        ready.touch()
    os.utime(ready)
    _forget_oldest(root, cache, place)
    return Program(program, described)


def resolve(root: Path, reference: str) -> str:
    """The full hash of a revision. Raises SourceFailed that says what to fetch."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.strip()
    if _git(root, "rev-parse", "--git-dir").returncode != 0:
        raise SourceFailed(f"{root}: is not a git repository; give --base and --head as programs instead")
    if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise SourceFailed(
            f"{reference}: is not in this shallow clone; run `git fetch --unshallow origin`, or on GitHub "
            "Actions give actions/checkout `fetch-depth: 0`"
        )
    raise SourceFailed(f"{reference}: no such revision here; `git fetch origin {reference}` may bring it")


def flags_of(build: Path) -> dict[str, str]:
    """What decides how a program is built, from the build folder's CMakeCache.txt; {} without one."""
    cache = build / "CMakeCache.txt"
    if not cache.exists():
        return {}
    found = dict(_FLAGS.findall(cache.read_text(encoding="utf-8", errors="replace")))
    return {
        name: value for name, value in sorted(found.items())
        if name not in _NOT_FLAGS and not value.endswith("NOTFOUND")
    }


def _key(revision: str, flags: Mapping[str, str]) -> str:
    compiler = flags.get("CMAKE_CXX_COMPILER") or os.environ.get("CXX") or "c++"
    try:
        version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        version = ""
    text = "\n".join([revision, version, *(f"{name}={value}" for name, value in flags.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _check_out(root: Path, revision: str, place: Path) -> None:
    _forget(root, place)  # a half of an earlier one
    place.mkdir(parents=True, exist_ok=True)
    done = _git(root, "worktree", "add", "--force", "--detach", str(place / "source"), revision)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["?"]
        raise SourceFailed(f"{revision[:12]}: git worktree add: {said[-1]}")


def _forget(root: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    _git(root, "worktree", "prune")


def _forget_oldest(root: Path, cache: Path, but: Path) -> None:
    def used(place: Path) -> float:
        ready = place / "ready"
        return ready.stat().st_mtime if ready.exists() else 0.0

    others = sorted((place for place in cache.iterdir() if place.is_dir() and place != but), key=used)
    for place in others[: max(0, len(others) - (KEPT - 1))]:
        _forget(root, place)


def _compile(build: Path, what: str) -> None:
    _cmake(["--build", str(build), "--target", _TARGET, "-j", str(os.cpu_count() or 1)], build, what)


def _cmake(words: Sequence[str], build: Path, what: str) -> None:
    """Raises SourceFailed with the first error, after showing what follows it on standard error."""
    of_make = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # of the make that called this: not for the inner one
    environment = {key: value for key, value in os.environ.items() if key not in of_make}
    environment["LC_ALL"] = "C.UTF-8"  # messages in the language that is looked for below
    try:
        done = subprocess.run(
            ["cmake", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=environment, check=False,
        )
    except OSError as error:
        raise SourceFailed(f"cmake: {error.strerror}; `make build` installs it") from None
    if done.returncode == 0:
        return
    make_folder(build)
    write_atomically(build / LOG, done.stdout.encode("utf-8", "backslashreplace"))
    message, lines = diagnosis(done.stdout)
    print("\n".join(lines[:_SHOWN]), file=sys.stderr)
    raise SourceFailed(f"{what} does not build: {message} (the whole output: {build / LOG})")


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


def _git(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise SourceFailed(f"git: {error.strerror}; it is needed to build another revision") from None


def _say(words: str) -> None:
    print(f"check: {words}", file=sys.stderr, flush=True)
