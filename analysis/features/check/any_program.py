"""The check of any program: two builds of a repository, two programs, or two commands."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
from pathlib import Path
from typing import Any, Callable, Sequence

from . import accepted, adapters, layout_rule, options as words, own_programs, report, revisions, sequence
from .pairs import BASE, HEAD
from ...files.processes import Processes
from .program_source import ProgramSource, Settings, Side, size_note
from .recipe import MOST_LAYOUTS, Accepted, Recipe, file_in, split
from .report import Report
from .repository import Built, Repository
from .sequence import Outcome
from .sources import Program
from ...files import place
from ...files.errors import UsageError

Say = Callable[[str], None]
_SHARE_FOR_MEMORY = 8  # of the budget, at most, goes into what does not decide


def folder_of(options: argparse.Namespace) -> Path:
    """The root of the repository that is meant, or the folder itself where it is in none."""
    folder: Path = options.repo or Path.cwd()
    if not folder.is_dir():
        raise UsageError(f"--repo {folder}: is not a folder")
    found = revisions.git(folder, "rev-parse", "--show-toplevel")
    return Path(found.stdout.strip()) if found.returncode == 0 else folder


def is_own(options: argparse.Namespace) -> bool:
    """Whether Breakeven's own programs are meant: by their names, or since this is Breakeven's checkout."""
    if options.adapter is not None:
        return bool(options.adapter == adapters.OWN)
    programs = [_as_command(one) for one in (options.base, options.head) if one]
    if all(programs) and len(programs) == 2:
        return adapters.found_out(programs[0] or ()) == adapters.OWN
    if any(programs):  # a program and a revision
        return True
    if words.given(options, words.OF_OWN_PROGRAMS):
        return True
    root, checkout = folder_of(options), place.checkout()
    is_checkout = (checkout / "CMakeLists.txt").exists() and checkout != Path.cwd()
    if options.repo is None and is_checkout and revisions.git(root, "rev-parse").returncode != 0:
        return True  # started from anywhere
    return root.resolve() == checkout.resolve() and options.run_command is None and file_in(root) is None


def _as_command(reference: str) -> tuple[str, ...] | None:
    """The words of a program or of a command in quotes; None: it is a revision. A revision holds no space."""
    path = Path(reference)
    if path.is_file() and os.access(path, os.X_OK):
        return (str(path.absolute()),)
    if " " not in reference.strip():
        return None
    command = split(reference)
    if shutil.which(command[0]) is None:
        raise UsageError(f"{command[0]}: no such program; a command begins with one")
    return tuple(command)


def check(options: argparse.Namespace, out: Path, say: Say) -> Report:
    words.refuse(options, words.OF_OWN_PROGRAMS, "is for Breakeven's own programs")
    with Processes() as processes:
        base, head, known = _sides(options, out, processes)
        if adapter_of(base) == adapters.OWN:
            return _own(options, base, head, out, say)
        source, name = source_of(base, head, processes, out, progress=say), adapter_of(base)
        budget = words.seconds(base.recipe.budget or words.DEFAULT_BUDGET, "--budget")
        say("running each side once, untimed")
        source.discover()
        outcome = judged(source, budget, say)
        take_memory(source, outcome, budget)
        outcome = accepted.apply(outcome, known)
        notes = [*_notes(base, head, source, name), *accepted.notes(outcome, known)]
        evidence = source.evidence(suite=name, notes=notes)
    return report.of_outcome(
        outcome, evidence, left_out=source.left_out, base=base.described, head=head.described,
        fail_on_inconclusive=options.fail_on == "inconclusive",
    )


def judged(source: ProgramSource, budget_s: float, say: Say = lambda _: None) -> Outcome:
    """The rounds by the rule, and what they show by the rule for layouts."""
    return layout_rule.apply(sequence.run(source, budget_s, progress=say), source.by_layout())


def take_memory(source: ProgramSource, outcome: Outcome, budget_s: float) -> None:
    """What the cases hold, in what is left of the budget."""
    source.take_memory(min(budget_s - outcome.seconds, budget_s / _SHARE_FOR_MEMORY))


def adapter_of(base: Built) -> str:
    """By name: what the recipe says, else what the program does. Raises UsageError."""
    command = base.side.command
    return base.recipe.adapter or adapters.found_out(command, base.side.folder)


def _own(options: argparse.Namespace, base: Built, head: Built, out: Path, say: Say) -> Report:
    """Two builds of somebody's program of Breakeven, with own workloads; `filter` names the suite."""
    programs = []
    for one in (base, head):
        if len(one.side.command) > 1:
            raise UsageError(f"{one.side.command[0]}: a program of Breakeven is run without words of its own")
        programs.append(Program((one.side.folder or Path()) / one.side.command[0], one.described))
    return own_programs.check(
        programs[0], programs[1], out, suite=base.recipe.filter or "ci", progress=say,
        budget_s=words.seconds(base.recipe.budget or words.DEFAULT_BUDGET, "--budget"),
        fail_on_inconclusive=options.fail_on == "inconclusive",
        notes=["Layout not varied: a red speaks of these two builds."],
    )


def source_of(
    base: Built, head: Built, processes: Processes, out: Path, *, seed: int = 1,
    progress: Say = lambda _: None,
) -> ProgramSource:
    """Takes the rounds of these two by base's recipe. Raises UsageError for what an adapter cannot do."""
    recipe, name = base.recipe, adapter_of(base)
    if name == adapters.OWN:
        raise UsageError(f"{base.side.command[0]}: is a program of Breakeven, which takes its samples itself")
    if recipe.expect_same_output and name != "command":
        raise UsageError("--expect-same-output: is for --adapter command; the others print times")
    adapter = adapters.make(name, adapters.Options(
        benchmarks=recipe.filter, min_time_s=recipe.min_time_s, name=recipe.name,
        compares_output=recipe.expect_same_output,
    ))
    settings = Settings(recipe.prepare, recipe.timeout_s or Settings.deadline_s, seed)
    return ProgramSource(adapter, {BASE: base.side, HEAD: head.side}, processes, out, settings, progress)


def _sides(
    options: argparse.Namespace, out: Path, processes: Processes
) -> tuple[Built, Built, Sequence[Accepted]]:
    given = given_by(options)
    base, head = _as_command(options.base), _as_command(options.head or "")
    if base and head:
        of_builds = ("repo", "build_command", "run_command", "layouts")
        words.refuse(options, of_builds, "nothing is built of programs")
        recipe = Recipe(**given)
        described = [shlex.join(command) if len(command) > 1 else command[0] for command in (base, head)]
        sides = [Side(command) for command in (base, head)]
        return Built(sides[0], described[0], recipe, 0), Built(sides[1], described[1], recipe, 0), ()
    if base or head:
        raise UsageError("give two programs, or two revisions: a program and a revision are built otherwise")
    repository = Repository(options.repo or Path.cwd(), given, processes, out)
    one, other = repository.sides(options.base, options.head)
    known = [*repository.accepted]
    known += accepted.of_commits(repository.root, options.base, options.head or "HEAD")
    return one, other, known


def given_by(options: argparse.Namespace) -> dict[str, Any]:
    """What the command line says of a recipe. Raises UsageError."""
    if options.layouts is not None and not 1 <= options.layouts <= MOST_LAYOUTS:
        raise UsageError(f"--layouts {options.layouts}: expected a number of builds from 1 to {MOST_LAYOUTS}")
    found = {
        "run": options.run_command, "build": options.build_command, "adapter": options.adapter,
        "filter": options.filter, "prepare": options.prepare, "budget": getattr(options, "budget", None),
        "layouts": options.layouts, "expect_same_output": options.expect_same_output or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _notes(base: Built, head: Built, source: ProgramSource, adapter: str) -> list[str]:
    notes = [size_note(base.side, head.side)]
    moved = sorted(source.moved_by_layout().items(), key=lambda item: -item[1])
    links = min(base.layouts, head.layouts)
    if moved and links > 1:
        shown = ", ".join(f"{name} by {100 * by:.1f} %" for name, by in moved[:5])
        notes.append(f"Layout alone ({links} links a side) moves {shown}.")
    elif adapter != "pytest":
        why = "the build's link was not seen" if base.recipe.layouts > 1 else "see --layouts"
        notes.append(f"Layout not varied ({why}): a red speaks of these two builds.")
    if not source.compares_outputs:
        notes.append("Outputs not compared.")
    return [note for note in notes if note]
