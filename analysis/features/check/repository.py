"""Two builds of somebody's repository, by its recipe; revisions are kept in the repository's git folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Mapping

from . import layouts, revisions
from ...files.processes import Processes
from .program_source import Side
from .recipe import Accepted, Recipe, file_in, judged_by, read, split
from .revisions import SourceFailed
from ...files.errors import OutputFailed, UsageError
from ...files.output import make_folder

CACHE = "breakeven"  # in git's folder
_OF_COMPILERS = ("CC", "CXX", "CFLAGS", "CXXFLAGS")  # variables that change what a build makes
_WORKING_TREE = "working-tree"


@dataclass(frozen=True)
class Built:
    side: Side
    described: str
    recipe: Recipe
    layouts: int  # how many links of it there are; 0: a link was never seen
    place: Path = Path()  # what is kept of it


@dataclass(frozen=True)
class _Source:
    """Where one side's files lie, and where it is built."""

    name: str  # base, head
    described: str
    source: Path
    place: Path
    is_kept: bool  # a revision, which never changes


class Repository:
    """Builds sides with `given`, what the command line says, over what the revisions' own files say."""

    def __init__(self, folder: Path, given: Mapping[str, object], processes: Processes, logs: Path) -> None:
        found = revisions.git(folder, "rev-parse", "--show-toplevel")
        if found.returncode != 0:
            raise UsageError(f"{folder}: is in no git repository; give --base and --head as programs instead")
        self.root = Path(found.stdout.strip())
        common = revisions.git(self.root, "rev-parse", "--git-common-dir").stdout.strip()
        self._cache = (self.root / common).resolve() / CACHE
        self._lock = self._only_one()
        self._given, self._processes, self._logs = given, processes, logs
        # By the files, known once something was built: what is accepted, and the layouts of a side.
        self.accepted: tuple[Accepted, ...] = ()
        self.links = 1
        self._kept: set[Path] = set()

    def _only_one(self) -> IO[str]:
        """Two checks of a repository would build in the same folders, and disturb each other's times: the
        second one waits. Held until this process ends, however it does."""
        make_folder(self._cache)
        try:
            lock = (self._cache / "lock").open("w")
        except OSError as error:
            raise OutputFailed(f"{self._cache}/lock: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            revisions.say(f"waiting for another check of {self.root} to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def built(self, reference: str, judge: Recipe | None = None) -> Built:
        """One revision, by its own file and the command line, by the rules of `judge`, else its own."""
        source = self._revision("head", reference)
        (recipe, _) = self._recipes([source, source])
        return self._build(source, judged_by(judge, recipe) if judge else recipe)

    def keep(self, *sides: Built) -> None:
        """Their builds stay, however many others are made."""
        self._kept.update(built.place for built in sides)

    def sides(self, base: str, head: str | None) -> tuple[Built, Built]:
        """Raises SourceFailed, with nothing half built left, or UsageError for what the files say."""
        other = self._revision("head", head) if head else self._working_tree()
        sources = [self._revision("base", base), other]
        recipes = self._recipes(sources)
        return self._build(sources[0], recipes[0]), self._build(sources[1], recipes[1])

    def _recipes(self, sources: list[_Source]) -> list[Recipe]:
        files = [file_in(source.source) for source in sources]
        if files == [None, None] and "run" not in self._given:
            raise UsageError(
                f"{self.root}: has no breakeven.json that says how to build and measure it; write one with "
                "`breakeven check --init`, or give --run-command"
            )
        own = [read(file) if file else None for file in files]
        base, head = own[0] or own[1] or Recipe(), own[1] or own[0] or Recipe()
        self.accepted = tuple(dict.fromkeys([*head.accept, *base.accept]))
        self.links = base.layouts
        return [Recipe(**{**vars(one), **self._given}) for one in (base, judged_by(base, head))]

    def _revision(self, name: str, reference: str) -> _Source:
        revision = revisions.resolve(self.root, reference)
        place = self._cache / revision[:12]
        described = revisions.described(revision, reference)
        if not (place / "whole").exists():
            revisions.check_out(self.root, revision, place)
            self._submodules(place, described)
            (place / "whole").touch()
        return _Source(name, described, place / "source", place, True)

    def _working_tree(self) -> _Source:
        place = self._cache / _WORKING_TREE
        return _Source("head", revisions.working_tree(self.root), self.root, place, False)

    def _submodules(self, place: Path, described: str) -> None:
        if not (place / "source" / ".gitmodules").exists():
            return
        done = revisions.git(place / "source", "submodule", "update", "--init", "--recursive")
        if done.returncode != 0:
            revisions.forget(self.root, place)
            said = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise SourceFailed(f"{described}: git submodule update: {said}")

    def _build(self, source: _Source, recipe: Recipe) -> Built:
        split(recipe.run or "")  # refused before anything is built
        jobs, commands, reached = os.cpu_count() or 1, [], 0
        parts = [str(recipe.build), str(recipe.layouts > 1), *map(os.environ.get, _OF_COMPILERS)]
        key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
        folder = source.place / key[:8]
        for number in range(recipe.layouts if recipe.build else 1):
            place = folder / str(number)
            if recipe.build:
                self._build_once(source, recipe, place, number, jobs)
            reached += (place / "linker" / "reached").exists()
            commands.append(recipe.words(place / "build", source.source, jobs))
        make_folder(source.place)
        (source.place / "ready").touch()
        revisions.forget_oldest(self.root, self._cache, {source.place, *self._kept})
        return Built(self._side(commands, source), source.described, recipe, reached, source.place)

    def _build_once(self, source: _Source, recipe: Recipe, place: Path, number: int, jobs: int) -> None:
        ready = place / "ready"
        if source.is_kept and ready.exists():
            return
        layout = f", layout {number + 1} of {recipe.layouts}" if recipe.layouts > 1 else ""
        revisions.say(f"building {source.described}{layout} in {place / 'build'}")
        make_folder(place / "build")
        env = {name: "" for name in revisions.OF_MAKE}
        if recipe.layouts > 1:
            env |= layouts.wrapper(place / "linker", number).environment(os.environ)
        command = recipe.shell(place / "build", source.source, jobs)
        ended = self._processes.run(["sh", "-ec", f"exec 2>&1\n{command}"], folder=source.source, env=env)
        if ended.failure():
            if source.is_kept:
                revisions.forget(self.root, source.place)
            log = self._logs / f"build-{source.name}.log"
            raise revisions.build_failed(source.described, ended.out.decode("utf-8", "replace"), log)
        ready.touch()

    def _side(self, commands: list[tuple[str, ...]], source: _Source) -> Side:
        for command in commands:
            program = source.source / command[0]
            if "/" in command[0] and not program.exists():
                raise SourceFailed(f"{source.described}: {program} is not there; does the build make it?")
            if "/" not in command[0] and shutil.which(command[0]) is None:
                raise SourceFailed(f"{command[0]}: no such program on the path; --run-command names it")
        return Side(commands[0], source.source, tuple(commands) if len(commands) > 1 else ())
