"""Roots: the mocks at the top of a tree of mocks, and what a fixture does with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memlint.facts.origins import ELEMENT, Origin, origin
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, Variable


@dataclass(frozen=True, eq=False, slots=True)
class Root:
    """The root of a tree of mocks: a reset must reach it, for it records what its children do.

    ``node`` is the expression to report; ``made_by`` the calls whose value the root is;
    ``variables`` what it is called; ``target`` the dotted name it is installed under; ``mocker``
    the pytest-mock fixture that can reset it; ``in_dict`` whether what it is called is a
    dictionary of roots, as `patch.multiple` gives.
    """

    node: ast.Call
    made_by: frozenset[ast.expr] = frozenset()
    variables: frozenset[Variable] = frozenset()
    target: str | None = None
    mocker: str | None = None
    in_dict: bool = False

    def path_to(self, value: Origin) -> tuple[str, ...]:
        """The attributes from this root to ``value``, which has it as its base."""
        return value.path[1:] if self.in_dict and value.path[:1] == (ELEMENT,) else value.path

    def is_dict(self, value: Origin) -> bool:
        """Whether ``value``, which has this root as its base, is the dictionary around it."""
        return self.in_dict and value.path == ()

    def is_base_of(self, value: Origin, tree: SyntaxTree) -> bool:
        """Whether ``value`` is this root or a descendant of it."""
        if isinstance(value.base, ast.Name):
            return tree.variable(value.base) in self.variables
        return value.base in self.made_by


class Attachments:
    """What one function sets on what, and passes to what."""

    def __init__(self, function: FunctionNode, tree: SyntaxTree, resolver: Resolver) -> None:
        self._function = function
        self._tree = tree
        self._resolver = resolver

    def join(self, one: Root, other: Root) -> bool:
        """Whether one of two mocks is attached to the other, or is the other."""
        if one.node is other.node or one.made_by & other.made_by:
            return True
        if one.variables & other.variables:
            return True
        return any(
            (self._is_any(one, owners) and self._is_any(other, values))
            or (self._is_any(other, owners) and self._is_any(one, values))
            for owners, values in self._attached()
        )

    def attributes(self, root: Root) -> set[str]:
        """The attributes of other objects under which the function stores ``root``."""
        found: set[str] = set()
        for node in self._assignments():
            value = origin(node.value, self._resolver)
            if value.path == () and root.is_base_of(value, self._tree):
                found |= {t.attr for t in node.targets if isinstance(t, ast.Attribute)}
        return found

    def _attached(self) -> Iterator[tuple[list[Origin], list[Origin]]]:
        """Owners, and what is set on them or passed to them."""
        for node in self._assignments():
            targets = [t for t in node.targets if isinstance(t, ast.Attribute | ast.Subscript)]
            if targets:
                owners = [origin(target, self._resolver) for target in targets]
                yield owners, self._mentioned([node.value])
        for call in self._tree.nodes(ast.Call):
            if self._tree.function(call) is self._function:
                method = origin(call.func, self._resolver)
                arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
                owners = [Origin(call, ()), *([method] if method.path else [])]
                yield owners, self._mentioned(arguments)

    def _assignments(self) -> Iterator[ast.Assign]:
        for node in self._tree.nodes(ast.Assign):
            if self._tree.function(node) is self._function:
                yield node

    def _mentioned(self, exprs: Sequence[ast.expr]) -> list[Origin]:
        return [
            origin(node, self._resolver)
            for expr in exprs
            for node in ast.walk(expr)
            if isinstance(node, ast.Name | ast.Call)
        ]

    def _is_any(self, root: Root, values: Sequence[Origin]) -> bool:
        return any(
            root.is_base_of(value, self._tree) or value.base is root.node for value in values
        )
