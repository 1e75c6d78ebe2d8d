"""Diagnostics as text for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from memlint.checking import Result
from memlint.diagnostic import Diagnostic, Region, Remedy
from memlint.report.view import PLAIN, Style, View, unstyled

_TAB = "\t"
# What a terminal would obey, or end a line at, is shown by its picture.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if code != ord(_TAB)},
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((0x2028, 0x2029), 0xFFFD),
    0x7F: 0x2421,
}


def concise(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """One line each, in the form that flake8 and most editors know."""
    for result in results:
        for found in result.diagnostics:
            yield f"{line(found, view.style)}\n"


def full(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """The concise line, the code it speaks of, the places that belong to it, and the fixes."""
    for result in results:
        for found in result.diagnostics:
            yield f"{paragraph(found, view.style)}\n\n"


def line(found: Diagnostic, style: Style = unstyled) -> str:
    """Where ``found`` is, its code and its message."""
    place = f"{_place(found.path, found.region, style)}{style(':', 'separator')}"
    return f"{place} {style(found.code, 'code')} {found.message}"


def paragraph(found: Diagnostic, style: Style = unstyled) -> str:
    """Everything that is to be said about ``found``, without the last line's end."""
    return "\n".join((line(found, style), *_excerpt(found, style)))


def position(region: Region) -> str:
    """Where a region begins in its file."""
    cell = "" if region.cell is None else f"cell {region.cell}:"
    return f"{cell}{region.line}:{region.column}"


def readable(text: str) -> str:
    """``text`` with what is no character of Unicode, as undecodable names have it, spelled out."""
    return text.encode(errors="backslashreplace").decode()


def _place(path: str, region: Region, style: Style) -> str:
    separator = style(":", "separator")
    return f"{style(path, 'path')}{separator}{position(region).replace(':', separator)}"


def _excerpt(found: Diagnostic, style: Style) -> Iterator[str]:
    region, text = found.region, found.line_text.translate(_PICTURES)
    column = region.column - 1
    marked = text[column : region.end_column - 1 if region.end_line == region.line else None]
    # A tab stays one, so that the mark stands below what it marks.
    indent = "".join(_TAB if char == _TAB else " " * _width(char) for char in text[:column])
    mark = style("^" * max(sum(map(_width, marked)), 1), "mark")
    gutter = " " * len(str(region.line))
    yield style(f"{gutter} |", "gutter")
    yield f"{style(f'{region.line} |', 'gutter')} {text}"
    yield f"{style(f'{gutter} |', 'gutter')} {indent}{mark}"
    for note in found.notes:
        place = _place(found.path, note.region, style)
        yield f"{style(f'{gutter} =', 'gutter')} {place}: {note.message}"
    for remedy in found.remedies:
        yield f"{style(f'{gutter} =', 'gutter')} {style(_label(remedy), 'fix')}: {remedy.title}"


def _label(remedy: Remedy) -> str:
    return "fix" if remedy.safety == "safe" else "fix (unsafe)"


def _width(char: str) -> int:
    """How many cells of a terminal ``char`` takes."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "FW" else 1
