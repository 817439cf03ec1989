"""What stands in front of the linker: see layouts.py. Needs nothing but the standard library's core."""

from __future__ import annotations

import os
import random
import shutil
import sys
from typing import NoReturn, Sequence

_OF_THE_COMPILER = ("crt", "Scrt", "gcrt", "rcrt", "Mcrt")  # crt1.o, crtbegin.o, …: their places are fixed


def varied(words: Sequence[str], number: int, padding: str) -> list[str]:
    """The linker's words with the user's objects in another order and the padding in front of them.

    Layout 0 is the link as it is. Without objects of the user's (a partial link, `-v`) nothing changes.
    """
    places = [i for i, word in enumerate(words) if _is_object(words, i)]
    if number == 0 or not places or "-r" in words or "--relocatable" in words:
        return list(words)
    objects = [words[i] for i in places]
    random.Random(number).shuffle(objects)
    changed = list(words)
    for place, name in zip(places, objects):
        changed[place] = name
    return [*changed[:places[0]], *([padding] if os.path.exists(padding) else []), *changed[places[0]:]]


def _is_object(words: Sequence[str], i: int) -> bool:
    name = os.path.basename(words[i])
    after_o = i > 0 and words[i - 1] in ("-o", "--output")
    return name.endswith((".o", ".obj")) and not after_o and not name.startswith(_OF_THE_COMPILER)


def main(name: str, words: Sequence[str]) -> NoReturn:
    here = os.path.dirname(os.path.abspath(sys.argv[0]))
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    rest = [part for part in path if os.path.abspath(part) != here]
    real = shutil.which(name, path=os.pathsep.join(rest))
    if real is None:
        sys.exit(f"{name}: is not on the path behind {here}")
    with open(os.path.join(here, "layout"), encoding="ascii") as file:
        number = int(file.read())
    changed = varied(words, number, os.path.join(here, "padding.o"))
    if changed != list(words) or number == 0:
        with open(os.path.join(here, "reached"), "w", encoding="ascii"):
            pass
    os.execv(real, [real, *changed])
