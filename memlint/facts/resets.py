"""Resets: the places that make a mock forget its calls, and which mocks they reach."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import Origin, origins, parts
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, Variable

_MAX_STEPS = 50


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


@dataclass(frozen=True, slots=True)
class Request:
    """The value of the fixture called ``name``, and the attributes and elements from there."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Reset:
    """A mention of ``reset_mock`` (or of a mocker's ``resetall``) that runs once a test or oftener.

    ``values`` are the mocks it may reset, ``requests`` those of them that come from fixtures,
    ``target`` the dotted name of its receiver, ``cls`` the class in which it stands.
    """

    values: tuple[Origin, ...] = ()
    requests: tuple[Request, ...] = ()
    target: str | None = None
    mocker: str | None = None
    cls: ast.ClassDef | None = None


class ResetFinder:
    """Finds the resets of one file that are not in a wide context."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        fixtures: Mapping[FunctionNode, Fixture],
        wide_context: Callable[[ast.AST], object],
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._fixtures = fixtures
        self._wide_context = wide_context

    def find(self) -> Iterator[Reset]:
        """Every reset in the file."""
        for node in self._tree.nodes(ast.Attribute):
            if node.attr not in ("reset_mock", "resetall") or self._wide_context(node):
                continue
            mocker = names.mocker_fixture(self._resolver.qualname(node))
            if node.attr == "reset_mock":
                yield self._reset(node)
            elif mocker is not None:
                yield Reset(mocker=mocker)

    def _reset(self, node: ast.Attribute) -> Reset:
        values = tuple(self._values(node.value))
        return Reset(
            values=values,
            requests=tuple(request for value in values for request in self._requests(value)),
            target=self._resolver.qualname(node.value),
            cls=next((p for p in self._tree.ancestors(node) if isinstance(p, ast.ClassDef)), None),
        )

    def _values(self, receiver: ast.expr) -> Iterator[Origin]:
        """What ``receiver`` may be, also where a helper function is given it."""
        pending: list[tuple[ast.expr, tuple[str, ...]]] = [(receiver, ())]
        for _ in range(_MAX_STEPS):
            if not pending:
                return
            expr, path = pending.pop()
            for found in origins(expr, self._tree, self._resolver):
                whole = Origin(found.base, found.path + path)
                yield whole
                pending += [(passed, whole.path) for passed in self._passed(found.base)]

    def _passed(self, base: ast.expr) -> Iterator[ast.expr]:
        """What the file's calls of a helper function pass for its parameter ``base``."""
        if not isinstance(base, ast.Name):
            return
        for parameter in self._tree.bindings(base):
            function = self._tree.parents.get(self._tree.parents[parameter])
            if not isinstance(parameter, ast.arg) or not isinstance(function, ast.FunctionDef):
                continue
            parameters = [*function.args.posonlyargs, *function.args.args]
            if function in self._fixtures or parameter not in parameters:
                continue
            position = parameters.index(parameter)
            for call in self._tree.nodes(ast.Call):
                called = call.func
                if isinstance(called, ast.Name) and self._tree.bindings(called) == [function]:
                    yield from call.args[position : position + 1]

    def _requests(self, value: Origin) -> Iterator[Request]:
        """The fixtures from which ``value`` may come, also through fixtures that pass it on."""
        first = self._request(value)
        pending = [] if first is None else [first]
        for _ in range(_MAX_STEPS):
            if not pending:
                return
            request = pending.pop()
            yield request
            pending += self._passed_on(request)

    def _request(self, value: Origin) -> Request | None:
        match value.base:
            case ast.Name(id=name) as base:
                if any(isinstance(node, ast.arg) for node in self._tree.bindings(base)):
                    return Request(name, value.path)
            case ast.Call(func=ast.Attribute(attr="getfixturevalue"), args=[argument]):
                requested = self._resolver.constant(argument)
                if isinstance(requested, str):
                    return Request(requested, value.path)
        return None

    def _passed_on(self, request: Request) -> Iterator[Request]:
        for fixture in self._fixtures.values():
            for value in fixture.values if fixture.name == request.name else ():
                for part in parts(value, self._tree, self._resolver):
                    inner = self._request(part.origin)
                    if inner is not None and inner.name != fixture.name:
                        outer = request.path[1:] if part.contained else request.path
                        yield Request(inner.name, inner.path + outer)
