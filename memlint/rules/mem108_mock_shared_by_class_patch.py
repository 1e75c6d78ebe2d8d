"""A patch on a class that installs one mock for all of its tests.

## What it does

Reports a mock that `@patch(target, Mock())` is given where it decorates a class with tests, in any form of `patch`, and
that no test resets.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import DecoratorMock, Facts
from memlint.messages import decorator_mock_text, fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(mock: DecoratorMock, facts: Facts) -> Iterator[Finding]:
    """Report a mock that the tests of a class share."""
    if isinstance(mock.definition, ast.ClassDef):
        yield RULE.finding(
            facts.source.span(mock.node),
            fit(
                "{mock} in {patch} serves all tests of class {name!r}: calls add up until the "
                "process ends; let patch make one for each test",
                mock=decorator_mock_text(mock, facts),
                patch=patch_text(mock.patch, facts),
                name=mock.definition.name,
            ),
        )


def fix(mock: DecoratorMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """A function without a memory, or a mock for each test."""
    from memlint.cst import possible
    from memlint.remedies.constant_functions import constant_function
    from memlint.remedies.injected_mocks import injected_mock

    yield from possible(
        lambda: constant_function(mock, rewriter),
        lambda: injected_mock(mock, rewriter),
    )


RULE = Rule(
    code="MEM108",
    name="mock-shared-by-class-patch",
    on=(DecoratorMock,),
    check=check,
    doc=__doc__,
    fix=fix,
)
