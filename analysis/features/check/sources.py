"""The programs to compare: the working tree's own, and those of git revisions, built once and kept.

A revision is checked out as a git worktree and built with the flags of the head's build folder, in
HEAD_BUILD/check/KEY, KEY being made of revision, compiler and flags. The KEPT that were used last stay.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from . import revisions
from .revisions import SourceFailed

# How the program is compiled, and where its libraries are looked for.
_FLAGS = re.compile(
    r"^(CMAKE_(?:BUILD_TYPE|TOOLCHAIN_FILE|SYSROOT|PREFIX_PATH|CXX_COMPILER(?:_LAUNCHER)?|CXX_FLAGS\w*"
    r"|EXE_LINKER_FLAGS\w*|INTERPROCEDURAL_OPTIMIZATION\w*|POSITION_INDEPENDENT_CODE)"
    r"|(?!FETCHCONTENT_)\w+_(?:DIR|ROOT|LIBRARY\w*)(?=:(?:FILE)?PATH)|BREAKEVEN_\w+):\w+=(.*)$",
    re.MULTILINE,
)
_NOT_FLAGS = ("BREAKEVEN_TESTS", "BREAKEVEN_EXAMPLES", "BREAKEVEN_MANIFESTS")
LOG = "check-build.log"
_TARGET = "breakeven"


@dataclass(frozen=True)
class Program:
    path: Path
    described: str  # `3f2a9c1 (main~2)`, `the working tree`


def of_working_tree(root: Path, build: Path) -> Program:
    """Builds what lies in the tree, with changes that are not committed, in its own build folder."""
    revisions.say(f"building the working tree in {build}")
    if not (build / "CMakeCache.txt").exists():
        _cmake(["-S", str(root), "-B", str(build)], build, "the working tree")
    _compile(build, "the working tree")
    return Program(build / _TARGET, revisions.working_tree(root))


def of_revision(root: Path, reference: str, build: Path) -> Program:
    """The program of a git revision, out of the cache or built now with the flags of `build`."""
    revision = revisions.resolve(root, reference)
    flags = flags_of(build)
    cache = build / "check"
    place = cache / f"{revision[:12]}-{_key(revision, flags)}"
    described = revisions.described(revision, reference)
    program = place / "build" / _TARGET
    ready = place / "ready"  # exists once the build has ended well
    if not (ready.exists() and program.is_file()):
        revisions.say(f"building {described} in {place} (kept for the next time)")
        revisions.check_out(root, revision, place)
        words = [f"-D{name}={value}" for name, value in flags.items()]
        words += ["-DBREAKEVEN_TESTS=OFF", "-DBREAKEVEN_EXAMPLES=OFF"]
        _cmake(["-S", str(place / "source"), "-B", str(place / "build"), *words], place / "build", described)
        _compile(place / "build", described)
        ready.touch()
    os.utime(ready)
    revisions.forget_oldest(root, cache, {place})
    return Program(program, described)


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


def _compile(build: Path, what: str) -> None:
    _cmake(["--build", str(build), "--target", _TARGET, "-j", str(os.cpu_count() or 1)], build, what)


def _cmake(words: Sequence[str], build: Path, what: str) -> None:
    """Raises SourceFailed with the first error, after showing what follows it on standard error."""
    environment = {key: value for key, value in os.environ.items() if key not in revisions.OF_MAKE}
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
    raise revisions.build_failed(what, done.stdout, build / LOG)
