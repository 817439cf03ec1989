"""The command line: misspelt words get one line with the nearest valid word, and exit code 2."""

import json
import re
import subprocess

import pytest

from program import BUILD, PROGRAM, Bench

CASE = {
    "workload": "factorize", "workers": 2, "tasks": 3, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0,
    "dispatch": "map", "chunk": "default", "pool": "warm", "pin": "none",
}


@pytest.mark.parametrize("words, says", [
    (["rnu", "article"], '"run"'),
    (["run", "artikel"], '"article"'),
    (["run", "article", "--filtre", "x"], '"--filter"'),
    (["run", "article", "--axis", "worker=1"], '"workers"'),
    (["--versio"], '"--version"'),
    (["run", "article", "--seed", "abc"], "--seed"),
    (["run", "article", "--axis", "workers=0"], "--axis workers: 0 workers"),
    (["run", "article", "--axis", "workers=99999999"], "at most"),
    (["run", "article", "--axis", "backend=thread_pol"], '"thread_pool"'),
    (["run", "article", "--axis", "backend=fork_pool/pip"], '"pipe"'),
    (["run", "article", "--axis", "dispatch=sumbit"], '"submit"'),
    (["run", "article", "--rounds", "0"], "--rounds"),
    (["run", "article", "--budget", "60"], "60s"),
    (["run", "article", "--filter", "("], "regular expression"),
    (["run", "article", "--filter", "no such case"], "nothing is left"),
    (["run", "article", "--only", "/no/such/file"], "/no/such/file"),
    (["run", "article", "--build", "head=/no/such/program"], "/no/such/program"),
    (["run", "/no/such/suite.json"], "/no/such/suite.json"),
    (["run"], "suite"),
    (["run", "article", "--precision", "0"], "--precision"),
    (["run", "article", "--resume", "/no/such/run"], "/no/such/run"),
    (["run", "--resume", "x", "--seed", "1"], "--resume"),
    (["measure"], "--task"),
    (["measure", "--task", "200us", "--in", "4Kb"], "4KiB"),
    (["measure", "--task", "50"], "say the unit, for example --task 50us"),
    (["measure", "--task", "50us", "--out", "64B"], "payload out of each task is --back 64B"),
    (["run", "article", "--out", "4KiB"], "--out is where results go"),
    (["advise", "x.json", "--task", "1us", "--out", "64B"], "--back SIZE"),
    (["chart", "x.json"], '"charts"'),
    (["charts", "no/such.json"], "no such file"),
    (["measure", "--task", "0us"], "--task: \"0us\" is not a time for one task; more than 0"),
    (["cell", "{"], "JSON"),
    (["cell", "{}"], "protocol"),
    (["recover", "/no/such/folder"], "journal.jsonl"),
    (["list", "--jsn"], '"--json"'),
])
def test_bad_words_are_refused_in_one_line(bench: Bench, words: list[str], says: str) -> None:
    finished = bench(*words)
    assert finished.code == 2
    assert says in finished.complaint
    assert list(bench.folder.iterdir()) == []


WORDS = "run measure doctor list record advise charts report summary csv check claims compare model".split()
WORDS += ["self-test", "recover", "cell", "bisect", "history"]


@pytest.mark.parametrize("words", [["--help"], *([word, "--help"] for word in WORDS)])
def test_help_teaches_on_a_screen_of_eighty_columns(bench: Bench, words: list[str]) -> None:
    finished = bench(*words)
    assert finished.code == 0, finished.err
    lines = finished.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40
    assert len(finished.out) > 200


@pytest.mark.parametrize("word", ["run", "charts"])
def test_help_word_is_word_help(bench: Bench, word: str) -> None:
    assert bench("help", word).out == bench(word, "--help").out


def test_the_help_names_every_word(bench: Bench) -> None:
    listed = {line.split()[0] for line in bench("--help").out.splitlines() if line.startswith("  ")}
    assert set(WORDS) <= listed


def test_a_word_of_the_analysis_without_python_says_what_to_install(bench: Bench) -> None:
    command = [str(PROGRAM), "charts", "x.json"]
    found = subprocess.run(
        ["unshare", "-m", "sh", "-c", 'for p in /usr/bin/python3 /usr/local/bin/python3; do [ -e $p ] && '
         'mount --bind /bin/false $p; done; PATH=/usr/bin:/bin exec "$@"', "sh", *command],
        cwd=bench.folder, capture_output=True, text=True,
    )
    if "unshare" in found.stderr or "mount" in found.stderr:
        pytest.skip("hiding Python needs a mount namespace")
    assert found.returncode == 2 and "install" in found.stderr and found.stderr.count("\n") == 1


def test_list_json_names_backends_workloads_and_suites(bench: Bench) -> None:
    everything = json.loads(bench("list", "--json").out)
    kinds = ("backends", "workloads", "suites")
    names = {kind: {item["name"] for item in everything[kind]} for kind in kinds}
    assert {"serial", "ceiling", "std_async", "thread_pool", "openmp", "fork_pool"} <= names["backends"]
    assert {"factorize", "compute", "mandelbrot", "deflate"} <= names["workloads"]
    assert {"article", "ipc-volume", "scaling", "quick", "default"} <= names["suites"]
    assert all(suite["error"] is None for suite in everything["suites"])


def test_cell_answers_a_request_on_standard_input(bench: Bench) -> None:
    case = {**CASE, "backend": "serial", "workers": 1}
    request = {"protocol": 1, "case": case, "iterations": 2, "batch": 3}
    finished = bench("cell", "-", stdin=json.dumps(request))
    assert finished.code == 0
    line = finished.out.splitlines()[-1]
    assert line.startswith('{"breakeven_sample":')
    sample = json.loads(line)["breakeven_sample"]
    assert sample["iterations"] == 2 and sample["batch"] == 3 and len(sample["iteration_ns"]) == 2


def test_rests_between_runs_count_as_time_when_iterations_are_chosen(bench: Bench) -> None:
    case = {**CASE, "workload": "bare", "backend": "serial", "workers": 1, "tasks": 1, "pool": "rested"}
    finished = bench("cell", json.dumps({"protocol": 1, "case": case, "min_time_s": 0.02}))
    assert finished.code == 0, finished.err
    sample = json.loads(finished.out.splitlines()[-1])["breakeven_sample"]
    assert sample["iterations"] * sample["batch"] <= 20  # of 1 ms each; a run itself takes nanoseconds


def test_a_warm_pool_settles_before_it_is_timed(bench: Bench) -> None:
    case = {**CASE, "backend": "thread_pool", "tasks": 1, "pool": "warm"}  # a job of microseconds
    finished = bench("cell", json.dumps({"protocol": 1, "case": case, "iterations": 2, "batch": 1}))
    assert finished.code == 0, finished.err
    assert json.loads(finished.out.splitlines()[-1])["breakeven_sample"]["warmup_s"] >= 0.005


def test_measure_says_what_one_task_takes_and_carries(bench: Bench) -> None:
    words = ["measure", "--task", "20us", "--in", "64KiB", "--back", "96B", "--tasks", "20"]
    out = bench(*words, "--backend", "thread_pool", "--rounds", "6").out
    found = re.search(r"One task: ([\d.]+) us in the plain loop, 64KiB in, 96B out.", out)
    assert found, out
    assert f"advise results/latest/results.json --task {found[1]}us --in 64KiB --back 96B --tasks 20" in out


def test_measure_ranks_every_backend(bench: Bench) -> None:
    words = ["measure", "--task", "20us", "--in", "64B", "--back", "64B", "--tasks", "50", "--rounds", "2"]
    finished = bench(*words)
    assert finished.code == 0, finished.err
    for backend in ("std_async", "thread_pool", "openmp", "fork_pool/pipe"):
        assert backend in finished.out


def test_a_users_own_workload_runs_through_every_backend(bench: Bench) -> None:
    own = BUILD / "examples" / "own_workload" / "own_workload"
    finished = bench("measure", "--workload", "collatz", "--tasks", "50", "--rounds", "1", program=own)
    assert finished.code == 0, finished.err
    everything = json.loads(bench("list", "--json").out)
    # Of this program: a cell of its own has not got the workload.
    own_ones = [one for one in everything["backends"] if not one["own_cell"]]
    rivals = [backend["name"] for backend in own_ones if backend["variants"]]
    assert len(rivals) >= 5
    for name in rivals:
        assert name in finished.out or name == "serial"
    names = {row["breakeven"]["case"]["workload"] for row in bench.results()["benchmarks"]}
    assert names == {"collatz"}


def test_an_unwritable_output_folder_is_refused_before_measuring(bench: Bench) -> None:
    (bench.folder / "file").write_text("")
    finished = bench("run", bench.suite(), "--out", "file/results.json")
    assert finished.code == 4
    assert "file" in finished.complaint


def test_a_suite_can_never_name_a_command(bench: Bench) -> None:
    grid = {"workload": "factorize", "tasks": 1, "backends": "thread_pool", "command": ["touch", "owned"]}
    finished = bench("run", bench.suite(grids=[grid]))
    assert finished.code == 2 and "command" in finished.complaint
    assert not (bench.folder / "owned").exists()


def test_version_names_the_revision(bench: Bench) -> None:
    printed = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True)
    assert printed.returncode == 0 and "breakeven" in printed.stdout


@pytest.mark.parametrize("out", ["folder", "folder/", "folder/results.json", "file.txt", "file.json"])
def test_an_occupied_output_is_refused_before_measuring(bench: Bench, out: str) -> None:
    (bench.folder / "folder").mkdir()
    for name in ("file.txt", "file.json", "folder/results.json"):
        (bench.folder / name).write_text("precious")
    finished = bench("run", bench.suite(), "--out", out)
    assert finished.code == 4 and out.rstrip("/") in finished.complaint
    assert {path.read_text() for path in bench.folder.rglob("*.txt")} == {"precious"}
    assert not list(bench.folder.rglob("journal.jsonl"))


def test_out_takes_a_folder_and_the_next_run_takes_another_beside_it(bench: Bench) -> None:
    for folder in ("all/first", "all/second"):
        assert bench("run", bench.suite(), "--out", folder).code == 0
        names = {path.name for path in (bench.folder / folder).iterdir()}
        assert names == {"results.json", "journal.jsonl"}


@pytest.mark.parametrize("words", ["list", "list --json", "run article --dry-run"])
def test_a_full_standard_output_is_an_error(bench: Bench, words: str) -> None:
    command = f"{PROGRAM} {words} > /dev/full"
    finished = subprocess.run(["sh", "-c", command], cwd=bench.folder, capture_output=True, text=True)
    assert finished.returncode == 4 and "standard output" in finished.stderr


@pytest.mark.parametrize("changes", [
    {"workers": 0}, {"workers": 4294967297}, {"in_bytes": 2**64 - 1, "out_bytes": 2**64 - 1}, {"skew": -1},
    {"pin": "everywhere"}, {"scaling": "wek"}, {"chunk": 0}, {"tasks": 10**12},
])
@pytest.mark.parametrize("backend", ["openmp", "ceiling", "fork_pool/pipe"])
def test_a_hostile_request_is_refused(bench: Bench, backend: str, changes: dict[str, object]) -> None:
    case = {**CASE, "backend": backend, **changes}
    finished = bench("cell", json.dumps({"protocol": 1, "case": case, "iterations": 1, "batch": 1}))
    assert finished.code in (1, 2), finished.err
    assert "breakeven: " in finished.err or '"failure_kind":"error"' in finished.out
