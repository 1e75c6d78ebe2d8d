"""Diagnostics as text for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from memlint.checking import Result
from memlint.diagnostic import Diagnostic, Region

_TAB = "\t"


def concise(results: Iterable[Result]) -> Iterator[str]:
    """One line each, in the form that flake8 and most editors know."""
    for result in results:
        for found in result.diagnostics:
            yield f"{_line(found)}\n"


def full(results: Iterable[Result]) -> Iterator[str]:
    """The concise line, the code it speaks of, and the places that belong to it."""
    for result in results:
        for found in result.diagnostics:
            yield "\n".join((_line(found), *_excerpt(found), "", ""))


def _line(found: Diagnostic) -> str:
    return f"{_place(found.path, found.region)}: {found.code} {found.message}"


def _place(path: str, region: Region) -> str:
    cell = "" if region.cell is None else f"cell {region.cell}:"
    return f"{path}:{cell}{region.line}:{region.column}"


def _excerpt(found: Diagnostic) -> Iterator[str]:
    region, text = found.region, found.line_text
    column = region.column - 1
    marked = text[column : region.end_column - 1 if region.end_line == region.line else None]
    gutter = len(str(region.line))
    # A tab stays one, so that the mark stands below what it marks.
    indent = "".join(_TAB if char == _TAB else " " * _width(char) for char in text[:column])
    yield f"{'':{gutter}} |"
    yield f"{region.line} | {text}"
    yield f"{'':{gutter}} | {indent}{'^' * max(sum(map(_width, marked)), 1)}"
    for note in found.notes:
        yield f"{'':{gutter}} = {_place(found.path, note.region)}: {note.message}"


def _width(char: str) -> int:
    """How many cells of a terminal ``char`` takes."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "FW" else 1
