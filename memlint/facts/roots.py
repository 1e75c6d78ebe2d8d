"""Roots: the mocks at the top of a tree of mocks, and what a fixture does with them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from memlint.facts.origins import ELEMENT, Origin, origin, origins
from memlint.facts.patches import started
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

    def trees(self, roots: Sequence[Root]) -> list[int]:
        """For each root a number, equal for roots that are attached to each other, or the same."""
        numbers = list(range(len(roots)))
        known: dict[object, int] = {}

        def tree(index: int) -> int:
            while numbers[index] != index:
                index = numbers[index] = numbers[numbers[index]]
            return index

        for index, root in enumerate(roots):
            for key in (root.node, *root.made_by, *root.variables):
                numbers[tree(index)] = tree(known.setdefault(key, index))
        for owners, values in self._attached():
            owning = {known[key] for key in map(self._key, owners) if key in known}
            owned = {known[key] for key in map(self._key, values) if key in known}
            if owning and owned:
                first, *others = sorted(map(tree, owning | owned))
                for other in others:
                    numbers[tree(other)] = tree(first)
        return [tree(index) for index in range(len(roots))]

    def attributes(self, root: Root) -> set[str]:
        """The attributes of other objects under which the function stores ``root``."""
        keys = (*root.made_by, *root.variables)
        return {name for key in keys for name in self._attributes.get(key, ())}

    def collections(self, root: Root) -> set[str]:
        """The parameters of the function to whose values it appends ``root``."""
        keys = {*root.made_by, *root.variables}
        steps = (ELEMENT,) if root.in_dict else ()
        return {
            name
            for name, value in self._appended
            if value.path == steps and (self._key(value) in keys or self._starts(value.base, root))
        }

    @cached_property
    def _appended(self) -> list[tuple[str, Origin]]:
        """What is appended to parameters: single values, or all elements of a collection."""
        found = []
        for call in self._tree.nodes_in(self._function, ast.Call):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name() as collection, attr="append" | "extend"),
                    args=[argument],
                ) if self._is_parameter(collection):
                    element = argument.elt if isinstance(argument, ast.ListComp) else argument
                    found.append((collection.id, origin(element, self._resolver)))
        return found

    def _starts(self, value: ast.expr, root: Root) -> bool:
        """Whether ``value`` starts several patches, that of ``root`` among them."""
        patcher = started(value)
        sources = origins(patcher, self._tree, self._resolver) if patcher is not None else ()
        return any(source == Origin(root.node, ()) for source in sources)

    def _is_parameter(self, name: ast.Name) -> bool:
        bindings = self._tree.bindings(name)
        return bool(bindings) and all(isinstance(node, ast.arg) for node in bindings)

    @cached_property
    def _attributes(self) -> dict[object, list[str]]:
        found: dict[object, list[str]] = defaultdict(list)
        for node in self._tree.nodes_in(self._function, ast.Assign):
            value = origin(node.value, self._resolver)
            if value.path == ():
                names = [
                    target.attr for target in node.targets if isinstance(target, ast.Attribute)
                ]
                found[self._key(value)] += names
        return found

    def _key(self, value: Origin) -> object:
        """What tells the root of ``value`` from others."""
        return self._tree.variable(value.base) if isinstance(value.base, ast.Name) else value.base

    def _attached(self) -> Iterator[tuple[list[Origin], list[Origin]]]:
        """Owners, and what is set on them or passed to them."""
        for node in self._tree.nodes_in(self._function, ast.Assign):
            targets = [t for t in node.targets if isinstance(t, ast.Attribute | ast.Subscript)]
            if targets:
                owners = [origin(target, self._resolver) for target in targets]
                yield owners, self._mentioned([node.value])
        for call in self._tree.nodes_in(self._function, ast.Call):
            method = origin(call.func, self._resolver)
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            owners = [Origin(call, ()), *([method] if method.path else [])]
            yield owners, self._mentioned(arguments)

    def _mentioned(self, exprs: Sequence[ast.expr]) -> list[Origin]:
        return [
            origin(node, self._resolver)
            for expr in exprs
            for node in ast.walk(expr)
            if isinstance(node, ast.Name | ast.Call)
        ]
