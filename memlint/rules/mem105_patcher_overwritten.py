"""A patcher whose mock takes its place, so that nothing can stop it."""

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, OverwrittenPatcher
from memlint.messages import fit, patch_text
from memlint.model import Finding, Related, Rule


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


RULE = Rule(
    code="MEM105",
    name="patcher-overwritten",
    on=(OverwrittenPatcher,),
    check=check,
    doc=__doc__,
)
