"""Shortened SVG: what refers still finds its target, and no text of a file becomes markup."""

from __future__ import annotations

from analysis.show import svg

FIGURE = """
 <defs>
  <path id="m1" d="M 0 1.23456
L 2.98765 3" style="stroke: #a3abb7"/>
 </defs>
 <g id="unused">
  <use xlink:href="#m1" x="75.970455" style="stroke: #a3abb7"/>
  <g clip-path="url(#c1)"><text style="fill: #fff" transform="rotate(-0 1 2)">0.123456</text></g>
 </g>
 <clipPath id="c1"/>
</svg>
"""


def test_references_still_find_their_targets():
    short = svg.shortened(FIGURE, "f1")
    assert 'href="#f1-0"' in short and '<path id="f1-0"' in short
    assert "url(#f1-1)" in short and '<clipPath id="f1-1"/>' in short
    assert "unused" not in short


def test_each_style_is_written_once():
    short = svg.shortened(FIGURE, "f1")
    assert short.startswith("<style>.f1-s0{stroke: #a3abb7}.f1-s1{fill: #fff}</style>")
    assert short.count('class="f1-s0"') == 2 and "style=" not in short


def test_places_are_hundredths_and_texts_stay():
    short = svg.shortened(FIGURE, "f1")
    assert 'd="M 0 1.23 L 2.98 3"' in short and 'x="75.97"' in short and ">0.123456</text>" in short


def test_a_text_that_looks_like_an_attribute_stays_text():
    text = ' style="} body {display: none} .a{" id="x" d="1.23456" href="#m1"'
    short = svg.shortened(f"<g><text>{text}</text></g></svg>", "f1")
    assert short.startswith("<style></style>") and f">{text}<" in short
