"""The history: a JSON-lines file, or the same file on a branch of its own; a line a commit."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

from ..check import revisions
from ...files.errors import CommandError, OutputFailed
from ...files.output import make_folder

SCHEMA = "1.0.0"
FILE = "breakeven-history.jsonl"


class BadHistory(CommandError):
    """The file is damaged, of another version, or of something else."""


@dataclass(frozen=True)
class Mark:
    """A change of a case's level, found when its line was added; `at`: the first commit of the new level."""

    case: str
    at: str
    ratio: float
    p: float


@dataclass(frozen=True)
class Ratio:
    """A commit's time over an anchor's, paired, with its 95 % interval."""

    value: float
    low: float | None
    high: float | None
    rounds: int


@dataclass(frozen=True)
class Line:
    """`anchors`: by anchor's commit and case; the older anchor first. `seconds`: of files from elsewhere."""

    commit: str
    date: str
    subject: str
    anchors: Mapping[str, Mapping[str, Ratio]]
    machine: str = ""
    marks: tuple[Mark, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> str:
        data: dict[str, Any] = {
            "schema": SCHEMA, "commit": self.commit, "date": self.date, "subject": self.subject,
            "machine": self.machine,
            "anchors": [
                {"commit": anchor, "cases": {
                    name: [_digits(r.value), _digits(r.low), _digits(r.high), r.rounds]
                    for name, r in cases.items()
                }}
                for anchor, cases in self.anchors.items()
            ],
            "marks": [{"case": m.case, "at": m.at, "ratio": _digits(m.ratio), "p": m.p} for m in self.marks],
        }
        if self.seconds:
            data["seconds"] = dict(self.seconds)
        return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def parsed(text: str, where: str) -> list[Line]:
    """Raises BadHistory with the line's number; a last line that was cut off is left out."""
    lines = []
    whole = text.split("\n")
    for number, line in enumerate(whole[:-1], 1):
        if not line.strip():
            continue
        try:
            lines.append(_line(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadHistory(f"{where}: line {number} is no line of a history: {error!r}") from None
    return lines


def _line(data: Mapping[str, Any]) -> Line:
    if not str(data["schema"]).startswith("1."):
        raise ValueError(f"schema {data['schema']}; this reads 1.x")
    return Line(
        commit=str(data["commit"]), date=str(data["date"]), subject=str(data["subject"]),
        anchors={
            str(one["commit"]): {
                str(name): Ratio(_positive(r[0]), r[1], r[2], int(r[3])) for name, r in one["cases"].items()
            }
            for one in data["anchors"]
        },
        machine=str(data.get("machine", "")),
        marks=tuple(
            Mark(str(m["case"]), str(m["at"]), _positive(m["ratio"]), float(m["p"])) for m in data["marks"]
        ),
        seconds={str(name): _positive(value) for name, value in data.get("seconds", {}).items()},
    )


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ValueError(f"{value!r} is no time or ratio")
    return float(value)


class Store:
    """Where the lines are: `branch` None for a file beside the repository's own, else FILE on that branch."""

    def __init__(self, root: Path, file: Path | None, branch: str | None) -> None:
        self._root, self._branch = root, branch
        self._file = file or root / FILE

    @property
    def name(self) -> str:
        return f"branch {self._branch}" if self._branch else str(self._file)

    def lines(self) -> list[Line]:
        """[] where there is no history yet."""
        if self._branch:
            found = revisions.git(self._root, "show", "--end-of-options", f"refs/heads/{self._branch}:{FILE}")
            return parsed(found.stdout, self.name) if found.returncode == 0 else []
        try:
            return parsed(self._file.read_text(encoding="utf-8"), self.name)
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise BadHistory(f"{self._file}: cannot be read: {error}") from None

    def add(self, lines: Sequence[Line]) -> None:
        """Whole lines, on the disk when this returns."""
        text = "".join(line.as_json() + "\n" for line in lines)
        if self._branch:
            self._commit(text)
            return
        try:
            make_folder(self._file.parent)
            with self._file.open("a+b") as stream:
                size = stream.seek(0, os.SEEK_END)
                if size and not self._ends_whole(stream, size):
                    raise BadHistory(f"{self._file}: its last line was cut off; remove it, then add again")
                stream.write(text.encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise OutputFailed(f"{self._file}: cannot be written: {error.strerror}") from None

    @staticmethod
    def _ends_whole(stream: Any, size: int) -> bool:
        stream.seek(size - 1)
        return bool(stream.read(1) == b"\n")

    def _commit(self, text: str) -> None:
        """A commit on the branch, which nobody checks out: its tree is the one file."""
        old = revisions.git(self._root, "rev-parse", "--verify", "--quiet", f"refs/heads/{self._branch}")
        parent = old.stdout.strip() if old.returncode == 0 else ""
        before = revisions.git(self._root, "show", f"{parent}:{FILE}").stdout if parent else ""
        blob = self._git(["hash-object", "-w", "--stdin"], before + text)
        tree = self._git(["mktree"], f"100644 blob {blob}\t{FILE}\n")
        parents = ["-p", parent] if parent else []
        commit = self._git(["commit-tree", tree, "-m", "Add to the history of times", *parents])
        # Refused where somebody else was faster; an empty old value: it must not be there yet.
        self._git(["update-ref", f"refs/heads/{self._branch}", commit, parent or "0" * 40])

    def _git(self, words: Sequence[str], stdin: str = "") -> str:
        command = ["git", "-C", str(self._root), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise OutputFailed(f"branch {self._branch}: git {words[0]}: {said}")
        return done.stdout.strip()
