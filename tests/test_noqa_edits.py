"""Edits of suppression comments: exact texts, and silence after them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from programs import Run, flake8, write

from memlint import engine, noqa
from memlint.config import Settings
from memlint.fix import apply
from memlint.model import Edit, Finding, Span
from memlint.noqa_edits import add_noqa, removal
from memlint.rules import all_rules
from memlint.source import Source


def read(text: str) -> tuple[Source, list[Finding]]:
    """A file and what every rule reports in it."""
    source = Source.from_bytes("test_it.py", text.encode())
    outcome = engine.check(source, all_rules(), Settings())
    assert outcome.crashes == ()
    return source, noqa.unsuppressed(source, outcome.findings, outcome.ran)


def removed(text: str) -> str | None:
    """``text`` after the fix of its first unused suppression."""
    source, found = read(text)
    fix = removal(source, next(finding for finding in found if finding.code == "MEM001"))
    if fix is None:
        return None
    assert fix.safety == "safe"
    after = apply(text, fix.edits)
    assert ast.dump(ast.parse(after)) == ast.dump(source.tree)
    return after


REMOVALS = {
    # Nothing is left of the comment.
    "# noqa: MEM101": "",
    "# noqa:MEM101": "",
    "# NoQA: MEM101": "",
    "# noqa: MEM1": "",
    "# noqa: MEM999": "",
    "# noqa: MEM101  ": "",
    "# noqa: MEM101,": "",
    "## noqa: MEM101": "",
    "# memlint: ignore": "",
    "#memlint:ignore[MEM101]": "",
    "# memlint: ignore [ mocks-kept-in-loop ]": "",
    # Other codes stay.
    "# noqa: MEM101,E501": "  # noqa: E501",
    "# noqa: MEM101, E501": "  # noqa: E501",
    "# noqa: E501,MEM101": "  # noqa: E501",
    "# noqa: E501, MEM101": "  # noqa: E501",
    "# noqa: E501 MEM101": "  # noqa: E501",
    "# noqa:E501 , MEM101,W291": "  # noqa:E501 , W291",
    "# noqa: E501,, \tMEM101,,W291": "  # noqa: E501,, \tW291",
    "# noqa: E501,MEM101,": "  # noqa: E501,",
    "# noqa: E501,MEM101 because": "  # noqa: E501 because",
    "# noqa: MEM101,E501 because": "  # noqa: E501 because",
    "# noqa: MEM101,MEM102": "  # noqa: MEM102",
    "# memlint: ignore[MEM101, MEM999]": "  # memlint: ignore[MEM999]",
    "# memlint: ignore[ MEM101 MEM102 ]": "  # memlint: ignore[ MEM102 ]",
    # So does other text,
    "# noqa: MEM101 because": "  # because",
    "# noqa: MEM101  because x": "  # because x",
    "# noqa: MEM101 - because": "  # because",
    "# noqa: MEM101 \N{EM DASH} \u00e9\N{PARTY POPPER}": "  # \u00e9\N{PARTY POPPER}",
    "# noqa: MEM101; because": "  # because",
    "# noqa: MEM101 -1 is small": "  # -1 is small",
    "# why # noqa: MEM101": "  # why",
    "# why  # noqa: MEM101": "  # why",
    "# why # noqa: MEM101 because": "  # why # because",
    "# memlint: ignore[MEM101] because": "  # because",
    "# memlint: ignore because": "  # because",
    # and so do other pragmas.
    "# noqa: MEM101 # type: ignore": "  # type: ignore",
    "# noqa: MEM101  # type: ignore[x] # nosec": "  # type: ignore[x] # nosec",
    "# type: ignore # noqa: MEM101": "  # type: ignore",
    "# type: ignore  # noqa: MEM101  # pragma: no cover": "  # type: ignore  # pragma: no cover",
    "# noqa: E501 # memlint: ignore[MEM101]": "  # noqa: E501",
    "# memlint: ignore[MEM101] # noqa: E501": "  # noqa: E501",
    "# memlint: ignore[MEM101] # pylint: disable=all": "  # pylint: disable=all",
    "# noqa: MEM101 # memlint: ignore[MEM102]": "  # memlint: ignore[MEM102]",
    # Not where what is left would become a pragma.
    "# noqa: MEM101 # noqa: E501": None,
    "# noqa: MEM101 see # noqa": None,
    "# noqa: MEM101 noqa": None,
    "# noqa: MEM101 nosec": None,
    "# noqa: MEM101 type: ignore": None,
    "# noqa: MEM101 pylint:disable=all": None,
    "# noqa: MEM101 - pragma: no cover": None,
    "# memlint: ignore[MEM101] fmt: off": None,
}


@pytest.mark.parametrize(("comment", "left"), REMOVALS.items(), ids=REMOVALS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  ", "\ny = 2\n"),
        ("if x:\n\ty = '\u00e9'; z = '\N{PARTY POPPER}'\t", "\r\n"),
        ("x = [\n  1,  ", "\n]\n"),
        ('x = """\r\n"""\x0c', ""),
    ],
)
def test_removal(before: str, comment: str, after: str, left: str | None) -> None:
    """The blanks before the comment go with it, and stay with what is left of it."""
    code = before.rstrip(" \t\x0c")
    expected = None
    if left is not None:
        blanks = before[len(code) :] if left else ""
        expected = code + blanks + left.removeprefix("  ") + after
    assert removed(before + comment + after) == expected


@pytest.mark.parametrize(
    ("text", "after"),
    [
        # A line that has nothing else goes as a whole.
        ("# noqa: MEM101\nx = 1\n", "x = 1\n"),
        ("x = 1\n# noqa: MEM101\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = 1\r\n  # memlint: ignore[MEM101]  \r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        ("x = 1\r# memlint: ignore[MEM101]\ry = 2\r", "x = 1\ry = 2\r"),
        ("# memlint: ignore-file\n\nx = 1\n", "\nx = 1\n"),
        ("x = 1\n# memlint: ignore-file", "x = 1\n"),
        ("# memlint: ignore-file", ""),
        ("# memlint: ignore-file[MEM101, MEM201]\n", "# memlint: ignore-file[MEM201]\n"),
        ("# memlint: ignore-file because\n", "# because\n"),
        ("if x:\n  y\n  # noqa: MEM101\n", "if x:\n  y\n"),
        ("x = [\n\x0c  # noqa: MEM101\n  1,\n]\n", "x = [\n  1,\n]\n"),
        # Not where the statement before ends with it.
        ("x = 1 \\\n  # noqa: MEM101\ny = 2\n", None),
        # A line that moves up would name the file's encoding.
        ("# noqa: MEM101\n\n# coding: latin-1\n", "\n\n# coding: latin-1\n"),
        ("# x\n# noqa: MEM101\n# coding: latin-1\n", "# x\n\n# coding: latin-1\n"),
        ("# noqa: MEM101\n# coding: utf-8\n", "# coding: utf-8\n"),
        # The blanks after a comment go with it.
        ("x = 1  # noqa: MEM101 \t\ny = 2\n", "x = 1\ny = 2\n"),
    ],
)
def test_removal_of_lines(text: str, after: str | None) -> None:
    assert removed(text) == after


def test_removal_is_a_fix_of_the_smallest_edit() -> None:
    text = "x = '\u00e9'  # noqa: MEM101, E501\n"
    source, (finding,) = read(text)
    assert finding == Finding(Span(17, 23), "MEM001", "'MEM101' suppresses nothing; remove it")
    fix = removal(source, finding)
    assert fix is not None
    assert (fix.title, fix.edits) == ("Remove 'MEM101'", (Edit(Span(17, 25), ""),))


def test_removal_of_what_is_no_suppression() -> None:
    source, _ = read("x = 1  # noqa: MEM101\n")
    assert removal(source, Finding(Span(0, 1), "MEM001", "it is so")) is None
    source, _ = read("x = '# noqa: MEM101'\n")
    assert removal(source, Finding(Span(13, 19), "MEM001", "it is so")) is None


def test_all_of_several_are_removed_one_by_one() -> None:
    text = "x = 1  # noqa: MEM101,MEM102, MEM999 # memlint: ignore[MEM2]\n"
    for _ in range(4):
        text = removed(text) or "none"
    assert text == "x = 1\n"


FEED = "feed.side_effect = "
LAMBDA = "lambda value: value"


def added(text: str, reason: str | None = None) -> str:
    """``text`` with the noqa comments that its findings need; after which it has none."""
    source, found = read(text)
    edits = add_noqa(source, found, reason)
    assert list(edits) == sorted(edits, key=lambda edit: edit.span)
    after = apply(text, edits)
    silent, left = read(after)
    assert left == []
    assert ast.dump(silent.tree) == ast.dump(source.tree)
    assert add_noqa(silent, left) == ()
    return after


ADDITIONS = [
    (f"{FEED}{LAMBDA}", f"{FEED}{LAMBDA}  # noqa: MEM201"),
    (f"{FEED}{LAMBDA}\n", f"{FEED}{LAMBDA}  # noqa: MEM201\n"),
    (f"{FEED}{LAMBDA} \t\r\n", f"{FEED}{LAMBDA}  # noqa: MEM201\r\n"),
    (f"{FEED}{LAMBDA}\rx = 1\r", f"{FEED}{LAMBDA}  # noqa: MEM201\rx = 1\r"),
    (f"\x0c{FEED}{LAMBDA}\x0c\n", f"\x0c{FEED}{LAMBDA}  # noqa: MEM201\n"),
    (
        f"x = '\u00e9\N{PARTY POPPER}\x0c\u2028'; {FEED}{LAMBDA}\n",
        f"x = '\u00e9\N{PARTY POPPER}\x0c\u2028'; {FEED}{LAMBDA}  # noqa: MEM201\n",
    ),
    # Comments that are there.
    (f"{FEED}{LAMBDA} # why \n", f"{FEED}{LAMBDA} # why  # noqa: MEM201\n"),
    (f"{FEED}{LAMBDA}  #noqa\n", f"{FEED}{LAMBDA}  #noqa  # noqa: MEM201\n"),
    (
        f"{FEED}{LAMBDA}  # type: ignore\n",
        f"{FEED}{LAMBDA}  # type: ignore  # noqa: MEM201\n",
    ),
    (f"{FEED}{LAMBDA}  # noqa: E501\n", f"{FEED}{LAMBDA}  # noqa: E501,MEM201\n"),
    (f"{FEED}{LAMBDA}  # NOQA:E501, W291\n", f"{FEED}{LAMBDA}  # NOQA:E501, W291, MEM201\n"),
    (f"{FEED}{LAMBDA}  # noqa: E501 W291\n", f"{FEED}{LAMBDA}  # noqa: E501 W291,MEM201\n"),
    (f"{FEED}{LAMBDA}  # noqa: E501 why\n", f"{FEED}{LAMBDA}  # noqa: E501,MEM201 why\n"),
    (
        f"{FEED}{LAMBDA}  # noqa: E501 # type: ignore\n",
        f"{FEED}{LAMBDA}  # noqa: E501,MEM201 # type: ignore\n",
    ),
    (
        f"{FEED}{LAMBDA}  # noqa: E501 # noqa: W291\n",
        f"{FEED}{LAMBDA}  # noqa: E501,MEM201 # noqa: W291\n",
    ),
    (f"{FEED}{LAMBDA}  # noqa: mem201\n", f"{FEED}{LAMBDA}  # noqa: mem201,MEM201\n"),
    (f"{FEED}{LAMBDA}  # noqa: MEM101\n", f"{FEED}{LAMBDA}  # noqa: MEM101,MEM001,MEM201\n"),
    ("x = 1  # memlint: ignore\n", "x = 1  # memlint: ignore  # noqa: MEM001\n"),
    ("# memlint: ignore-file", "# memlint: ignore-file  # noqa: MEM001"),
    # Lines that cannot hold a comment.
    (f"{FEED}lambda: '''\n\n'''\n", f"{FEED}lambda: '''\n\n'''  # noqa: MEM201\n"),
    (f"{FEED}\\\n  {LAMBDA}\n", f"{FEED}\\\n  {LAMBDA}  # noqa: MEM201\n"),
    (
        f"{FEED}{LAMBDA} + \\\n  1 + \\\n  2\n",
        f"{FEED}{LAMBDA} + \\\n  1 + \\\n  2  # noqa: MEM201\n",
    ),
    (f"{FEED}{LAMBDA} \\\n\nx = 1\n", f"{FEED}{LAMBDA} \\\n  # noqa: MEM201\nx = 1\n"),
    (
        f"{FEED}(\n  lambda: '''\n''' + \\\n  1\n)\n",
        f"{FEED}(\n  lambda: '''\n''' + \\\n  1  # noqa: MEM201\n)\n",
    ),
    # A string's noqa comes first for flake8.
    (
        f"{FEED}lambda: '# noqa: E501'\n",
        f"{FEED}lambda: '# noqa: E501'  # noqa: MEM201\n",
    ),
    (
        "from unittest.mock import Mock\n"
        "x = [\n  1,\n  Mock(side_effect=lambda: '# noqa: E501'),\n]\n",
        "from unittest.mock import Mock\n"
        "x = [\n  1,\n  Mock(side_effect=lambda: '# noqa: E501'),  # noqa: MEM201\n]\n",
    ),
    # Each line has its own.
    (
        f"{FEED}(\n  {LAMBDA}\n)\n{FEED}{LAMBDA}\n",
        f"{FEED}(\n  {LAMBDA}  # noqa: MEM201\n)\n{FEED}{LAMBDA}  # noqa: MEM201\n",
    ),
    (
        f"{FEED}{LAMBDA}; {FEED}{LAMBDA}\n",
        f"{FEED}{LAMBDA}; {FEED}{LAMBDA}  # noqa: MEM201\n",
    ),
    (
        "from unittest.mock import Mock\nx = [Mock(side_effect=lambda: 3) for _ in y]\n",
        "from unittest.mock import Mock\n"
        "x = [Mock(side_effect=lambda: 3) for _ in y]  # noqa: MEM201,MEM302\n",
    ),
    ("x = 1\n", "x = 1\n"),
]


@pytest.mark.parametrize(("text", "after"), ADDITIONS)
def test_add_noqa(text: str, after: str) -> None:
    assert added(text) == after


@pytest.mark.parametrize(
    ("comment", "reason", "after"),
    [
        ("", "known", "  # noqa: MEM201 - known"),
        ("", " \tlong\n  known\x00\u2028 ", "  # noqa: MEM201 - long known"),
        ("", "E501 is another", "  # noqa: MEM201 - E501 is another"),
        ("", " \n", "  # noqa: MEM201"),
        ("", "", "  # noqa: MEM201"),
        ("", None, "  # noqa: MEM201"),
        ("", "\u00e9", "  # noqa: MEM201 - \u00e9"),
        ("  # why", "known", "  # why  # noqa: MEM201 - known"),
        ("  # noqa: E501", "known", "  # noqa: E501,MEM201 - known"),
        ("  # noqa: E501 long", "known", "  # noqa: E501,MEM201 - known; long"),
        ("  # noqa: E501 # nosec", "known", "  # noqa: E501,MEM201 - known # nosec"),
        ("  # noqa: E501 - long", "known", "  # noqa: E501,MEM201 - known - long"),
    ],
)
def test_add_noqa_with_a_reason(comment: str, reason: str | None, after: str) -> None:
    assert added(f"{FEED}{LAMBDA}{comment}\n", reason) == f"{FEED}{LAMBDA}{after}\n"


def test_add_noqa_for_one_of_several() -> None:
    text = "from unittest.mock import Mock\nx = [Mock(side_effect=lambda: 3) for _ in y]\n"
    source, found = read(text)
    one, two = ([finding] for finding in found)
    assert add_noqa(source, one) == (Edit(Span(75, 75), "  # noqa: MEM302"),)
    assert add_noqa(source, two) == (Edit(Span(75, 75), "  # noqa: MEM201"),)


def test_add_noqa_where_one_is() -> None:
    for comment in ("noqa", "noqa: MEM2", "noqa: E501,MEM201"):
        source = Source.from_bytes("test_it.py", f"{FEED}{LAMBDA}  # {comment}\n".encode())
        outcome = engine.check(source, all_rules(), Settings())
        assert len(outcome.findings) == 1
        assert add_noqa(source, outcome.findings) == ()


def test_flake8_is_silent_too(tmp_path: Path) -> None:
    """Also where what flake8 itself reads would not suppress it."""
    before = {f"test_{number}.py": text for number, (text, _) in enumerate(ADDITIONS)}
    after = {name: added(text, "known E501") for name, text in before.items()}
    write(tmp_path, before)
    names = [name for name, text in before.items() if after[name] != text]
    assert len(names) == len(before) - 1
    lines = flake8(tmp_path, "--isolated", "--select=MEM", *names).lines
    assert {line.partition(":")[0] for line in lines} == set(names)
    write(tmp_path, after)
    assert flake8(tmp_path, "--isolated", "--select=MEM", *names) == Run(0, [], [])
