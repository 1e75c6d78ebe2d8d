"""Resets: the places that make a mock forget its calls, and which mocks they reach."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import ELEMENT, Origin, Part, origins, parts
from memlint.facts.roots import Attachments, Root
from memlint.facts.writes import module_name
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

_MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class Request:
    """The value of the fixture called ``name``, and the attributes and elements from there."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Reset:
    """A mention of ``reset_mock`` (or of a mocker's ``resetall``) that runs once a test or oftener.

    ``node`` is the mention, ``values`` are the mocks it may reset, ``requests`` those of them that
    come from fixtures, ``attributes`` the names of those that are attributes, ``target`` the dotted
    name of its receiver, ``cls`` the class in which it stands.
    """

    node: ast.Attribute
    values: tuple[Origin, ...] = ()
    requests: tuple[Request, ...] = ()
    attributes: frozenset[str] = frozenset()
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
                yield Reset(node, mocker=mocker)

    def _reset(self, node: ast.Attribute) -> Reset:
        values = tuple(self._values(node.value))
        return Reset(
            node,
            values=values,
            requests=tuple(request for value in values for request in self._requests(value)),
            attributes=frozenset(value.path[-1] for value in values if value.path),
            target=self._resolver.qualname(node.value) or module_name(node.value, self._resolver),
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
                if isinstance(found.base, ast.Name) and whole.path:
                    stored = self._stored_as(whole.path[0])
                    pending += [(value, whole.path[1:]) for value in stored]

    def _passed(self, base: ast.expr) -> Iterator[ast.expr]:
        """What the file's calls of a helper function pass for its parameter ``base``."""
        if not isinstance(base, ast.Name):
            return
        for parameter in self._tree.bindings(base):
            function = self._tree.parents.get(self._tree.parents[parameter])
            if not isinstance(parameter, ast.arg) or not isinstance(
                function, ast.FunctionDef | ast.AsyncFunctionDef
            ):
                continue
            if function in self._fixtures:
                continue
            positional = [*function.args.posonlyargs, *function.args.args]
            for called, call in self._calls_by_name.get(function.name, ()):
                if self._tree.bindings(called) == [function]:
                    yield from (
                        v for p, v in zip(positional, call.args, strict=False) if p is parameter
                    )
                    yield from (k.value for k in call.keywords if k.arg == parameter.arg)

    @cached_property
    def _calls_by_name(self) -> dict[str, list[tuple[ast.Name, ast.Call]]]:
        found: dict[str, list[tuple[ast.Name, ast.Call]]] = defaultdict(list)
        for call in self._tree.nodes(ast.Call):
            if isinstance(call.func, ast.Name):
                found[call.func.id].append((call.func, call))
        return found

    @cached_property
    def _fixtures_by_name(self) -> dict[str, list[Fixture]]:
        found: dict[str, list[Fixture]] = defaultdict(list)
        for fixture in self._fixtures.values():
            found[fixture.name].append(fixture)
        return found

    def _stored_as(self, attribute: str) -> list[ast.expr]:
        """What methods store in ``self.attribute``, whatever the object is called."""
        return self._stored.get(attribute, [])

    @cached_property
    def _stored(self) -> dict[str, list[ast.expr]]:
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for node in self._tree.nodes(ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                for inner, value in pairs:
                    if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
                        found[inner.attr].append(value)
        return found

    def _requests(self, value: Origin) -> Iterator[Request]:
        """The fixtures from which ``value`` may come, also through fixtures that pass it on."""
        pending = list(self._asked(value))
        for _ in range(_MAX_STEPS):
            if not pending:
                return
            request = pending.pop()
            yield request
            pending += self._passed_on(request)

    def _asked(self, value: Origin) -> Iterator[Request]:
        match value.base:
            case ast.Name(id=name) as base:
                if any(isinstance(node, ast.arg) for node in self._tree.bindings(base)):
                    yield Request(name, value.path)
            case ast.Call(func=ast.Attribute(attr="getfixturevalue"), args=[argument]):
                for found in origins(argument, self._tree, self._resolver):
                    requested = self._resolver.constant(found.base)
                    if isinstance(requested, str):
                        yield Request(requested, value.path)

    def _passed_on(self, request: Request) -> Iterator[Request]:
        for fixture in self._fixtures_by_name.get(request.name, ()):
            for value in fixture.values:
                for part in parts(value, self._tree, self._resolver):
                    outer = request.path[1:] if part.contained else request.path
                    for inner in self._asked(part.origin):
                        if inner.name != fixture.name:
                            yield Request(inner.name, inner.path + outer)


class Resets:
    """The resets of a file, by what they may reach."""

    def __init__(self, resets: Iterable[Reset], tree: SyntaxTree) -> None:
        self._tree = tree
        self._by_key: dict[object, list[Reset]] = defaultdict(list)
        for reset in resets:
            for key in _keys_of(reset, tree):
                self._by_key[key].append(reset)

    def about(self, fixture: Fixture, root: Root, attachments: Attachments) -> list[Reset]:
        """The resets that may reach ``root``, which ``fixture`` holds."""
        keys: set[object] = {
            ("request", fixture.name),
            ("target", root.target),
            ("mocker", root.mocker),
            *(("request", name) for name in attachments.collections(root)),
            *(("attribute", attribute) for attribute in attachments.attributes(root)),
            *root.made_by,
            *root.variables,
        }
        return [reset for key in keys for reset in self._by_key.get(key, ())]

    def reach(self, mock: ast.expr, targets: Collection[str], attribute: str | None = None) -> bool:
        """Whether a reset reaches ``mock`` itself, by its own name or where it is installed.

        ``targets`` are the dotted names that it is installed as, ``attribute`` how any object may
        have it.
        """
        keys = {*(("target", target) for target in targets), ("attribute", attribute)}
        if any(key in self._by_key for key in keys):
            return True
        own = _key(mock, self._tree)
        return any(
            value.path == () and _key(value.base, self._tree) == own
            for reset in self._by_key.get(own, ())
            for value in reset.values
        )


def _keys_of(reset: Reset, tree: SyntaxTree) -> set[object]:
    keys: set[object] = {("request", request.name) for request in reset.requests}
    keys |= {("attribute", attribute) for attribute in reset.attributes}
    if reset.target is not None:
        keys.add(("target", reset.target))
    if reset.mocker is not None:
        keys.add(("mocker", reset.mocker))
    for value in reset.values:
        keys.add(_key(value.base, tree))
    return keys


def _key(base: ast.expr, tree: SyntaxTree) -> object:
    """What tells ``base`` from the origins of other values."""
    return tree.variable(base) if isinstance(base, ast.Name) else base


class Reach:
    """Tells which resets reach what one fixture holds.

    ``parts`` is what the fixture hands out, ``roots`` all mocks that it holds.
    """

    def __init__(
        self,
        fixture: Fixture,
        parts: Sequence[Part],
        roots: Sequence[Root],
        attachments: Attachments,
        tree: SyntaxTree,
    ) -> None:
        self._fixture = fixture
        self._parts = parts
        self._roots = roots
        self._attachments = attachments
        self._tree = tree

    def reaches(self, reset: Reset, root: Root, by_name: bool) -> bool:
        """Whether ``reset`` makes ``root`` forget its calls.

        ``by_name`` tells whether the fixture's name means this fixture where the reset stands.
        """
        if reset.mocker is not None:
            return reset.mocker == root.mocker
        if root.target is not None and reset.target == root.target:
            return True
        if reset.attributes & self._attachments.attributes(root):
            return True
        for value in reset.values:
            if root.is_base_of(value, self._tree) and not root.is_dict(value):
                elements = [step for step in root.path_to(value) if step != ELEMENT]
                if not elements:
                    return True
        collections = self._attachments.collections(root)
        return by_name and any(
            (request.name == self._fixture.name and self._leads_to(root, request.path))
            or (request.name in collections and request.path == (ELEMENT,))
            for request in reset.requests
        )

    def _leads_to(self, root: Root, path: tuple[str, ...]) -> bool:
        """Whether ``path``, taken from the fixture's value, may lead to ``root``."""
        for part in self._parts:
            if not root.is_base_of(part.origin, self._tree):
                if self._may_lead_anywhere(part):
                    return True
            elif root.path_to(part.origin) == ():
                inside = root.is_dict(part.origin)
                if Part(part.origin, part.contained or inside, part.attributes).is_at(path):
                    return True
        return False

    def _may_lead_anywhere(self, part: Part) -> bool:
        """Whether ``part`` is neither a plain value nor a mock that the fixture itself holds."""
        if isinstance(part.origin.base, ast.Constant):
            return False
        return not any(root.is_base_of(part.origin, self._tree) for root in self._roots)
