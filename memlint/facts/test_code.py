"""Test code: the functions that a test runner calls, of classes whose bases are known."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from memlint import names
from memlint.facts.fixtures import fixture_decorators
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree


def is_test_code(node: ast.AST, tree: SyntaxTree, resolver: Resolver) -> bool:
    """Whether ``node`` stands in a test, a fixture or a set-up method that nothing unknown undoes.

    A base class from elsewhere may stop every patch.
    """
    function = tree.function(node)
    if not isinstance(function, FunctionNode):
        return False
    owner = tree.enclosing_class(function)
    if owner is None:
        if tree.function(function) is not None:
            return False
    elif not _is_known(owner, tree, resolver):
        return False
    is_fixture = next(fixture_decorators(function, resolver), None) is not None
    return is_fixture or function.name.startswith("test") or function.name in names.SETUPS


def _is_known(cls: ast.ClassDef, tree: SyntaxTree, resolver: Resolver) -> bool:
    """Whether all bases of ``cls`` are known, and it is no mere part of other classes."""
    seen: set[ast.ClassDef] = set()
    pending = [cls]
    is_case = cls.name.startswith("Test")
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        for base in each.bases:
            defined = list(_defined(base, tree))
            pending += defined
            if not defined:
                if resolver.qualname(base) not in names.TEST_CASES:
                    return False
                is_case = True
    return is_case


def _defined(base: ast.expr, tree: SyntaxTree) -> Iterator[ast.ClassDef]:
    bindings = tree.bindings(base) if isinstance(base, ast.Name) else []
    yield from (node for node in bindings if isinstance(node, ast.ClassDef))
