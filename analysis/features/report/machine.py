"""Where a file was measured: the machine, the program, what the doctor found, what disturbed the samples."""

from __future__ import annotations

from statistics import median
from typing import Any, Callable, Iterator, Mapping

from ...show import units
from ...files.results import Results

_KNOWN: Mapping[
    str, tuple[str, Callable[[Any], str]]
] = {  # of context.breakeven.machine: how it is called, how it is written
    "cpu": ("CPU", str),
    "cores": ("cores", str),
    "workers_default": ("usable cores", str),
    "memory_bytes": ("memory", units.size),
    "kernel": ("kernel", str),
    "libc": ("C library", str),
    "architecture": ("architecture", str),
}
_COVARIATES: tuple[
    tuple[str, str, Callable[[float], str]], ...
] = (  # key, how it is called, how it is written; each is reported where any sample has it
    ("line_before_ns", "round trip of a cache line between cores", units.time),
    ("division_slowdown_before", "divisions on both cores at once, times as long as on one", "{:.2f}".format),
    ("involuntary_switches", "involuntary context switches a sample", "{:g}".format),
    ("caller_run_delay_ns", "the caller's wait for a core, a sample", units.time),
    ("workers_run_delay_ns", "the workers' wait for a core, a sample", units.time),
    ("steal_ns", "time stolen by the hypervisor, a sample", units.time),
    ("throttled_ns", "time throttled by the cgroup, a sample", units.time),
    ("major_faults", "major page faults a sample", "{:g}".format),
    ("frequency_mhz", "frequency, MHz", "{:.0f}".format),
    ("peak_rss_bytes", "peak memory of a sample", units.size),
)


def facts(results: Results) -> list[tuple[str, str]]:
    """Pairs for a table: what, and its value."""
    context = results.context
    own = [
        ("file", str(results.path)),
        ("host", context.host_name),
        *_machine(context.machine),
        ("measured", context.date),
        ("suite", f"{context.suite}, {units.count(context.rounds, 'round')}"),
        ("program", f"breakeven {context.version} {context.git_revision[:12]}".strip()),
        ("compiler", context.compiler),
        ("timed", "" if context.timed_fraction is None else f"{context.timed_fraction:.0%} of the run"),
        ("interrupted", "yes: it holds what was measured until then" if context.interrupted else ""),
    ]
    return [(name, value) for name, value in own if value]


def _machine(machine: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in machine.items():
        if value is None or isinstance(value, (list, dict)):
            continue
        name, form = _KNOWN.get(key, (key.replace("_", " "), str))
        yield name, form(value)


def findings(results: Results) -> list[dict[str, str]]:
    """What the doctor said of the machine, where the file holds that."""
    keys = ("severity", "what", "effect", "remedy")
    return [{key: str(one.get(key) or "") for key in keys} for one in results.context.findings]


def disturbances(results: Results) -> list[tuple[str, str, str]]:
    """Covariates over all samples: name, median, largest; what no sample has is left out."""
    found = []
    for key, name, form in _COVARIATES:
        values = [
            float(value)
            for sample in results.samples
            if isinstance(value := sample.covariates.get(key), (int, float)) and not isinstance(value, bool)
        ]
        if values:
            found.append((name, form(median(values)), form(max(values))))
    return found


def command(results: Results) -> str:
    """What reproduces the file; empty where the writer did not say."""
    import shlex

    return shlex.join(results.context.command)
