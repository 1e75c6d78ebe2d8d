"""Fixes of the cases, in layouts that nobody wrote them for."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from memlint import engine, fix
from memlint.config import Settings
from memlint.cst import FixError, Rewriter
from memlint.rules import all_rules
from memlint.source import Source

FIXES = Path(__file__).parent / "fixes"
PROGRAMS = [
    program
    for file in sorted(FIXES.glob("mem*.md"))
    for program in re.findall(
        r"^```python before.*?\n(.*?)^```$", file.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]


def tokens(text: str) -> list[tokenize.TokenInfo]:
    lines = iter(re.findall(r"[^\n]*\n|[^\n]+", re.sub(r"\r\n?", "\n", text)))
    return list(tokenize.generate_tokens(lambda: next(lines, "")))


def tabs(text: str) -> str:
    odd = re.search(r"^(?: {4})* {1,3}\S", text, flags=re.MULTILINE)
    if "\t" in text or odd:
        return text
    return re.sub(
        r"^(?: {4})+", lambda blanks: "\t" * (len(blanks[0]) // 4), text, flags=re.MULTILINE
    )


def crlf_without_the_last(text: str) -> str:
    return text.rstrip("\n").replace("\n", "\r\n")


def import_behind_docstring(text: str) -> str:
    return '"""Tests."""; import os\n' + text


def import_behind_future(text: str) -> str:
    return "from __future__ import annotations; import os\n" + text


def names_taken(text: str) -> str:
    return text + "\n\ndef later(gc, types, SimpleNamespace, patcher, returns):\n    return gc\n"


def commented(text: str) -> str:
    """A comment behind each line that can have one."""
    ends = {each.start[0] for each in tokens(text) if each.type in (tokenize.NEWLINE, tokenize.NL)}
    ends -= {each.start[0] for each in tokens(text) if each.type == tokenize.COMMENT}
    return "".join(
        f"{line.rstrip()}  # line {number}\n" if number in ends and line.strip() else line
        for number, line in enumerate(text.splitlines(keepends=True), start=1)
    )


def broken(text: str) -> str:
    """A comment and a line break behind each token in brackets."""
    lines = text.split("\n")
    places = []
    depth = 0
    in_fstring = 0
    for each in tokens(text):
        kind = tokenize.tok_name[each.type]
        in_fstring += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        depth += (each.string in "([{") - (each.string in ")]}") if kind == "OP" else 0
        if depth and not in_fstring and kind in ("OP", "NAME", "NUMBER", "STRING"):
            places.append(each.end)
    for number, (row, column) in reversed(list(enumerate(places))):
        line = lines[row - 1]
        rest = line[column:].lstrip()
        lines[row - 1] = f"{line[:column]}  # token {number}\n{' ' * 8}{rest}"
    return "\n".join(lines)


LAYOUTS: list[Callable[[str], str]] = [
    tabs,
    crlf_without_the_last,
    import_behind_docstring,
    import_behind_future,
    names_taken,
    commented,
    broken,
]


def fixed(text: str) -> fix.Fixed:
    source = Source.from_bytes("tests/test_it.py", text.encode())
    settings = Settings(fix_gc_collect=True)
    return fix.fix_source(source, all_rules(), settings, unsafe=True)


def comments(text: str) -> Counter[str]:
    return Counter(each.string for each in tokens(text) if each.type == tokenize.COMMENT)


def docstring(text: str) -> str | None:
    return ast.get_docstring(ast.parse(text), clean=False)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: Callable[[str], str]) -> None:
    changed = 0
    for program in PROGRAMS:
        text = layout(program)
        result = fixed(text)
        after = result.source.text
        compile(after, "tests/test_it.py", "exec", dont_inherit=True)
        assert [each for each in result.refused if "its fix failed" in each.message] == []
        if not any(code == "MEM001" for code, _ in result.applied):
            assert comments(text) <= comments(after)
        assert set(re.findall(r"\r\n|\r|\n", after)) <= set(re.findall(r"\r\n|\r|\n", text))
        assert fixed(after).source.text == after
        assert docstring(after) == docstring(text)
        changed += bool(result.applied)
    assert changed > len(PROGRAMS) // 3


def gc_fixture(head: str) -> fix.Fixed:
    return fixed(
        head + "import pytest\nfrom unittest.mock import patch\n\n\n"
        '@pytest.fixture(scope="module")\n'
        "def client(gc):\n"
        '    with patch("app.Client") as client:\n'
        "        yield client\n"
    )


@pytest.mark.parametrize("head", ["import gc\n", "if TYPE_CHECKING:\n    import gc\n"])
def test_a_name_that_means_another_thing_is_not_called(head: str) -> None:
    assert "gc.collect" not in gc_fixture(head).source.text


def test_deep_files_are_refused_before_libcst_reads_them() -> None:
    source = Source.from_bytes("tests/test_it.py", ("x = a" + ".b()" * 600).encode())
    with pytest.raises(FixError, match="the file is nested too deeply"):
        _ = Rewriter(engine.find_facts(source, Settings())).module
