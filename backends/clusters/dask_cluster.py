"""A cluster of Dask that stands beside the samples: a scheduler here, and workers here and on other hosts.

    dask_cluster.py --workers N [--hosts=NAME:N,NAME:N] [--agent=WORDS]

Prints `scheduler ADDRESS` once every worker is there, and ends all of it on SIGTERM. A worker that cannot
reach the scheduler for 20 s ends itself, wherever it is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
import socket
import sys

# Who sleeps while others are measured must not be taken for dead.
os.environ.setdefault("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "None")
_PASSED_ON = ("PYTHONPATH", "BREAKEVEN_SDK", "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED")


def worker_words(address: str, host: str) -> list[str]:
    """One worker of one thread."""
    return [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nthreads",
        "1",
        "--no-nanny",
        "--no-dashboard",
        "--death-timeout",
        "20",
        "--memory-limit",
        "0",
        "--host",
        host,
    ]


def started(address: str, host: str, agent: list[str], is_far: bool) -> list[str]:
    """The words that start a worker on this host, or by the agent on another one."""
    words = worker_words(address, host)
    if not is_far:
        return words
    passed = [f"{name}={os.environ[name]}" for name in _PASSED_ON if name in os.environ]
    command = "exec " + " ".join(map(shlex.quote, ["env", *passed, *words]))
    shell = ["sh", "-c"] if os.path.basename(agent[0]) == "srun" else []  # ssh has a shell there anyway
    return [*agent, host, *shell, command]


def places(hosts: str, workers: int) -> list[tuple[str, bool]]:
    """Of each worker, its host and whether that is another one; the first host is this one."""
    if not hosts:
        return [("127.0.0.1", False)] * workers
    counted = [entry.rsplit(":", 1) for entry in hosts.split(",")]
    return [(name, index > 0) for index, (name, count) in enumerate(counted) for _ in range(int(count))]


async def stand(options: argparse.Namespace) -> int:
    from distributed import Scheduler

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    where = places(options.hosts, options.workers)
    host = socket.gethostbyname(where[0][0])
    async with Scheduler(host=host, port=0, dashboard_address=None) as scheduler:
        processes = [
            await asyncio.create_subprocess_exec(
                *started(scheduler.address, name, options.agent.split(), is_far),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sys.stderr,
            )
            for name, is_far in where
        ]
        code = await _all_there(scheduler, processes, ended)
        if code == 0:
            print(f"scheduler {scheduler.address}", flush=True)
            await ended.wait()
        await scheduler.close()
    for process in processes:
        try:
            await asyncio.wait_for(process.wait(), 3)
        except asyncio.TimeoutError:
            process.kill()
    return code


async def _all_there(scheduler, processes, ended) -> int:
    while len(scheduler.workers) < len(processes):
        if ended.is_set():
            return 1
        gone = [process.returncode for process in processes if process.returncode is not None]
        if gone:
            print(f"a worker of Dask ended with exit code {gone[0]} before it was there", file=sys.stderr)
            return 1
        await asyncio.sleep(0.02)
    return 0


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n\n")[1].strip())
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--hosts", default="")
    parser.add_argument("--agent", default="ssh")
    return asyncio.run(stand(parser.parse_args(words)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
