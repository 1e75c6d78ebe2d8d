"""Patches that a test, or a fixture made for each test, leaves to a wider scope to undo."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.fixtures import Fixture, parameters
from memlint.facts.origins import origins
from memlint.facts.suites import Suites
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree


@dataclass(frozen=True, eq=False, slots=True)
class NarrowPatch:
    """What ``function`` patches, spies on or specs through ``mocker``, once for each test.

    ``scope`` is the mocker's, at whose end the patch is undone and the mock let go; ``fixture`` is
    what ``function`` makes, None where it is a test.
    """

    call: ast.Call
    mocker: str
    scope: str
    function: FunctionNode
    fixture: Fixture | None


class NarrowPatchFinder:
    """Finds what the tests and the function-scoped fixtures of one file give to wide mockers."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        fixtures: Mapping[FunctionNode, Fixture],
        wide_context: Callable[[ast.AST], object],
        is_conftest: bool,
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._fixtures = fixtures
        self._wide_context = wide_context
        self._is_conftest = is_conftest
        self._suites = Suites(tree, resolver, fixtures)

    def find(self, wide_scopes: Collection[str]) -> Iterator[NarrowPatch]:
        """Every call whose mock several tests leave behind, and that no test takes back."""
        wide = {mocker for mocker, scope in names.MOCKER_SCOPES.items() if scope in wide_scopes}
        wide -= {f.name for f in self._fixtures.values() if f.scope not in wide_scopes}
        if not any(parameter.arg in wide for parameter in self._tree.nodes(ast.arg)):
            return
        for call in self._tree.nodes(ast.Call):
            qualname = self._resolver.qualname(call.func)
            mocker = names.mocker_fixture(qualname)
            if mocker in wide and _is_kept(qualname):
                patch = self._patch(call, mocker)
                if patch is not None and self._lasts(patch) and not self._is_stopped(patch):
                    yield patch

    def _patch(self, call: ast.Call, mocker: str) -> NarrowPatch | None:
        for function in self._tree.ancestors(call):
            if isinstance(function, FunctionNode) and mocker in parameters(function):
                fixture = self._fixtures.get(function)
                is_narrow = fixture is not None and fixture.scope == "function"
                if is_narrow or self._suites.is_test(function):
                    return NarrowPatch(call, mocker, names.MOCKER_SCOPES[mocker], function, fixture)
                return None
        return None

    def _lasts(self, patch: NarrowPatch) -> bool:
        """Whether more tests run before the patch is undone."""
        cls = self._tree.enclosing_class(patch.function)
        if patch.fixture is None:
            # To a test outside of classes pytest gives a class-scoped fixture of its own.
            if patch.scope == "class":
                return cls is not None and self._suites.is_followed(patch.function, cls)
            return patch.scope != "module" or self._suites.is_followed(patch.function, None)
        if patch.scope == "class":
            if cls is not None:
                return self._suites.runs_several(cls)
            return self._suites.is_requested_by_class(patch.fixture.name)
        return patch.scope != "module" or self._is_conftest or self._suites.has_several

    def _is_stopped(self, patch: NarrowPatch) -> bool:
        cls = self._tree.enclosing_class(patch.function)
        keys = (names.STOP_ALL, patch.mocker, patch.call)
        classes = {stopping for key in keys for stopping in self._stops.get(key, ())}
        return any(self._suites.related(cls, stopping) for stopping in classes)

    @cached_property
    def _stops(self) -> dict[object, set[ast.ClassDef | None]]:
        """The classes in which a mocker, one of its mocks, or everything is stopped for a test."""
        found: dict[object, set[ast.ClassDef | None]] = defaultdict(set)
        for stopped, node in self._find_stops():
            parents = self._tree.ancestors(node)
            found[stopped].add(next((p for p in parents if isinstance(p, ast.ClassDef)), None))
        return found

    def _find_stops(self) -> Iterator[tuple[object, ast.Attribute]]:
        for node in self._tree.nodes(ast.Attribute):
            if node.attr not in ("stop", "stopall") or self._wide_context(node):
                continue
            qualname = self._resolver.qualname(node)
            mocker = names.mocker_fixture(qualname)
            if mocker is not None:
                yield from ((stopped, node) for stopped in self._stopped(node, mocker))
            elif qualname == names.STOP_ALL:
                yield qualname, node

    def _stopped(self, stop: ast.Attribute, mocker: str) -> list[object]:
        """The mocks that ``stop`` is given; the mocker, where it stops all or that is not known."""
        match self._tree.parents[stop]:
            case ast.Call(func=func, args=[mock]) if func is stop and stop.attr == "stop":
                values = [found.base for found in origins(mock, self._tree, self._resolver)]
                if all(isinstance(value, ast.Call) for value in values):
                    return [*values]
        return [mocker]


def _is_kept(qualname: str | None) -> bool:
    member = names.mock_member(qualname)
    return names.patch_form(qualname) is not None or member in names.MOCKER_KEEPS
