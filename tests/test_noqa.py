"""Comments that suppress findings: a table, and the same answers as flake8 gives."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from flake8.options.parse_args import parse_args
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from memlint import noqa, suppressions
from memlint.fix import apply
from memlint.model import Finding, Span
from memlint.noqa_edits import add_noqa, removal
from memlint.rules import all_rules
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


IGNORES = {
    "# memlint: ignore": True,
    "#memlint:ignore": True,
    "#\tmemlint:  ignore": True,
    "# memlint: ignore because": True,
    "# memlint: ignore.": True,
    "# type: ignore # memlint: ignore": True,
    "# so # memlint: ignore[MEM202] # nosec": True,
    "# memlint: ignore[MEM202]": True,
    "# memlint: ignore [MEM202]": True,
    "# memlint: ignore[ MEM202 ]": True,
    "# memlint: ignore[MEM101,MEM202]": True,
    "# memlint: ignore[MEM101 ,\t,MEM202,]": True,
    "# memlint: ignore[MEM101 MEM202]": True,
    "# memlint: ignore[MEM101] # memlint: ignore[MEM202]": True,
    "# noqa: MEM101 # memlint: ignore[MEM202]": True,
    "# memlint: ignore[MEM101] # noqa: MEM202": True,
    "# memlint: ignore[MEM2]": True,
    "# memlint: ignore[MEM]": True,
    "# memlint: ignore[side-effect-lambda-ignores-arguments]": True,
    "# memlint: ignore[side-effect-lambda]": False,
    "# memlint: ignore[MEM203]": False,
    "# memlint: ignore[MEM2021]": False,
    "# memlint: ignore[mem202]": False,
    "# memlint: ignore[MEM101;MEM202]": False,
    "# memlint: ignore[]": False,
    "# memlint: ignore[MEM202": False,
    "# memlint: ignore[[MEM202]]": False,
    "# memlint: ignore: MEM202": False,
    "# memlint: ignore=MEM202": False,
    "# memlint: ignore-next": False,
    "# memlint: ignores": False,
    "# memlint: IGNORE": False,
    "# MEMLINT: ignore": False,
    "# memlint : ignore": False,
    "# memlint ignore": False,
    "# memlint: ignore-file": False,  # beside code
}


def suppresses(text: str, line: int = 1, code: str = "MEM202") -> bool:
    """Whether a finding at the first thing on ``line`` of ``text`` is suppressed."""
    source = Source.from_bytes("test_it.py", text.encode())
    start = source.offset_of_utf8(line, 0)
    finding = Finding(Span(start, start + 1), code, "it is so")
    left = noqa.unsuppressed(source, [finding])
    assert left in ([], [finding])
    return not left


@pytest.mark.parametrize(("comment", "expected"), SPELLINGS.items(), ids=SPELLINGS)
def test_spelling(comment: str, expected: bool) -> None:
    assert suppresses(f"x = 1  {comment}\n") is expected
    assert suppresses(f"x = 1  {comment}") is expected
    assert suppresses(f"y = 1\nx = 1  {comment}\nz = 1\n", line=2) is expected


@pytest.mark.parametrize(("comment", "expected"), IGNORES.items(), ids=IGNORES)
def test_memlints_own_spelling(comment: str, expected: bool) -> None:
    assert suppresses(f"x = 1  {comment}\n") is expected
    assert suppresses(f"x = 1  {comment}") is expected
    assert suppresses(f"x = (\n  1,\n)  {comment}\n", line=2) is expected


def test_only_comments_are_memlints_own() -> None:
    assert not suppresses("x = '# memlint: ignore'\n")
    assert not suppresses('x = """\n# memlint: ignore-file\n"""\n')
    assert suppresses("x = '# noqa'\n")  # as for flake8
    assert suppresses("x = '# noqa: E501'  # noqa: MEM202\n")  # flake8 sees the first alone
    assert not suppresses("x = [\n  '# noqa',\n]\n")


def test_flake8_reads_each_spelling_alike() -> None:
    for comment, expected in SPELLINGS.items():
        violation = Violation("MEM202", "test_it.py", 1, 1, "it is so", f"x = 1  {comment}\n")
        assert violation.is_inline_ignored(False) is expected, comment


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
        # Brackets do not,
        ("x = (\n  1,  # noqa\n  2,\n)\ny\n", "01000"),
        ("x = (\n  # noqa\n  2,\n)\ny\n", "01000"),
        # but for the first and the last line of a statement.
        ("x = (  # noqa\n  1,\n)\ny\n", "1110"),
        ("x = (\n  1,\n)  # noqa\ny\n", "1110"),
        ("x = (\n  1,\n)  # noqa", "111"),
        ("x = 1; y = (  # noqa\n  1,\n); z\ny\n", "1110"),
        ("@f(  # noqa\n  1,\n)\ndef f(): x\n", "1110"),
        ("@f\ndef f(\n  x,\n):  # noqa\n  x\n", "01110"),
        ("@f\ndef f(  # noqa\n  x,\n):\n  x\n", "01110"),
        ("if x:\n  # noqa\n  y(  # noqa\n    1,\n\n    # z\n  )\nz\n", "01111110"),
        ("with (\n  a as b,  # noqa\n  c\n):  # z\n  x\n", "01000"),
        ("with (\n  a as b,\n  c\n):  # noqa\n  x\n", "11110"),
        ("if x: y(\n  z\n)  # noqa\nelse:\n  y\n", "11100"),
        ('x = ["""\n""",  # noqa\n  2,\n]\ny\n', "11000"),
        ('x = ["""\n""", 1,\n  """\n"""]  # noqa\ny\n', "11110"),
        ("x = (\n  1) + \\\n  2  # noqa\ny\n", "1110"),
        ("x = (\n  1) + \\\n  # noqa\ny\n".replace("+", ""), "1110"),
        ('x = (\n  """\n""",  # noqa\n  2,\n)\ny\n', "011000"),
        ("x = (\n  1 + \\\n  2,  # noqa\n)\ny\n", "01100"),
        # Nor do blocks, decorators, comments.
        ("def f():  # noqa\n  x\n  y\n", "100"),
        ("def f():\n  x  # noqa\ny\n", "010"),
        ("@f  # noqa\ndef f(): x\n", "10"),
        ("if x:\n  if x:\n    x  # noqa\n  # noqa\n\ny  # noqa\n", "001101"),
    ],
)
def test_lines(text: str, expected: str) -> None:
    lines = range(1, len(expected) + 1)
    assert "".join(str(int(suppresses(text, line))) for line in lines) == expected


@pytest.mark.parametrize("comment", ["# noqa: MEM2", "# memlint: ignore", "# memlint: ignore[M]"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1  #\ny\n", "10"),
        ("x = (\n  1,  #\n  2,\n)\ny\n", "01000"),
        ("x = (\n  1,\n)  #\ny\n", "1110"),
        ("x = (\r\n  1,\r\n)  #\r\ny\r\n", "1110"),
        ("\x0cif x:\n\ty = (  #\n\t\t'\u00e9\U0001f600\x0c\x1c\u2028',\n\t)\ny\n", "01110"),
        ('x = """\n"""  #\ny\n', "110"),
        ("x = 1 + \\\n  2  #\ny\n", "110"),
        ("#\nx = 1\n", "10"),
        ("x = (\n  '\u00e9'  #\n)", "010"),
    ],
)
def test_lines_of_any_comment(text: str, expected: str, comment: str) -> None:
    text = text.replace("#", comment)
    lines = range(1, len(expected) + 1)
    assert "".join(str(int(suppresses(text, line))) for line in lines) == expected


def test_last_line_that_python_3_11_cannot_split_into_tokens() -> None:
    text = "x = 1  # noqa\ny = (  # noqa\n  2\n)\nz = 3 \\\n  # noqa"
    assert [suppresses(text, line) for line in (1, 2, 3, 4)] == [True, True, True, True]
    _, options = parse_args(["--isolated"])
    lines = text.splitlines(keepends=True)
    processor = FileProcessor("test_it.py", options, lines)
    for line in (5, 6):
        physical = processor.noqa_line_for(line) or lines[line - 1]
        violation = Violation("MEM202", "test_it.py", line, 1, "so", physical)
        assert suppresses(text, line) is violation.is_inline_ignored(False)


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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# memlint: ignore-file", True),
        ("#memlint:ignore-file", True),
        ("\t# memlint: ignore-file", True),
        ("# memlint: ignore-file because", True),
        ("# memlint: ignore-file[MEM2]", True),
        ("# memlint: ignore-file [MEM101, side-effect-lambda-ignores-arguments]", True),
        ("y = [\n  # memlint: ignore-file\n]", True),
        ("# memlint: ignore-file[MEM101]", False),
        ("# memlint: ignore-file[]", False),
        ("# memlint: ignore-file[MEM202", False),
        ("# memlint: ignore-files", False),
        ("# memlint: ignore_file", False),
        ("# memlint: ignore", False),
        ("# so # memlint: ignore-file", False),
        ("y = 1  # memlint: ignore-file", False),
        ("y = \\\n  1  # memlint: ignore-file", False),
        ('"""\n# memlint: ignore-file\n"""', False),
    ],
)
def test_whole_file_for_memlint(line: str, expected: bool) -> None:
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
    comments = [
        comment.replace("MEM202", "MEM201").replace("-ignores-arguments", "-in-wide-scope")
        for comment in (*SPELLINGS, *IGNORES)
        if "-file" not in comment
    ]
    every = [shape.replace("COMMENT", comment) for shape in SHAPES for comment in comments]
    texts = {"every": START + "".join(every)}
    for mark in ("", ": MEM201", ": E501", " because"):
        texts[f"whole{mark[2:]}"] = f"{START}{every[1]}# flake8: noqa{mark}\n{every[1]}"
        texts[f"line{mark[2:]}"] = f"{START}{every[1]}x = 1  # flake8: noqa{mark}\n{every[1]}"
    texts["own"] = f"{START}{every[0]}# memlint: ignore-file[MEM202]\n{every[1]}"
    texts["whole own"] = f"{START}{every[0]}# memlint: ignore-file\n{every[1]}"
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
    codes = Counter(line.split()[1] for line in every)
    assert set(codes) == {"MEM001", "MEM201"}
    spellings = [*SPELLINGS.values(), *IGNORES.values()][:-1]  # but for the one of a whole file
    assert len(SHAPES) * spellings.count(False) < codes["MEM201"] < len(SHAPES) * len(spellings)
    assert codes["MEM001"] > len(SHAPES)
    assert not any(line.startswith("cases/whole") for line in lines)
    assert [line.split()[1] for line in lines if "cases/own.py:4:" in line] == ["MEM001"]


def test_what_flake8_drops_is_dropped(tmp_path: Path) -> None:
    """On a finding's own lines flake8's own code decides; only a statement's ends may add to it."""
    write_files(tmp_path)
    _, options = parse_args(["--isolated"])
    own = 0
    for file in (tmp_path / "cases").glob("[er]*.py"):
        source = Source.from_bytes(file.name, file.read_bytes())
        processor = FileProcessor(file.name, options, source.lines)
        at_ends = {
            line
            for joined in suppressions.join_lines(source)
            if joined.reach != joined.lines
            for line in joined.reach
        }
        starts = [source.offset_of_utf8(line + 1, 0) for line in range(len(source.lines))]
        findings = [Finding(Span(start, start), "MEM201", "so") for start in starts]
        left = set(noqa.unsuppressed(source, findings))
        for line, finding in enumerate(findings, start=1):
            ours = finding not in left
            physical = processor.noqa_line_for(line)
            violation = Violation("MEM201", file.name, line, 1, "so", physical)
            theirs = violation.is_inline_ignored(False)
            assert ours >= theirs
            if line not in at_ends and "memlint:" not in str(physical):
                assert ours is theirs, (file.name, line, physical)
                own += theirs
    assert own > len(SPELLINGS)


comments = st.text(
    st.one_of(
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r\n"),
        st.sampled_from("#:[], -="),
    )
)
WORDS = (
    *(*":,[]# \t", "# noqa", "noqa", "# memlint:", "ignore", "-file", "mem", "MEM101", "MEM2"),
    *("E501", "side-effect-lambda", "# type: ignore", "# flake8: noqa", "because"),
)
words = st.sampled_from(WORDS)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.one_of(comments, st.lists(words).map("".join)))
def test_no_comment_is_too_odd(comment: str) -> None:
    """Nothing raises, what is unused can be removed, and the program stays the same."""
    for text in (f"x = 1  #{comment}\ny = 2\n", f"x = [\n  1,  #{comment}\n]", f"#{comment}"):
        source = Source.from_bytes("test_it.py", text.encode())
        for finding in noqa.unsuppressed(source, [], all_rules()):
            assert finding.code == "MEM001"
            assert "\n" not in finding.message
            assert len(f"{finding.code} {finding.message}") <= 200
            fix = removal(source, finding)
            if fix is not None:
                after = apply(source.text, fix.edits)
                assert ast.dump(ast.parse(after)) == ast.dump(source.tree)
        (left,) = noqa.unsuppressed(source, [Finding(Span(0, 1), "MEM201", "so")]) or (None,)
        if left is not None:
            after = apply(source.text, add_noqa(source, [left], comment))
            silent = Source.from_bytes("test_it.py", after.encode())
            assert noqa.unsuppressed(silent, [left], all_rules()[1:]) == []
            assert ast.dump(silent.tree) == ast.dump(source.tree)
