"""Findings and rule pages as text for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from memlint.model import Finding
from memlint.source import Source

_TAB = "\t"


def concise(source: Source, finding: Finding) -> str:
    """One line, in the form that flake8 and most editors know."""
    line, column = source.position(finding.span.start)
    return f"{source.path}:{line}:{column + 1}: {finding.code} {finding.message}"


def full(source: Source, finding: Finding) -> str:
    """The concise line, the code it speaks of, and the places that belong to it."""
    return "\n".join((concise(source, finding), *_excerpt(source, finding), ""))


def _excerpt(source: Source, finding: Finding) -> Iterator[str]:
    line, column = source.position(finding.span.start)
    end_line, end_column = source.position(finding.span.end)
    text = source.lines[line - 1].rstrip("\n")
    marked = text[column : end_column if end_line == line else None]
    gutter = len(str(line))
    # A tab stays one, so that the mark stands below what it marks.
    indent = "".join(_TAB if char == _TAB else " " * _width(char) for char in text[:column])
    yield f"{'':{gutter}} |"
    yield f"{line} | {text}"
    yield f"{'':{gutter}} | {indent}{'^' * max(sum(map(_width, marked)), 1)}"
    for related in finding.related:
        place, offset = source.position(related.span.start)
        yield f"{'':{gutter}} = {source.path}:{place}:{offset + 1}: {related.message}"


def _width(char: str) -> int:
    """How many cells of a terminal ``char`` takes."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "FW" else 1
