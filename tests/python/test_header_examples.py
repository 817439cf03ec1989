"""Every usage example that a header's comment shows compiles, as it stands there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE_LINE = re.compile(r"//   (\S.*)?$")
CODE = re.compile(r"[;{}]\s*(//.*)?$|^#include")

# What an example takes for granted: names of the reader's own program.
CONTEXT = {
    "backends/thread_pool/thread_pool.h": """
        struct Part { void sort(); };
        extern std::vector<Part> parts;
        extern std::vector<double> in, out;
        double f(double);
        void log(const char*);
        const std::size_t n = 100;""",
    "bench/site.h": """
        struct Image { int width; };
        extern std::vector<std::string> files;
        extern std::vector<Image> images;
        Image resize(const std::string&);""",
    "bench/own_function.h": """
        struct Image { int width; };
        Image make_image(std::size_t);""",
    "backends/fork_pool/fork_pool.h": "std::size_t square(Bytes input, MutableBytes output);",
}


def example_in(text):
    """The lines that a header's first comment sets off by three blanks, or "" where they are not code."""
    comment = re.match(r"(//.*\n)*", text).group()
    lines = [line[5:] if EXAMPLE_LINE.match(line) else "" for line in comment.splitlines()]
    return "\n".join(lines).strip() if any(CODE.search(line) for line in lines) else ""


def examples():
    headers = [path for room in ("backends", "bench") for path in sorted((ROOT / room).rglob("*.h"))]
    found = {str(path.relative_to(ROOT)): example_in(path.read_text(encoding="utf-8")) for path in headers}
    return {header: example for header, example in found.items() if example}


def program(header, example):
    lines = example.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    return "\n".join([*includes, "using namespace breakeven;", CONTEXT.get(header, ""),
                      "void example() {", *body, "}", ""])


def compiles(compiler, text):
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only",
               f"-I{ROOT}", "-x", "c++", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def compiler():
    found = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if found is None:
        pytest.skip("no C++ compiler")
    return found


def test_the_pools_show_how_they_are_used():
    assert set(CONTEXT) <= set(examples())


@pytest.mark.parametrize("header", examples())
def test_an_example_in_a_header_compiles(header):
    done = compiles(compiler(), program(header, examples()[header]))
    assert done.returncode == 0, done.stderr


def test_a_broken_example_is_noticed():
    done = compiles(compiler(), program("", "now fork_pool::Slots slots(1000, 8, 8);"))
    assert done.returncode != 0
