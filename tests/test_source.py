"""A file's text, and the way between offsets, lines and columns, computed a second time."""

from __future__ import annotations

import ast
import codecs
import io
import sys
import unicodedata
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memlint.model import Span
from memlint.source import Source, SourceError


def source_of(text: str, encoding: str = "utf-8") -> Source:
    return Source.from_bytes("test_it.py", text.encode(encoding))


def lines_of(text: str) -> list[str]:
    """The lines with their own ends: what the standard library reads, not what memlint splits."""
    return io.StringIO(text, newline="").readlines()


def check_offsets(source: Source) -> None:
    """Every offset of the text is at the right line and column, and leads back from there."""
    offset = 0
    lines = lines_of(source.text)
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    for number, line in enumerate(lines, start=1):
        last = number == len(lines)
        for column in range(len(line) + last):
            utf8 = len(line[:column].encode("utf-8"))
            assert source.position(offset) == (number, column)
            assert source.position_utf8(offset) == (number, utf8)
            utf16 = sum(2 if ord(char) > 0xFFFF else 1 for char in line[:column])
            assert source.position_utf16(offset) == (number, utf16)
            assert source.offset_of_utf8(number, utf8) == offset
            offset += 1
    assert offset == len(source.text) + 1


def check_lines(source: Source) -> None:
    """The lines are those that flake8 reads."""
    assert source.lines == io.StringIO(source.text, newline=None).readlines()


def check_nodes(source: Source) -> int:
    """Every expression and statement is found where Python says; how many there are."""
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.expr | ast.stmt)]
    for node in nodes:
        span = source.span(node)
        assert source.position_utf8(span.start) == (node.lineno, node.col_offset)
        assert source.position_utf8(span.end) == (node.end_lineno, node.end_col_offset)
        assert source.segment(node) == ast.get_source_segment(source.text, node)
        if isinstance(node, ast.Name):
            assert unicodedata.normalize("NFKC", source.segment(node)) == node.id
    return len(nodes)


TEXTS = {
    "plain": "x = y\nz = x\n",
    "no newline at the end": "x = y\nz = x",
    "CRLF": "x = y\r\n\r\nz = (\r\n  x,\r\n  y,\r\n)\r\n",
    "CR": "x = y\r\rz = (\r  x,\r  y,\r)\r",
    "mixed line ends": "x = y\r\n\n\r\r\nz = (\r  x,\n  y,\r\n)\rx = (z, y)",
    "mixed in a string": 'x = """\n\r\n\r\ré\r\n""", y\r\nz = x\n',
    "form feed at the start of a line": "\x0cx = y\n\x0cz = x\nif x:\n\x0c  z = y\n",
    "form feed within": "x =\x0cy\nz = (\x0cx,\x0c y)\x0c\n\x0c\nx\n",
    "vertical tab in a comment": "x = y  # \x0b\x1c\x1d\x1e\x85\u2028\u2029\nz = x\n",
    "line ends that are none": "x = '\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029', y\nz = x\n",
    "tabs": "if x:\n\ty\t=\tz\n\tif y:\n\t\tx = y\n",
    "emoji": "x = '😀', y, '👩‍👩‍👧', z\nz = x\n",
    "combining characters": "x = 'e\u0301', y\ne\u0301 = '\u0301', z\n",
    "names": "été = 'é'; 日本 = été\nx = (été, 日本, z)\n",
    "continued lines": "x = \\\n  y + \\\r\n  'é', z\n",
    "strings of several lines": "x = '''é\n😀''', y, '''\n''', z\n",
    "decorators": "@x\n@y('é', z)\ndef f(é=x): return é\n\n@z\nclass C(x, y): z = 'é'\n",
    "f-strings": "x = f'é{y}😀{z!r:>{x}}', f'''é\n{y}\n  é{z}''', y\n",
    "comprehensions": "x = {'é': [y for y in 'é' if z] for z in (lambda é: é)(x)}\n",
    "only a comment": "# é",
    "only a newline": "\n",
    "only a form feed": "\x0c",
    "empty": "",
}


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "byte order mark"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_positions(text: str, mark: str) -> None:
    source = source_of(mark + text)
    assert source.text == text
    check_lines(source)
    check_offsets(source)
    check_nodes(source)


def test_the_texts_are_worth_checking() -> None:
    assert sum(check_nodes(source_of(text)) for text in TEXTS.values()) > 150


def test_places_by_hand() -> None:
    text = "x = 'é😀'\r\n\x0cy =\tx\rz = '\u2028', y"
    source = source_of(text)
    at = {name: text.index(name) for name in ("'é", "y =", "z = ", ", y")}
    assert [source.position(offset) for offset in at.values()] == [(1, 4), (2, 1), (3, 0), (3, 7)]
    assert source.position_utf8(at[", y"]) == (3, 9)
    end = at["'é"] + 4
    assert source.position(end) == (1, 8)
    assert source.position_utf8(end) == (1, 12)
    assert source.position_utf16(end) == (1, 9)
    assert source.offset_of_utf8(1, 12) == end
    assert source.lines == ["x = 'é😀'\n", "\x0cy =\tx\n", "z = '\u2028', y"]
    first, *_, last = source.tree.body
    assert source.span(first) == Span(0, end)
    assert source.segment(last) == "z = '\u2028', y"


def test_names_are_as_written() -> None:
    """Python normalizes names, the text stays."""
    source = source_of("ﬁx = 1\n")
    (statement,) = source.tree.body
    assert isinstance(statement, ast.Assign)
    (name,) = statement.targets
    assert isinstance(name, ast.Name)
    assert (name.id, source.segment(name)) == ("fix", "ﬁx")


def test_f_strings_in_f_strings() -> None:
    """Python 3.11 gives columns there that are inside a character; it must not matter."""
    source = source_of("""x = f\"\"\"é{f'''é\n{é}é\n{é}'''}é\"\"\", y\n""")
    segments = [
        source.segment(node) for node in ast.walk(source.tree) if isinstance(node, ast.Name)
    ]
    if sys.version_info >= (3, 12):
        assert segments == ["x", "y", "é", "é"]
    assert segments[:2] == ["x", "y"]


# Characters that lines may hold in strings and comments; some look like the end of one.
CHARACTERS = "aé日😀\u0301 \t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ufeff"
STATEMENTS = (
    "x = 'TEXT', y",
    "\x0cx = ['TEXT', y, z]",
    "x = '''TEXT\nTEXT''', y",
    "x = f'TEXT{y}TEXT{z}', x",
    "x = (y,  # TEXT\n     'TEXT', z)",
    "x = y + \\\n\t'TEXT' + z",
    "# TEXT",
    "",
    "\x0c",
    "if x:\n\ty = 'TEXT', z\n\tz = x",
    "def é(x, y='TEXT'):\n    '''TEXT\n\nTEXT'''\n    return é",
    "x['TEXT'].y('TEXT', *z).x",
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Valid programs with all kinds of characters and line ends."""
    statements = draw(st.lists(st.sampled_from(STATEMENTS), max_size=6))
    pieces = "\n".join(statements).split("TEXT")
    fillings = st.text(CHARACTERS, max_size=4)
    text = pieces[0] + "".join(draw(fillings) + piece for piece in pieces[1:])
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    lines = [line + draw(ends) for line in text.split("\n")]
    return "".join(lines) if draw(st.booleans()) else "".join(lines).rstrip("\r\n")


@settings(max_examples=300, deadline=None)
@given(programs(), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_any_program(text: str, encoding: str) -> None:
    source = source_of(text, encoding)
    assert source.text == text
    check_lines(source)
    check_offsets(source)
    check_nodes(source)


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "name", "text"),
        [
            ("latin-1", "iso-8859-1", "é"),
            ("iso-8859-15", "iso-8859-15", "€"),
            ("cp1252", "cp1252", "€ß"),
            ("koi8-r", "koi8-r", "да"),
            ("euc-jp", "euc-jp", "日本"),
            ("shift_jis", "shift_jis", "日本"),
            ("gb18030", "gb18030", "日本😀"),
            ("utf-8", "utf-8", "日本😀"),
            ("UTF8", "UTF8", "日本😀"),
            ("ascii", "ascii", "a"),
        ],
    )
    def test_cookies(self, encoding: str, name: str, text: str) -> None:
        program = f"# -*- coding: {encoding} -*-\nx = '{text}', y\n"
        source = source_of(program, encoding)
        assert (source.text, source.encoding) == (program, name)
        check_offsets(source)
        check_nodes(source)

    @pytest.mark.parametrize(
        "start",
        [
            "# coding: latin-1",
            "# coding=latin-1",
            "# vim: set fileencoding=latin-1 :",
            "#!/usr/bin/python\n# coding: latin-1",
            "\n# coding: latin-1",
            "  \x0c # coding: latin-1",
            "# é coding: latin-1 é",
            "# é\n# coding: latin-1",
            "# coding: latin-1\r",
        ],
    )
    def test_where_a_cookie_may_be(self, start: str) -> None:
        text = f"{start}\nx = 'é'\n"
        assert source_of(text, "latin-1").text == text

    @pytest.mark.parametrize(
        "start", ["x = 1  # coding: latin-1", "\n\n# coding: latin-1", "x\n# coding: latin-1"]
    )
    def test_where_a_cookie_may_not_be(self, start: str) -> None:
        assert source_of(f"{start}\nx = 'é'\n").encoding == "utf-8"

    def test_byte_order_mark(self) -> None:
        source = source_of("\ufeff# coding: utf-8\nx = 'é'\n")
        assert (source.text, source.encoding) == ("# coding: utf-8\nx = 'é'\n", "utf-8-sig")

    @pytest.mark.parametrize(
        ("data", "line", "column", "reason"),
        [
            (b"x = '\xe9'", 1, 6, "cannot decode byte 0xe9 as utf-8"),
            (b"\n\r\r\n'\xc3\xa9\xf0\x9f\x98\x80\xe9'", 4, 4, "cannot decode byte 0xe9 as utf-8"),
            (b"\xef\xbb\xbf\n'\xe9'", 2, 2, "cannot decode byte 0xe9 as utf-8-sig"),
            (b"# coding: euc-jp\n'\xc6\xfc\xff'", 2, 3, "cannot decode byte 0xff as euc-jp"),
            (b"# coding: cp1252\n'\x80\x81'", 2, 3, "cannot decode byte 0x81 as cp1252"),
            (b"# coding: nope", 1, 1, "unknown encoding: nope"),
            (b"\n# coding: utf-16\n", 1, 1, "encoding problem: utf-16"),
            (b"# coding: utf-32\n", 1, 1, "encoding problem: utf-32"),
            (b"# coding: punycode\n", 1, 1, "encoding problem: punycode"),
            (b"\xef\xbb\xbf# coding: latin-1\n", 1, 1, "encoding problem: utf-8"),
            ("x".encode("utf-16-le"), 1, 1, "source code string cannot contain null bytes"),
        ],
    )
    def test_errors(self, data: bytes, line: int, column: int, reason: str) -> None:
        with pytest.raises(SourceError) as caught:
            Source.from_bytes("a b.py", data)
        error = caught.value
        assert (error.path, error.line, error.column) == ("a b.py", line, column)
        assert (error.reason, str(error)) == (reason, f"a b.py:{line}:{column}: {reason}")

    def test_codec_that_cannot_say_what_is_wrong(self) -> None:
        with pytest.raises(SourceError, match=r"^test_it\.py:1:1: .*nsupported error"):
            Source.from_bytes("test_it.py", b"# coding: idna\nx = '\xe9'\n")

    def test_utf_7_may_hold_what_is_no_text(self) -> None:
        with pytest.raises(SourceError, match=r"^test_it\.py:1:1: .* surrogates not allowed"):
            Source.from_bytes("test_it.py", b"# coding: utf-7\nx = '+2AA-'\n")

    def test_syntax_errors_count_characters(self) -> None:
        with pytest.raises(SourceError) as caught:
            source_of("x = 'é😀'\r\ny = 'é😀', $\r\n")
        assert str(caught.value) == "test_it.py:2:11: invalid syntax"


def test_the_text_of_a_whole_file() -> None:
    text = dedent("""\
        def f(x):
            '''é'''
            return [
                x,
                'é',
            ]
    """)
    source = source_of(text)
    (function,) = source.tree.body
    assert source.segment(function) == text.removesuffix("\n")
    assert source.span(function) == Span(0, len(text) - 1)


ENCODINGS = {
    "ascii": "",
    "utf-8": "é€日😀",
    "latin-1": "é\xa0ÿ",
    "cp1252": "é€Ž",
    "koi8-r": "Жя",
    "shift_jis": "日本ｶﾅ",
    "euc_jp": "日本",
    "gb18030": "日é😀",
    "big5": "日本",
    "iso2022_jp": "日本",
    "utf-7": "é+日😀",
}
LINES = {
    name: st.text(st.sampled_from("ab= \t#'\r\n" + letters)) for name, letters in ENCODINGS.items()
}


def commented(lines: str) -> str:
    """``lines`` as comments, each with the line ending that it had."""
    return "".join(f"# {line}" for line in lines_of(lines))


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_encode_is_the_inverse(encoding: str, data: st.DataObject) -> None:
    cookie = f"# -*- coding: {encoding} -*-\r\n"
    before, after = (cookie + commented(data.draw(LINES[encoding])) for _ in "12")
    source = Source.from_bytes("test_it.py", before.encode(encoding))
    assert source.text == before
    assert source.encode(before) == before.encode(encoding)
    assert source.encode(after) == after.encode(encoding)


@pytest.mark.parametrize("cookie", ["", "# coding: utf-8\n", "# vim: set fileencoding=UTF_8 :\r"])
@given(data=st.data())
def test_encode_keeps_the_mark(cookie: str, data: st.DataObject) -> None:
    before, after = (cookie + commented(data.draw(LINES["utf-8"])) for _ in "12")
    for mark in (b"", codecs.BOM_UTF8):
        source = Source.from_bytes("test_it.py", mark + before.encode())
        assert source.encode(before) == mark + before.encode()
        assert source.encode(after) == mark + after.encode()


@pytest.mark.parametrize(
    ("encoding", "line", "reason"),
    [
        ("ascii", "a = 'é'", r"cannot encode '\xe9' as ascii"),
        ("latin-1", "a = '€'", r"cannot encode '\u20ac' as iso-8859-1"),
        ("cp1252", "a = 'Ж'", r"cannot encode '\u0416' as cp1252"),
        ("shift_jis", "a = '😀'", r"cannot encode '\U0001f600' as shift_jis"),
        ("utf-8", "a = '\ud800'", r"cannot encode '\ud800' as utf-8"),
    ],
)
def test_what_cannot_be_encoded(encoding: str, line: str, reason: str) -> None:
    cookie = f"# coding: {encoding}\r\n"
    source = source_of(cookie, encoding)
    with pytest.raises(SourceError) as caught:
        source.encode(f"{cookie}pass\r{line}\n")
    assert str(caught.value) == f"test_it.py:3:6: {reason}"


def test_a_text_that_starts_with_a_mark_is_not_written() -> None:
    with pytest.raises(SourceError) as caught:
        source_of("pass\n").encode("\ufeffpass\n")
    assert str(caught.value) == "test_it.py:1:1: cannot be read back as utf-8"


@pytest.mark.parametrize("text", ["import a\n# coding: latin-1\n", "# coding: utf-8\n", ""])
def test_a_text_that_lost_its_cookie_is_not_written(text: str) -> None:
    source = source_of("\n# coding: latin-1\na = 'é'\n", "latin-1")
    with pytest.raises(SourceError) as caught:
        source.encode(f"\n{text}" if text.startswith("import") else text)
    assert str(caught.value) == "test_it.py:1:1: cannot be read back as iso-8859-1"


def test_a_text_that_is_not_read_back_the_same_is_not_written() -> None:
    source = source_of("# coding: shift_jis\n", "shift_jis")
    with pytest.raises(SourceError) as caught:
        source.encode("# coding: shift_jis\na = '¥'\n")  # the byte of a backslash
    assert str(caught.value) == "test_it.py:1:1: cannot be read back as shift_jis"


@pytest.mark.parametrize(
    ("encoding", "own", "usual"),
    [
        ("utf-7", b"+AGE-", b"a"),
        ("cp932", b"\x87\x90", b"\x81\xe0"),
        ("big5", b"\xa1\xfe", b"\xa2A"),
    ],
)
def test_bytes_of_another_spelling(encoding: str, own: bytes, usual: bytes) -> None:
    cookie = f"# coding: {encoding}\n# ".encode()
    source = Source.from_bytes("test_it.py", cookie + own)
    assert source.encode(source.text) == cookie + usual
