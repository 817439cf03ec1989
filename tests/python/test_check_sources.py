"""Revisions are built once, as git worktrees; what cannot be built or found is said with what to do."""

import subprocess
from pathlib import Path

import pytest

from analysis.features.check import command, revisions, sources
from analysis.features.check.revisions import SourceFailed
from analysis.cli import main

# A "program" that tells its revision: no compiler, so that the tests are fast.
CMAKE = """cmake_minimum_required(VERSION 3.20)
project(fake NONE)
add_custom_target(breakeven ALL COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/words breakeven)
"""
BROKEN = """cmake_minimum_required(VERSION 3.20)
project(fake NONE)
add_custom_target(breakeven ALL COMMAND ${CMAKE_COMMAND} -E echo "main.cpp:7:3: error: x was not declared"
                  COMMAND ${CMAKE_COMMAND} -E false)
"""

COMPILED = """cmake_minimum_required(VERSION 3.20)
project(fake CXX)
add_executable(breakeven main.cpp)
"""


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "first", CMakeLists_txt=CMAKE, words="first", _gitignore="build\n")
    return folder


def git(folder, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", folder, *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder, message, **files):
    for name, content in files.items():
        path = name.replace("_gitignore", ".gitignore").replace("_txt", ".txt")
        (folder / path).write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def test_a_revision_is_built_though_the_tree_has_changes(root):
    commit(root, "second", words="second")
    (root / "words").write_text("not committed")
    program = sources.of_revision(root, "HEAD~1", root / "build")
    assert program.path.read_text() == "first" and "HEAD~1" in program.described
    assert (root / "words").read_text() == "not committed"


def test_the_working_tree_is_built_as_it_is(root):
    (root / "words").write_text("not committed")
    program = sources.of_working_tree(root, root / "build")
    assert program.path.read_text() == "not committed" and "changed" in program.described


def test_a_revision_is_built_once(root):
    first = sources.of_revision(root, "HEAD", root / "build")
    first.path.write_text("built before")
    assert sources.of_revision(root, "main", root / "build").path.read_text() == "built before"


def test_other_flags_are_another_build(root):
    first = sources.of_revision(root, "HEAD", root / "build")
    (root / "build" / "CMakeCache.txt").write_text("CMAKE_BUILD_TYPE:STRING=Debug\nBREAKEVEN_TESTS:BOOL=ON\n")
    assert sources.flags_of(root / "build") == {"CMAKE_BUILD_TYPE": "Debug"}
    assert sources.of_revision(root, "HEAD", root / "build").path != first.path


def test_a_build_that_was_cut_off_is_done_again(root):
    program = sources.of_revision(root, "HEAD", root / "build").path
    (program.parents[1] / "ready").unlink()
    program.unlink()
    assert sources.of_revision(root, "HEAD", root / "build").path.read_text() == "first"


def test_a_build_whose_program_is_gone_is_done_again(root):
    sources.of_revision(root, "HEAD", root / "build").path.unlink()
    assert sources.of_revision(root, "HEAD", root / "build").path.read_text() == "first"


def test_only_the_last_few_builds_are_kept(root):
    for i in range(revisions.KEPT + 2):
        commit(root, f"number {i}", words=f"{i}")
        sources.of_revision(root, "HEAD", root / "build")
    assert len(list((root / "build" / "check").iterdir())) == revisions.KEPT
    assert git(root, "worktree", "list").count("\n") == revisions.KEPT


def test_a_broken_revision_shows_the_compilers_message(root, capfd):
    commit(root, "broken", CMakeLists_txt=BROKEN)
    with pytest.raises(SourceFailed, match="does not build: main.cpp:7:3: error: x was not") as failed:
        sources.of_revision(root, "HEAD", root / "build")
    assert "main.cpp:7:3: error: x was not declared" in capfd.readouterr().err
    assert "x was not declared" in log_of(failed).read_text()


def test_a_broken_working_tree_shows_the_compilers_message(root, capfd):
    (root / "CMakeLists.txt").write_text(BROKEN)
    with pytest.raises(SourceFailed, match="the working tree does not build: main.cpp:7:3: error") as failed:
        sources.of_working_tree(root, root / "build")
    assert "x was not declared" in capfd.readouterr().err
    assert "x was not declared" in log_of(failed).read_text()


def test_a_failure_of_cmake_itself_is_said_with_its_reason(root, capfd):
    commit(root, "no library", CMakeLists_txt=CMAKE + 'message(FATAL_ERROR "libdeflate is missing")\n')
    with pytest.raises(SourceFailed, match="CMake Error at CMakeLists.txt:.* libdeflate is missing"):
        sources.of_revision(root, "HEAD", root / "build")


def log_of(failed):
    return Path(str(failed.value).split("the whole output: ")[1].rstrip(")"))


@pytest.mark.parametrize("output, first", [
    ("[1%] Building error.cpp.o\nerror.cpp:1:1: error: no\nmake: *** [x] Error 1\n",
     "error.cpp:1:1: error: no"),
    ("x.cpp:(.text+0x5): undefined reference to `g'\ncollect2: error: ld returned 1 exit status\n",
     "x.cpp:(.text+0x5): undefined reference to `g'"),
    ("make: *** No rule to make target 'x'.  Stop.\n", "make: *** No rule to make target 'x'.  Stop."),
    ("[1%] Making x\n/bin/sh: 1: ld9: not found\ngmake[3]: *** [x] Error 127\ngmake: *** [y] Error 2\n",
     "/bin/sh: 1: ld9: not found"),
    ("Killed by a signal\n\n", "Killed by a signal"),
    ("", "it says nothing"),
])
def test_the_first_error_of_a_build_is_found(output, first):
    assert revisions.diagnosis(output)[0] == first


def test_a_base_is_built_with_the_libraries_and_the_toolchain_of_the_head(tmp_path):
    (tmp_path / "CMakeCache.txt").write_text(
        "//text\nCMAKE_PREFIX_PATH:UNINITIALIZED=/opt/a;/opt/b\nCMAKE_TOOLCHAIN_FILE:FILEPATH=/x.cmake\n"
        "CMAKE_INTERPROCEDURAL_OPTIMIZATION:BOOL=ON\nCMAKE_CXX_COMPILER_LAUNCHER:STRING=ccache\n"
        "benchmark_DIR:PATH=/opt/a/cmake\nZLIB_LIBRARY_RELEASE:FILEPATH=/opt/a/libz.so\n"
        "GTest_DIR:PATH=GTest_DIR-NOTFOUND\nproject_BINARY_DIR:STATIC=/b\n"
        "FETCHCONTENT_BASE_DIR:PATH=/b/_deps\nCMAKE_CXX_COMPILER_AR:FILEPATH=/usr/bin/ar\n"
    )
    assert sources.flags_of(tmp_path) == {
        "CMAKE_PREFIX_PATH": "/opt/a;/opt/b", "CMAKE_TOOLCHAIN_FILE": "/x.cmake",
        "CMAKE_INTERPROCEDURAL_OPTIMIZATION": "ON", "CMAKE_CXX_COMPILER_LAUNCHER": "ccache",
        "benchmark_DIR": "/opt/a/cmake", "ZLIB_LIBRARY_RELEASE": "/opt/a/libz.so",
    }


def test_the_base_gets_the_flags_of_the_head(root):
    tells = 'file(WRITE ${CMAKE_BINARY_DIR}/told "${CMAKE_PREFIX_PATH}")\n'
    commit(root, "tells", CMakeLists_txt=CMAKE + tells)
    (root / "build").mkdir()
    (root / "build" / "CMakeCache.txt").write_text("CMAKE_PREFIX_PATH:PATH=/opt/a;/opt/b\n")
    program = sources.of_revision(root, "HEAD", root / "build").path
    assert program.with_name("told").read_text() == "/opt/a;/opt/b"


@pytest.mark.parametrize("broken", ["base", "head"])
def test_a_check_of_a_broken_side_exits_2_with_the_compilers_message(root, broken, monkeypatch, capsys):
    monkeypatch.setattr(command.place, "checkout", lambda: root)
    sources_of = {"base": "", "head": ""} | {broken: "int main() { return undeclared; }\n"}
    for side, text in sources_of.items():
        commit(root, side, CMakeLists_txt=COMPILED, **{"main.cpp": text or "int main() {}\n"})
    words = ["--base", "HEAD~1", "--build", str(root / "build"), "-o", str(root / "out")]
    assert main(["check", *words]) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert "main.cpp:1:" in complaint and "undeclared" in complaint
    assert not (root / "out").exists()


def test_an_unknown_revision_is_named(root):
    with pytest.raises(SourceFailed, match="nowhere: no such revision here"):
        revisions.resolve(root, "nowhere")


def test_a_reference_is_never_an_option_of_git(root):
    with pytest.raises(SourceFailed, match="--all: no such revision"):
        revisions.resolve(root, "--all")


def test_a_shallow_clone_says_what_to_fetch(root, tmp_path):
    first = git(root, "rev-parse", "HEAD")
    commit(root, "second", words="second")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{root}", clone], check=True)
    with pytest.raises(SourceFailed, match="shallow clone; run `git fetch --unshallow origin`"):
        revisions.resolve(clone, first)


def test_no_repository_is_said(tmp_path):
    with pytest.raises(SourceFailed, match="is not a git repository"):
        revisions.resolve(tmp_path, "HEAD")
