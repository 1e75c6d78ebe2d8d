"""Tests that run a loop which polls a mock that always gives the same empty answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.patches import Patch
from memlint.resolve import Resolver, dotted_name
from memlint.syntax import FunctionNode, SyntaxTree, keyword

_QUIET_DECORATORS = frozenset({"pytest.mark.anyio", "pytest.mark.asyncio"})


@dataclass(frozen=True, eq=False, slots=True)
class EndlessPoll:
    """An empty answer, ``node``, that the mock's method ``poll`` gives each time it is asked.

    ``run`` is the call, in the same test, of the loop that asks.
    """

    node: ast.expr
    poll: ast.Attribute
    run: ast.Call


class EndlessPolls:
    """Finds the endless answers of one file.

    A test has many ways to end its loop. Whatever may be one keeps the rule silent: a side effect
    in the test or in a set-up, any other call before the loop, a block around it that is no patch,
    an argument that may be a limit, a look at how often the mock was asked.
    """

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        fixtures: Sequence[Fixture],
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._fixtures = {fixture.name: fixture.node for fixture in fixtures}

    def find(self) -> Iterator[EndlessPoll]:
        """Every one, in the order of the text."""
        for statement in self._tree.nodes(ast.Assign):
            answer = _answer(statement, self._resolver)
            test = self._tree.function(statement) if answer is not None else None
            if answer is not None and _is_test(test) and not self._may_end(test, answer[0]):
                run = self._run(answer[0], self._statements(test.body), statement)
                if run is not None:
                    yield EndlessPoll(answer[1], answer[0], run)

    def _may_end(self, test: FunctionNode, poll: ast.Attribute) -> bool:
        """Whether something but the answer may end the loop of ``test``."""
        if self._has_side_effects_elsewhere or test in self._with_side_effects:
            return True
        asked = (
            node.value.attr
            for node in self._tree.nodes_in(test, ast.Attribute)
            if isinstance(node.value, ast.Attribute) and node.attr != "return_value"
        )
        return poll.attr in asked or not all(map(self._is_quiet, test.decorator_list))

    def _is_quiet(self, decorator: ast.expr) -> bool:
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        return decorator in self._patches or self._resolver.qualname(made) in _QUIET_DECORATORS

    @cached_property
    def _with_side_effects(self) -> set[ast.AST | None]:
        """The functions that give a mock a side effect, or may do so."""
        stored = [node for node in self._tree.nodes(ast.Attribute) if node.attr == "side_effect"]
        passed = [
            node for node in self._tree.nodes(ast.keyword) if node.arg in ("side_effect", None)
        ]
        return {self._tree.function(node) for node in (*stored, *passed)}

    @cached_property
    def _has_side_effects_elsewhere(self) -> bool:
        """Whether something else than a test gives a mock a side effect."""
        return not all(map(_is_test, self._with_side_effects))

    @cached_property
    def _patching(self) -> set[ast.AST | None]:
        """The functions that a patch stands in, or decorates."""
        return {self._tree.function(patch) for patch in self._patches}

    def _statements(self, body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        """What runs one after the other: the statements of ``body``, and those inside patches."""
        for statement in body:
            if isinstance(statement, ast.With) and all(
                item.context_expr in self._patches for item in statement.items
            ):
                yield from self._statements(statement.body)
            else:
                yield statement

    def _run(
        self, poll: ast.Attribute, statements: Iterator[ast.stmt], answer: ast.Assign
    ) -> ast.Call | None:
        """The first of ``statements`` that does more than to make and to configure mocks."""
        mock = dotted_name(poll)
        before: list[ast.Assign] = []
        for statement in statements:
            if isinstance(statement, ast.Assign):
                before.append(statement)
            elif not _is_silent(statement):
                call = _loop(statement)
                if call is None or mock is None or answer not in before:
                    return None
                return call if self._polls(call, mock[0], before) else None
        return None

    def _polls(self, call: ast.Call, mock: ast.Name, before: Sequence[ast.Assign]) -> bool:
        """Whether the object whose method is called has ``mock``, and nothing that may stop it."""
        assert isinstance(call.func, ast.Attribute)
        runner = call.func.value
        has_mock = self._is_patched(mock)
        made = False
        for statement in before:
            target, value = statement.targets[0], statement.value
            if self._same(target, runner):
                arguments = _arguments(value)
                if made or not (arguments or has_mock):
                    return False
                made = self._makes_no_mock(value) and all(map(self._is_no_limit, arguments))
                has_mock = has_mock or any(self._same(each, mock) for each in arguments)
            elif isinstance(target, ast.Attribute) and self._same(target.value, runner):
                if not self._same(value, mock):
                    return False
                has_mock = True
            elif self._makes_no_mock(value):
                return False
        return made and has_mock

    def _makes_no_mock(self, value: ast.expr) -> bool:
        """Whether ``value`` is a call that does something else than to make a mock."""
        return isinstance(value, ast.Call) and not self._resolver.is_factory(value.func)

    def _is_no_limit(self, argument: ast.expr) -> bool:
        """Whether ``argument`` is a text or a mock, and so nothing that ends a loop."""
        if isinstance(argument, ast.Constant):
            return isinstance(argument.value, str | bytes)
        if isinstance(argument, ast.List | ast.Tuple):
            return all(map(self._is_no_limit, argument.elts))
        return self._resolver.is_mock(argument) or self._is_told_an_answer(argument)

    def _is_told_an_answer(self, expr: ast.expr) -> bool:
        """Whether ``expr`` is a name that is told what to return, as only mocks are."""
        variable = self._tree.variable(expr) if isinstance(expr, ast.Name) else None
        reads = self._tree.reads(variable) if variable is not None else ()
        chains = [self._tree.outermost_attribute(read) for read in reads]
        return any(isinstance(c, ast.Attribute) and c.attr == "return_value" for c in chains)

    def _is_patched(self, mock: ast.Name) -> bool:
        """Whether a patch around the test installs ``mock``: its own, or that of a fixture."""
        match self._tree.bindings(mock):
            case [ast.Name() as name]:
                item = self._tree.parents[name]
                return isinstance(item, ast.withitem) and item.context_expr in self._patches
            case [ast.arg(arg=name)]:
                return self._fixtures.get(name, self._tree.function(mock)) in self._patching
        return False

    def _same(self, expr: ast.expr, name: ast.expr) -> bool:
        if not isinstance(expr, ast.Name) or not isinstance(name, ast.Name):
            return False
        return self._tree.variable(expr) == self._tree.variable(name)


def _answer(statement: ast.Assign, resolver: Resolver) -> tuple[ast.Attribute, ast.expr] | None:
    """The method that ``statement`` gives an empty answer for ever, and that answer."""
    match statement:
        case ast.Assign(
            targets=[ast.Attribute(value=ast.Attribute() as poll, attr="return_value")],
            value=value,
        ):
            answer: ast.expr | None = value
        case ast.Assign(targets=[ast.Attribute() as poll], value=ast.Call(func=func) as made):
            answer = keyword(made, "return_value") if resolver.is_factory(func) else None
        case _:
            return None
    if poll.attr not in names.POLLS or answer is None or not _is_empty(answer):
        return None
    return poll, answer


def _is_empty(answer: ast.expr) -> bool:
    """Whether ``answer`` says that there is nothing yet. An empty text says that all is over."""
    match answer:
        case ast.Constant(value=value):
            return value is None or value is False
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return not elements
        case ast.Dict(values=values):
            return all(map(_is_empty, values))
    return False


def _is_silent(statement: ast.stmt) -> bool:
    """Whether ``statement`` is a docstring or an import."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _loop(statement: ast.stmt) -> ast.Call | None:
    """The call of a method that runs a loop, where ``statement`` is nothing else."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    match value.value if isinstance(value, ast.Await) else value:
        case (
            ast.Call(func=ast.Attribute(value=ast.Name(), attr=attr), args=[], keywords=[]) as call
        ):
            return call if attr in names.LOOPS else None
    return None


def _arguments(value: ast.expr) -> list[ast.expr]:
    if not isinstance(value, ast.Call):
        return []
    return [*value.args, *(argument.value for argument in value.keywords)]


def _is_test(function: ast.AST | None) -> TypeGuard[FunctionNode]:
    match function:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name.startswith("test")
    return False
