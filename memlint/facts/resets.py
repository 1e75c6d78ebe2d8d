"""Resets: the places that make a mock forget its calls, and which mocks they reach."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from memlint import names
from memlint.facts.origins import Origin, Variable, origins
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree


@dataclass(frozen=True, eq=False, slots=True)
class Root:
    """The root of a tree of mocks: a reset must reach it, for it records what its children do.

    ``node`` is the expression to report; ``made_by`` the calls whose value the root is;
    ``variables`` what it is called; ``target`` the dotted name it is installed under.
    """

    node: ast.Call
    made_by: frozenset[ast.expr] = frozenset()
    variables: frozenset[Variable] = frozenset()
    target: str | None = None
    mocker: str | None = None

    def is_base_of(self, value: Origin, tree: SyntaxTree) -> bool:
        """Whether ``value`` is this root or a descendant of it."""
        if isinstance(value.base, ast.Name):
            return tree.variable(value.base) in self.variables
        return value.base in self.made_by


@dataclass(frozen=True, eq=False, slots=True)
class Reset:
    """A mention of ``reset_mock`` (or of a mocker's ``resetall``) that runs once a test or oftener.

    ``values`` are the mocks it may reset, ``target`` the dotted name of its receiver, ``cls`` the
    class in which it stands.
    """

    values: tuple[Origin, ...]
    target: str | None
    mocker: str | None
    cls: ast.ClassDef | None
    requested: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """The fixtures it reaches by name, each with the path from the fixture's value."""


def find_resets(
    tree: SyntaxTree, resolver: Resolver, wide_context: Callable[[ast.AST], object]
) -> Iterator[Reset]:
    """Every reset in the file that is not in a wide context."""
    for node in tree.nodes(ast.Attribute):
        if node.attr not in ("reset_mock", "resetall") or wide_context(node):
            continue
        mocker = names.mocker_fixture(resolver.qualname(node))
        if node.attr == "resetall":
            if mocker is not None:
                yield Reset((), None, mocker, None)
            continue
        values = tuple(origins(node.value, tree, resolver))
        yield Reset(
            values=values,
            target=resolver.qualname(node.value),
            mocker=None,
            cls=_enclosing_class(tree, node),
            requested=tuple(_requested(values, tree, resolver)),
        )


def _requested(
    values: tuple[Origin, ...], tree: SyntaxTree, resolver: Resolver
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for value in values:
        match value.base:
            case ast.Name(id=name) as base:
                if any(isinstance(node, ast.arg) for node in tree.bindings(base)):
                    yield name, value.path
            case ast.Call(func=ast.Attribute(attr="getfixturevalue"), args=[argument]):
                requested = resolver.constant(argument)
                if isinstance(requested, str):
                    yield requested, value.path


def _enclosing_class(tree: SyntaxTree, node: ast.AST) -> ast.ClassDef | None:
    return next((p for p in tree.ancestors(node) if isinstance(p, ast.ClassDef)), None)
