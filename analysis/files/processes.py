"""Runs any command as a sample: `breakeven sample` starts it, ends it in time, and leaves nothing of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Mapping, Sequence

from . import place, results
from .errors import CommandError
from .program import die_with_the_parent
from .results import Context


class SampleFailed(CommandError):
    """A command cannot be started, or did not end as it should; no verdict is possible."""


@dataclass(frozen=True)
class Ended:
    """What became of a command. ns and bytes, of it and the descendants that it waited for."""

    exit_code: int
    signal: int  # that ended it, or 0
    timed_out: bool
    wall_ns: float
    cpu_ns: float
    peak_rss_bytes: float
    out: bytes
    out_is_cut: bool  # longer than what is kept of it
    err: bytes  # its end
    covariates: Mapping[str, Any] = field(default_factory=dict)
    pss_bytes: float = 0.0  # the most that all its processes held, where that was watched and seen
    strays: int = 0  # processes that it left, and that lived on

    def said(self) -> str:
        """The last line of standard error, else of standard output, in printable characters."""
        for stream in (self.err, self.out):
            lines = [line.strip() for line in stream.decode("utf-8", "replace").splitlines() if line.strip()]
            if lines:
                return "".join(c for c in lines[-1] if c.isprintable())[-300:]
        return ""

    def failure(self) -> str | None:
        """Why this is no good end, in words; None where it is one."""
        if self.timed_out:
            return self._with_words("did not end within its deadline")
        if self.signal:
            return self._with_words(f"was ended by signal {self.signal}")
        return self._with_words(f"ended with exit code {self.exit_code}") if self.exit_code else None

    def _with_words(self, what: str) -> str:
        return f"{what}; it said: {said}" if (said := self.said()) else what


@dataclass(frozen=True)
class Cell:
    """What a cell command made of a request. `kind`: of failure, empty where the record is good."""

    ended: Ended | None  # None where no run would measure this case: `unsupported` says why
    record: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    reason: str = ""
    unsupported: str = ""

    @property
    def ok(self) -> bool:
        return self.ended is not None and not self.kind


def _ended(answer: dict[str, Any]) -> Ended:
    out, err = (answer.pop(key).encode("latin-1") for key in ("out", "err"))
    return Ended(out=out, err=err, **answer)


class Processes:
    """The child that takes samples, for the time of a `with`; not thread-safe. `manifests`: of cell commands,
    beside those of the installation.
    """

    def __init__(self, manifests: Sequence[Path] = ()) -> None:
        program = place.program()
        words = [word for manifest in manifests for word in ("--backend-manifest", str(manifest))]
        try:
            self._process = subprocess.Popen(
                [str(program), "sample", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                preexec_fn=die_with_the_parent,
            )
        except OSError as error:
            raise SampleFailed(f"{program}: cannot be started: {error.strerror}") from None

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.terminate()  # it ends the sample that it is at
        self._stream("stdin").close()
        self._process.wait()
        self._stream("stdout").close()

    def context(self) -> Context:
        """The machine, as a result file tells it."""
        return results.context_of_machine(self._ask({"machine": True}))

    @property
    def pid(self) -> int:
        """Of the child; what it runs are its descendants."""
        return self._process.pid

    def command_of(self, request: Mapping[str, Any]) -> tuple[list[str], dict[str, str], dict[str, Any]]:
        """The words of the cell command that measures it, what its environment has besides, and the request
        as it would get it.
        """
        answer = self._ask({"command": dict(request)})
        return list(answer["words"]), dict(answer["env"]), dict(answer["request"])

    def cell(self, request: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Cell:
        """One sample of the backend that the request names, judged as a run does. `more`: further keys of the
        request.
        """
        question: dict[str, Any] = {"cell": dict(request)}
        if more:
            question["more"] = dict(more)
        answer = self._ask(question)
        if "unsupported" in answer:
            return Cell(None, unsupported=str(answer["unsupported"]))
        if "error" in answer:
            raise SampleFailed(f"{answer['error']}")
        record, kind, reason = (answer.pop(key, None) for key in ("record", "failure_kind", "reason"))
        said = answer.pop("said", None)
        return Cell(_ended(answer), record or said or {}, str(kind or ""), str(reason or ""))

    def run(
        self, words: Sequence[str], *, folder: Path | None = None, env: Mapping[str, str] | None = None,
        deadline_s: float = 0, memory: bool = False,
    ) -> Ended:
        """Returns when the command and its descendants are gone. `memory`: watch what they hold, which
        disturbs the times. Raises SampleFailed if it cannot start.
        """
        if folder is not None and not folder.is_dir():
            raise SampleFailed(f"{folder}: is not a folder to run in")
        question: dict[str, Any] = {"words": list(words), "env": dict(env or {}), "deadline_s": deadline_s}
        if memory:
            question["memory"] = True
        if folder is not None:
            question["folder"] = str(folder)
        answer = self._ask(question)
        if "error" in answer:
            raise SampleFailed(f"{answer['error']}")
        return _ended(answer)

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            self._stream("stdin").write(json.dumps(question).encode() + b"\n")
            self._stream("stdin").flush()
            line = self._stream("stdout").readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise SampleFailed("the process that takes samples has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _stream(self, name: str) -> IO[bytes]:
        stream: IO[bytes] = getattr(self._process, name)
        return stream
