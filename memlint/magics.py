"""What IPython takes out of a cell before Python sees it: magics, shell escapes, help.

``%matplotlib inline``, ``!pip install x``, ``files = !ls`` and ``df?`` are hidden behind names that
Python can parse, on the same lines, and put back behind the fixes.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from memlint.model import Span

# Cell magics that run the cell's lines as Python, in the notebook's own names.
_PYTHON_MAGICS = frozenset(
    {"capture", "debug", "ipytest", "prun", "run_pytest", "run_pytest[clean]", "time", "timeit"}
)
_NEWLINE = r"(?>\r\n|\r|\n)"
_CELL_MAGIC = re.compile(rf"(?>[ \t]*{_NEWLINE})*%%(\S*)[^\r\n]*{_NEWLINE}?")
_INDENT = re.compile(r"[ \t\f]*")
_REST = re.compile(rf"(?:\\{_NEWLINE}|[^\r\n])*")
_ESCAPES = tuple("%!?,;/")  # no statement of Python starts with one of these
_TOKEN = re.compile(
    rf"""
    (?P<string>(?P<triple>\"{{3}}|'{{3}})(?:\\.|(?!(?P=triple)).)*(?:(?P=triple))?
      | "(?:\\{_NEWLINE}|\\.|[^"\\\r\n])*"?
      | '(?:\\{_NEWLINE}|\\.|[^'\\\r\n])*'?
      | \#[^\r\n]*
      | \\{_NEWLINE})
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<assign>=[ \t]*(?=!(?!=)|%[^\W\d]))
    | (?P<help>\?\??(?=[ \t]*(?:[\r\n]|\Z)))
    | (?P<end>{_NEWLINE})
    """,
    re.VERBOSE | re.DOTALL,
)


def header(cell: str) -> int | None:
    """The length of the cell magics that ``cell`` starts with; None where it is no Python."""
    end = 0
    while magic := _CELL_MAGIC.match(cell, end):
        if magic[1] not in _PYTHON_MAGICS:
            return None
        end = magic.end()
    return end


class Magics:
    """Hides commands behind names, which start with ``prefix``, and puts them back."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._hidden: list[str] = []
        self._name = re.compile(rf"{re.escape(prefix)}(\d+)(?:\(\s*\))?")

    def hide(self, text: str) -> str:
        """``text`` with a name for each command; it keeps its lines."""
        pieces = []
        end = 0
        for span in _commands(text):
            pieces += [text[end : span.start], self._stand_in(text[span.start : span.end])]
            end = span.end
        return "".join((*pieces, text[end:]))

    def _stand_in(self, command: str) -> str:
        newlines = "".join(re.findall(_NEWLINE, command))
        self._hidden.append(command)
        return f"{self._prefix}{len(self._hidden) - 1}" + (f"({newlines})" if newlines else "")

    def restore(self, text: str) -> str:
        """``text`` with its commands."""
        return self._name.sub(lambda name: self._hidden[int(name[1])], text)

    def lost(self, text: str) -> str | None:
        """A command that ``text`` does not have just once, and after those before it."""
        kept = [int(number) for number in self._name.findall(text)]
        pairs = enumerate(self._hidden)
        return next((line for n, line in pairs if n >= len(kept) or kept[n] != n), None)


def _commands(text: str) -> Iterator[Span]:
    """Where the commands in ``text`` stand."""
    at = 0
    while at < len(text):
        start = _matched(_INDENT, text, at)
        if text.startswith(_ESCAPES, start):
            at = _matched(_REST, text, start)
            yield Span(start, at)
        else:
            at = yield from _commands_in_statement(text, start)


def _commands_in_statement(text: str, start: int) -> Generator[Span, None, int]:
    """The command in the statement at ``start``, if it has one; returns where it ends."""
    depth = 0
    at = start
    while token := _TOKEN.search(text, at):
        at = token.end()
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "end" if depth <= 0:
                return at
            case "assign" if depth == 0:
                end = _matched(_REST, text, at)
                yield Span(at, end)
                return end
            case "help" if depth == 0:
                yield Span(start, at)
                return at
    return len(text)


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    assert match is not None  # it matches nothing at all, too
    return match.end()
