"""A cell that pretends to span hosts: it starts a process on each of them, by the agent that its launcher
passes on, as mpirun does. How it behaves is its option `does`.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time

ENDED = """
import sys, time
time.sleep(float(sys.argv[1]))
"""


def main(words: list[str]) -> int:
    hosts, agent, request_text = words[0], words[1].split(), words[-1]
    request = json.loads(request_text)
    does = request["options"]["does"]
    case = request["case"]
    far = [entry.split(":")[0] for entry in hosts.split(",")[1:]]
    seconds = 60 if does in ("lingers", "hangs") else 0.1
    command = f"exec {shlex.join([sys.executable, '-c', ENDED, str(seconds), request_text])}"
    children = [
        subprocess.Popen([*agent, host, command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for host in far
    ]
    if does == "refuses":
        print("------\nthe launcher cannot reach a host\n------", file=sys.stderr)
        return 213
    if does == "hangs":
        time.sleep(60)
    if does == "lingers":
        return 1  # and the far processes live on
    for child in children:
        child.wait()
    ns = 1e6
    record = {
        "iterations": 1,
        "batch": 1,
        "iteration_ns": [ns],
        "real_time_ns": ns,
        "cpu_time_ns": ns,
        "timed_s": ns / 1e9,
        "warmup_s": 0,
        "digest": os.environ.get("FAR_DIGEST", "00000000"),
        "ranks": [{"host": name, "tasks": case["tasks"]} for name in ["here", *far]],
        "wire": {"messages": 2, "bytes": 3},
        "facts": {"session": os.environ.get("BREAKEVEN_SESSION", "none")},
    }
    print(json.dumps({"breakeven_sample": record}, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
