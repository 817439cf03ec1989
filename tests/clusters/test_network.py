"""The two hosts themselves, without MPI: names, links, an agent that behaves as ssh does, and their end."""

from __future__ import annotations

import subprocess

import pytest

from network import LINKS, Network, NoNetwork

SEND = """
import socket, sys, time
with socket.create_server((sys.argv[1], 5000)) as server:
    print("listens", flush=True)
    one, _ = server.accept()
    start, count = time.perf_counter(), 0
    while data := one.recv(1 << 20):
        count += len(data)
    print(count, time.perf_counter() - start)
"""
RECEIVE = """
import socket, sys
socket.create_connection((sys.argv[1], 5000)).sendall(bytes(int(sys.argv[2])))
"""


def by_agent(two: Network, *words: str) -> "subprocess.CompletedProcess[str]":
    return two.run([str(two.agent), *words], capture_output=True)


def test_each_host_has_a_name_and_a_cpu_of_its_own(two: Network) -> None:
    own = two.run(["sh", "-c", "hostname; nproc"], capture_output=True).stdout.split()
    far = by_agent(two, "10.77.0.2", "hostname; nproc").stdout.split()
    assert own == ["host-1", "1"] and far == ["host-2", "1"]


@pytest.mark.parametrize(("link", "megabytes", "least_s"), [("fast", 8, 0.0), ("gbit", 8, 0.05)])
def test_a_link_carries_bytes_at_no_more_than_its_rate(
    two: Network, link: str, megabytes: int, least_s: float
) -> None:
    net = next(one.net for one in LINKS if one.name == link)
    words = two.on_first(["python3", "-c", SEND, f"10.{net}.0.1"])
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None and server.stdout.readline() == "listens\n"
    command = f"python3 -c '{RECEIVE}' 10.{net}.0.1 {megabytes << 20}"
    assert by_agent(two, f"10.{net}.0.2", command).returncode == 0
    count, seconds = server.communicate(timeout=30)[0].split()
    assert int(count) == megabytes << 20 and float(seconds) > least_s


def test_the_agent_refuses_as_ssh_does(two: Network) -> None:
    unknown = by_agent(two, "10.77.0.9", "true")
    assert unknown.returncode == 255 and "Could not resolve hostname" in unknown.stderr
    two.cut("fast")
    try:
        cut = by_agent(two, "10.77.0.2", "true")
    finally:
        two.mend("fast")
    assert cut.returncode == 255 and "No route to host" in cut.stderr
    assert by_agent(two, "10.77.0.2", "true").returncode == 0


def test_nothing_is_left_of_them() -> None:
    try:
        with Network(LINKS[:1]) as made:
            spaces = list(made._spaces)
            subprocess.Popen(made.on_first(["sleep", "100"]))
    except NoNetwork as error:
        pytest.skip(str(error))
    there = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    assert not any(space in there for space in spaces) and not made.folder.exists()
