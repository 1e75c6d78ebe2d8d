"""Mocks that are made while pytest collects: among the arguments of `parametrize` and the like."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.fixtures import fixture_decorators
from memlint.facts.origins import VIEWS, is_holder
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, keyword


@dataclass(frozen=True, eq=False, slots=True)
class ParametrizedMock:
    """A mock that is made once, as an argument of tests or fixtures, and lives with the process.

    ``call`` makes it; ``place`` is the call that takes it: `parametrize`, `pytest.param`, or a
    fixture decorator; ``is_reset`` tells whether the test resets it.
    """

    call: ast.Call
    place: ast.Call
    is_reset: bool


@dataclass(frozen=True, slots=True)
class Parametrization:
    """A call of `parametrize`: the names of the arguments, None if unknown, and their values."""

    call: ast.Call
    arguments: tuple[str, ...] | None
    values: ast.expr

    @property
    def is_indirect(self) -> bool:
        """Whether fixtures may take the values."""
        return len(self.call.args) > 2 or any(  # noqa: PLR2004 - names and values
            each.arg not in ("argnames", "argvalues", "ids") for each in self.call.keywords
        )


def parametrization(call: ast.Call, resolver: Resolver) -> Parametrization | None:
    """What ``call`` parametrizes, should it be a call of `parametrize`."""
    if resolver.qualname(call.func) != names.PARAMETRIZE:
        return None
    given = call.args[0] if call.args else keyword(call, "argnames")
    values = call.args[1] if len(call.args) > 1 else keyword(call, "argvalues")
    if values is None or isinstance(given, ast.Starred):
        return None
    return Parametrization(call, _names(given, resolver), values)


def rows(values: ast.expr, resolver: Resolver) -> list[ast.expr]:
    """The rows that ``values`` lists; none where it is no list in this file."""
    listed = resolver.definition(values) or values
    return listed.elts if isinstance(listed, ast.List | ast.Tuple | ast.Set) else []


def cells(row: ast.expr, count: int, resolver: Resolver) -> list[ast.expr] | None:
    """The values of one row for ``count`` arguments; None where they do not show."""
    if isinstance(row, ast.Call) and resolver.qualname(row.func) == names.PARAM:
        found = row.args
    elif count == 1:
        found = [row]
    else:
        found = row.elts if isinstance(row, ast.Tuple | ast.List) else []
    is_plain = not any(isinstance(cell, ast.Starred) for cell in found)
    return found if is_plain and len(found) == count else None


class ParametrizedMockFinder:
    """Finds the mocks that one file makes for parametrized tests and fixtures."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._seen: set[ast.expr] = set()

    def find(self) -> Iterator[ParametrizedMock]:
        """Every mock among the values, also in a list that has a name."""
        for place, value, is_reset in [*self._values()]:
            for call in self._mocks(value):
                yield ParametrizedMock(call, place, is_reset)

    def _values(self) -> Iterator[tuple[ast.Call, ast.expr, bool]]:
        for call in self._tree.nodes(ast.Call):
            if not self._is_at_import(call):
                continue
            found = parametrization(call, self._resolver)
            if found is not None:
                yield from self._split(found)
            elif (params := keyword(call, "params")) is not None and call in self._decorators:
                yield call, params, False
            elif self._resolver.qualname(call.func) == names.PARAM:
                yield from ((call, argument, False) for argument in call.args)

    def _is_at_import(self, node: ast.expr) -> bool:
        """Whether ``node`` is evaluated when the file is imported."""
        function = self._tree.function(node)
        if function is not None and function is self._tree.decorated(node):
            function = self._tree.function(function)
        return function is None

    def _split(self, found: Parametrization) -> Iterator[tuple[ast.Call, ast.expr, bool]]:
        """The values, one by one where some of them are reset by the test."""
        reset = self._reset(found)
        arguments = found.arguments or ()
        for row in rows(found.values, self._resolver) if reset else ():
            values = cells(row, len(arguments), self._resolver) or ()
            for name, value in zip(arguments, values, strict=False):
                if name in reset:
                    yield found.call, value, True
        yield found.call, found.values, False

    def _reset(self, found: Parametrization) -> set[str]:
        """The arguments whose mocks the decorated test resets."""
        test = self._tree.decorated(found.call)
        if found.arguments is None or not isinstance(test, FunctionNode):
            return set()
        scope = self._tree.scope(test.body[0])
        return {
            name
            for name in found.arguments
            for read in self._tree.reads((scope, name))
            if isinstance(parent := self._tree.parents[read], ast.Attribute)
            and parent.attr == "reset_mock"
        }

    @cached_property
    def _decorators(self) -> set[ast.expr]:
        return {
            made
            for function in self._tree.functions()
            for made in fixture_decorators(function, self._resolver)
        }

    def _mocks(self, value: ast.expr) -> Iterator[ast.Call]:
        """The mocks that ``value`` is or holds, each of them once in the file."""
        pending: list[ast.expr | None] = [value]
        while pending:
            expr = pending.pop()
            if expr is None or expr in self._seen:
                continue
            self._seen.add(expr)
            if isinstance(expr, ast.Call) and self._resolver.is_factory(expr.func):
                yield expr
            else:
                pending += reversed([*self._held(expr)])

    def _held(self, expr: ast.expr) -> Iterable[ast.expr | None]:
        """What ``expr`` is made of, as far as that lives on."""
        held: Iterable[ast.expr | None] = ()
        match expr:
            case ast.Tuple(elts=held) | ast.List(elts=held) | ast.Set(elts=held):
                pass
            case ast.Dict(keys=keys, values=values):
                held = [*keys, *values]
            case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
                held = [one, other]
            case ast.ListComp(elt=value) | ast.SetComp(elt=value) | ast.GeneratorExp(elt=value):
                held = [value]
            case ast.DictComp(key=key, value=value):
                held = [key, value]
            case ast.Starred(value=value) | ast.NamedExpr(value=value):
                held = [value]
            case ast.Name() if definition := self._resolver.definition(expr):
                held = [] if self._tree.function(definition) else [definition]
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in VIEWS:
                held = [value]
            case ast.Call():
                held = self._arguments(expr)
        return held

    def _arguments(self, call: ast.Call) -> Iterable[ast.expr]:
        qualname = self._resolver.qualname(call.func)
        if qualname == names.PARAM or qualname in names.COMBINING:
            return call.args
        if is_holder(call, self._tree, self._resolver):
            return [*call.args, *(each.value for each in call.keywords)]
        return []


def _names(given: ast.expr | None, resolver: Resolver) -> tuple[str, ...] | None:
    """The names of arguments, written in one string or in several."""
    if given is None:
        return None
    if isinstance(given, ast.Tuple | ast.List):
        found = [resolver.constant(each) for each in given.elts]
    else:
        text = resolver.constant(given)
        found = [*text.split(",")] if isinstance(text, str) else [None]
    stripped = [name.strip() for name in found if isinstance(name, str)]
    return tuple(filter(None, stripped)) if len(stripped) == len(found) else None
