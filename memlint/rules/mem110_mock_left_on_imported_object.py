"""A mock that a test file sets on something it imports, and never takes off."""

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, LeftMock
from memlint.messages import fit, mock_text
from memlint.model import Finding, Rule


def check(left: LeftMock, facts: Facts) -> Iterator[Finding]:
    """Report what stays on an imported object."""
    slot = left.slots[0]
    if slot.is_module:
        return
    yield RULE.finding(
        facts.source.span(left.value),
        fit(
            "{mock} set on {name!r} {context} is never taken off: it keeps every call until the "
            "process ends; use patch.object or monkeypatch.setattr",
            mock=mock_text(left.mock, facts),
            name=slot.name,
            context=left.context.description,
        ),
    )


RULE = Rule(
    code="MEM110",
    name="mock-left-on-imported-object",
    on=(LeftMock,),
    check=check,
    doc=__doc__,
)
