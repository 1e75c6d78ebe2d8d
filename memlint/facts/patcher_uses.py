"""What a file does with the patchers that it makes."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from memlint.facts.origins import VIEWS
from memlint.facts.values import ADDING_ONE, READING, Values
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

STARTING = frozenset({"__enter__", "start"})

_EMPTYING = frozenset({"clear"})
# A patcher that comes to more places than this is nobody's: it ends in "not known".
_MAX_PLACES = 500

Place = tuple[ast.expr, bool]
"""An expression that is a patcher, or (true) a collection that holds it."""


class PatcherUses:
    """Follows patchers through one file, and tells those that it starts and does no more with."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver, values: Values) -> None:
        self._tree = tree
        self._resolver = resolver
        self._values = values
        self._answers: dict[ast.expr, bool] = {}

    def is_only_started(self, patcher: ast.expr) -> bool:
        """Whether nothing but a start happens to what ``patcher`` makes."""
        if patcher not in self._answers:
            self._answers[patcher] = self._follow(patcher)
        return self._answers[patcher]

    def _follow(self, patcher: ast.expr) -> bool:
        pending: list[Place] = [(patcher, False)]
        seen: set[ast.expr] = set()
        while pending:
            node, many = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            places = self._next_places(node, many)
            if places is None or len(seen) > _MAX_PLACES:
                return False
            pending += places
        return True

    def _next_places(self, node: ast.expr, many: bool) -> list[Place] | None:
        """Where the patcher gets from ``node``; None where it may be stopped or leaves the file."""
        parent = self._tree.parents[node]
        places: list[Place] | None = None
        match parent:
            case ast.Expr():
                places = []
            case ast.Attribute():
                places = self._method_used(parent, many)
            case ast.Assign(targets=targets):
                places = self._stored_in(targets, many)
            case ast.AnnAssign(target=target):
                places = self._stored_in([target], many)
            case ast.NamedExpr(target=target):
                stored = self._stored_in([target], many)
                places = None if stored is None else [*stored, (parent, many)]
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                if many and parent.iter is node:
                    places = self._stored_in([parent.target], many=False)
            case ast.Call():
                places = self._passed(node, parent, many)
            case ast.Subscript():
                places = [(parent, False)] if many and parent.value is node else None
            case _:
                places = self._collected(node, parent)
        return places

    def _collected(self, node: ast.expr, parent: ast.AST) -> list[Place] | None:
        match parent:
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                match self._tree.parents[parent]:
                    case ast.Assign(targets=[ast.Tuple(elts=targets)]) if len(targets) == len(elts):
                        return self._stored_in([targets[elts.index(node)]], many=False)
                return [(parent, True)]
            case ast.Set() | ast.Dict() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return [(parent, True)]
            case ast.DictComp():
                return [(parent, True)]
        return None

    def _method_used(self, attribute: ast.Attribute, many: bool) -> list[Place] | None:
        call = self._tree.parents[attribute]
        if not isinstance(call, ast.Call) or call.func is not attribute:
            return None
        if many and attribute.attr in VIEWS:
            return [(call, True)]
        known = ADDING_ONE | _EMPTYING if many else STARTING
        return [] if attribute.attr in known else None

    def _passed(self, node: ast.expr, call: ast.Call, many: bool) -> list[Place] | None:
        match call.func:
            case ast.Attribute(value=container, attr=attr) if attr in ADDING_ONE and not many:
                return self._held_by(container)
        if many and node in call.args and self._resolver.qualname(call.func) in READING:
            return [(call, True)]
        return None

    def _stored_in(self, targets: Iterable[ast.expr], many: bool) -> list[Place] | None:
        """The places that read one of ``targets``."""
        found: list[Place] = []
        for target in targets:
            places = self._stored(target, many)
            if places is None:
                return None
            found += places
        return found

    def _stored(self, target: ast.expr, many: bool) -> list[Place] | None:
        match target:
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return self._stored_in(elts, many)
            case ast.Subscript(value=container):
                return None if many else self._held_by(container)
        handle = self._values.handle(target)
        flow = None if handle is None else self._values.flow(handle)
        reads = None if flow is None else flow.reads_of(target)
        return None if reads is None else [(read, many) for read in reads]

    def _held_by(self, container: ast.expr) -> list[Place] | None:
        """The places that read a collection to which the patcher is added."""
        if self._values.elements(container) is None:
            return None  # it may be any object, or be known elsewhere
        handle = self._values.handle(container)
        flow = None if handle is None else self._values.flow(handle)
        return None if flow is None else [(read, True) for read in flow.reads]
