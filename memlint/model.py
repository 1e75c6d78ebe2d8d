"""The data that passes between the layers: frozen values, no behaviour beyond their own shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Safety = Literal["safe", "unsafe"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a file's text: ``start`` inclusive, ``end`` exclusive, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at ``span`` by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One remedy for one finding: all of its edits are applied, or none."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, with what stands there."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A hazard at ``span``. ``inferred`` is true where only a host's inference could see it."""

    span: Span
    code: str
    message: str
    related: tuple[Related, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One hazard: its code and name, the kinds of fact it looks at, and how it judges one.

    ``check(fact, facts)`` yields findings and changes nothing. ``default`` tells whether the rule
    is on without configuration. ``yields_to`` names the codes whose finding at the same place
    stands for this rule's: one hazard, one finding. ``doc`` is the docstring that users read.

    ``fix(fact, finding, rewriter)`` yields the remedies for a finding that ``check`` made of
    ``fact``, the best one first; it is asked on request, never while checking. ``leads_to`` names
    the codes that may be found in the place of a fixed finding: the same hazard in its next shape.
    """

    code: str
    name: str
    on: tuple[type, ...]
    check: Callable[[Any, Any], Iterator[Finding]]
    doc: str
    default: bool = True
    yields_to: frozenset[str] = frozenset()
    fix: Callable[[Any, Finding, Any], Iterator[Fix]] | None = None
    leads_to: frozenset[str] = frozenset()

    def finding(self, span: Span, message: str, related: tuple[Related, ...] = ()) -> Finding:
        """A finding of this rule."""
        return Finding(span, self.code, message, related)


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that users may change. ``fixing`` marks one that only fixes read."""

    name: str
    default: bool | int | tuple[str, ...]
    help: str
    fixing: bool = False

    @property
    def attribute(self) -> str:
        """The option's name as a Python identifier."""
        return self.name.replace("-", "_")
