"""Diagnostics as JSON, with the names that ruff gives to the same things.

Everything beyond ASCII is escaped: any text survives, whatever it is written to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from textwrap import indent
from typing import Any

from memlint import rules
from memlint.checking import Result
from memlint.diagnostic import Diagnostic, Note, Region, Remedy, Replacement


def array(results: Iterable[Result]) -> Iterator[str]:
    """One array of objects."""
    return elements(_objects(results))


def lines(results: Iterable[Result]) -> Iterator[str]:
    """An object on each line."""
    for item in _objects(results):
        yield f"{json.dumps(item)}\n"


def elements(items: Iterable[Any]) -> Iterator[str]:
    """The text of an array of ``items``, one by one."""
    before = "["
    for item in items:
        yield f"{before}\n{indent(json.dumps(item, indent=2), '  ')}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _objects(results: Iterable[Result]) -> Iterator[dict[str, Any]]:
    return (_diagnostic(found) for result in results for found in result.diagnostics)


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    rule = rules.find(found.code)
    fixes = [_fix(remedy) for remedy in found.remedies]
    return {
        "code": found.code,
        "name": None if rule is None else rule.name,
        "message": found.message,
        "filename": found.path,
        **_region(found.region),
        "fix": fixes[0] if fixes else None,
        "further_fixes": fixes[1:],
        "notes": [_note(note) for note in found.notes],
        "url": None,
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "cell": region.cell,
        "location": {"row": region.line, "column": region.column},
        "end_location": {"row": region.end_line, "column": region.end_column},
    }


def _note(note: Note) -> dict[str, Any]:
    return {"message": note.message, **_region(note.region)}


def _fix(remedy: Remedy) -> dict[str, Any]:
    return {
        "applicability": remedy.safety,
        "message": remedy.title,
        "edits": [_edit(replacement) for replacement in remedy.replacements],
    }


def _edit(replacement: Replacement) -> dict[str, Any]:
    return {"content": replacement.text, **_region(replacement.region)}
