"""The suppression comments of a file: where they stand, what they name, which lines they reach."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from memlint.model import Span
from memlint.source import Source

Kind = Literal["noqa", "ignore", "ignore-file"]

# As flake8 has it.
_NOQA = re.compile(r"# noqa(?::\s?(?P<names>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_NOQA_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_IGNORE = re.compile(
    r"#\s*memlint:\s*(?P<kind>ignore(?:-file)?)(?:\s*\[(?P<names>[^\[\]#]*)\]|(?!\s*[\[:=]|[\w-]))"
)
_NAME = re.compile(r"[^,\s]+")
_WORDS = re.compile(r"noqa|memlint:", re.IGNORECASE)
_NAMING = re.compile(r"(?i:# noqa):\s?[^\n\r]*MEM\d|#\s*memlint:")


@dataclass(frozen=True, slots=True)
class Joined:
    """The physical lines, from 1, that a string or a backslash makes one.

    ``comment`` ends them where they have one; ``tail`` are the blanks after the last thing.
    ``reach`` are the lines of the whole statement where the last of these lines is its first or its
    last one, and these lines otherwise.
    """

    lines: range
    reach: range
    comment: Span | None
    tail: Span


@dataclass(frozen=True, slots=True)
class Directive:
    """What suppresses findings on some lines: a comment, a part of one, or a string's text.

    ``span`` begins at its ``#``. ``comment`` is what it is a part of; flake8 also takes what it
    finds in a string, which is no comment.
    """

    kind: Kind
    span: Span
    comment: Span | None
    lines: range


@dataclass(frozen=True, slots=True)
class Suppression:
    """A name that a directive lists, and where; of one without a list, the empty name."""

    name: str
    span: Span
    directive: Directive


def may_suppress(text: str) -> bool:
    """Whether ``text`` may hold a suppression: cheap, and never wrongly false."""
    return _WORDS.search(text) is not None


def may_name_rules(text: str) -> bool:
    """Whether ``text`` may hold a suppression of rules by name: cheap, and never wrongly false."""
    return _NAMING.search(text) is not None


def suppresses_file(source: Source) -> bool:
    """Whether flake8 leaves the whole file out."""
    return any(_NOQA_FILE.match(line) for line in source.lines)


def find(source: Source) -> list[Suppression]:
    """The suppressions of a file; the names of one directive follow each other."""
    joined_lines = join_lines(source)
    known = {line for joined in joined_lines for line in joined.lines}
    found = [found for joined in joined_lines for found in _of(joined, source)]
    for line in range(1, len(source.lines) + 1):
        if line not in known:
            found += _of_line(line, source)
    return found


def join_lines(source: Source) -> list[Joined]:
    """The lines of a file, as flake8 joins them, but for those that make no whole line."""
    found: list[Joined] = []
    tokens: list[tokenize.TokenInfo] = []
    statement: list[Joined] = []
    first = 0
    for token in _tokens(source):
        tokens.append(token)
        if token.type not in _ENDS:
            if not first and token.type not in _AROUND:
                first = token.start[0]
            continue
        statement.append(_joined(tokens, source))
        tokens = []
        if token.type == tokenize.NEWLINE:
            found += (_in_statement(joined, first, token.start[0]) for joined in statement)
            statement, first = [], 0
        elif not first:  # a comment or nothing, between statements
            found.append(statement.pop())
    return found


_ENDS = (tokenize.NL, tokenize.NEWLINE)
_AROUND = (tokenize.COMMENT, tokenize.INDENT)


def _tokens(source: Source) -> list[tokenize.TokenInfo]:
    try:
        tokens = source.tokens
    except (tokenize.TokenError, SyntaxError):
        return []
    return [token for token in tokens if token.type not in (tokenize.ENDMARKER, tokenize.DEDENT)]


def _joined(tokens: list[tokenize.TokenInfo], source: Source) -> Joined:
    """The lines of ``tokens``, of which the last one ends them."""
    lines = range(tokens[0].start[0], tokens[-1].end[0] + 1)
    row, column = tokens[-1].start
    end = _offset(source, row, column)
    blanks = len(before := source.lines[row - 1][:column]) - len(before.rstrip(_BLANKS))
    tail = Span(end - blanks, end)
    comment = None
    if len(tokens) > 1 and tokens[-2].type == tokenize.COMMENT:
        comment = Span(_offset(source, *tokens[-2].start), tail.start)
    return Joined(lines, lines, comment, tail)


_BLANKS = " \t\f"


def _in_statement(joined: Joined, first: int, last: int) -> Joined:
    if joined.lines[-1] in (first, last):
        return replace(joined, reach=range(first, last + 1))
    return joined


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of joined lines, each ending as in `Source.lines`, and the way back from it."""

    source: Source
    first: int
    text: str

    def span(self, start: int, end: int) -> Span:
        return Span(self._offset(start), self._offset(end))

    def _offset(self, index: int) -> int:
        before = self.text[:index]
        column = index - (before.rfind("\n") + 1)
        return _offset(self.source, self.first + before.count("\n"), column)

    def index(self, offset: int) -> int:
        row, column = self.source.position(offset)
        return sum(map(len, self.source.lines[self.first - 1 : row - 1])) + column


def _of(joined: Joined, source: Source) -> Iterator[Suppression]:
    """What flake8 reads in the strings of ``joined``, and what its comment suppresses."""
    first = joined.lines[0]
    lines = _Text(source, first, "".join(source.lines[first - 1 : joined.lines[-1]]))
    if not may_suppress(lines.text):
        return
    if joined.comment is None:
        start = end = len(lines.text)
    else:
        start, end = lines.index(joined.comment.start), lines.index(joined.comment.end)
    if in_string := _NOQA.search(lines.text, 0, start):
        yield from _listed(in_string, lines, "noqa", None, joined.lines)
    if in_comment := _NOQA.search(lines.text, start, end):
        yield from _listed(in_comment, lines, "noqa", joined.comment, joined.reach)
    for match in _IGNORE.finditer(lines.text, start, end):
        if match["kind"] == "ignore":
            yield from _listed(match, lines, "ignore", joined.comment, joined.reach)
        elif not lines.text[: match.start()].strip():
            whole = range(1, len(source.lines) + 1)
            yield from _listed(match, lines, "ignore-file", joined.comment, whole)


def _of_line(line: int, source: Source) -> Iterator[Suppression]:
    """What flake8 reads in a line that cannot be split into tokens."""
    lines = _Text(source, line, source.lines[line - 1])
    if noqa := _NOQA.search(lines.text):
        yield from _listed(noqa, lines, "noqa", None, range(line, line + 1))


def _listed(
    match: re.Match[str], lines: _Text, kind: Kind, comment: Span | None, reach: range
) -> Iterator[Suppression]:
    directive = Directive(kind, lines.span(*match.span()), comment, reach)
    if match["names"] is None:
        yield Suppression("", directive.span, directive)
        return
    for name in _NAME.finditer(match["names"]):
        start = match.start("names") + name.start()
        yield Suppression(name[0], lines.span(start, start + len(name[0])), directive)


def _offset(source: Source, line: int, column: int) -> int:
    """The offset of a 1-based ``line`` and a 0-based ``column``, both in code points."""
    return source.offset_of_utf8(line, 0) + column
