"""Findings as the world outside wants them: with lines and columns, text, and fixes.

Lines and columns count from 1, columns in code points; an end is exclusive. In a notebook lines
count within a ``cell``, and cells count from 1 as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memlint.model import Edit, Finding, Fix, Safety, Span
from memlint.source import Source


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A piece of a file."""

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Another place that belongs to a diagnostic, with what stands there."""

    region: Region
    message: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace what stands in ``region`` by ``text``."""

    region: Region
    text: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A fix that is offered: all of its replacements belong together."""

    title: str
    safety: Safety
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one file.

    ``line_text`` is the first line that ``region`` touches, ``code_text`` what stands in it.
    ``remedies`` are the fixes that are offered, the default one first.
    """

    path: str
    region: Region
    code: str
    message: str
    line_text: str
    code_text: str
    notes: tuple[Note, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Document(Protocol):
    """What a file holds: Python source, and how its places are called outside."""

    @property
    def source(self) -> Source:
        """The Python in it."""

    def region(self, span: Span) -> Region:
        """How the place ``span`` of the source is called outside."""

    def shown(self, text: str) -> str:
        """``text``, a piece of the source, as it stands in the file."""

    def parts(self) -> Sequence[tuple[str, str]]:
        """What is shown apart: names and texts. Raises `SourceError`."""

    def at(self, source: Source) -> Document:
        """The document with ``source``, which fixes have made of its own."""

    def encode(self, text: str) -> bytes:
        """The file's bytes with ``text`` as its source. Raises `SourceError`."""


def diagnostic(document: Document, finding: Finding, fixes: Sequence[Fix] = ()) -> Diagnostic:
    """``finding`` for the world outside, with the ``fixes`` that are offered."""
    source, span = document.source, finding.span
    line, _ = source.position(span.start)
    return Diagnostic(
        source.path,
        document.region(span),
        finding.code,
        finding.message,
        document.shown(source.lines[line - 1].rstrip("\n")),
        source.text[span.start : span.end],
        tuple(Note(document.region(r.span), r.message) for r in finding.related),
        tuple(_remedy(document, fix) for fix in fixes),
    )


def _remedy(document: Document, fix: Fix) -> Remedy:
    return Remedy(fix.title, fix.safety, tuple(_replacement(document, e) for e in fix.edits))


def _replacement(document: Document, edit: Edit) -> Replacement:
    return Replacement(document.region(edit.span), document.shown(edit.text))
