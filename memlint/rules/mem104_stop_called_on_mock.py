"""A mock's ``stop`` where that of its patcher was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, StoppedMock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(stopped: StoppedMock, facts: Facts) -> Iterator[Finding]:
    """Report what means to stop a patcher and has its mock."""
    yield RULE.finding(
        facts.source.span(stopped.stop),
        fit(
            "{stop!r} belongs to the mock, not to the patcher {patch}: nothing is stopped, and the "
            "call is kept with all others; call stop on the patcher",
            stop=" ".join(facts.source.segment(stopped.stop).split()),
            patch=patch_text(stopped.patch, facts),
        ),
        tuple(
            Related(facts.source.span(start), "what start returns is the mock")
            for start in stopped.starts
        ),
    )


def fix(found: StoppedMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """X."""
    from memlint.remedies.lost_patchers import stopped

    yield stopped(found, rewriter)


RULE = Rule(
    code="MEM104",
    name="stop-called-on-mock",
    on=(StoppedMock,),
    check=check,
    doc=__doc__,
    fix=fix,
)
