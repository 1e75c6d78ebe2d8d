"""Mock classes that are configured in the place of a mock: the ``()`` is missing."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.classes import ancestors
from memlint.facts.patches import Patch, started
from memlint.resolve import Resolver, dotted_name
from memlint.syntax import SyntaxTree, Variable

# What takes a class or a function, to make or to describe a mock by it.
_TAKING_CLASSES = frozenset({"autospec", "new_callable", "side_effect", "spec", "spec_set"})

Owner = Variable | ast.ClassDef
Key = tuple[Owner, tuple[str, ...]]
"""A variable and attributes of it; those of `self` are attributes of its class."""


@dataclass(frozen=True, eq=False, slots=True)
class ConfiguredClass:
    """A mock class, ``value``, that is taken for a mock and configured.

    ``settings`` are the attributes that are set on it; ``used_as_class`` tells whether the file
    calls it, derives from it, or asks for it by the same name.
    """

    value: ast.expr
    settings: tuple[ast.Attribute, ...]
    used_as_class: bool


@dataclass(frozen=True, slots=True)
class _Binding:
    """At ``node`` a place gets a new value: a mock class, or (None) anything else.

    ``is_above`` tells whether what the place is an attribute of is bound, and not the place itself.
    """

    node: ast.AST
    value: ast.expr | None
    is_above: bool

    @property
    def position(self) -> tuple[int, int]:
        return _position(self.node)


@dataclass(frozen=True, slots=True)
class _History:
    """The bindings of a place, in order, and the mock class that other functions find there."""

    by_function: Mapping[ast.AST | None, Sequence[_Binding]]
    everywhere: ast.expr | None


class ConfiguredClassFinder:
    """Finds the mock classes that one file configures."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, patches: Mapping[ast.expr, Patch]
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._histories: dict[Key, _History | None] = {}

    def find(self) -> Iterator[ConfiguredClass]:
        """Every mock class on which the file sets an attribute, and leaves it there."""
        if not self._classes:
            return
        settings: dict[ast.expr, list[ast.Attribute]] = defaultdict(list)
        keys: dict[ast.expr, set[Key]] = defaultdict(set)
        for key, stores in self._attributes(ast.Store).items():
            for setting in stores:
                value = self._class_at(key, setting)
                if value is not None and (key, setting.attr) not in self._deleted:
                    settings[value].append(setting)
                    keys[value].add(key)
        for value in sorted(settings, key=_position):
            ordered = tuple(sorted(settings[value], key=_position))
            yield ConfiguredClass(value, ordered, not keys[value].isdisjoint(self._used_as_class))

    def _class_at(self, key: Key, setting: ast.Attribute) -> ast.expr | None:
        """The mock class that is sure to be in the place ``key`` where ``setting`` sets."""
        history = self._history(key)
        if history is None:
            return None
        own = history.by_function.get(self._tree.function(setting))
        if own is None:
            return history.everywhere
        before = bisect_left(own, _position(setting), key=lambda binding: binding.position)
        last = own[before - 1] if before else None
        return last.value if last and self._is_in_block_of(last.node, setting) else None

    def _class_everywhere(self, bindings: Sequence[_Binding]) -> ast.expr | None:
        """The first mock class, where nothing else takes its place once it is there."""
        first = next(binding for binding in bindings if binding.value)
        function = self._function(first.node)
        for other in bindings:
            is_made_before = (
                other.is_above
                and self._function(other.node) is function
                and other.position < first.position
            )
            if other.value is None and not is_made_before:
                return None
        return first.value

    def _function(self, node: ast.AST) -> ast.AST | None:
        """The function that runs when ``node`` binds something."""
        if isinstance(node, ast.arg):
            return self._tree.parents[self._tree.parents[node]]
        return self._tree.function(node)

    def _is_in_block_of(self, node: ast.AST, later: ast.AST) -> bool:
        """Whether ``later`` runs only if the statement of ``node`` has run before it."""
        block = _block(self._statement(node), self._tree)
        return any(each in block for each in self._tree.ancestors(later))

    def _statement(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.stmt):
            node = self._tree.parents[node]
        return node

    def _history(self, key: Key) -> _History | None:
        """What binds ``key``, in this class or in one above; None where no mock class does."""
        if key not in self._histories:
            owner, path = key
            owners = [owner]
            if isinstance(owner, ast.ClassDef):
                owners += ancestors(owner, self._tree)
            classes = {n: v for each in owners for n, v in self._classes.get((each, path), ())}
            self._histories[key] = self._bound(owners, path, classes) if classes else None
        return self._histories[key]

    def _bound(
        self, owners: Sequence[Owner], path: tuple[str, ...], classes: Mapping[ast.AST, ast.expr]
    ) -> _History:
        found = [_Binding(node, value, is_above=False) for node, value in classes.items()]
        for owner in owners:
            for length in range(len(path) + 1):
                stores = self._stores.get((owner, path[:length]), ())
                others = (node for node in stores if node not in classes)
                found += [_Binding(node, None, is_above=length < len(path)) for node in others]
        found.sort(key=lambda binding: binding.position)
        by_function: dict[ast.AST | None, list[_Binding]] = defaultdict(list)
        for binding in found:
            by_function[self._function(binding.node)].append(binding)
        return _History(by_function, self._class_everywhere(found))

    @cached_property
    def _classes(self) -> dict[Key, list[tuple[ast.AST, ast.expr]]]:
        """The mock classes by the places that are bound to them, and where that happens."""
        found: dict[Key, list[tuple[ast.AST, ast.expr]]] = defaultdict(list)
        for target, attributes, node, value in self._class_bindings():
            key = self._key(target)
            if key is not None:
                found[key[0], key[1] + attributes].append((node, value))
        return found

    def _class_bindings(
        self,
    ) -> Iterator[tuple[ast.expr, tuple[str, ...], ast.AST, ast.expr]]:
        """Targets and attributes of them, the node that binds them, and the class."""
        for value in self._mock_classes():
            parent = self._tree.parents[value]
            if _value(parent) is value:  # m.attr = MagicMock
                for target in _targets(parent):
                    # Under its own name a class is configured on purpose.
                    if not isinstance(target, ast.Name) or target.id not in names.MOCK_CLASSES:
                        yield target, (), target, value
            elif isinstance(parent, ast.keyword) and parent.arg is not None:
                call = self._tree.parents[parent]
                if isinstance(call, ast.Call):  # m = Mock(attr=MagicMock)
                    for target in self._configured(call, parent.arg):
                        yield target, (parent.arg,), call, value
        for patch in self._patches.values():
            installed = patch.installed
            if installed is not None and self._is_mock_class(installed):
                for target in self._bound_to(patch):  # with patch(name, MagicMock) as m
                    yield target, (), target, installed

    def _configured(self, call: ast.Call, attribute: str) -> Sequence[ast.expr]:
        """The mocks whose ``attribute`` is set by a keyword argument of ``call``."""
        if isinstance(call.func, ast.Attribute) and call.func.attr == "configure_mock":
            return [call.func.value]
        is_setting = attribute in names.MOCK_SETTINGS or attribute == "side_effect"
        parent = self._tree.parents[call]
        if is_setting or _value(parent) is not call or not self._resolver.is_factory(call.func):
            return ()
        return _targets(parent)

    def _bound_to(self, patch: Patch) -> Sequence[ast.expr]:
        """What is bound to the object that ``patch`` installs."""
        parent = self._tree.parents[patch.call]
        if isinstance(parent, ast.withitem):
            return [] if parent.optional_vars is None else [parent.optional_vars]
        call: ast.AST = patch.call
        if isinstance(parent, ast.Attribute):
            call = self._tree.parents[parent]
            if not isinstance(call, ast.Call) or started(call) is not patch.call:
                return ()
        elif patch.mocker is None:
            return ()
        statement = self._tree.parents[call]
        return _targets(statement) if _value(statement) is call else ()

    def _mock_classes(self) -> Iterator[ast.expr]:
        nodes: list[ast.Name | ast.Attribute] = [*self._tree.nodes(ast.Name)]
        for node in (*nodes, *self._tree.nodes(ast.Attribute)):
            parent = self._tree.parents[node]
            is_given = _value(parent) is node or isinstance(parent, ast.keyword)
            if is_given and self._is_mock_class(node):
                yield node

    def _is_mock_class(self, value: ast.expr) -> bool:
        if not isinstance(value, ast.Name | ast.Attribute):
            return False
        return names.mock_member(self._resolver.qualname(value)) in names.MOCK_CLASSES

    def _key(self, expr: ast.expr) -> Key | None:
        """The place that ``expr`` names."""
        dotted = dotted_name(expr)
        variable = self._tree.variable(dotted[0]) if dotted is not None else None
        if dotted is None or variable is None:
            return None
        name, path = dotted
        if isinstance(variable[0].node, ast.ClassDef):
            return variable[0].node, (name.id, *path)
        cls = self._class_of(name) if path else None
        return variable if cls is None else cls, tuple(path)

    def _class_of(self, name: ast.Name) -> ast.ClassDef | None:
        """The class of which ``name``, the first parameter of a method, is an object."""
        match self._tree.bindings(name):
            case [ast.arg() as parameter]:
                function = self._tree.parents[self._tree.parents[parameter]]
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = [*function.args.posonlyargs, *function.args.args][:1]
                    return self._tree.enclosing_class(function) if first == [parameter] else None
        return None

    @cached_property
    def _stores(self) -> dict[Key, list[ast.AST]]:
        """What gives a new value to each place that is written to."""
        found: dict[Key, list[ast.AST]] = defaultdict(list)
        for node in self._tree.nodes(ast.Attribute):
            if isinstance(node.ctx, ast.Store) and (key := self._key(node)) is not None:
                found[key].append(node)
        for owner, path in self._classes:
            if isinstance(owner, ast.ClassDef):
                scope = self._tree.scope(owner.body[0])
                found[owner, path[:1]] += scope.bindings.get(path[0], [])
            else:
                found[owner, ()] = list(owner[0].bindings[owner[1]])
        return found

    @cached_property
    def _used_as_class(self) -> set[Key]:
        """The places whose value is used as only a class can be, or is called."""
        nodes: list[ast.Name | ast.Attribute] = [*self._tree.nodes(ast.Name)]
        used = filter(self._needs_class, (*nodes, *self._tree.nodes(ast.Attribute)))
        return {key for node in used if (key := self._key(node)) is not None}

    def _needs_class(self, node: ast.expr) -> bool:
        match self._tree.parents[node]:
            case ast.Call(func=func) if func is node:
                return True
            case ast.Call(func=func, args=[_, asked]) if asked is node:
                return self._resolver.qualname(func) in names.CLASS_QUESTIONS
            case ast.keyword(arg=str(name)):
                return name in _TAKING_CLASSES
            case ast.ClassDef():
                return True
        return False

    @cached_property
    def _deleted(self) -> set[tuple[Key, str]]:
        """The attributes that the file takes away again."""
        deleted = self._attributes(ast.Del).items()
        return {(key, node.attr) for key, nodes in deleted for node in nodes}

    def _attributes(self, context: type[ast.expr_context]) -> dict[Key, list[ast.Attribute]]:
        """The attributes that are set on, or taken from, each place."""
        found: dict[Key, list[ast.Attribute]] = defaultdict(list)
        for node in self._tree.nodes(ast.Attribute):
            if isinstance(node.ctx, context) and (key := self._key(node.value)) is not None:
                found[key].append(node)
        return found


def _block(statement: ast.AST, tree: SyntaxTree) -> list[ast.AST]:
    """The statements among which ``statement`` stands."""
    parent = tree.parents[statement]
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, ())
        if isinstance(block, list) and statement in block:
            return block
    return [statement]


def _value(statement: ast.AST) -> ast.expr | None:
    return statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None


def _targets(statement: ast.AST) -> list[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    return statement.targets if isinstance(statement, ast.Assign) else []


def _position(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]
