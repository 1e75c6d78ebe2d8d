"""Diagnostics as GitLab's Code Quality report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from memlint.checking import Result
from memlint.diagnostic import Diagnostic
from memlint.report.fingerprints import fingerprinted
from memlint.report.json import elements
from memlint.report.paths import from_here
from memlint.report.text import position, readable
from memlint.rules import default_codes


def code_quality(results: Iterable[Result]) -> Iterator[str]:
    """One array of issues."""
    return elements(_issue(found, name) for found, name in fingerprinted(results))


def _issue(found: Diagnostic, fingerprint: str) -> dict[str, Any]:
    region = found.region
    place = "" if region.cell is None else f"{position(region)}: "
    return {
        "check_name": found.code,
        "description": readable(f"{found.code}: {place}{found.message}"),
        "severity": "major" if found.code in default_codes() else "minor",
        "fingerprint": fingerprint,
        "location": {"path": readable(from_here(found.path)), "positions": _positions(found)},
    }


def _positions(found: Diagnostic) -> dict[str, Any]:
    region = found.region
    if region.cell is not None:  # its lines are not the file's
        first = {"line": 1, "column": 1}
        return {"begin": first, "end": first}
    return {
        "begin": {"line": region.line, "column": region.column},
        "end": {"line": region.end_line, "column": region.end_column},
    }
