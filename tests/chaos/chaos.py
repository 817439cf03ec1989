"""Real faults at random moments, and what must hold after each: `make chaos`, or this script.

After every attempt: the command has ended in time, with a documented exit code; none of its processes is
left, and nothing of it in /dev/shm; what the journal holds is read by `recover` and the reader of results;
no good row has another digest than its block's others. What is beyond that stands with each fault.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from typing import Any, Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from analysis.files import results  # noqa: E402
from processes import session_members  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("BREAKEVEN_BUILD", ROOT / "build")) / "breakeven"
DOCUMENTED = (0, 1, 2, 3, 4, 5, 129, 130, 143)
PATIENCE_S = 60
SUITE = {
    "suite": "chaos", "rounds": 4, "min_time_s": 0.01, "deadline_s": 3,
    "grids": [{
        "workload": "factorize", "tasks": 20, "ceiling": False,
        "backends": [
            "thread_pool", "fork_pool/shm", "fork_pool/pipe", "fork_pool/ring", "openmp", "py_process_pool",
        ],
    }],
}


class Broken(Exception):
    """What must hold does not."""


class CannotTry(Exception):
    """This machine does not let the fault happen."""


class Attempt:
    """One command in a folder and a session of its own."""

    def __init__(self, dice: random.Random, *, words: tuple[str, ...] = (), env: dict[str, str] | None = None,
                 before: Callable[[], None] | None = None,
                 prepare: Callable[[pathlib.Path], None] = lambda _: None) -> None:
        self.dice = dice
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="breakeven-chaos-"))
        (self.folder / "suite.json").write_text(json.dumps(SUITE))
        prepare(self.folder)
        self.shared_before = set(os.listdir("/dev/shm"))
        self.start(words or ("run", "suite.json", "--out", "out/"), env, before)

    def start(self, words: tuple[str, ...], env: dict[str, str] | None = None,
              before: Callable[[], None] | None = None) -> None:
        self.process = subprocess.Popen(
            [str(PROGRAM), *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, start_new_session=True,
            preexec_fn=before,
        )

    @property
    def journal(self) -> pathlib.Path:
        return self.folder / "out" / "journal.jsonl"

    def wait_a_little(self, most_s: float = 1.5) -> None:
        """Until it measures, and then a random while."""
        end = time.monotonic() + PATIENCE_S
        while not self.journal.exists() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(self.dice.uniform(0, most_s))

    def others(self) -> list[int]:
        """Its cells and their workers: each cell leads a group of its own in the session's tree."""
        found, parents = [], [self.process.pid]
        while parents:
            for task in pathlib.Path(f"/proc/{parents.pop()}/task").glob("*/children"):
                try:
                    children = [int(word) for word in task.read_text().split()]
                except OSError:
                    continue
                found += children
                parents += children
        return found

    def end(self, codes: tuple[int, ...] = DOCUMENTED) -> str:
        """What it said; everything that must hold after any fault."""
        try:
            said = self.process.communicate(timeout=PATIENCE_S)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise Broken("it did not end") from None
        if self.process.returncode not in codes:
            raise Broken(f"exit code {self.process.returncode}, documented here are {codes}: {said[-300:]}")
        self.nothing_is_left()
        return said

    def nothing_is_left(self) -> None:
        deadline = time.monotonic() + 10
        while left := session_members(self.process.pid):
            if time.monotonic() > deadline:
                raise Broken(f"processes are left: {left}")
            time.sleep(0.01)
        while leaked := set(os.listdir("/dev/shm")) - self.shared_before:  # others beside this have some
            if time.monotonic() > deadline:
                raise Broken(f"/dev/shm holds {sorted(leaked)[:3]}")
            time.sleep(0.05)

    def what_was_measured_is_whole(self) -> int:
        """How many good rows; the journal is read, and no row has another digest than its block's others."""
        if not self.journal.exists() or b'"sample"' not in self.journal.read_bytes():
            return 0
        words = [str(PROGRAM), "recover", "out"]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise Broken(f"recover: {done.stderr.strip()}")
        found = results.load(self.folder / "out" / "results.json")
        digests = {(sample.block, sample.digest) for sample in found.samples if sample.ok}
        if len(digests) > len({block for block, _ in digests}):
            raise Broken(f"two digests in one block: {digests}")
        return len(found.samples)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def kill_a_worker(dice: random.Random) -> Attempt:
    """A cell or one of its workers is killed: the sample fails or not, the run goes on to its end."""
    return _signal_somebody(dice, signal.SIGKILL)


def stop_a_worker(dice: random.Random) -> Attempt:
    """One is stopped: its sample meets the deadline, the run goes on to its end."""
    return _signal_somebody(dice, signal.SIGSTOP)


def _signal_somebody(dice: random.Random, number: signal.Signals) -> Attempt:
    attempt = Attempt(dice)
    attempt.wait_a_little()
    others = attempt.others()
    if others:
        try:
            os.kill(dice.choice(others), number)
        except ProcessLookupError:
            pass
    attempt.end((0, 1))
    if not attempt.what_was_measured_is_whole():
        raise Broken("nothing was measured")
    return attempt


def kill_the_run(dice: random.Random) -> Attempt:
    """The run is killed: nothing of it is left, and it is taken up again to its end."""
    attempt = Attempt(dice)
    attempt.wait_a_little()
    attempt.process.kill()
    attempt.end((-signal.SIGKILL, 0, 1))
    attempt.what_was_measured_is_whole()
    if attempt.journal.exists() and b"\n" in attempt.journal.read_bytes():
        attempt.start(("run", "--resume", "out"))
        attempt.end((0, 1))
        if attempt.what_was_measured_is_whole() != SUITE["rounds"] * 10:  # type: ignore[operator]
            raise Broken(f"{attempt.what_was_measured_is_whole()} rows after it was taken up again")
    return attempt


def interrupt_the_run(dice: random.Random) -> Attempt:
    """SIGTERM, SIGINT or SIGHUP: it ends at once, with what was measured."""
    attempt = Attempt(dice)
    attempt.wait_a_little()
    attempt.process.send_signal(dice.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP]))
    attempt.end()
    attempt.what_was_measured_is_whole()
    return attempt


def replace_the_journal(dice: random.Random) -> Attempt:
    """Another file is put in the journal's place, or it is taken away: the run says so, or ends well."""
    attempt = Attempt(dice)
    attempt.wait_a_little()
    if attempt.journal.exists():
        if dice.random() < 0.5:
            attempt.journal.unlink()
        else:
            (attempt.folder / "other").write_text("{}\n")
            os.replace(attempt.folder / "other", attempt.journal)
    said = attempt.end()
    file = attempt.folder / "out" / "results.json"
    if file.exists():
        results.load(file)
    elif attempt.process.returncode in (0, 1) or "journal" not in said:
        raise Broken(f"no results, exit code {attempt.process.returncode}: {said[-200:]}")
    return attempt


def fail_a_write(dice: random.Random) -> Attempt:
    """EIO from a write at random: exit code 4 where it is the run's own, a failed sample where a cell's."""
    attempt = Attempt(dice, env=_preloaded("eio", dice.randrange(120)))
    attempt.end()
    attempt.what_was_measured_is_whole()
    return attempt


def jump_the_clock(dice: random.Random) -> Attempt:
    """The clocks of the run or a cell jump by an hour: a sample may fail, none may be believed that lies."""
    attempt = Attempt(dice, env=_preloaded("clock", dice.randrange(2000)))
    attempt.end()
    attempt.what_was_measured_is_whole()
    return attempt


def forbid_processes(dice: random.Random) -> Attempt:
    """A limit of processes that lies below what a case needs: its samples fail and say why."""

    def limit() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        most = dice.randrange(1, 12)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))

    attempt = Attempt.__new__(Attempt)
    attempt.dice = dice
    attempt.folder = pathlib.Path(tempfile.mkdtemp(prefix="breakeven-chaos-"))
    attempt.folder.chmod(0o777)
    (attempt.folder / "suite.json").write_text(json.dumps(SUITE))
    attempt.shared_before = set(os.listdir("/dev/shm"))
    attempt.start(("run", "suite.json", "--out", "out/"), None, limit)
    attempt.end()
    attempt.what_was_measured_is_whole()
    return attempt


_CALLS = {"membarrier": 324, "process_vm_readv": 310, "memfd_create": 319, "perf_event_open": 298}


def refuse_a_system_call(dice: random.Random) -> Attempt:
    """A sandbox refuses membarrier, process_vm_readv, memfd_create or perf_event_open: all is measured."""
    number = _CALLS[dice.choice(sorted(_CALLS))]
    attempt = Attempt(dice, before=lambda: _refuse(number))
    attempt.end((0, 1))
    if not attempt.what_was_measured_is_whole():
        raise Broken("nothing was measured")
    return attempt


def _refuse(number: int) -> None:
    """seccomp(2): EPERM for this call; x86-64."""
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    head = struct.pack("HxxxxxxP", len(code), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, ctypes.create_string_buffer(head), 0, 0) != 0:
        os._exit(99)


def two_at_once(dice: random.Random) -> Attempt:
    """Two runs go on with one journal at a time: one of them does, the other is refused."""
    attempt = Attempt(dice)
    attempt.wait_a_little()
    second = subprocess.run([str(PROGRAM), "run", "--resume", "out", "--rounds", "5"], cwd=attempt.folder,
                            capture_output=True, text=True, timeout=PATIENCE_S)
    attempt.end((0, 1))
    if second.returncode not in (0, 1, 2, 4):
        raise Broken(f"the second: {second.returncode}: {second.stderr[-200:]}")
    attempt.what_was_measured_is_whole()
    return attempt


def kill_the_charts(dice: random.Random) -> Attempt:
    """`charts` is killed while it draws: each picture is whole or not there, and the next call draws all."""
    attempt = Attempt(dice)
    attempt.end((0, 1))
    attempt.start(("charts", "out/results.json"))
    time.sleep(dice.uniform(0.3, 2))
    attempt.process.kill()
    attempt.process.communicate()
    for picture in (attempt.folder / "out" / "charts").glob("*.svg"):
        if not picture.read_text().rstrip().endswith("</svg>"):
            raise Broken(f"{picture.name} is cut short")
    attempt.start(("charts", "out/results.json"))
    attempt.end((0,))
    return attempt


def throttle_the_run(dice: random.Random) -> Attempt:
    """A quota of half a CPU: all is measured, and the samples say that they were throttled."""
    with _quota(0.5) as join:
        attempt = Attempt(dice, before=join)
        attempt.end((0, 1))
    if not attempt.what_was_measured_is_whole():
        raise Broken("nothing was measured")
    found = results.load(attempt.folder / "out" / "results.json")
    if not any(sample.covariates.get("throttled_ns") for sample in found.samples):
        raise Broken("no sample says that it was throttled")
    return attempt


@contextlib.contextmanager
def _quota(cpus: float) -> Iterator[Callable[[], None]]:
    """A control group of this share of a CPU, by version 1 or 2 of the interface; yields what joins it."""
    period_us = 100_000
    quota = str(int(cpus * period_us))
    name = f"breakeven-chaos-{os.getpid()}-{time.monotonic_ns()}"
    for root, files in ((CGROUPS / "cpu", {"cpu.cfs_period_us": str(period_us), "cpu.cfs_quota_us": quota}),
                        (CGROUPS, {"cpu.max": f"{quota} {period_us}"})):
        group = root / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for file, value in files.items():
                (group / file).write_text(value)
        except OSError:
            group.rmdir()
            continue
        members = group / "cgroup.procs"
        try:
            yield lambda: members.write_text(str(os.getpid())) and None
        finally:
            group.rmdir()
        return
    raise CannotTry("no control group with a quota can be made here")


CGROUPS = pathlib.Path("/sys/fs/cgroup")


def names_that_look_like_options(dice: random.Random) -> Attempt:
    """A git reference that begins with a dash is a name that is not there, never an option of git."""
    name = dice.choice(["--upload-pack=touch hit", "-v", "--help", "--output=hit", "-c core.pager=hit"])
    attempt = Attempt(dice, words=("check", f"--base={name}", "--budget", "1s"))
    attempt.end((2,))
    if (attempt.folder / "hit").exists():
        raise Broken(f"git took {name} for an option")
    return attempt


def kill_the_check(dice: random.Random) -> Attempt:
    """A check is ended while it builds or measures: nothing of it is left, and the next one is as ever."""
    attempt = Attempt(dice, words=("check", "--base=HEAD", "--out", "check"), prepare=_somebodys_repository)
    time.sleep(dice.uniform(0, 2.5))
    number = dice.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    attempt.process.send_signal(number)
    attempt.end((-signal.SIGKILL, *DOCUMENTED))
    if number != signal.SIGKILL and (left := list((attempt.folder / "check").glob("sample-*"))):
        raise Broken(f"{left} is left after {number.name}")
    attempt.start(("check", "--base=HEAD", "--out", "again"))
    said = attempt.end((0, 1, 2, 3, 4, 5))
    if attempt.process.returncode != 0:
        raise Broken(f"the next check: exit code {attempt.process.returncode}: {said[-300:]}")
    return attempt


def _somebodys_repository(folder: pathlib.Path) -> None:
    """With a build that takes a while, in two layouts, and a program that prints a constant."""
    recipe = {"build": "sleep 0.3; cp bench.sh {build}", "run": "sh {build}/bench.sh", "adapter": "lines",
              "layouts": 2}
    (folder / "breakeven.json").write_text(json.dumps(recipe))
    (folder / "bench.sh").write_text("sleep 0.01; echo sort 1000 ns\n")
    who = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)


FAULTS = (
    kill_a_worker, stop_a_worker, kill_the_run, interrupt_the_run, replace_the_journal, fail_a_write,
    jump_the_clock, forbid_processes, refuse_a_system_call, two_at_once, kill_the_charts,
    names_that_look_like_options, kill_the_check, throttle_the_run,
)


def _preloaded(fault: str, after: int) -> dict[str, str]:
    return {"LD_PRELOAD": str(_library()), "FAULT": fault, "FAULT_AFTER": str(after)}


def _library() -> pathlib.Path:
    source = pathlib.Path(__file__).with_name("faults.cpp")
    name = f"breakeven-faults-{os.getuid()}-{source.stat().st_mtime_ns}.so"
    made = pathlib.Path(tempfile.gettempdir()) / name
    if not made.exists():
        command = ["c++", "-std=c++20", "-O1", "-shared", "-fPIC", str(source), "-ldl", "-o"]
        subprocess.run([*command, f"{made}.{os.getpid()}"], check=True)
        os.replace(f"{made}.{os.getpid()}", made)
    return made


def main() -> int:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("--attempts", type=int, default=40, metavar="N", help="of each; default: 40")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    names = ", ".join(fault.__name__ for fault in FAULTS)
    parser.add_argument("--only", metavar="FAULT", help=f"one of {names}")
    options = parser.parse_args()
    broken = 0
    for fault in FAULTS:
        if options.only not in (None, fault.__name__):
            continue
        ends: Counter[str] = Counter(_tried(fault, seed) for seed in _seeds(options))
        broken += ends["broken"]
        codes = ", ".join(f"{count} x {end}" for end, count in sorted(ends.items()))
        print(f"{fault.__name__}: {options.attempts} attempts; how they ended: {codes}", flush=True)
    print(f"chaos: {broken} broken" if broken else "chaos: all held")
    return 1 if broken else 0


def _seeds(options: argparse.Namespace) -> Iterator[int]:
    yield from range(options.seed, options.seed + options.attempts)


def _tried(fault: Callable[[random.Random], Attempt], seed: int) -> str:
    attempt: Any = None
    try:
        attempt = fault(random.Random(seed))
    except CannotTry as reason:
        return f"not tried ({reason})"
    except Broken as error:
        print(f"BROKEN {fault.__name__} --seed {seed}: {error}", flush=True)
        return "broken"
    finally:
        if attempt is not None:
            attempt.close()
    return f"exit code {attempt.process.returncode}"


if __name__ == "__main__":
    sys.exit(main())
