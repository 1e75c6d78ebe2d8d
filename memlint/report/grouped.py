"""Diagnostics as text for people, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from memlint.checking import Result
from memlint.diagnostic import Diagnostic
from memlint.report.text import position
from memlint.report.view import PLAIN, View


def grouped(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """The path, and below it a line each; ``[*]`` marks those that ``--fix`` would fix."""
    for result in results:
        if result.diagnostics:
            lines = _lines(result.diagnostics, view)
            yield f"{view.style(result.path, 'path')}:\n{''.join(lines)}\n"


def _lines(diagnostics: tuple[Diagnostic, ...], view: View) -> Iterator[str]:
    places = [position(found.region).rpartition(":") for found in diagnostics]
    line_width = max(len(line) for line, _, _ in places)
    column_width = max(len(column) for _, _, column in places)
    separator = view.style(":", "separator")
    for found, (line, _, column) in zip(diagnostics, places, strict=True):
        place = f"{line:>{line_width}}{separator}{column:<{column_width}}"
        mark = f"{view.style('[*]', 'fix')} " if view.fixable(found) else ""
        yield f"  {place} {view.style(found.code, 'code')} {mark}{found.message}\n"
