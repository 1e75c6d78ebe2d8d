"""Exceptions that are a mock's side effect and live longer than a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from memlint.facts.contexts import WideContext, wide_context
from memlint.facts.fixtures import Fixture, fixture_decorators
from memlint.facts.side_effects import is_side_effect
from memlint.resolve import Resolver, builtin_exception
from memlint.syntax import FunctionNode, SyntaxTree, keyword

# What hands the elements of its argument on, one after the other.
_ITERATING = frozenset(
    {"builtins.iter", "builtins.list", "builtins.tuple", "itertools.chain", "itertools.cycle"}
    | {"itertools.repeat"}
)
# Deeper lists than this are nobody's code.
_MAX_STEPS = 50

Place = Literal["alone", "listed", "named"]


@dataclass(frozen=True, eq=False, slots=True)
class SharedException:
    """An exception that is made once, and raised by a mock as its side effect.

    ``node`` is the call that makes it, ``context`` where it stands, ``place`` whether it is the
    side effect itself, one of several, or has a name.
    """

    node: ast.Call
    context: WideContext
    place: Place


def find_shared_exceptions(
    tree: SyntaxTree, resolver: Resolver, fixtures: Mapping[FunctionNode, Fixture]
) -> Iterator[SharedException]:
    """Every exception that outlives a test, but for those whose tests clear it."""
    clearing = _Clearing(tree, resolver)
    for call in tree.nodes(ast.Call):
        if resolver.is_exception(call.func) and not _fails_test(call, resolver):
            context = _context(call, tree, fixtures)
            known = context is not None and not _is_guard(call, tree, resolver, fixtures)
            uses = list(_uses(call, tree, resolver)) if known else []
            raising = [use for use in uses if not clearing.clears(use, call)]
            if context is not None and raising:
                yield SharedException(call, context, _place(call, raising[0]))


def _fails_test(call: ast.Call, resolver: Resolver) -> bool:
    """Whether the exception says that the mock must not be called: it is not meant to be raised."""
    return builtin_exception(resolver.qualname(call.func)) is AssertionError


def _is_guard(
    call: ast.Call,
    tree: SyntaxTree,
    resolver: Resolver,
    fixtures: Mapping[FunctionNode, Fixture],
) -> bool:
    """Whether every test of a package or a session would see it: then none is meant to."""
    function = tree.function(call)
    if function is None or isinstance(function, ast.Lambda):
        return False
    fixture = fixtures.get(function)
    return (
        fixture is not None
        and fixture.scope in ("package", "session")
        and any(
            isinstance(made, ast.Call) and keyword(made, "autouse") is not None
            for made in fixture_decorators(function, resolver)
        )
    )


def _place(node: ast.Call, use: ast.expr) -> Place:
    if isinstance(use, ast.Name):
        return "named"
    return "alone" if use is node else "listed"


def _context(
    node: ast.Call, tree: SyntaxTree, fixtures: Mapping[FunctionNode, Fixture]
) -> WideContext | None:
    """The wide context of ``node``. A decorator is evaluated where its function is defined."""
    decorated = tree.decorated(node)
    if decorated is None or isinstance(tree.function(node), ast.Lambda):
        return wide_context(tree, node, fixtures)
    around = wide_context(tree, decorated, fixtures)
    if around is None:
        return None
    return WideContext(f"in a decorator of {decorated.name!r}", around.end)


def _uses(node: ast.expr, tree: SyntaxTree, resolver: Resolver) -> Iterator[ast.expr]:
    """The side effects that ``node`` is, or is one of; none where its traceback is cleared."""
    for value in _values(node, tree, resolver):
        if is_side_effect(value, tree, resolver):
            yield value
            return
        name = _assigned(value, tree)
        if name is not None:
            yield from _uses_of_name(name, tree, resolver)
            return


def _uses_of_name(name: ast.Name, tree: SyntaxTree, resolver: Resolver) -> Iterator[ast.expr]:
    variable = tree.variable(name)
    if variable is None or tree.bindings(name) != [name]:
        return
    reads = tree.reads(variable)
    if not any(_clears_traceback(tree.parents[read]) for read in reads):
        for read in reads:
            values = _values(read, tree, resolver)
            if any(is_side_effect(value, tree, resolver) for value in values):
                yield read


def _clears_traceback(use: ast.AST) -> bool:
    match use:
        case ast.Attribute(attr="__traceback__", ctx=ast.Store() | ast.Del()):
            return True
        case ast.Attribute(attr="with_traceback"):
            return True
    return False


def _assigned(value: ast.expr, tree: SyntaxTree) -> ast.Name | None:
    match tree.parents[value]:
        case ast.Assign(targets=[ast.Name() as name]) | ast.AnnAssign(target=ast.Name() as name):
            return name
    return None


def _values(node: ast.expr, tree: SyntaxTree, resolver: Resolver) -> Iterator[ast.expr]:
    """``node``, and the lists and iterators that hold it, from the inside."""
    value: ast.expr | None = node
    for _ in range(_MAX_STEPS):
        if value is None:
            return
        yield value
        value = _container(value, tree, resolver)


def _container(value: ast.expr, tree: SyntaxTree, resolver: Resolver) -> ast.expr | None:
    """The list or iterator that ``value`` is an element or a part of."""
    match tree.parents[value]:
        case ast.List() | ast.Tuple() | ast.Starred() as container:
            return container
        case ast.BinOp(op=ast.Add() | ast.Mult()) as container:
            return container
        case ast.ListComp(elt=element) as container if element is value:
            return container
        case ast.IfExp(body=body, orelse=orelse) as container if value in (body, orelse):
            return container
        case ast.Call(func=func, args=args) as container if value in args:
            return container if resolver.qualname(func) in _ITERATING else None
    return None


class _Clearing:
    """Knows the tests that clear the traceback of what is raised in them.

    `TestCase.assertRaises` does: it clears the frames, and then the traceback.
    """

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._expected: dict[FunctionNode, list[ast.expr]] = {}

    def clears(self, use: ast.expr, raised: ast.Call) -> bool:
        """Whether every test that may see the exception of ``use`` raised clears it."""
        tests = self._tests(use)
        return bool(tests) and all(self._expects(test, raised.func) for test in tests)

    def _tests(self, use: ast.expr) -> list[FunctionNode]:
        around = self._tree.decorated(use) or self._tree.function(use)
        if isinstance(around, ast.ClassDef):
            return [
                node
                for node in around.body
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name.startswith("test")
            ]
        return [] if around is None or isinstance(around, ast.Lambda) else [around]

    def _expects(self, test: FunctionNode, raised: ast.expr) -> bool:
        if test not in self._expected:
            self._expected[test] = [
                expected
                for call in self._tree.nodes_in(test, ast.Call)
                if isinstance(call.func, ast.Attribute)
                and call.func.attr.startswith("assertRaises")
                for expected in _expected(call)
            ]
        return any(self._may_be(expected, raised) for expected in self._expected[test])

    def _may_be(self, expected: ast.expr, raised: ast.expr) -> bool:
        """Whether an exception of the class ``raised`` may be one of the class ``expected``."""
        wanted = builtin_exception(self._resolver.qualname(expected))
        given = builtin_exception(self._resolver.qualname(raised))
        if given is None:
            return True
        if wanted is not None:
            return issubclass(given, wanted)
        qualname = self._resolver.qualname(expected)
        return qualname is None or not qualname.startswith(".")


def _expected(call: ast.Call) -> list[ast.expr]:
    """The classes that an ``assertRaises`` expects."""
    first = call.args[0] if call.args else keyword(call, "expected_exception")
    if isinstance(first, ast.Tuple):
        return first.elts
    return [] if first is None else [first]
