"""Uses of a mock: which of them may make it record a call."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

_HARMLESS = frozenset(
    f"builtins.{name}"
    for name in ("bool", "callable", "hasattr", "id", "isinstance", "print", "repr", "str", "type")
)
_NEVER_CALLED = frozenset({"assert_not_called", "assert_not_awaited"})
_CONTAINERS = (
    *(ast.Await, ast.BoolOp, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.IfExp, ast.List),
    *(ast.ListComp, ast.Set, ast.SetComp, ast.Starred, ast.Tuple),
)
_HANDING_OUT = (ast.Lambda, ast.Return, ast.Yield, ast.YieldFrom)
# Statements of their own that a magic method of the mock takes part in.
_MAGIC = (ast.AsyncFor, ast.For, ast.Subscript, ast.comprehension, ast.withitem)
# A mock that goes through more names than this is nobody's code.
_MAX_STEPS = 50


class MockUses:
    """Tells what the uses of one mock do with it.

    ``plain`` are the attributes of it that are no mocks. ``handed_out`` tells whether a function
    that returns the mock counts, ``called_only`` whether nothing counts but calls in this file.
    """

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        plain: Collection[str],
        *,
        called_only: bool,
        handed_out: bool,
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._plain = plain
        self._called_only = called_only
        self._handed_out = handed_out and not called_only

    def may_record(self, use: ast.AST) -> bool:
        """Whether the mock may record a call because of ``use``, a place that reads it."""
        pending = [use]
        seen: set[ast.AST] = set()
        while pending and len(seen) < _MAX_STEPS:
            node = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            answer = self._of_parent(node, self._tree.parents[node])
            if answer is True:
                return True
            if answer is not False:
                pending += answer
        return False

    def _of_parent(self, node: ast.AST, parent: ast.AST) -> bool | list[ast.AST]:
        """Whether ``parent`` calls or keeps ``node``; or the places at which that is to be seen."""
        match parent:
            case ast.Attribute(attr=attr):
                return self._of_attribute(parent, attr)
            case ast.Call(func=func):
                return func is node or self._is_passed(parent)
            case ast.keyword(arg=name):
                call = self._tree.parents[parent]
                is_passed = isinstance(call, ast.Call) and self._is_passed(call)
                return is_passed and name not in names.SPECS
            case ast.Assign(targets=targets, value=value) if value is node:
                return self._assigned(targets, [])
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return self._assigned([target], [parent])
        return self._of_other(node, parent)

    def _of_other(self, node: ast.AST, parent: ast.AST) -> bool | list[ast.AST]:
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            return False
        if isinstance(parent, _HANDING_OUT):
            return self._handed_out
        if isinstance(parent, _MAGIC):
            return not self._called_only
        return [parent] if isinstance(parent, _CONTAINERS) else False

    def _of_attribute(self, parent: ast.Attribute, attr: str) -> bool | list[ast.AST]:
        if attr in names.RECORDS or attr.startswith("assert_"):
            return attr not in _NEVER_CALLED
        is_set_up = attr in names.MOCK_METHODS or attr == "side_effect" or attr in self._plain
        if is_set_up or not isinstance(parent.ctx, ast.Load):
            return False
        return [parent]

    def _is_passed(self, call: ast.Call) -> bool:
        """Whether ``call`` may hand its argument to code that calls it."""
        if self._called_only:
            return False
        qualname = self._resolver.qualname(call.func)
        if qualname in _HARMLESS or f"{qualname}.".startswith(f"{names.CALL}."):
            return False
        match call.func:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                return not name.startswith("assert")
        return True

    def _assigned(
        self, targets: Collection[ast.expr], values: Sequence[ast.AST]
    ) -> bool | list[ast.AST]:
        """Whether the mock is stored for others; or ``values`` and the reads of its variables."""
        found = list(values)
        for target in targets:
            variable = self._tree.variable(target) if isinstance(target, ast.Name) else None
            if variable is None:
                return not self._called_only
            found += self._tree.reads(variable)
        return found
