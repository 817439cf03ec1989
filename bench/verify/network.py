"""Two hosts on one machine, to try out what spans hosts: two network namespaces, each with a name and a CPU
of its own, and links between them. Needs root, `ip`, `tc` and `unshare`; the link with a latency needs the
relay of build-clusters/ (relay.cpp), since many kernels have no netem.

    with Network() as network:
        file = network.hosts_file("gbit")
        network.run(["build/breakeven", "run", "hosts", "--hosts", str(file)])
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Sequence

ROOT = Path(__file__).resolve().parents[2]
RELAY = ROOT / "build-clusters" / "relay"


@dataclass(frozen=True)
class Link:
    """`net`: the second number of its addresses; `mbit`: of its rate, 0 for as fast as it gets."""

    name: str
    title: str
    net: int
    mbit: int = 0
    latency_us: int = 0


LINKS = (
    Link("fast", "no limit", 77),
    Link("gbit", "1 Gb/s", 78, mbit=1000),
    Link("slow", "1 Gb/s and 100 µs", 79, mbit=1000, latency_us=100),
)

# What ssh is elsewhere: AGENT HOST COMMAND. A host that is not there is refused as ssh would; behind a link
# that was cut nobody answers. Ways to misbehave are switched on by files, for tests.
_AGENT = """#!/bin/sh
host=$1; shift
here={folder}
case $host in
{cases}
  *) echo "ssh: Could not resolve hostname $host: Name or service not known" >&2; exit 255 ;;
esac
[ ! -e "$here/silent" ] || exec sleep 1000
if ! ip -n {first} link show "$dev" 2> /dev/null | grep -q ',UP'; then
  sleep 1
  echo "ssh: connect to host $host port 22: No route to host" >&2
  exit 255
fi
[ ! -e "$here/group" ] || echo $$ > "$(cat "$here/group")"
exec taskset -c $cpu nsenter --net=/var/run/netns/$space \\
  unshare --uts sh -c 'hostname "$0"; exec sh -c "$1"' $name "$*"
"""


class NoNetwork(Exception):
    """This machine cannot make it; the text says why."""


_NUMBERS = itertools.count()


def _say(words: Sequence[str]) -> None:
    ended = subprocess.run(words, capture_output=True, text=True)
    if ended.returncode:
        raise NoNetwork(f"{' '.join(words)}: {ended.stderr.strip() or ended.returncode}")


def _processes_in(space: str) -> list[int]:
    ended = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True)
    return [int(word) for word in ended.stdout.split()]


class Network:
    """For the time of a `with`; raises NoNetwork. `links`: those to be made."""

    def __init__(self, links: Sequence[Link] = LINKS) -> None:
        if os.geteuid() != 0:
            raise NoNetwork("network namespaces need root")
        for tool in ("ip", "tc", "nsenter", "unshare", "taskset"):
            if shutil.which(tool) is None:
                raise NoNetwork(f"{tool} is not installed")
        self.links = tuple(links)
        number = next(_NUMBERS)  # of this process's networks
        self._spaces = [f"be{os.getpid()}-{number}{side}" for side in "ab"]
        cpus = sorted(os.sched_getaffinity(0))
        self.cpus = [cpus[0], cpus[1 % len(cpus)]]
        self._relays: list[subprocess.Popen[str]] = []
        self.skipped: dict[str, str] = {}  # links that could not be made, with why

    def __enter__(self) -> Network:
        self.folder = Path(tempfile.mkdtemp(prefix="breakeven-network-"))
        try:
            for space in self._spaces:
                _say(["ip", "netns", "add", space])
                _say(["ip", "-n", space, "link", "set", "lo", "up"])
            for link in self.links:
                try:
                    self._relay(link) if link.latency_us else self._veth(link)
                except NoNetwork as error:
                    self.skipped[link.name] = str(error)
            self._write_agent()
        except BaseException:
            self._take_away()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_away()

    def _take_away(self) -> None:
        for relay in self._relays:
            relay.terminate()
            relay.wait()
        for space in self._spaces:
            for process in _processes_in(space):
                os.kill(process, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", space], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def device(self, link: Link) -> str:
        return f"be{link.name}"

    def _veth(self, link: Link) -> None:
        one, other = self._spaces
        device = self.device(link)
        _say(
            [
                "ip",
                "link",
                "add",
                device,
                "netns",
                one,
                "type",
                "veth",
                "peer",
                "name",
                device,
                "netns",
                other,
            ]
        )
        for number, space in enumerate(self._spaces, 1):
            _say(["ip", "-n", space, "addr", "add", f"10.{link.net}.0.{number}/24", "dev", device])
            _say(["ip", "-n", space, "link", "set", device, "up"])
            if link.mbit:
                rate = ["root", "tbf", "rate", f"{link.mbit}mbit", "burst", "96kb", "latency", "100ms"]
                _say(["ip", "netns", "exec", space, "tc", "qdisc", "add", "dev", device, *rate])

    def _relay(self, link: Link) -> None:
        if not RELAY.exists():
            raise NoNetwork(f"{RELAY.name} is not built: make clusters")
        one, other = self._spaces
        words = [
            str(RELAY),
            one,
            f"10.{link.net}.0.1",
            other,
            f"10.{link.net}.0.2",
            self.device(link),
            str(link.mbit),
            str(link.latency_us),
        ]
        relay = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._relays.append(relay)
        assert relay.stdout is not None and relay.stderr is not None
        if relay.stdout.readline().strip() != "ready":
            raise NoNetwork(f"the relay ended: {relay.stderr.read().strip()}")

    def _write_agent(self) -> None:
        cases = []
        for link in self.links:
            for number, (space, cpu) in enumerate(zip(self._spaces, self.cpus), 1):
                cases.append(
                    f"  10.{link.net}.0.{number}) space={space}; cpu={cpu}; name=host-{number}; "
                    f"dev={self.device(link)} ;;"
                )
        text = _AGENT.format(folder=self.folder, cases="\n".join(cases), first=self._spaces[0])
        self.agent = self.folder / "agent"
        self.agent.write_text(text)
        self.agent.chmod(0o755)

    def hosts_file(self, link: str, slots: int = 1, **changes: Any) -> Path:
        """Of the two hosts over this link; `changes`: other keys of the file."""
        found = next(one for one in self.links if one.name == link)
        if link in self.skipped:
            raise NoNetwork(self.skipped[link])
        hosts = [{"name": f"10.{found.net}.0.{number}", "slots": slots} for number in (1, 2)]
        content = {
            "breakeven_hosts": 1,
            "agent": [str(self.agent)],
            "network": f"10.{found.net}.0.0/24",
            "link": found.title,
            "hosts": hosts,
            **changes,
        }
        path = self.folder / f"{link}-{slots}.json"
        path.write_text(json.dumps(content))
        return path

    def on_first(self, words: Sequence[str]) -> list[str]:
        """The words that run a command on the first host."""
        return [
            "taskset",
            "-c",
            str(self.cpus[0]),
            "nsenter",
            f"--net=/var/run/netns/{self._spaces[0]}",
            "unshare",
            "--uts",
            "sh",
            "-c",
            'hostname "$0"; exec "$@"',
            "host-1",
            *words,
        ]

    def run(self, words: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        """On the first host, with its output."""
        return subprocess.run(self.on_first(words), text=True, **options)

    def cut(self, link: str) -> None:
        self._set(link, "down")

    def mend(self, link: str) -> None:
        self._set(link, "up")

    def _set(self, link: str, state: str) -> None:
        device = self.device(next(one for one in self.links if one.name == link))
        _say(["ip", "-n", self._spaces[0], "link", "set", device, state])

    def processes(self) -> list[int]:
        """Of both hosts."""
        return [process for space in self._spaces for process in _processes_in(space)]

    def processes_of_second(self) -> list[int]:
        return _processes_in(self._spaces[1])


def loopback_file(folder: Path, slots: int = 1) -> Path:
    """A hosts file for who is not root: this machine as two hosts, over plain loopback TCP."""
    agent = folder / "agent"
    agent.write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
    agent.chmod(0o755)
    hosts = [{"name": f"127.0.0.{number}", "slots": slots} for number in (1, 2)]
    content = {
        "breakeven_hosts": 1,
        "agent": [str(agent)],
        "network": "127.0.0.0/8",
        "link": "loopback TCP",
        "hosts": hosts,
    }
    path = folder / "loopback.json"
    path.write_text(json.dumps(content))
    return path


if __name__ == "__main__":
    with Network() as network:
        print(f"hosts files and agent in {network.folder}; a shell on the first host; its end takes all away")
        for link in network.links:
            if link.name in network.skipped:
                print(f"{link.title}: {network.skipped[link.name]}")
            else:
                print(f"{link.title}: {network.hosts_file(link.name)}")
        sys.exit(network.run(["bash"]).returncode)
