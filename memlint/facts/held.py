"""Mocks that a wide fixture keeps alive from test to test."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import Part, origin, origins
from memlint.facts.patches import Patch, started
from memlint.facts.roots import Attachments, Root
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, Variable

How = Literal["with", "start", "mocker", "decorator", "stack", "made"]


@dataclass(frozen=True, eq=False, slots=True)
class HeldMock:
    """A mock that lives as long as ``fixture``, and ``how`` it is kept.

    ``statement`` is the `with` statement around the yield; ``patch`` what installs the mock.
    """

    fixture: Fixture
    root: Root
    how: How
    patch: Patch | None = None
    statement: ast.With | ast.AsyncWith | None = None


class Holding:
    """Finds the mocks that one wide fixture holds; ``parts`` is what it hands out."""

    def __init__(
        self,
        fixture: Fixture,
        parts: Sequence[Part],
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
    ) -> None:
        self._fixture = fixture
        self._parts = parts
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._calls = tree.nodes_in(fixture.node, ast.Call)

    def find(self, wide_scopes: Sequence[str]) -> list[HeldMock]:
        """Every mock that the fixture holds."""
        return [
            *self._in_with_statements(),
            *self._in_other_stacks(),
            *self._started(),
            *self._through_mockers(wide_scopes),
            *self._in_decorators(),
            *self._returned_from_with_statements(),
            *self._made(),
        ]

    def _in_with_statements(self) -> Iterator[HeldMock]:
        for statement in self._statements_around_yields():
            for item in statement.items:
                patch = self._patch(item.context_expr)
                if patch is not None and patch.recording:
                    root = self._root(patch, [item.context_expr], item.optional_vars)
                    yield HeldMock(self._fixture, root, "with", patch, statement)
                if self._is_exit_stack(item.context_expr):
                    yield from self._entered(item.context_expr, "with", statement)
                    yield from self._entered(item.optional_vars, "with", statement)

    def _returned_from_with_statements(self) -> Iterator[HeldMock]:
        """The mocks that outlive their patch, because the fixture returns them."""
        around = self._statements_around_yields()
        function = self._fixture.node
        statements: list[ast.With | ast.AsyncWith] = [*self._tree.nodes_in(function, ast.With)]
        for statement in (*statements, *self._tree.nodes_in(function, ast.AsyncWith)):
            if statement in around:
                continue
            for item in statement.items:
                patch = self._patch(item.context_expr)
                if patch is not None and patch.recording:
                    root = self._root(patch, [item.context_expr], item.optional_vars)
                    if self._is_handed_out(root):
                        yield HeldMock(self._fixture, root, "made", patch)

    def _is_handed_out(self, root: Root) -> bool:
        return any(root.is_base_of(part.origin, self._tree) for part in self._parts)

    def _statements_around_yields(self) -> list[ast.With | ast.AsyncWith]:
        found: dict[ast.With | ast.AsyncWith, None] = {}
        for node in self._fixture.yields:
            child: ast.AST = node
            for parent in self._tree.ancestors(node):
                if parent is self._fixture.node:
                    break
                if isinstance(parent, ast.With | ast.AsyncWith) and child in parent.body:
                    found[parent] = None
                child = parent
        return sorted(found, key=lambda statement: (statement.lineno, statement.col_offset))

    def _in_other_stacks(self) -> Iterator[HeldMock]:
        around = self._statements_around_yields()
        for node in self._tree.nodes_in(self._fixture.node, ast.Assign):
            if self._is_exit_stack(node.value):
                for target in node.targets:
                    if not any(_uses(statement, target, self._tree) for statement in around):
                        yield from self._entered(target, "stack", None)

    def _entered(
        self, stack: ast.expr | None, how: How, statement: ast.With | ast.AsyncWith | None
    ) -> Iterator[HeldMock]:
        """The patches entered into ``stack`` before the fixture's last yield."""
        if not isinstance(stack, ast.Name):
            return
        variable = self._tree.variable(stack)
        for call in self._calls:
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name() as receiver, attr="enter_context"),
                    args=[argument],
                ) if self._tree.variable(receiver) == variable and self._before_yield(call):
                    for patch in self._recording_patches(argument):
                        root = self._root(patch, [call], _assigned_name(call, self._tree))
                        yield HeldMock(self._fixture, root, how, patch, statement)

    def _started(self) -> Iterator[HeldMock]:
        for call in self._calls:
            patcher = started(call)
            if patcher is None or not self._before_yield(call):
                continue
            patches = list(self._recording_patches(patcher))
            # What a loop starts has no value and no name of its own.
            one = len(patches) == 1
            assigned = _assigned_name(call, self._tree) if one else None
            for patch in patches:
                if patch.call not in self._stopped_at_once:
                    root = self._root(patch, [call] if one else [], assigned)
                    yield HeldMock(self._fixture, root, "start", patch)

    def _recording_patches(self, expr: ast.expr) -> Iterator[Patch]:
        """The recording patches that ``expr`` may be."""
        for source in origins(expr, self._tree, self._resolver):
            patch = self._patches.get(source.base)
            if patch is not None and patch.recording and source.path == ():
                yield patch

    @cached_property
    def _stopped_at_once(self) -> set[ast.expr]:
        """The patchers that are stopped before a test can run."""
        stopped: set[ast.expr] = set()
        for call in self._calls:
            match call.func:
                case ast.Attribute(value=receiver, attr="stop" | "__exit__"):
                    if self._before_yield(call):
                        sources = origins(receiver, self._tree, self._resolver)
                        stopped |= {source.base for source in sources}
        return stopped

    def _through_mockers(self, wide_scopes: Sequence[str]) -> Iterator[HeldMock]:
        for call in self._calls:
            patch = self._patches.get(call)
            if patch is None or patch.mocker is None or not patch.recording:
                continue
            entered = isinstance(self._tree.parents[call], ast.withitem)
            if not entered and names.MOCKER_SCOPES[patch.mocker] in wide_scopes:
                root = self._root(patch, [call], _assigned_name(call, self._tree))
                yield HeldMock(self._fixture, root, "mocker", patch)

    def _in_decorators(self) -> Iterator[HeldMock]:
        function = self._fixture.node
        arguments = [*function.args.posonlyargs, *function.args.args]
        injected = iter(arguments[1:] if self._fixture.owner is not None else arguments)
        for decorator in reversed(function.decorator_list):  # they are applied bottom-up
            patch = self._patch(decorator)
            if patch is None or not patch.recording:
                continue
            argument = next(injected, None) if patch.installed is None else None
            variables = self._variables(patch)
            if argument is not None:
                variables.add((self._tree.scope(function.body[0]), argument.arg))
            root = Root(
                patch.call, self._made_by(patch), frozenset(variables), patch.target, patch.mocker
            )
            # The patch is undone when the function returns: only what it hands out lives on.
            if self._is_handed_out(root):
                yield HeldMock(self._fixture, root, "decorator", patch)

    def _made(self) -> Iterator[HeldMock]:
        for part in self._parts:
            base = part.origin.base
            if names.PLAIN_MOCK_ATTRIBUTES.intersection(part.origin.path):
                continue
            calls = self._calls_behind(base)
            if calls and self._tree.function(calls[0]) is self._fixture.node:
                variables = {
                    variable
                    for call in calls
                    if (variable := self._variable(_assigned_name(call, self._tree))) is not None
                }
                root = Root(calls[0], frozenset(calls), frozenset(variables))
                yield HeldMock(self._fixture, root, "made")

    def _calls_behind(self, base: ast.expr) -> list[ast.Call]:
        """The factory calls that make ``base``, where nothing but None may stand in for them."""
        if not isinstance(base, ast.Name):
            return [base] if isinstance(base, ast.Call) and self._resolver.is_mock(base) else []
        calls: list[ast.Call] = []
        for node in map(self._tree.parents.get, self._tree.bindings(base)):
            match node:
                case ast.Assign(value=ast.Constant(value=None)):
                    continue
                case ast.Assign(value=ast.Call() as call) | ast.NamedExpr(value=ast.Call() as call):
                    calls.append(call)
                case _:
                    return []
        return calls if all(map(self._resolver.is_mock, calls)) else []

    def _root(self, patch: Patch, values: Sequence[ast.expr], assigned: ast.expr | None) -> Root:
        variables = self._variables(patch)
        if (variable := self._variable(assigned)) is not None:
            variables.add(variable)
        return Root(
            patch.call,
            self._made_by(patch) | frozenset(values),
            frozenset(variables),
            patch.target,
            patch.mocker,
            in_dict=patch.form == "patch.multiple",
        )

    def _made_by(self, patch: Patch) -> frozenset[ast.expr]:
        if patch.installed is None:
            return frozenset()
        return frozenset({origin(patch.installed, self._resolver).base})

    def _variables(self, patch: Patch) -> set[Variable]:
        variable = self._variable(patch.installed)
        return set() if variable is None else {variable}

    def _variable(self, name: ast.expr | None) -> Variable | None:
        return self._tree.variable(name) if isinstance(name, ast.Name) else None

    def _patch(self, expr: ast.expr) -> Patch | None:
        found = origin(expr, self._resolver)
        return self._patches.get(found.base) if found.path == () else None

    def _is_exit_stack(self, expr: ast.expr) -> bool:
        made = origin(expr, self._resolver).base
        return isinstance(made, ast.Call) and (
            self._resolver.qualname(made.func) in names.EXIT_STACKS
        )

    def _before_yield(self, call: ast.Call) -> bool:
        yields = self._fixture.yields
        return not yields or any(
            (call.lineno, call.col_offset) < (node.end_lineno or 0, node.end_col_offset or 0)
            for node in yields
        )


def one_per_tree(candidates: Sequence[HeldMock], attachments: Attachments) -> list[HeldMock]:
    """Of mocks attached to each other the first; but every patch of a `with` around the yield."""
    found: list[HeldMock] = []
    seen: set[int] = set()
    trees = attachments.trees([held.root for held in candidates])
    for held, tree in zip(candidates, trees, strict=True):
        if held.how == "with" or tree not in seen:
            found.append(held)
        seen.add(tree)
    return found


def _uses(statement: ast.With | ast.AsyncWith, target: ast.expr, tree: SyntaxTree) -> bool:
    return any(
        isinstance(item.context_expr, ast.Name)
        and isinstance(target, ast.Name)
        and tree.variable(item.context_expr) == tree.variable(target)
        for item in statement.items
    )


def _assigned_name(call: ast.Call, tree: SyntaxTree) -> ast.expr | None:
    """The name that is bound to what ``call`` returns."""
    match tree.parents[call]:
        case ast.Assign(targets=[ast.Name() as name]):
            return name
        case ast.AnnAssign(target=ast.Name() as name) | ast.NamedExpr(target=name):
            return name
    return None
