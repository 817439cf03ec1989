"""Other layouts of the same source: a linker in front of the linker, for whatever a build command runs.

Where code that did not change lies in memory moves its timings by some per cent. A folder of programs
called `ld`, `ld.bfd`, … stands first on the build's path: each puts an object of padding in front and the
user's objects in another order, then does what the real one would. Where the link never comes by, `reached`
says so, and the verdict does too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from ...files.output import make_folder

LINKERS = ("ld", "ld.bfd", "ld.gold", "ld.lld", "mold", "ld.mold")
_SEED, _FOLDER = "BREAKEVEN_LAYOUT", "BREAKEVEN_LINKER"
# Bytes of code and of constants in front: multiples of 16, as functions are aligned, and not of a cache line.
PADDING = (
    (0, 0), (16, 48), (1072, 2096), (4144, 16), (208, 4112), (2096, 1040), (3088, 592), (528, 3152),
    (6192, 2064), (80, 176), (1552, 8208), (2576, 304), (8240, 16), (320, 1616), (5136, 3600), (912, 6160),
)
_WRAPPER = """#!{python} -S
import os, sys
sys.path.insert(0, {here!r})
import linker
linker.main(os.path.basename(sys.argv[0]), sys.argv[1:])
"""


@dataclass(frozen=True)
class Wrapper:
    """The folder of linkers for one layout."""

    folder: Path

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """For the build. COMPILER_PATH: where gcc and clang look before their own folders."""
        compilers = [str(self.folder), *filter(None, [inherited.get("COMPILER_PATH")])]
        path = [str(self.folder), inherited.get("PATH", os.defpath)]
        return {"PATH": os.pathsep.join(path), "COMPILER_PATH": os.pathsep.join(compilers)}

    @property
    def reached(self) -> bool:
        return (self.folder / "reached").exists()


def wrapper(folder: Path, number: int) -> Wrapper:
    """Makes the folder for layout `number`; without a compiler for the padding the order alone varies."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    code, constants = PADDING[number % len(PADDING)]
    source = folder / "padding.s"
    source.write_text(assembly(code, constants))
    compiler = os.environ.get("CC") or "cc"
    if shutil.which(compiler):
        words = [compiler, "-c", str(source), "-o", str(folder / "padding.o")]
        subprocess.run(words, capture_output=True, check=False)
    (folder / "layout").write_text(str(number))
    for name in LINKERS:
        if shutil.which(name):
            file = folder / name
            file.write_text(_WRAPPER.format(python=sys.executable, here=str(Path(__file__).parent)))
            file.chmod(0o755)
    return Wrapper(folder.absolute())


def assembly(code: int, constants: int) -> str:
    """Padding in front of code and of constants, in what every assembler reads."""
    return (
        f".text\n.balign 16\n.space {code}, 0x90\n.section .rodata\n.balign 16\n.space {constants}\n"
        ".section .note.GNU-stack,\"\",%progbits\n"  # `@` would begin a comment on ARM
    )
