"""Comments that suppress findings: a table, and the same answers as flake8 gives."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from memlint import noqa
from memlint.model import Finding, Span
from memlint.source import Source

SPELLINGS = {
    "# noqa": True,
    "# NOQA": True,
    "# NoQa": True,
    "# noqa:": True,
    "# noqa: MEM202": True,
    "# noqa:MEM202": True,
    "# noqa:\tMEM202": True,
    "# NOQA:MEM202": True,
    "# noqa: MEM2": True,
    "# noqa: M2": False,
    "# noqa: MEM203": False,
    "# noqa: MEM2021": False,
    "# noqa: mem202": False,
    "# noqa: E501": False,
    "# noqa: E501,MEM202": True,
    "# noqa: E501, MEM202": True,
    "# noqa: E501 MEM202": True,
    "# noqa: E501,, \tMEM202": True,
    "# noqa: MEM202,E501": True,
    "# noqa: MEM202;E501": True,
    "# noqa: E501;MEM202": False,
    "# noqa: MEM202 - it is small": True,
    "# noqa: E501 - like MEM202": False,
    "# noqa: E501 # noqa: MEM202": False,
    "# noqa: MEM202 # noqa: E501": True,
    "# so # noqa: MEM202": True,
    "# type: ignore # noqa": True,
    # No list of codes follows, so that the comment is for all of them.
    "# noqa: MEM": True,
    "# noqa:  E501": True,
    "# noqa : E501": True,
    "# noqa E501": True,
    "# noqa: all": True,
    "# noqa-E501": True,
    "# noqanything": True,
    # No such comment at all.
    "": False,
    "#noqa": False,
    "#  noqa": False,
    "#\tnoqa": False,
    "# no qa": False,
    "# nоqa": False,  # noqa: RUF001 - the letter that looks like an o is none
    "# pylint: disable=MEM202": False,
}


def suppresses(text: str, line: int = 1, code: str = "MEM202") -> bool:
    """Whether a finding at the first thing on ``line`` of ``text`` is suppressed."""
    source = Source.from_bytes("test_it.py", text.encode())
    start = sum(map(len, source.text.splitlines(keepends=True)[: line - 1]))
    finding = Finding(Span(start, start + 1), code, "it is so")
    left = noqa.unsuppressed(source, [finding])
    assert left in ([], [finding])
    return not left


@pytest.mark.parametrize(("comment", "expected"), SPELLINGS.items(), ids=SPELLINGS)
def test_spelling(comment: str, expected: bool) -> None:
    assert suppresses(f"x = 1  {comment}\n") is expected
    assert suppresses(f"x = 1  {comment}") is expected
    assert suppresses(f"y = 1\nx = 1  {comment}\nz = 1\n", line=2) is expected


def test_only_its_own_line_counts() -> None:
    text = "x = 1  # noqa\ny = 2\n# noqa\nz = 3\n# noqa"
    assert [suppresses(text, line) for line in (1, 2, 3, 4, 5)] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A string or a backslash joins lines, wherever in them the comment stands.
        ('x = """\n\n"""  # noqa\ny\n', "1110"),
        ('x = """\n# noqa\n"""\ny\n', "1110"),
        ('x = f"""\n{1}\n"""  # noqa\ny\n', "1110"),
        ('"""\n"""; x = """\n"""  # noqa\ny\n', "1110"),
        ("x = \\\n  1 + \\\n  2  # noqa\ny\n", "1110"),
        ('x = """\n""" + \\\n  2  # noqa\ny\n', "1110"),
        # Brackets do not.
        ("x = (\n  1,  # noqa\n  2,\n)\ny\n", "01000"),
        ("x = (  # noqa\n  1,\n)\ny\n", "1000"),
        ("x = (\n  1,\n)  # noqa\ny\n", "0010"),
        ('x = (\n  """\n""",  # noqa\n  2,\n)\ny\n', "011000"),
        ("x = (\n  1 + \\\n  2,  # noqa\n)\ny\n", "01100"),
        # Nor do blocks, decorators, comments.
        ("def f():  # noqa\n  x\n  y\n", "100"),
        ("def f():\n  x  # noqa\ny\n", "010"),
        ("@f  # noqa\ndef f(): x\n", "10"),
        ("if x:\n  if x:\n    x  # noqa\n  # noqa\n\ny  # noqa\n", "001101"),
    ],
)
def test_joined_lines(text: str, expected: str) -> None:
    lines = range(1, len(expected) + 1)
    assert "".join(str(int(suppresses(text, line))) for line in lines) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\x0c", "# coding: utf-8\n", "\n\n"])
def test_line_ends_and_marks(start: str, newline: str) -> None:
    text = f'{start}x = """\n"""  # noqa\ny = "\x0c\x1c\x85\u2028"\nz  # noqa\n'
    source = Source.from_bytes("test_it.py", text.replace("\n", newline).encode())
    findings = [
        Finding(Span(source.text.index(name), source.text.index(name) + 1), "MEM202", name)
        for name in ("x = ", "y = ", "z  #")
    ]
    assert noqa.unsuppressed(source, findings) == findings[1:2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# flake8: noqa", True),
        ("# flake8:noqa", True),
        ("# flake8=noqa", True),
        ("# flake8:   NOQA", True),
        ("# FLAKE8: NoQA", True),
        ("    # flake8: noqa", True),
        ("# flake8: noqa: E501", True),  # the codes of a whole file say nothing to flake8
        ("# flake8: noqa because", True),
        ('"""\n# flake8: noqa\n"""', True),
        ("y = 1  # flake8: noqa", False),
        ("#flake8: noqa", False),
        ("#  flake8: noqa", False),
        ("# flake8 : noqa", False),
        ("# flake8: no qa", False),
        ("# see # flake8: noqa", False),
        ("# ruff: noqa", False),
    ],
)
def test_whole_file(line: str, expected: bool) -> None:
    assert suppresses(f"x = 1\n{line}\n") is expected
    assert suppresses(f"{line}\nx = 1\n", line=2 + line.count("\n")) is expected


def test_all_codes_of_a_line() -> None:
    source = Source.from_bytes("test_it.py", b"x = 1  # noqa: MEM1, MEM202\ny = 2\n")
    codes = ["MEM101", "MEM102", "MEM201", "MEM202", "MEM203"]
    first = [Finding(Span(0, 1), code, "it is so") for code in codes]
    second = [Finding(Span(28, 29), code, "it is so") for code in codes]
    left = noqa.unsuppressed(source, iter([*first, *second]))
    assert left == [first[2], first[4], *second]


def test_nothing_to_suppress() -> None:
    assert noqa.unsuppressed(Source.from_bytes("test_it.py", b"# noqa"), []) == []


# Every finding is a MEM201, for which the comments are changed. What stands for a comment may be
# a string's text as well.
SHAPES = (
    "m.side_effect = lambda: 0  COMMENT\n",
    "m.side_effect = lambda: ''  COMMENT\n",
    "m.side_effect = lambda: 'COMMENT'\n",
    "m.side_effect = lambda: '''COMMENT\n'''\n",
    "m.side_effect = lambda: '''\nCOMMENT'''\n",
    "m.side_effect = lambda: '''\n\n'''  COMMENT\n",
    "x = '''\n'''; m.side_effect = lambda: 0  COMMENT\n",
    "x = '''COMMENT\n'''; m.side_effect = lambda: 0\n",
    "m.side_effect = \\\n    lambda: 0  COMMENT\n",
    "m.side_effect = lambda: \\\n    0  COMMENT\n",
    "m.side_effect = (  COMMENT\n    lambda: 0\n)\n",
    "m.side_effect = (\n    lambda: 0  COMMENT\n)\n",
    "m.side_effect = (\n    lambda: 0\n)  COMMENT\n",
    "m.side_effect = (\n    lambda: '''\nCOMMENT'''\n)\n",
    "m.side_effect = (\n    lambda: 0 COMMENT\n)  # noqa\n",
    "m.side_effect = lambda: [\n    0,  COMMENT\n]\n",
    "if m:  COMMENT\n    m.side_effect = lambda: 0\n",
    "if m:\n\x0c    m.side_effect = lambda: 'é😀'  COMMENT\n",
    "m.side_effect = lambda: 0; n.side_effect = lambda: 0  COMMENT\n",
    "COMMENT\nm.side_effect = lambda: 0\nCOMMENT\n",
    "x = f'''\n{m}\n'''; m.side_effect = lambda: 0  COMMENT\n",
    "x = m(COMMENT\n    side_effect=lambda: 0)\n",
    "m.side_effect = lambda: 0  # \x0b\x1c\x85\u2028 COMMENT\n",
)
START = "# coding: utf-8\nfrom unittest.mock import MagicMock as m, MagicMock as n\n"


def write_files(folder: Path) -> None:
    """Every spelling in every shape, and files at random with other line ends and marks."""
    chance = random.Random(1)
    comments = [comment.replace("MEM202", "MEM201") for comment in SPELLINGS]
    every = [shape.replace("COMMENT", comment) for shape in SHAPES for comment in comments]
    texts = {"every": START + "".join(every)}
    for mark in ("", ": MEM201", ": E501", " because"):
        texts[f"whole{mark[2:]}"] = f"{START}{every[1]}# flake8: noqa{mark}\n{every[1]}"
        texts[f"line{mark[2:]}"] = f"{START}{every[1]}x = 1  # flake8: noqa{mark}\n{every[1]}"
    for number in range(40):
        text = START + "".join(chance.choices(every, k=12))
        texts[f"random{number}"] = chance.choice(["", "\ufeff"]) + text.removesuffix(
            chance.choice(["", "\n"])
        )
    (folder / "cases").mkdir()
    for name, text in texts.items():
        newline = chance.choice(["\n", "\r\n", "\r"])
        data = text.replace("\n", newline).encode()
        (folder / "cases" / f"{name}.py").write_bytes(data)


def run(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, check=False, cwd=folder
    )
    assert done.returncode == 1, done.stderr
    return sorted(done.stdout.decode().replace("\r\n", "\n").split("\n"))


def test_flake8_reports_the_very_same_lines(tmp_path: Path) -> None:
    write_files(tmp_path)
    ours = ["memlint", "check", "--select", "MEM", "--output-format", "concise", "cases"]
    lines = run(ours, tmp_path)
    assert lines == run(["flake8", "--isolated", "--select=MEM", "-j1", "cases"], tmp_path)
    every = [line for line in lines if line.startswith("cases/every.py:")]
    assert [line for line in every if " MEM201 " not in line] == []
    left = sum(not suppressed for suppressed in SPELLINGS.values())
    assert len(SHAPES) * left < len(every) < len(SHAPES) * len(SPELLINGS)
    assert not any(line.startswith("cases/whole") for line in lines)
