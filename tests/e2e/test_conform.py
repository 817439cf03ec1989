"""`breakeven conform`: an honest cell passes, each of ten liars and bunglers fails by its own check."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import pytest
from program import PROGRAM

HERE = pathlib.Path(__file__).parent
LIES = {
    "echoed_digest": "answers",
    "wrong_table": "answers",
    "forgets_last": "answers",
    "sleeps": "cpu-time",
    "ignores_extra": "extra",
    "wrong_unit": "clock",
    "leaves_child": "leaves-nothing",
    "prints_before": "nothing-else",
    "swallows": "killed-worker",
    "own_iterations": "iterations",
}
PROCESSES = ("honest_processes", "swallows")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    names = ["honest", "honest_processes", *LIES]
    backends = [{"name": "liar_serial", "caller_works": True, "max_workers": 1}]
    backends += [{"name": name, "processes": name in PROCESSES} for name in names]
    path = tmp_path_factory.mktemp("conform") / "liars.json"
    defaults = {
        "command": ["{python}", str(HERE / "liar.py")], "baseline": "liar_serial",
        "workloads": ["factorize", "compute"], "can": {"pin": False, "counters": False},
        "skip": [{"when": {"dispatch": "submit"}, "unless": {"chunk": "default"}, "reason": "map alone"}],
    }
    path.write_text(json.dumps({"breakeven_manifest": 1, "defaults": defaults, "backends": backends}))
    return path


def conform(*words: object, cwd: pathlib.Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(PROGRAM), "conform", *map(str, words)], capture_output=True, text=True,
                          timeout=300, cwd=cwd)


# Those that no busy machine disturbs; what the others tell is tested on liars, who are far off.
CALM = {
    "honest": ["answers", "nothing-else", "leaves-nothing", "iterations", "cold", "pinned", "start-up",
               "unknown-keys", "standard-input", "bad-requests", "impossible", "killed-worker"],
    "honest_processes": ["leaves-nothing", "endless", "killed", "killed-worker"],
}


@pytest.mark.parametrize("name", CALM)
def test_an_honest_cell_passes(manifest: pathlib.Path, name: str) -> None:
    words = [word for check in CALM[name] for word in ("--check", check)]
    ended = conform(manifest, "--only", name, *words, "--json")
    rows = json.loads(ended.stdout)
    assert [row for row in rows if row["verdict"] == "failed"] == [] and ended.returncode == 0
    assert [row["check"] for row in rows] == CALM[name]
    skipped = {row["check"] for row in rows if row["verdict"] == "skipped"}
    assert skipped == ({"pinned", "killed-worker"} if name == "honest" else set())


@pytest.mark.parametrize("name", LIES)
def test_a_liar_fails_by_its_check(manifest: pathlib.Path, name: str) -> None:
    ended = conform(manifest, "--only", name, "--check", LIES[name])
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "failed" in ended.stdout and "1 backend: 0 checks ok, 1 failed" in ended.stdout


def test_the_backends_of_the_installation_are_held_to_it_by_the_manifests_name() -> None:
    ended = conform("python", "--only", "py_thread_pool", "--check", "iterations", "--check", "unknown-keys")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    closing = ended.stdout.splitlines()[-1]
    assert closing == "2 backends: 4 checks ok, 0 failed, 0 skipped"  # kernels in Python and in C++


@pytest.mark.parametrize("words, said", [
    (["no_such.json"], "no_such.json: no such file; manifests of the installation: "),
    ([], "which manifest?"),
    (["python", "--only", "py_pool"], "no such backend"),
    (["python", "--check", "answer"], "unknown check; did you mean `answers`"),
    (["--template", "cobol"], "unknown language"),
    (["python", "--template", "node"], "leave MANIFEST out"),
])
def test_wrong_usage_is_one_line(words: list[str], said: str, tmp_path: pathlib.Path) -> None:
    ended = conform(*words, cwd=tmp_path)
    assert ended.returncode == 2 and said in ended.stderr and len(ended.stderr.splitlines()) == 1


BUILDS = {
    "python": None, "node": "node", "java": "javac -d classes {sdk}/java/Breakeven.java MyCell.java",
    "go": "go build -o my_cell .", "rust": None, "c++": None,
}


@pytest.mark.parametrize("language", ["python", "node", "java", "go"])
def test_a_template_passes_as_it_is_written(language: str, tmp_path: pathlib.Path) -> None:
    build = BUILDS[language]
    tool = (build or sys.executable).split()[0]
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    written = conform("--template", language, "-o", tmp_path / "cell")
    assert written.returncode == 0 and "breakeven conform my_pool.json" in written.stdout
    sdk = PROGRAM.parent / "share" / "breakeven" / "sdk"
    if build and " " in build:
        subprocess.run(build.format(sdk=sdk).split(), cwd=tmp_path / "cell", check=True, capture_output=True)
    checks = ["answers", "nothing-else", "leaves-nothing", "iterations", "unknown-keys", "bad-requests"]
    words = [word for check in checks for word in ("--check", check)]
    ended = conform("my_pool.json", "--only", "my_pool", *words, cwd=tmp_path / "cell")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_template_is_not_written_over_a_file(tmp_path: pathlib.Path) -> None:
    assert conform("--template", "python", "-o", tmp_path).returncode == 0
    again = conform("--template", "python", "-o", tmp_path)
    assert again.returncode == 2 and "is there already" in again.stderr
