"""A file's text and tree, and the way between offsets, lines and columns.

Inside memlint a place is an offset in code points. Lines and columns exist only at the border:
code points for flake8 and the command, UTF-8 bytes for pylint, UTF-16 units for editors.
"""

from __future__ import annotations

import ast
import codecs
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

from memlint.model import Span

# What Python itself splits lines on. `str.splitlines` also splits on form feeds and more.
_NEWLINE = re.compile(r"\r\n|\r|\n")
_RAW_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ASCII = bytes(range(128)) + b"?" * 128


class SourceError(Exception):
    """A file that cannot be read as Python: where, and why.

    ``line`` and ``column`` are 1-based, in code points. In a notebook they count within a ``cell``.
    """

    def __init__(
        self, path: str, line: int, column: int, reason: str, cell: int | None = None
    ) -> None:
        within = "" if cell is None else f"cell {cell}:"
        super().__init__(f"{path}:{within}{line}:{column}: {reason}")
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason
        self.cell = cell


@dataclass(frozen=True)
class Source:
    """One file: its text as decoded, without a byte order mark and with its own line endings."""

    path: str
    text: str
    tree: ast.Module = field(repr=False)
    encoding: str = "utf-8"

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode as Python does (byte order mark, encoding cookie) and parse.

        Raises `SourceError` for bytes that cannot be decoded or parsed.
        """
        text, encoding = _decode(path, data)
        return cls(path, text, parse(path, text), encoding)

    def encode(self, text: str) -> bytes:
        """The bytes of ``text`` in this file's encoding, with its byte order mark if it has one.

        Raises `SourceError` where ``text`` cannot be encoded, or would not be read back the same:
        its encoding cookie has gone. A few encodings (UTF-7, cp932, Big5) spell one text in several
        ways: there `encode` of the file's own text need not give the file's own bytes.
        """
        mark = codecs.BOM_UTF8 if self.encoding == "utf-8-sig" else b""
        try:
            data = mark + text.encode(self.encoding.removesuffix("-sig"))
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            reason = f"cannot encode {character!a} as {self.encoding}"
            raise SourceError(self.path, *place_behind(text[: error.start]), reason) from None
        if _decode(self.path, data) != (text, self.encoding):
            raise SourceError(self.path, 1, 1, f"cannot be read back as {self.encoding}")
        return data

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where ``node`` stands, in code points."""
        end_line, end_column = node.end_lineno, node.end_col_offset
        assert end_line is not None  # ast.parse always sets them
        assert end_column is not None
        return Span(
            self.offset_of_utf8(node.lineno, node.col_offset),
            self.offset_of_utf8(end_line, end_column),
        )

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The text of ``node``."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and the 0-based column in code points of ``offset``."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1]

    def position_utf8(self, offset: int) -> tuple[int, int]:
        """The 1-based line and the 0-based column in UTF-8 bytes of ``offset``."""
        line, column = self.position(offset)
        start = offset - column
        return line, len(self.text[start:offset].encode())

    def position_utf16(self, offset: int) -> tuple[int, int]:
        """The 1-based line and the 0-based column in UTF-16 code units of ``offset``."""
        line, column = self.position(offset)
        start = offset - column
        return line, len(self.text[start:offset].encode("utf-16-le")) // 2

    def offset_of_utf8(self, line: int, column: int) -> int:
        """The offset of a 1-based ``line`` and a 0-based ``column`` in UTF-8 bytes."""
        start = self._line_starts[line - 1]
        if self._is_ascii:
            return start + column
        text = self.text[start : start + column]  # no character takes less than a byte
        # Python 3.11 is wrong about f-strings in f-strings: its column may be inside a character.
        return start + len(text.encode()[:column].decode(errors="ignore"))

    @cached_property
    def lines(self) -> list[str]:
        r"""The lines, each ending in ``\n`` whatever ends it in the file, but for the last."""
        *lines, last = _NEWLINE.split(self.text)
        return [*(f"{line}\n" for line in lines), *([last] if last else [])]

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        """The tokens, comments among them. Raises what `tokenize` does where it cannot split it."""
        remaining = iter(self.lines)
        return list(tokenize.generate_tokens(lambda: next(remaining, "")))

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(ending.end() for ending in _NEWLINE.finditer(self.text))]

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()


def raw_lines(text: str) -> list[str]:
    r"""The lines of ``text`` as they are, split behind ``\n`` alone."""
    return _RAW_LINE.findall(text)


def parse(path: str, text: str) -> ast.Module:
    """Parse ``text``. Raises `SourceError` where it is not Python, or nested too deeply."""
    with _read_as_python(path):
        return ast.parse(text)


def require_compilable(path: str, tree: ast.Module) -> None:
    """Raise `SourceError` where CPython parses ``tree`` and still does not run it."""
    with _read_as_python(path):
        # Cells of notebooks may await.
        compile(tree, path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


@contextmanager
def _read_as_python(path: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():  # the linted file's escapes are not memlint's to report
            warnings.simplefilter("ignore")
            yield
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        raise SourceError(path, line, column, error.msg) from None
    except ValueError as error:  # NUL characters, lone surrogates
        raise SourceError(path, 1, 1, str(error)) from None
    except (RecursionError, MemoryError):
        raise SourceError(path, 1, 1, "nested too deeply to be parsed") from None


def _decode(path: str, data: bytes) -> tuple[str, str]:
    body = data.removeprefix(codecs.BOM_UTF8)
    encoding = "utf-8"
    try:
        encoding = _encoding(data[: len(data) - len(body)], body)
        return body.decode(encoding.removesuffix("-sig")), encoding
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        reason = f"cannot decode byte 0x{body[error.start]:02x} as {encoding}"
        raise SourceError(path, *place_behind(before), reason) from None
    except (SyntaxError, LookupError, ValueError) as error:  # an unknown or unfit encoding cookie
        raise SourceError(path, 1, 1, str(error)) from None


def place_behind(before: str) -> tuple[int, int]:
    """The 1-based line and column in code points of what follows ``before``."""
    lines = _NEWLINE.split(before)
    return len(lines), len(lines[-1]) + 1


def _encoding(mark: bytes, body: bytes) -> str:
    """The encoding that the byte order mark or a cookie names; as for Python, it keeps ASCII.

    Raises `SyntaxError` or `LookupError` for an encoding that cannot be used.
    """
    # What is no ASCII near the cookie is for the decoder to judge: it knows the encoding by then.
    readable = BytesIO(mark + body.translate(_ASCII))
    encoding, _ = tokenize.detect_encoding(readable.readline)
    if not "coding".encode(encoding, "replace").endswith(b"coding"):
        raise SyntaxError(f"encoding problem: {encoding}")
    return encoding
