"""Mocks that a wide fixture keeps alive from test to test."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import Origin, Part, origin, origins, parts
from memlint.facts.patches import Patch
from memlint.facts.resets import Reset, Root
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
    """Finds what one wide fixture holds."""

    def __init__(
        self,
        fixture: Fixture,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        wide_scopes: Sequence[str],
    ) -> None:
        self._fixture = fixture
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._wide_scopes = wide_scopes
        self._calls = [call for call in tree.nodes(ast.Call) if tree.function(call) is fixture.node]
        self._parts = [part for value in fixture.values for part in parts(value, tree, resolver)]
        self._candidates = [
            *self._in_with_statements(),
            *self._in_other_stacks(),
            *self._started(),
            *self._through_wide_mockers(),
            *self._in_decorators(),
            *self._made(),
        ]

    def held(self) -> list[HeldMock]:
        """The mocks the fixture holds; of mocks attached to each other only the first.

        Every patch in a `with` statement around the yield counts, attached or not.
        """
        found: list[HeldMock] = []
        for held in self._candidates:
            attached = any(self._is_same_tree(held.root, known.root) for known in found)
            if held.how == "with" or not attached:
                found.append(held)
        return found

    def hands_out_something(self) -> bool:
        """Whether a test gets anything from the fixture that may lead it to a mock."""
        return any(not isinstance(part.origin.base, ast.Constant) for part in self._parts)

    def is_reset_by(self, held: HeldMock, reset: Reset, by_name: bool) -> bool:
        """Whether ``reset`` reaches the root of ``held``.

        ``by_name`` tells whether the fixture's name means this fixture where the reset stands.
        """
        root = held.root
        if reset.mocker is not None:
            return reset.mocker == root.mocker
        if root.target is not None and reset.target == root.target:
            return True
        attributes = self._kept_as_attributes(root)
        for value in reset.values:
            if value.path == () and root.is_base_of(value, self._tree):
                return True
            if value.path and value.path[-1] in attributes:
                return True
        return by_name and any(
            request.name == self._fixture.name and self._reaches(root, request.path)
            for request in reset.requests
        )

    def _reaches(self, root: Root, path: tuple[str, ...]) -> bool:
        """Whether ``path``, taken from the fixture's value, may lead to ``root``."""
        for part in self._parts:
            if root.is_base_of(part.origin, self._tree):
                if part.origin.path == () and part.contained == bool(path):
                    return True
            elif self._may_lead_anywhere(part):
                return True
        return False

    def _may_lead_anywhere(self, part: Part) -> bool:
        """Whether ``part`` is neither a plain value nor a mock that the fixture itself holds."""
        if isinstance(part.origin.base, ast.Constant):
            return False
        return not any(held.root.is_base_of(part.origin, self._tree) for held in self._candidates)

    def _in_with_statements(self) -> Iterator[HeldMock]:
        for statement in self._statements_around_yields():
            for item in statement.items:
                patch = self._patch(item.context_expr)
                if patch is not None and patch.recording:
                    yield HeldMock(
                        self._fixture,
                        self._root(patch, [item.context_expr], item.optional_vars),
                        "with",
                        patch,
                        statement,
                    )
                if self._is_exit_stack(item.context_expr):
                    yield from self._entered(item.context_expr, "with", statement)
                    yield from self._entered(item.optional_vars, "with", statement)

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
        for node in self._tree.nodes(ast.Assign):
            if self._tree.function(node) is self._fixture.node and self._is_exit_stack(node.value):
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
            match call.func:
                case ast.Attribute(value=receiver, attr="start" | "__enter__"):
                    patches = list(self._recording_patches(receiver))
                    # What a loop starts has no name of its own.
                    values, assigned = (
                        ([call], _assigned_name(call, self._tree))
                        if len(patches) == 1
                        else ([], None)
                    )
                    for patch in patches:
                        if not self._is_stopped_at_once(patch):
                            root = self._root(patch, values, assigned)
                            yield HeldMock(self._fixture, root, "start", patch)

    def _recording_patches(self, expr: ast.expr) -> Iterator[Patch]:
        """The recording patches that ``expr`` may be."""
        for source in origins(expr, self._tree, self._resolver):
            patch = self._patches.get(source.base)
            if patch is not None and patch.recording and source.path == ():
                yield patch

    def _is_stopped_at_once(self, patch: Patch) -> bool:
        """Whether the patcher is stopped before a test can run."""
        for call in self._calls:
            match call.func:
                case ast.Attribute(value=receiver, attr="stop" | "__exit__"):
                    sources = origins(receiver, self._tree, self._resolver)
                    stopped = any(source.base is patch.call for source in sources)
                    if stopped and self._before_yield(call):
                        return True
        return False

    def _through_wide_mockers(self) -> Iterator[HeldMock]:
        for patch in self._patches.values():
            if patch.mocker is None or not patch.recording:
                continue
            if names.MOCKER_SCOPES[patch.mocker] not in self._wide_scopes:
                continue
            if self._tree.function(patch.call) is self._fixture.node and not self._is_entered(
                patch.call
            ):
                assigned = _assigned_name(patch.call, self._tree)
                yield HeldMock(
                    self._fixture, self._root(patch, [patch.call], assigned), "mocker", patch
                )

    def _is_entered(self, call: ast.Call) -> bool:
        return isinstance(self._tree.parents[call], ast.withitem)

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
            if any(root.is_base_of(part.origin, self._tree) for part in self._parts):
                yield HeldMock(self._fixture, root, "decorator", patch)

    def _made(self) -> Iterator[HeldMock]:
        for part in self._parts:
            base = part.origin.base
            if names.PLAIN_MOCK_ATTRIBUTES.intersection(part.origin.path):
                continue
            if not self._resolver.is_mock(base):
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
        if isinstance(base, ast.Call):
            return [base]
        if not isinstance(base, ast.Name):
            return []
        assignments = (self._tree.parents[node] for node in self._tree.bindings(base))
        return [
            node.value
            for node in assignments
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
            and isinstance(node.value, ast.Call)
        ]

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
        yields = [(node.lineno, node.col_offset) for node in self._fixture.yields]
        return not yields or (call.lineno, call.col_offset) < max(yields)

    def _kept_as_attributes(self, root: Root) -> set[str]:
        """The attributes of other objects under which the fixture stores the root."""
        found = set()
        for node in self._tree.nodes(ast.Assign):
            if self._tree.function(node) is not self._fixture.node:
                continue
            value = origin(node.value, self._resolver)
            if value.path == () and root.is_base_of(value, self._tree):
                found |= {t.attr for t in node.targets if isinstance(t, ast.Attribute)}
        return found

    def _is_same_tree(self, one: Root, other: Root) -> bool:
        """Whether one of two mocks is attached to the other, or is the other."""
        if one.node is other.node or one.made_by & other.made_by:
            return True
        if one.variables & other.variables:
            return True
        return any(
            (self._is_any(one, owners) and self._is_any(other, values))
            or (self._is_any(other, owners) and self._is_any(one, values))
            for owners, values in self._attachments()
        )

    def _is_any(self, root: Root, values: Sequence[Origin]) -> bool:
        return any(root.is_base_of(v, self._tree) or v.base is root.node for v in values)

    def _attachments(self) -> Iterator[tuple[list[Origin], list[Origin]]]:
        """What is set on, or passed to, what: owners and values."""
        for node in self._tree.nodes(ast.Assign):
            if self._tree.function(node) is self._fixture.node:
                owners = [
                    origin(target, self._resolver)
                    for target in node.targets
                    if isinstance(target, ast.Attribute | ast.Subscript)
                ]
                if owners:
                    yield owners, self._mentioned([node.value])
        for call in self._calls:
            owner = origin(call.func, self._resolver)
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            owners = [Origin(call, ()), *([owner] if owner.path else [])]
            yield owners, self._mentioned(arguments)

    def _mentioned(self, exprs: Sequence[ast.expr]) -> list[Origin]:
        return [
            origin(node, self._resolver)
            for expr in exprs
            for node in ast.walk(expr)
            if isinstance(node, ast.Name | ast.Call)
        ]


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
