"""Clearings: where test classes drop what they hold as attributes, or make it forget its calls."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from math import inf

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.resets import Reset
from memlint.facts.test_classes import Classes, Holder, Owner
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

Assignment = tuple[ast.Attribute, ast.expr]
_Clearing = tuple[ast.AST, Owner, str]
_Position = tuple[float, int]

_START: _Position = (0, 0)
_END: _Position = (inf, 0)
_EVERY = "*"
_DROPPING = frozenset({"builtins.delattr", "builtins.setattr", "builtins.vars"})


class Clearings:
    """What the classes of one file clear. ``resets`` are all of the file, wide ones as well."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        classes: Classes,
        fixtures: Mapping[FunctionNode, Fixture],
        resets: Collection[Reset],
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._classes = classes
        self._fixtures = fixtures
        self._everywhere: set[tuple[ast.ClassDef, Holder, str]] = set()
        self._in_method: dict[tuple[FunctionNode, Holder, str], _Position] = {}
        for dropped in self._dropped():
            self._add(dropped, is_reset=False)
        for forgotten in self._reset(resets):
            self._add(forgotten, is_reset=True)

    def clear(self, target: ast.Attribute) -> bool:
        """Whether what is assigned to ``target``, an attribute of an owner, is cleared later."""
        owner, method = self._classes.owner(target.value), self._classes.method(target)
        assert owner is not None
        assert method is not None
        cls, holder = owner
        attributes = (target.attr, _EVERY)
        return any(
            (each, holder, attribute) in self._everywhere
            for each in self._classes.family(cls)
            for attribute in attributes
        ) or any(
            self._in_method.get((method, holder, attribute), _START) > _position(target)
            for attribute in attributes
        )

    def _add(self, clearing: _Clearing, *, is_reset: bool) -> None:
        node, (cls, holder), attribute = clearing
        method = self._classes.method(node)
        if method is None:
            return
        deferred = self._is_deferred(node, method)
        if self._comes_after(node, method, holder, deferred):
            self._everywhere.add((cls, holder, attribute))
        if deferred or not is_reset:  # a mock records on after its reset
            key = (method, holder, attribute)
            position = _END if deferred else _position(node)
            self._in_method[key] = max(self._in_method.get(key, _START), position)

    def _dropped(self) -> Iterator[_Clearing]:
        """The places that drop attributes: the owner, and the attribute."""
        for node in self._tree.nodes(ast.Attribute):
            if isinstance(node.ctx, ast.Del):
                yield from self._of_owner(node, node.value, node.attr)
            elif node.attr == "__dict__":
                yield from self._of_owner(node, node.value, _EVERY)
        for target, value in assignments(self._tree):
            if isinstance(value, ast.Constant):
                yield from self._of_owner(target, target.value, target.attr)
        for name in self._tree.nodes(ast.Name):
            if self._resolver.qualname(name) in _DROPPING:
                yield from self._dropped_by(name)

    def _dropped_by(self, function: ast.Name) -> Iterator[_Clearing]:
        """What a call of ``function`` drops, or that of another which is given it."""
        call = self._tree.parents[function]
        if not isinstance(call, ast.Call):
            return
        match call.args if call.func is function else call.args[1:]:
            case [owner]:
                yield from self._of_owner(function, owner, _EVERY)
            case [owner, attribute, *_]:
                name = self._resolver.constant(attribute)
                yield from self._of_owner(function, owner, str(name) if name else _EVERY)

    def _reset(self, resets: Collection[Reset]) -> Iterator[_Clearing]:
        """The resets of mocks that are attributes. An instance has those of its class as well."""
        for reset in resets:
            for value in reset.values:
                owner = self._classes.owner(value.base) if len(value.path) == 1 else None
                if owner is not None:
                    # A function that all classes may call resets what a method passes to it.
                    passed = self._classes.method(reset.node) is None
                    place = value.base if passed else reset.node
                    yield place, owner, value.path[0]
                    yield place, (owner[0], "class"), value.path[0]

    def _of_owner(self, node: ast.AST, owner: ast.expr, attribute: str) -> Iterator[_Clearing]:
        found = self._classes.owner(owner)
        if found is not None:
            yield node, found, attribute

    def _is_deferred(self, node: ast.AST, method: FunctionNode) -> bool:
        """Whether ``node`` stands in what is registered to run later."""
        parent = self._tree.parents[node]
        is_passed = isinstance(parent, ast.Call) and node in parent.args
        return is_passed or self._tree.function(node) is not method

    def _comes_after(
        self, node: ast.AST, method: FunctionNode, holder: Holder, deferred: bool
    ) -> bool:
        """Whether ``node`` clears what any other method has set."""
        fixture = self._fixtures.get(method)
        if fixture is not None and (fixture.wide or holder == "instance"):
            return deferred or any(_position(node) > _position(each) for each in fixture.yields)
        if method.name in names.CLASS_SETUPS:
            return deferred
        if holder == "class":
            return True
        return not is_test(method) and (deferred or method.name not in names.TEST_SETUPS)


def assignments(tree: SyntaxTree) -> Iterator[Assignment]:
    """The attributes that plain assignments set, and to what."""
    for node in tree.nodes(ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value)
    for annotated in tree.nodes(ast.AnnAssign):
        if annotated.value is not None:
            yield from _assigned(annotated.target, annotated.value)


def is_test(method: FunctionNode) -> bool:
    """Whether ``method`` is a test by its name."""
    return method.name.startswith("test")


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[Assignment]:
    if isinstance(target, ast.Attribute):
        yield target, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for inner, part in zip(target.elts, value.elts, strict=False):
            if isinstance(inner, ast.Attribute):
                yield inner, part


def _position(node: ast.AST) -> _Position:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]
