"""Resets of a root after each test, so that no more than one test's calls are kept."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from memlint import names
from memlint.cst import FixError, Rewriter
from memlint.facts import Facts, HeldMock
from memlint.facts.origins import origin
from memlint.model import Fix
from memlint.remedies.collected_resets import collected_reset
from memlint.remedies.named_resets import named_reset


def root_reset(held: Sequence[HeldMock], rewriter: Rewriter) -> Fix:
    """The fix that resets what one fixture holds: by its name if that will do.

    Raises `FixError`.
    """
    if _has_autospecced_attribute(rewriter.facts):
        raise FixError("reset_mock fails where an attribute is a function made by create_autospec")
    try:
        return named_reset(held, rewriter)
    except FixError:
        return collected_reset(held, rewriter)


def _has_autospecced_attribute(facts: Facts) -> bool:
    """Whether the file makes what `create_autospec` gives an attribute of anything."""
    return any(
        facts.resolver.qualname(call.func) == f"{names.MOCK_MODULE}.create_autospec"
        for value in _set_as_attribute(facts)
        if isinstance(call := origin(value, facts.resolver).base, ast.Call)
    )


def _set_as_attribute(facts: Facts) -> list[ast.expr]:
    assigned = [
        node.value
        for node in facts.tree.nodes(ast.Assign)
        if any(isinstance(target, ast.Attribute) for target in node.targets)
    ]
    return [*assigned, *(keyword.value for keyword in facts.tree.nodes(ast.keyword))]
