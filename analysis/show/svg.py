"""Makes a figure's SVG short, since a page holds dozens of them.

Ids stay only where something refers to them, each style is written once, places are hundredths of a point,
and nothing is indented. Only tags are touched: a text may look like anything, and comes from a file.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_REFERENCE = re.compile(r'(href="|url\()#([^")]+)')
_PLACES = re.compile(r' (?:d|x|y|transform|points)="[^"]*"')
_FINE = re.compile(r"(\.\d{2})\d+")


def shortened(body: str, name: str) -> str:
    """What stands behind <svg ...>. `name`: the figure's alone in its page; ids and classes begin with it."""
    ids: dict[str, str] = {}
    styles: dict[str, str] = {}
    for tag in _TAG.findall(body):
        for _, referred in _REFERENCE.findall(tag):
            ids.setdefault(referred, f"{name}-{len(ids)}")

    def styled(style: re.Match[str]) -> str:
        return f' class="{styles.setdefault(style[1], f"{name}-s{len(styles)}")}"'

    def short(found: re.Match[str]) -> str:
        tag = re.sub(r' id="([^"]*)"', lambda id: f' id="{ids[id[1]]}"' if id[1] in ids else "", found[0])
        tag = _REFERENCE.sub(lambda to: f"{to[1]}#{ids[to[2]]}", tag)
        tag = _PLACES.sub(lambda places: _FINE.sub(r"\1", places[0]), tag)
        tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
        return re.sub(r' style="([^"]*)"', styled, tag).replace("\n", " ")

    body = re.sub(r">\s*\n\s*<", ">\n<", _TAG.sub(short, body))
    rules = "".join(f".{of}{{{style}}}" for style, of in styles.items())
    return f"<style>{rules}</style>{body}"
