"""x"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, RecordedClock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(clock: RecordedClock, facts: Facts) -> Iterator[Finding]:
    """Report a clock that records every call for nobody."""
    yield RULE.finding(
        facts.source.span(clock.node),
        fit(
            "{patch} records every call, and a loop that waits by it no longer pauses: memory "
            "grows with each round; install a plain function",
            patch=patch_text(clock.patch, facts),
        ),
    )


def fix(clock: RecordedClock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Install a function that records nothing."""
    from memlint.remedies.plain_clocks import plain_clock

    yield plain_clock(clock, rewriter)


RULE = Rule(
    code="MEM401",
    name="recorded-clock",
    on=(RecordedClock,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
    yields_to=frozenset({"MEM101", "MEM102", "MEM103", "MEM106", "MEM108", "MEM109"}),
)
