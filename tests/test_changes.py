"""Differences: only what changed, in long texts too."""

from __future__ import annotations

import difflib

import pytest

from memlint.changes import opcodes, unified_diff

BLOCK = ["with (\n", "    patch(\n", "        a,\n", "    ),\n", "):\n"]


def test_lines_that_are_frequent_in_a_long_text_are_no_changes() -> None:
    old = BLOCK * 60
    new = [*BLOCK * 59, "def fake():\n", *BLOCK[:2], "        fake,\n", *BLOCK[3:]]
    assert opcodes(old, new) == [
        ("equal", 0, 295, 0, 295),
        ("insert", 295, 295, 295, 296),
        ("equal", 295, 297, 296, 298),
        ("replace", 297, 298, 298, 299),
        ("equal", 298, 300, 299, 301),
    ]
    assert "".join(unified_diff(old, new, "tests.py")) == (
        "--- tests.py\n"
        "+++ tests.py\n"
        "@@ -293,8 +293,9 @@\n"
        "         a,\n"
        "     ),\n"
        " ):\n"
        "+def fake():\n"
        " with (\n"
        "     patch(\n"
        "-        a,\n"
        "+        fake,\n"
        "     ),\n"
        " ):\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "a\n"),
        ("a\n", ""),
        ("a", "b"),
        ("a\nb\n", "a\nc\nb\n"),
        ("".join(f"{n}\n" for n in range(30)), "".join(f"{n}\n" for n in range(2, 25)) + "x"),
        ("a\n", "a\n"),
    ],
)
def test_a_short_text_gives_the_diff_that_everybody_knows(old: str, new: str) -> None:
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    assert list(unified_diff(*lines, "a.py")) == list(difflib.unified_diff(*lines, "a.py", "a.py"))
