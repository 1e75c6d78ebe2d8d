"""Fixtures: the functions that pytest calls to set a test up."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

Yield = ast.Yield | ast.YieldFrom


@dataclass(frozen=True, eq=False, slots=True)
class Fixture:
    """A pytest fixture, ``name`` being what tests request it by.

    ``wide`` tells whether its scope outlives a test. ``yields`` are its own, not those of functions
    inside it; ``values`` what it hands out; ``owner`` the class it is defined in.
    """

    node: FunctionNode
    name: str
    scope: str
    wide: bool
    owner: ast.ClassDef | None
    yields: tuple[Yield, ...]
    values: tuple[ast.expr, ...]


def find_fixtures(
    tree: SyntaxTree, resolver: Resolver, wide_scopes: Collection[str]
) -> Iterator[Fixture]:
    """Every fixture whose scope is known."""
    yields: dict[ast.AST | None, list[Yield]] | None = None
    for function in tree.functions():
        decorator = next(fixture_decorators(function, resolver), None)
        if decorator is None or (scope := _scope(decorator, resolver)) is None:
            continue
        if yields is None:
            yields = _yields_by_function(tree)
        own = tuple(yields.get(function, ()))
        yield Fixture(
            node=function,
            name=_name(decorator, resolver) or function.name,
            scope=scope,
            wide=scope in wide_scopes,
            owner=tree.enclosing_class(function),
            yields=own,
            values=_values(tree, function, own),
        )


def fixture_decorators(function: FunctionNode, resolver: Resolver) -> Iterator[ast.expr]:
    """What makes ``function`` a fixture: its decorators, as they were made."""
    for decorator in function.decorator_list:
        made = resolver.definition(decorator) or decorator
        if is_fixture_decorator(made.func if isinstance(made, ast.Call) else made, resolver):
            yield made


def is_fixture_decorator(expr: ast.expr, resolver: Resolver) -> bool:
    """Whether ``expr`` is pytest's decorator for fixtures, or one like it."""
    return resolver.qualname(expr) in names.FIXTURE_DECORATORS


def is_autouse(fixture: Fixture, resolver: Resolver) -> bool:
    """Whether ``fixture`` is sure to be set up for tests that do not request it."""
    made = next(fixture_decorators(fixture.node, resolver))
    return isinstance(made, ast.Call) and any(
        keyword.arg == "autouse" and _is_true(keyword.value) for keyword in made.keywords
    )


def parameters(function: FunctionNode) -> set[str]:
    """The names of what ``function`` can be passed by keyword."""
    arguments = function.args
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and bool(value.value)


def _scope(decorator: ast.expr, resolver: Resolver) -> str | None:
    if not isinstance(decorator, ast.Call):
        return "function"
    for keyword in decorator.keywords:
        if keyword.arg is None:
            return None
        if keyword.arg == "scope":
            scope = resolver.constant(keyword.value)
            return scope if isinstance(scope, str) and scope in names.SCOPES else None
    return "function"


def _name(decorator: ast.expr, resolver: Resolver) -> str | None:
    if not isinstance(decorator, ast.Call):
        return None
    for keyword in decorator.keywords:
        if keyword.arg == "name":
            name = resolver.constant(keyword.value)
            return name if isinstance(name, str) else None
    return None


def _yields_by_function(tree: SyntaxTree) -> dict[ast.AST | None, list[Yield]]:
    found: dict[ast.AST | None, list[Yield]] = defaultdict(list)
    yields: list[Yield] = [*tree.nodes(ast.Yield), *tree.nodes(ast.YieldFrom)]
    for node in yields:
        found[tree.function(node)].append(node)
    return found


def _values(
    tree: SyntaxTree, function: FunctionNode, yields: tuple[Yield, ...]
) -> tuple[ast.expr, ...]:
    handing: Iterator[Yield | ast.Return] = iter(yields)
    if not yields:
        handing = iter(tree.nodes_in(function, ast.Return))
    return tuple(node.value for node in handing if node.value is not None)
