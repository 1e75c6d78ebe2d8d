"""A mock that a test file puts into `sys.modules` when it is imported, and never takes out."""

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, LeftMock
from memlint.messages import fit, mock_text
from memlint.model import Finding, Rule


def check(left: LeftMock, facts: Facts) -> Iterator[Finding]:
    """Report what stays in `sys.modules`."""
    slot, *others = left.slots
    if not slot.is_module:
        return
    yield RULE.finding(
        facts.source.span(left.value),
        fit(
            "{mock} left in sys.modules[{name!r}]{others}: it keeps every call until the process "
            "ends; put the module back, or use a plain stub",
            mock=mock_text(left.mock, facts),
            name=slot.name,
            others=" and others" if others else "",
        ),
    )


RULE = Rule(
    code="MEM107",
    name="mock-left-in-sys-modules",
    on=(LeftMock,),
    check=check,
    doc=__doc__,
)
