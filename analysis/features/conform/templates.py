"""Cells to begin with, one in each language: files of `skeletons/`, which pass every check."""

from __future__ import annotations

from pathlib import Path

from ...files import place
from ...files.errors import UsageError, nearest
from ...files.output import make_folder, write_atomically

_SKELETONS = Path(__file__).with_name("skeletons")
# How each is built, in its folder; `{sdk}` is where the part lies that an author need not write.
_BUILT_BY = {
    "python": (),
    "node": (),
    "c++": ("cmake -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build",),
    "java": ("javac -d classes {sdk}/java/Breakeven.java MyCell.java",),
    "go": ("go build -o my_cell .",),
    "rust": ("cargo build --release",),
}
LANGUAGES = tuple(_BUILT_BY)


def write(language: str, folder: Path) -> str:
    """Writes the files, none over another; returns what to do next. Raises UsageError and OutputFailed."""
    if language not in _BUILT_BY:
        raise UsageError(f"--template {language}: unknown language{nearest(language, LANGUAGES)}")
    sources = sorted(path for path in (_SKELETONS / language).rglob("*") if path.is_file())
    targets = [folder / source.relative_to(_SKELETONS / language) for source in sources]
    for target in targets:
        if target.exists():
            raise UsageError(f"{target}: is there already; name another folder with -o")
    sdk = str((place.home() / "sdk").absolute())
    for source, target in zip(sources, targets):
        make_folder(target.parent)
        write_atomically(target, source.read_text(encoding="utf-8").replace("{sdk}", sdk).encode())
    written = [f"wrote {target}" for target in targets]
    steps = [step.replace("{sdk}", sdk) for step in _BUILT_BY[language]]
    then = [f"cd {folder}", *steps, "breakeven conform my_pool.json",
            "breakeven measure --backend-manifest my_pool.json --backend my_pool --task 100us"]
    return "\n".join([*written, "", "Then:", *(f"  {line}" for line in then)]) + "\n"
