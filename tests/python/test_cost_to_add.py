"""What docs/architecture.md says that an addition costs is what it costs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"//.*|^\s*#.*", re.M)
ABILITY = re.compile(r".*\bcan\b.*")  # what a foreign cell cannot is its manifest's to say, of any axis


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def traced(heading: str) -> list[str]:
    """The files of the table under this heading."""
    section = read("docs/architecture.md").split(f"\n### {heading}", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.M)


def naming(pattern: str) -> list[str]:
    """The product's files whose code, not its comments, matches."""
    command = ["git", "ls-files", "bench", "backends", "analysis"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    kinds = (".cpp", ".h", ".py", ".in", ".json")
    product = [file for file in files if file.endswith(kinds) and not file.startswith("bench/suites/")]
    return [file for file in product if re.search(pattern, ABILITY.sub("", COMMENT.sub("", read(file))))]


def test_an_axis_stands_in_the_files_of_its_trace() -> None:
    files = traced("An axis of a case")
    assert sorted(files) == naming(r'\bPin\b|\.pin\b|"pin"|\bpin:')
    assert len(files) <= 7


def test_a_field_of_a_result_stands_in_the_files_of_its_trace() -> None:
    files = traced("A field of a result")
    found = [file for file in naming(r'"bytes_moved"') if not file.startswith("backends/python/")]
    assert sorted(files) == sorted(found)
    assert len(files) <= 4


def test_an_option_stands_in_the_files_of_its_trace() -> None:
    files = traced("An option of `run` and `measure`")
    assert sorted(files) == [file for file in naming(r"\bquiet\b") if file.startswith("bench/")]
    assert len(files) <= 3
