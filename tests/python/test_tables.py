"""Tables of words and figures: a name in a file stays a name, whatever stands in it."""

from __future__ import annotations

import pytest

from analysis.show import tables


@pytest.mark.parametrize("name, shown", [
    ("a|b", r"a\|b"), ("<b>", r"\<b\>"), ("in_bytes _x_", r"in_bytes \_x\_"), ("[a](b)", r"\[a\](b)"),
    ("http://x", r"http:\//x"), ("one\ntwo\x1b[31m", r"one?two?\[31m"),
])
def test_no_character_of_a_name_means_markdown(name, shown):
    assert tables.plain(name) == shown


@pytest.mark.parametrize("name", ["@everybody", "owner/repo#12", "#1"])
def test_a_name_calls_nobody_and_links_nothing(name):
    shown = tables.plain(name)
    assert "@e" not in shown and "#1" not in shown
    assert shown.replace("\u200b", "").replace("\\", "") == name
