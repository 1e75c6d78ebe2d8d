"""Contexts: how long the things live that a piece of code makes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.syntax import FunctionNode, SyntaxTree


@dataclass(frozen=True, slots=True)
class WideContext:
    """A place whose mocks outlive a test: where it is, and what has to end before they go."""

    description: str
    end: str


def wide_context(
    tree: SyntaxTree, node: ast.AST, fixtures: Mapping[FunctionNode, Fixture]
) -> WideContext | None:
    """The wide context in which ``node`` is evaluated; None where it is a test's own."""
    function = tree.function(node)
    if function is None:
        return _import_time(tree, node)
    if isinstance(function, ast.Lambda):
        return None
    fixture = fixtures.get(function)
    if fixture is not None:
        return _fixture_context(fixture) if fixture.wide else None
    owner = tree.enclosing_class(function)
    if function.name in names.CLASS_SETUPS and owner is not None:
        return WideContext(f"in {function.name} of {owner.name!r}", "the class")
    if function.name in names.MODULE_SETUPS and owner is None and tree.function(function) is None:
        return WideContext(f"in {function.name}", "the module")
    return None


def _fixture_context(fixture: Fixture) -> WideContext:
    return WideContext(
        f"in {fixture.scope}-scoped fixture {fixture.name!r}", f"the {fixture.scope}"
    )


def _import_time(tree: SyntaxTree, node: ast.AST) -> WideContext | None:
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.ClassDef):
            if node in parent.decorator_list:
                return None  # a patch there makes a mock for each test, and drops it
            return WideContext(f"in the body of class {parent.name!r}", "the process")
        node = parent
    return WideContext("at module level", "the process")
