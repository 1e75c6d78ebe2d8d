"""A patcher whose mock takes its place, so that nothing can stop it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, OverwrittenPatcher
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(overwritten: OverwrittenPatcher, facts: Facts) -> Iterator[Finding]:
    """Report a start that overwrites its patcher."""
    yield RULE.finding(
        facts.source.span(overwritten.start),
        fit(
            "{handle!r} is overwritten by what its start returns: nothing can stop {patch}, and "
            "every call is kept until the process ends; bind the mock to another name",
            handle=facts.source.segment(overwritten.handle),
            patch=patch_text(overwritten.patch, facts),
        ),
        tuple(Related(facts.source.span(stop), "this is the mock's") for stop in overwritten.stops),
    )


def fix(overwritten: OverwrittenPatcher, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """X."""
    from memlint.remedies.lost_patchers import renamed

    yield renamed(overwritten, rewriter)


RULE = Rule(
    code="MEM105",
    name="patcher-overwritten",
    on=(OverwrittenPatcher,),
    check=check,
    doc=__doc__,
    fix=fix,
)
