"""A C++ function of objects as a workload: what README shows, and what the compiler says of mistakes."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from program import BUILD, ROOT

HEAD = """#include "bench/own_function.h"
#include <string>
#include <string_view>
#include <unordered_map>
using breakeven::own_function;
int one(std::size_t) { return 1; }
"""


def test_readme_shows_the_example_that_the_tests_run() -> None:
    example = (ROOT / "examples" / "own_workload" / "own_workload.cpp").read_text()
    code = example.split("\n", 1)[1]
    assert f"```cpp\n{code}```" in (ROOT / "README.md").read_text()
    assert len([line for line in code.splitlines() if line.strip()]) == 8


@pytest.mark.parametrize(
    "code, says",
    [
        ("struct In { explicit In(int); }; int run(const In&);\n"
         'const auto x = own_function<In, int>("x", [](std::size_t) { return In(1); }, run);',
         "give them default constructors"),
        ('const auto x = own_function<int, int>("x", one, [](std::string) { return 1; });',
         "the third argument is the function"),
        ('const auto x = own_function<int, int>("x", [](std::string) { return 1; }, [](int) { return 1; });',
         "the second argument makes a task's input"),
        ("std::string_view run(const int&);\n"
         'const auto x = own_function<int, std::string_view>("x", one, run);',
         "take one that owns its data"),
        ("std::unordered_map<int, int> run(const int&);\n"
         'const auto x = own_function<int, std::unordered_map<int, int>>("x", one, run);',
         "a hashed container comes out in another order"),
        ("struct Open { std::string name; }; Open run(const int&);\n"
         'const auto x = own_function<int, Open>("x", one, run);',
         "write breakeven_write"),
    ],
)
def test_the_compiler_says_what_to_write(tmp_path: pathlib.Path, code: str, says: str) -> None:
    (tmp_path / "bad.cpp").write_text(f"{HEAD}{code}\n")
    words = ["g++", "-std=c++20", f"-I{BUILD / 'include'}", "-fsyntax-only", "bad.cpp"]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode != 0 and says in found.stderr
