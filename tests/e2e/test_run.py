"""`breakeven run`: from a suite to results, whatever happens on the way."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

from program import PROGRAM, RECORD, ROOT, Bench, crashing_manifest, foreign_suite

CASE_KEYS = {
    "workload", "backend", "workers", "tasks", "in_bytes", "out_bytes", "cost", "skew",
    "dispatch", "chunk", "pool", "pin",
}


def test_leaves_results_a_journal_and_a_relative_latest_link(bench: Bench) -> None:
    finished = bench("run", bench.suite())
    assert finished.code == 0, finished.err
    latest = bench.folder / "results" / "latest"
    assert latest.is_symlink() and not os.path.isabs(os.readlink(latest))
    assert {path.name for path in latest.iterdir()} == {"results.json", "journal.jsonl"}
    assert "speed-up" in finished.out and "thread_pool" in finished.out


def test_every_row_carries_the_case_and_is_valid(bench: Bench) -> None:
    bench("run", bench.suite())
    results = bench.results()
    schema = json.loads((ROOT / "analysis" / "files" / "results.schema.json").read_text())
    jsonschema.validate(results, schema)
    # Two rounds of: the baseline twice, the ceiling, two backends.
    assert len(results["benchmarks"]) == 2 * (2 + 1 + 2)
    for row in results["benchmarks"]:
        assert CASE_KEYS <= set(row["breakeven"]["case"])
        assert row["run_type"] == "iteration" and row["name"] == row["run_name"]
    assert results["failures"] == []
    assert 0 < results["context"]["breakeven"]["timed_fraction"] <= 1


def test_all_digests_of_a_block_are_equal(bench: Bench) -> None:
    bench("run", bench.suite())
    assert len({row["breakeven"]["digest"] for row in bench.results()["benchmarks"]}) == 1


def test_google_benchmarks_compare_reads_two_of_our_files(bench: Bench) -> None:
    compare = pathlib.Path("/usr/share/benchmark/compare.py")
    if not compare.exists():
        pytest.skip("libbenchmark-tools is not installed")
    suite = bench.suite(rounds=9)
    for name in ("a", "b"):
        assert bench("run", suite, "--out", f"{name}/results.json").code == 0
    command = [sys.executable, str(compare), "benchmarks", "a/results.json", "b/results.json"]
    compared = subprocess.run(command, cwd=bench.folder, capture_output=True, text=True)
    assert compared.returncode == 0, compared.stderr
    assert "thread_pool/workers=" in compared.stdout and "pvalue" in compared.stdout


def test_out_makes_its_folder_and_leaves_latest_alone(bench: Bench) -> None:
    assert bench("run", bench.suite(), "--out", "a/b/results.json").code == 0
    assert (bench.folder / "a/b/journal.jsonl").exists()
    assert not (bench.folder / "results").exists()


def test_the_same_seed_gives_the_same_order(bench: Bench) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        bench("run", bench.suite(), "--out", f"{name}/r.json", "--seed", seed)
    order = {name: [row["name"] for row in bench.results(f"{name}/r.json")["benchmarks"]] for name in "abc"}
    assert order["a"] == order["b"] != order["c"]


def test_filter_only_and_axis_choose_cases(bench: Bench) -> None:
    bench("run", bench.suite(), "--filter", "thread_pool", "--out", "a/r.json")
    names = {row["name"] for row in bench.results("a/r.json")["benchmarks"]}
    assert any("thread_pool" in name for name in names) and not any("fork_pool" in name for name in names)
    chosen = next(name for name in names if "thread_pool" in name)
    (bench.folder / "only.txt").write_text(chosen + "\n")
    bench("run", bench.suite(), "--only", "only.txt", "--out", "b/r.json")
    assert {row["name"] for row in bench.results("b/r.json")["benchmarks"]} == names
    bench("run", bench.suite(), "--axis", "workers=1,3", "--out", "c/r.json")
    cases = [row["breakeven"]["case"] for row in bench.results("c/r.json")["benchmarks"]]
    assert {case["workers"] for case in cases if case["backend"] == "thread_pool"} == {1, 3}


def test_a_case_is_chosen_by_its_name(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "a/r.json")
    rows = bench.results("a/r.json")["benchmarks"]
    names = {row["name"] for row in rows if row["breakeven"]["role"] == "case"}
    chosen, other = sorted(names)[:2]
    bench("run", bench.suite(), "--case", chosen, "--out", "b/r.json")
    measured = {row["name"] for row in bench.results("b/r.json")["benchmarks"]}
    assert chosen in measured and other not in measured
    wrong = bench("run", bench.suite(), "--case", chosen[:-1] + "x")
    assert wrong.code == 2 and f'did you mean "{chosen}"' in wrong.complaint


def test_a_trace_shows_when_each_task_ran_and_on_which_worker(bench: Bench) -> None:
    backends = ["thread_pool", "fork_pool/pipe,help=off"]
    grids = [{"workload": "factorize", "tasks": 12, "ceiling": False, "backends": backends}]
    suite = bench.suite(grids=grids)
    for name in [line for line in bench("run", suite, "--dry-run").out.splitlines() if "_pool" in line]:
        assert bench("run", suite, "--case", name, "--trace", "trace.json").code == 0
        events = json.loads((bench.folder / "trace.json").read_text())["traceEvents"]
        tasks = [event for event in events if event["ph"] == "X"]
        assert sorted(event["name"] for event in tasks) == sorted(f"task {n}" for n in range(12))
        assert all(event["dur"] >= 0 and event["ts"] >= 0 for event in tasks)
        assert {event["tid"] for event in tasks} == {e["tid"] for e in events if e["name"] == "thread_name"}
        known = ["args" not in event for event in tasks]  # of another process only the end is seen
        assert known == ["thread_pool" in name] * 12


def test_a_trace_of_several_cases_is_refused_before_anything_is_measured(bench: Bench) -> None:
    finished = bench("run", bench.suite(), "--trace", "trace.json")
    assert finished.code == 2 and "choose it by --case" in finished.complaint
    assert not (bench.folder / "results").exists()


def test_the_memory_that_a_pool_holds_is_read_once_a_case(bench: Bench) -> None:
    bench("run", bench.suite(rounds=3))
    held: dict[str, list[dict[str, float]]] = {}
    for row in bench.results()["benchmarks"]:
        if row["breakeven"]["covariates"].get("pss_bytes"):
            held.setdefault(row["breakeven"]["case"]["backend"], []).append(row["breakeven"]["covariates"])
    assert [len(held[name]) for name in ("thread_pool", "fork_pool/pipe")] == [1, 1]
    workers = bench.results()["context"]["breakeven"]["machine"]["workers_default"]
    assert held["thread_pool"][0]["processes"] == 1
    assert held["fork_pool/pipe"][0]["processes"] == workers  # the caller is one of them
    assert all(1e6 < one[0]["pss_bytes"] < 1e9 for one in held.values())


def test_dry_run_prints_cases_and_time_and_measures_nothing(bench: Bench) -> None:
    finished = bench("run", "default", "--dry-run")
    assert finished.code == 0
    assert "factorize/tasks=100/in=512KiB/out=512KiB/fork_pool/pipe" in finished.out
    assert "about" in finished.out.splitlines()[-1]
    assert list(bench.folder.iterdir()) == []


def test_budget_ends_a_run_early_with_results(bench: Bench) -> None:
    finished = bench("run", bench.suite(rounds=100000), "--budget", "1s", "--out", "a/r.json")
    assert finished.code == 0
    assert len(bench.results("a/r.json")["benchmarks"]) > 0


def test_two_builds_stand_in_one_schedule_as_neighbours(bench: Bench) -> None:
    builds = ["--build", f"base={PROGRAM}", "--build", f"head={PROGRAM},extra=10%"]
    assert bench("run", bench.suite(), *builds, "--out", "a/r.json").code == 0
    rows = bench.results("a/r.json")["benchmarks"]
    for first, second in zip(rows[::2], rows[1::2]):
        assert first["name"] == second["name"]
        assert {first["breakeven"]["build"], second["breakeven"]["build"]} == {"base", "head"}


@pytest.mark.parametrize("body, kind, says", [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "crash", "SIGSEGV"),
    ("print('last words', file=sys.stderr); sys.exit(3)", "crash", "last words"),
    ("time.sleep(1000)", "timeout", "did not end"),
    ("print('hello')", "protocol", "no record"),
    ("print('{\"breakeven_sample\": {\"iterations\": 1}}')", "protocol", "batch"),
    ("print('{\"breakeven_sample\": {\"iterations\":')", "protocol", "JSON"),
])
def test_a_bad_sample_becomes_a_failure_and_the_run_goes_on(
    bench: Bench, body: str, kind: str, says: str
) -> None:
    manifest = crashing_manifest(bench.folder, body)
    suite = foreign_suite(bench, deadline_s=2)
    finished = bench("run", suite, "--backend-manifest", manifest, "--rounds", "1", "--out", "a/r.json")
    assert finished.code == 1
    results = bench.results("a/r.json")
    assert [failure["kind"] for failure in results["failures"]] == [kind]
    assert says in results["failures"][0]["reason"]
    assert results["failures"][0]["case"]["backend"] == "foreign"
    assert any(row["breakeven"]["case"]["backend"] == "thread_pool" for row in results["benchmarks"])


def test_a_wrong_digest_is_a_failure(bench: Bench) -> None:
    manifest = crashing_manifest(bench.folder, RECORD % "deadbeef")
    finished = bench("run", foreign_suite(bench), "--backend-manifest", manifest, "--out", "a/r.json")
    assert finished.code == 1
    results = bench.results("a/r.json")
    assert {failure["kind"] for failure in results["failures"]} == {"wrong_digest"}
    assert not any(row["breakeven"]["case"]["backend"] == "foreign" for row in results["benchmarks"])


def test_a_foreign_program_that_speaks_the_protocol_is_a_backend(bench: Bench) -> None:
    bench("run", bench.suite(), "--out", "a/r.json")
    digest = bench.results("a/r.json")["benchmarks"][0]["breakeven"]["digest"]
    manifest = crashing_manifest(bench.folder, RECORD % digest)
    finished = bench("run", foreign_suite(bench), "--backend-manifest", manifest, "--out", "b/r.json")
    assert finished.code == 0, finished.err
    assert "foreign" in finished.out


def test_the_results_of_two_runs_may_share_a_folder(bench: Bench) -> None:
    assert bench("run", bench.suite(), "--out", "a/one.json").code == 0
    assert bench("run", bench.suite(), "--out", "a/two.json").code == 0
    names = ["one.journal.jsonl", "one.json", "two.journal.jsonl", "two.json"]
    assert sorted(path.name for path in (bench.folder / "a").iterdir()) == names
    assert bench("run", "--resume", "a/two.json", "--rounds", "3").code == 0
    counts = [len(bench.results(f"a/{name}.json")["benchmarks"]) for name in ("one", "two")]
    assert counts[1] == counts[0] * 3 // 2


def test_a_place_that_names_the_journal_is_refused(bench: Bench) -> None:
    refused = bench("run", bench.suite(), "--out", "a/journal.jsonl")
    assert refused.code == 2 and "names a journal" in refused.complaint and not (bench.folder / "a").exists()


def test_a_latest_that_is_a_folder_is_refused_before_anything_is_measured(bench: Bench) -> None:
    (bench.folder / "results" / "latest").mkdir(parents=True)
    refused = bench("run", bench.suite())
    assert refused.code == 4 and "results/latest: is not a link" in refused.complaint
    assert not list((bench.folder / "results").glob("tiny-*/journal.jsonl"))


@pytest.mark.parametrize("length", [246, 251])
def test_a_name_that_is_too_long_is_refused_before_anything_is_measured(bench: Bench, length: int) -> None:
    refused = bench("run", bench.suite(), "--out", "x" * length + ".json")
    assert refused.code == 4 and "File name too long" in refused.complaint
    assert not list(bench.folder.glob("*.jsonl"))


def test_results_are_not_written_through_a_link_that_lies_in_their_way(bench: Bench) -> None:
    (bench.folder / "a").mkdir()
    (bench.folder / "a" / "results.json.part").symlink_to(bench.folder / "victim")
    assert bench("run", bench.suite(), "--out", "a/").code == 0
    assert not (bench.folder / "victim").exists() and not (bench.folder / "a" / "results.json").is_symlink()


def test_a_pipe_that_lies_in_the_way_of_the_results_holds_nothing_up(bench: Bench) -> None:
    (bench.folder / "a").mkdir()
    os.mkfifo(bench.folder / "a" / "results.json.part")
    assert bench("run", bench.suite(), "--out", "a/").code == 0


def test_ctrl_c_keeps_what_was_measured(bench: Bench) -> None:
    command = [str(PROGRAM), "run", bench.suite(rounds=100000), "--out", "a/results.json"]
    process = subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    journal = bench.folder / "a" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > 7):
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    results = bench.results("a/results.json")
    assert len(results["benchmarks"]) >= 5 and results["context"]["breakeven"]["interrupted"] is True


def test_a_killed_run_is_recovered_from_its_journal(bench: Bench) -> None:
    command = [str(PROGRAM), "run", bench.suite(rounds=100000), "--out", "a/results.json"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=bench.folder, stdout=quiet, stderr=quiet)
    journal = bench.folder / "a" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_text().count("\n") > 7):
        assert time.monotonic() < deadline
    process.kill()
    process.wait()
    assert not (bench.folder / "a" / "results.json").exists()
    assert bench("recover", "a").code == 0
    assert len(bench.results("a/results.json")["benchmarks"]) >= 5


def test_a_full_disk_keeps_the_journal_and_exits_4(bench: Bench) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    small = bench.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]).returncode != 0:
        pytest.skip("this machine does not let us mount")
    try:
        finished = bench("run", bench.suite(rounds=100000), "--out", "small/results.json")
        assert finished.code == 4
        assert "No space left" in finished.complaint
        assert (small / "journal.jsonl").read_text().count("\n") > 3
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_every_sample_carries_covariates_each_a_number_or_null(bench: Bench) -> None:
    bench("run", bench.suite())
    for row in bench.results()["benchmarks"]:
        covariates = row["breakeven"]["covariates"]
        assert {"line_before_ns", "line_after_ns", "steal_ns", "voluntary_switches", "involuntary_switches",
                "caller_cpu_ns", "workers_cpu_ns", "caller_run_delay_ns", "minor_faults", "peak_rss_bytes",
                "throttled_ns", "frequency_mhz", "probe_ns", "usage_ns"} <= set(covariates)
        assert all(value is None or value >= 0 for value in covariates.values())


def test_a_foreign_cell_gets_the_surroundings_too(bench: Bench) -> None:
    record = {
        "protocol": 1, "iterations": 1, "batch": 1, "iteration_ns": [5.0], "real_time_ns": 5.0,
        "cpu_time_ns": 5.0, "timed_s": 0.1, "warmup_s": 0.1, "digest": "00000000",
    }
    line = json.dumps({"breakeven_sample": record}, separators=(",", ":"))
    manifest = crashing_manifest(bench.folder, f"print({line!r})")
    bench("run", foreign_suite(bench), "--backend-manifest", manifest)
    entries = [entry for entry in bench.results()["failures"] if "foreign" in entry["name"]]
    assert entries
    assert all("line_before_ns" in entry["covariates"] for entry in entries if "covariates" in entry)


def test_hardware_counters_are_numbers_or_say_why_not(bench: Bench) -> None:
    bench("run", bench.suite(), "--counters")
    results = bench.results()
    said = results["context"]["breakeven"]["counters"]
    counted = [row["breakeven"]["covariates"]["instructions"] for row in results["benchmarks"]]
    assert said["asked"] is True
    assert all((value is None) == (said["reason"] is not None) for value in counted)


def test_a_rule_of_the_suite_sets_samples_aside_and_counts_them(bench: Bench) -> None:
    finished = bench("run", bench.suite(set_aside=[{"covariate": "caller_cpu_ns", "above": -1}]))
    results = bench.results()
    assert finished.code == 0, finished.err
    assert results["benchmarks"] == [] and len(results["set_aside"]) == 10
    assert "10 set aside" in finished.out
    assert all(row["breakeven"]["set_aside"].startswith("caller_cpu_ns is ") for row in results["set_aside"])
    schema = json.loads((ROOT / "analysis" / "files" / "results.schema.json").read_text())
    jsonschema.validate(results, schema)


def pinned_suite(bench: Bench, pins: list[str], workers: int) -> str:
    grid = {"workload": "compute", "tasks": 50, "cost": 20000, "workers": workers, "pin": pins,
            "backends": ["thread_pool", "openmp", "fork_pool/pipe", "fork_pool/pipe,help=off", "std_async"]}
    return bench.suite(grids=[grid], rounds=1)


def test_pinned_workers_run_where_they_were_put(bench: Bench) -> None:
    finished = bench("run", pinned_suite(bench, ["compact"], 2))
    rows = [row for row in bench.results()["benchmarks"] if row["breakeven"]["role"] == "case"]
    assert finished.code == 0, finished.err
    assert len(rows) == 5 and all(row["name"].endswith("/pin=compact") for row in rows)
    # Had a worker found itself elsewhere, its tasks would have failed.
    cpus = {row["breakeven"]["facts"]["cpus"] for row in rows}
    assert len(cpus) == 1 and len(cpus.pop().split(",")) == min(2, len(os.sched_getaffinity(0)))


def test_pins_that_come_to_the_same_cpus_are_measured_once(bench: Bench) -> None:
    bench("run", pinned_suite(bench, ["compact", "spread"], 1))
    results = bench.results()
    pins = {row["breakeven"]["case"]["pin"] for row in results["benchmarks"]}
    assert pins == {"none", "compact"}  # the yardsticks have none
    assert len(results["skipped"]) == 5
    assert all("same CPUs" in skip["reason"] for skip in results["skipped"])


def test_completion_is_noted_where_the_suite_asks_for_it(bench: Bench) -> None:
    grid = {"workload": "compute", "tasks": 40, "cost": 20000, "dispatch": ["submit", "map"],
            "completion": True,
            "backends": ["thread_pool", "openmp", "fork_pool/pipe", "fork_pool/pipe,help=off", "std_async"]}
    finished = bench("run", bench.suite(grids=[grid], rounds=1))
    assert finished.code == 0, finished.err
    for row in bench.results()["benchmarks"]:
        noted = row["breakeven"]["completion"]
        assert 0 < noted["first_ns"] <= noted["median_ns"] <= noted["p99_ns"] <= noted["last_ns"], row["name"]


def test_a_grid_may_limit_the_rounds_of_its_cases_and_of_their_baseline(bench: Bench) -> None:
    grids = [{"workload": "factorize", "tasks": 3, "backends": "openmp"},
             {"workload": "factorize", "tasks": 4, "backends": "thread_pool", "rounds": 1}]
    bench("run", bench.suite(grids=grids, rounds=3))
    rounds = {}
    for row in bench.results()["benchmarks"]:
        key = row["breakeven"]["case"]["tasks"], row["breakeven"]["role"]
        rounds.setdefault(key, set()).add(row["breakeven"]["round"])
    assert rounds == {(3, "baseline"): {0, 1, 2}, (3, "ceiling"): {0, 1, 2}, (3, "case"): {0, 1, 2},
                      (4, "baseline"): {0}, (4, "ceiling"): {0}, (4, "case"): {0}}


def page_sizes(bench: Bench, pages: str, *backends: str, size: str = "96KiB") -> dict[str, set[int]]:
    grid = {"workload": "compute", "tasks": 12, "cost": 20000, "in_bytes": size, "out_bytes": size,
            "pages": pages, "backends": list(backends)}
    finished = bench("run", bench.suite(grids=[grid], rounds=1), "--out", f"{pages}.json")
    assert finished.code == 0, finished.err
    sizes: dict[str, set[int]] = {}
    for row in bench.results(f"{pages}.json")["benchmarks"]:
        own = row["breakeven"]
        sizes.setdefault(own["case"]["backend"], set()).add(own["page_bytes"])
    return sizes


def test_all_backends_of_a_block_have_pages_of_one_size(bench: Bench) -> None:
    sizes = page_sizes(bench, "equal", "thread_pool", "fork_pool/shm", "fork_pool/arena", "fork_pool/pipe")
    assert len(sizes) == 6
    assert len(set().union(*sizes.values())) == 1


def test_huge_pages_are_given_or_the_case_is_skipped_with_the_reason(bench: Bench) -> None:
    sizes = page_sizes(bench, "huge", "thread_pool", "fork_pool/arena")
    skipped = {skip["case"]["backend"]: skip["reason"] for skip in bench.results("huge.json")["skipped"]}
    assert all("gets no huge pages here" in reason for reason in skipped.values())
    for backend in ("thread_pool", "fork_pool/arena"):
        assert backend in skipped or sizes[backend] == {2 << 20}


def test_the_pages_of_a_case_stand_in_its_name_where_they_are_chosen(bench: Bench) -> None:
    page_sizes(bench, "small", "thread_pool")
    names = {row["run_name"] for row in bench.results("small.json")["benchmarks"]}
    assert all("/pages=small/" in name for name in names)
