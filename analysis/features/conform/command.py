"""Hold the cell commands of a manifest to the protocol (docs/format.md): does
each measure what it is asked, and say what it did? For who writes a cell in
another language; --template prints one to begin with."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from . import checks, templates
from .subject import NotAsked, Outcome, Subject, Wrong
from ...files import place
from ...files.errors import CommandError, UsageError, nearest
from ...files.output import print_text
from ...files.processes import Processes, SampleFailed
from ...files.program import completed
from ...show import units

EXAMPLES = """Every backend of the manifest, in each of its variants, runs small jobs whose
answers the plain loop gives as well, and which the cell is not told. A check is
ok, failed with the reason, or skipped where it does not apply.

examples:
  breakeven conform my_pool.json
  breakeven conform python --only py_mp_pool       a manifest of the installation
  breakeven conform my_pool.json --check answers --check extra
  breakeven conform --template node -o my_pool     a cell that passes, to change

exit codes: 0 all that applies is ok; 1 a check failed; 2 wrong usage; 4 the
output failed; 130 interrupted"""


def add_options(parser: argparse.ArgumentParser) -> None:
    names = ", ".join(checks.name_of(check) for check in checks.EVERY)
    parser.add_argument("manifest", nargs="?", metavar="MANIFEST",
                        help="a manifest file, or the name of an installed one: python")
    parser.add_argument("--only", action="append", metavar="BACKEND", default=[],
                        help="this backend of it (may be repeated)")
    parser.add_argument("--check", action="append", metavar="NAME", default=[],
                        help=f"this check (may be repeated): {names}")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--template", metavar="LANGUAGE",
                        help=f"write a cell to begin with: {', '.join(templates.LANGUAGES)}")
    parser.add_argument("-o", "--out", type=Path, default=Path("."), metavar="FOLDER",
                        help="of --template: where to")


def run(options: argparse.Namespace) -> int:
    if options.template:
        if options.manifest:
            raise UsageError("--template writes a manifest of its own: leave MANIFEST out")
        print_text(templates.write(options.template, options.out))
        return 0
    if not options.manifest:
        raise UsageError("which manifest? breakeven conform MANIFEST, or --template LANGUAGE for a new one")
    every = _checks(options.check)
    path, added = _manifest(options.manifest)
    found: dict[str, list[Outcome]] = {}
    with Processes(added) as processes:
        for subject in _subjects(path, added, options.only, processes):
            outcomes = found.setdefault(subject.spelling, [])
            for outcome in _outcomes(subject, every):
                outcomes.append(outcome)
                if not options.json:
                    print_text(_line(subject.spelling, outcome))
    if options.json:
        rows = [{"backend": name, **asdict(one)} for name, outcomes in found.items() for one in outcomes]
        print_text(json.dumps(rows, indent=1) + "\n")
    else:
        print_text(_closing(found))
    return 1 if any(one.verdict == "failed" for outcomes in found.values() for one in outcomes) else 0


def _checks(names: Sequence[str]) -> list[checks.Check]:
    known = {checks.name_of(check): check for check in checks.EVERY}
    for name in names:
        if name not in known:
            raise UsageError(f"--check {name}: unknown check{nearest(name, known)}")
    return [known[name] for name in names] or list(checks.EVERY)


def _manifest(name: str) -> tuple[Path, list[Path]]:
    """Its path, and what the program has to be told of: nothing where it is of the installation."""
    path = Path(name)
    folder = place.home() / "manifests"
    own = folder / f"{name}.json"
    if not path.exists() and own.exists():
        return own, []
    if not path.exists():
        known = sorted(one.stem for one in folder.glob("*.json"))
        raise UsageError(f"{name}: no such file; manifests of the installation: {', '.join(known)}")
    installed = any(path.samefile(one) for one in folder.glob("*.json"))
    return path, [] if installed else [path.absolute()]


def _subjects(
    path: Path, added: Sequence[Path], only: Sequence[str], processes: Processes
) -> Iterator[Subject]:
    listed = _listed(added)
    try:
        names = [str(one["name"]) for one in json.loads(path.read_text(encoding="utf-8"))["backends"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{path}: is no manifest: {error}") from None
    for spelling in only:
        name = spelling.split(",")[0]
        if name not in names:
            raise UsageError(f"--only {name}: {path} has no such backend{nearest(name, names)}")
    plain: dict[str, str] = {}
    for name in names:
        for spelling in only:
            if spelling.startswith(f"{name},"):  # with options: whether it can run with those it says itself
                yield Subject(spelling, {**listed[name], "unavailable": None}, processes, plain)
        if only and name not in only:
            continue
        for variant in _variants(listed[name]):
            yield Subject(name + variant, listed[name], processes, plain)


def _listed(added: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    words = [word for manifest in added for word in ("--backend-manifest", str(manifest))]
    ended = completed([str(place.program()), "list", "--json", *words])
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"ended with exit code {ended.returncode}"]
        raise UsageError(said[-1].removeprefix("breakeven: "))
    return {one["name"]: one for one in json.loads(ended.stdout)["backends"]}


def _variants(entry: Mapping[str, Any]) -> list[str]:
    """Those that it names; else the plain name, and each option once with each of its further values."""
    others = [f",{option['name']}={value}" for option in entry["options"] for value in option["values"][1:]]
    return list(dict.fromkeys(["", *(entry["variants"] or others)]))


def _outcomes(subject: Subject, every: Sequence[checks.Check]) -> Iterator[Outcome]:
    if why := subject.entry["unavailable"]:
        yield Outcome("available", "skipped", str(why))
        return
    for check in every:
        name = checks.name_of(check)
        try:
            yield Outcome(name, "ok", check(subject))
        except NotAsked as reason:
            yield Outcome(name, "skipped", str(reason))
        except Wrong as reason:
            yield Outcome(name, "failed", str(reason))
        except SampleFailed as error:
            raise CommandError(str(error)) from None


def _line(spelling: str, outcome: Outcome) -> str:
    known = {checks.name_of(check): checks.title_of(check) for check in checks.EVERY}
    title = known.get(outcome.check, outcome.check)
    return units.ascii_text(f"{spelling:24}  {title:36}  {outcome.verdict:8} {outcome.what}") + "\n"


def _closing(found: Mapping[str, Sequence[Outcome]]) -> str:
    verdicts = [one.verdict for outcomes in found.values() for one in outcomes]
    failed = verdicts.count("failed")
    return (
        f"{units.count(len(found), 'backend')}: {verdicts.count('ok')} checks ok, {failed} failed, "
        f"{verdicts.count('skipped')} skipped\n"
    )
