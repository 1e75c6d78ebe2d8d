"""Patchers that nothing stops because their mock stands where they are meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memlint import names
from memlint.facts.patcher_uses import PatcherUses
from memlint.facts.patches import Patch, started
from memlint.facts.values import Values
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

# What ends that which the other begins.
_BEGINNINGS = {"__exit__": "__enter__", "stop": "start"}
_REGISTERING = frozenset(
    {"addAsyncCleanup", "addClassCleanup", "addCleanup", "addModuleCleanup", "addfinalizer"}
)
_SPECS = ("autospec", "spec", "spec_set")
_AFTER_TARGET = {"patch": 2, "patch.object": 3}


@dataclass(frozen=True, eq=False, slots=True)
class StoppedMock:
    """``stop``, taken from the mock that the calls ``starts`` returned, not from their patchers.

    ``patch`` is one of those that are started.
    """

    stop: ast.Attribute
    starts: tuple[ast.Call, ...]
    patch: Patch


@dataclass(frozen=True, eq=False, slots=True)
class OverwrittenPatcher:
    """``start`` returns the mock that takes the place of its patcher, which nothing else holds.

    ``handle`` is the name or attribute that held it, ``stops`` are the places that mean to stop it.
    """

    start: ast.Call
    handle: ast.expr
    patch: Patch
    stops: tuple[ast.Attribute, ...]


class LostPatchers:
    """Finds the lost patchers of one file.

    ``stopped_mocks`` and ``overwritten`` have no patcher in common: where a patcher is overwritten
    and the mock is stopped, the former is the cause.
    """

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        is_test_code: Callable[[ast.AST], bool],
    ) -> None:
        self.values = Values(tree, resolver)
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._is_test_code = is_test_code
        self._uses = PatcherUses(tree, resolver, self.values)
        self._starts: dict[ast.Call, list[Patch]] = {}
        self._with_own_stop: set[ast.Call] = set()
        stops: dict[ast.Attribute, tuple[ast.Call, ...]] = {}
        if patches and not self._stops_elsewhere():
            self._starts = dict(self._find_starts())
            stops = self._find_stops()
        self.overwritten = list(self._find_overwritten(stops))
        self.stopped_mocks = list(self._find_stopped_mocks(stops))

    def _stops_elsewhere(self) -> bool:
        """Whether the file stops every patch at some place, or expects a mock to be stopped."""
        for node in self._tree.nodes(ast.Attribute):
            if node.attr in ("stop", "stopall"):
                qualname = self._resolver.qualname(node)
                if node.attr == "stop" and names.mock_member(qualname) == "call.stop":
                    return True
                if node.attr == "stopall" and names.mocker_fixture(qualname) is None:
                    return True
        return False

    def _find_starts(self) -> Iterator[tuple[ast.Call, list[Patch]]]:
        """The calls that start patchers, with what these may be."""
        for call in self._tree.nodes(ast.Call):
            patcher = started(call)
            made = self.values.values(patcher) if patcher is not None else None
            patches = [self._patches.get(each) for each in made or ()]
            known = [each for each in patches if each is not None and each.mocker is None]
            if known and len(known) == len(patches):
                yield call, known

    def _find_stops(self) -> dict[ast.Attribute, tuple[ast.Call, ...]]:
        """The places that mean to stop a patcher, and have its mock."""
        found: dict[ast.Attribute, tuple[ast.Call, ...]] = {}
        for node in self._tree.nodes(ast.Attribute) if self._starts else ():
            if node.attr in _BEGINNINGS or node.attr in _BEGINNINGS.values():
                made = self.values.values(node.value)
                starts = [each for each in made or () if isinstance(each, ast.Call)]
                if starts and len(starts) == len(made or ()) and all(map(self._starts.get, starts)):
                    if self._means_to_stop(node, starts):
                        found[node] = tuple(starts)
                    else:
                        self._with_own_stop.update(starts)
        return found

    def _means_to_stop(self, node: ast.Attribute, starts: Sequence[ast.Call]) -> bool:
        """Whether ``node`` is used as the `stop` of a patcher would be."""
        beginnings = {each.func.attr for each in starts if isinstance(each.func, ast.Attribute)}
        if beginnings != {_BEGINNINGS.get(node.attr)}:
            return False
        match self._tree.parents[node]:
            case ast.Call(func=func, args=args, keywords=keywords) as call if func is node:
                plain = node.attr == "__exit__" or not (args or keywords)
                return plain and self._is_unused(call)
            case ast.Call(args=[argument], keywords=[]) as call if argument is node:
                return self._registers(call.func)
        return False

    def _is_unused(self, call: ast.Call) -> bool:
        """Whether nothing looks at what ``call`` returns."""
        match self._tree.parents[call]:
            case ast.Expr() | ast.Lambda():
                return True
            case ast.ListComp() as listed:
                return isinstance(self._tree.parents[listed], ast.Expr | ast.Lambda)
        return False

    def _registers(self, func: ast.expr) -> bool:
        """Whether ``func`` takes what is to be called at the end."""
        match func:
            case ast.Attribute(attr="callback", value=stack):
                return self._is_exit_stack(stack)
            case ast.Attribute(attr=attr) if attr in _REGISTERING:
                return True
        qualname = self._resolver.qualname(func) or ""
        return qualname == names.AT_EXIT or qualname.rpartition(".")[2] in _REGISTERING

    def _is_exit_stack(self, expr: ast.expr) -> bool:
        bindings = self._tree.bindings(expr) if isinstance(expr, ast.Name) else []
        entered = [
            p.context_expr
            for p in map(self._tree.parents.get, bindings)
            if isinstance(p, ast.withitem)
        ]
        made = entered or self.values.values(expr) or []
        return any(
            isinstance(each, ast.Call) and self._resolver.qualname(each.func) in names.EXIT_STACKS
            for each in made
        )

    def _find_overwritten(
        self, stops: Mapping[ast.Attribute, tuple[ast.Call, ...]]
    ) -> Iterator[OverwrittenPatcher]:
        stops_of: dict[ast.Call, list[ast.Attribute]] = defaultdict(list)
        for stop, starts in stops.items():
            for start in starts:
                stops_of[start].append(stop)
        for start, patches in self._starts.items():
            handle = started(start)
            if handle is None or not self._is_overwritten(start, handle):
                continue
            if not all(self._uses.is_only_started(patch.call) for patch in patches):
                continue
            meant = [] if start in self._with_own_stop else stops_of[start]
            if meant or self._is_test_code(start):
                yield OverwrittenPatcher(start, handle, patches[0], tuple(meant))

    def _is_overwritten(self, start: ast.expr, handle: ast.expr) -> bool:
        """Whether what ``start`` returns is stored where its patcher was stored."""
        match self._tree.parents[start]:
            case ast.Assign(targets=targets):
                pass
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                targets = [target]
            case _:
                return False
        place = self.values.handle(handle)
        if place is None or place not in map(self.values.handle, targets):
            return False
        stores = self.values.stores_at(handle) or ()
        return all(self._is_plain(store, handle) for store in stores)

    def _is_plain(self, store: ast.AST, handle: ast.expr) -> bool:
        """Whether ``store`` puts a patcher there and nowhere else, in the way of ``handle``."""
        match self._tree.parents[store]:
            case ast.Assign(targets=[_], value=value) | ast.AnnAssign(value=ast.expr() as value):
                return value in self._patches and _owner(store) == _owner(handle)
        return False

    def _find_stopped_mocks(
        self, stops: Mapping[ast.Attribute, tuple[ast.Call, ...]]
    ) -> Iterator[StoppedMock]:
        overwriting = {each.start for each in self.overwritten}
        for stop, starts in stops.items():
            if overwriting.intersection(starts) or self._with_own_stop.intersection(starts):
                continue
            patches = [patch for start in starts for patch in self._starts[start]]
            if all(self._is_lost(patch) for patch in patches):
                yield StoppedMock(stop, starts, patches[0])

    def _is_lost(self, patch: Patch) -> bool:
        """Whether the mock of ``patch`` has a `stop` for nothing, and the patcher is not used."""
        call = patch.call
        if not patch.recording or len(call.args) > _AFTER_TARGET.get(patch.form, 0):
            return False
        given = {each.arg: each.value for each in call.keywords}
        specs = (given.get(name) for name in _SPECS)
        if None in given or "stop" in given or any(map(_is_true, specs)):
            return False
        if patch.installed is not None and not self._is_plain_mock(patch.installed):
            return False
        return self._uses.is_only_started(call)

    def _is_plain_mock(self, installed: ast.expr) -> bool:
        """Whether a mock is given that has no meaning of its own, and no `stop` that is asked for.

        It may have a name, by which the file sets it up.
        """
        made = self.values.values(installed)
        if not made or not all(map(self._makes_plain_mock, made)):
            return False
        handle = self.values.handle(installed)
        flow = None if handle is None else self.values.flow(handle)
        uses = map(self._tree.parents.get, flow.reads if flow is not None else ())
        stops = _BEGINNINGS.keys() | set(_BEGINNINGS.values())
        return not any(isinstance(use, ast.Attribute) and use.attr in stops for use in uses)

    def _makes_plain_mock(self, expr: ast.expr) -> bool:
        match expr:
            case ast.Call(func=func, args=[], keywords=keywords):
                plain = names.mock_member(self._resolver.qualname(func)) in names.PLAIN_FACTORIES
                given = {each.arg for each in keywords}
                return plain and not given & {"spec", "spec_set", "stop", "wraps", None}
        return False


def _owner(node: ast.AST) -> str | None:
    """The name before the dot, where there is one."""
    match node:
        case ast.Attribute(value=ast.Name(id=name)):
            return name
    return None


def _is_true(value: ast.expr | None) -> bool:
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)
