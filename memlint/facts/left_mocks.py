"""Mocks that tests leave behind: in `sys.modules`, or on what they import."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from memlint import names
from memlint.facts.contexts import WideContext
from memlint.facts.patches import Patch
from memlint.facts.put_back import PutBack, prefixes
from memlint.facts.test_files import is_test_module
from memlint.facts.writes import Slot, Write, mock_behind

if TYPE_CHECKING:
    from memlint.facts import Facts

_CONDITIONS = (
    *(ast.AsyncFor, ast.AsyncWith, ast.BoolOp, ast.ExceptHandler, ast.If, ast.IfExp),
    *(ast.Match, ast.While, ast.With),
)
# What only mocks have.
_OF_MOCKS = frozenset({"return_value", "side_effect"})


@dataclass(frozen=True, eq=False, slots=True)
class LeftMock:
    """A mock that nothing takes away again, once it has been put somewhere in ``context``.

    ``value`` is what is put there, ``mock`` what makes it, ``slots`` all that it is left in, and
    ``others`` more values put there, which are the same mock or belong to it.
    """

    value: ast.expr
    mock: ast.expr
    context: WideContext
    slots: tuple[Slot, ...]
    others: tuple[ast.expr, ...]


class LeftMocks:
    """Finds the mocks that one file leaves behind, whether something resets them or not."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tree = facts.tree
        self._resolver = facts.resolver
        self._wide_context = facts.wide_context
        self._writes = facts.writes
        self._path = facts.source.path

    def find(self) -> Iterator[LeftMock]:
        """One for each mock; where it is left both ways, its modules come first."""
        groups: dict[ast.expr, list[tuple[Write, ast.expr, WideContext]]] = defaultdict(list)
        for write, mock in self._mocks:
            context = self._context(write)
            if context is not None and self._is_left(write):
                groups[mock].append((write, mock, context))
        for group in groups.values():
            _, mock, context = group[0]
            values = dict.fromkeys(write.value for write, *_ in group if write.value is not None)
            value, *others = values
            slots = tuple(write.slot for write, *_ in group)
            yield LeftMock(value, mock, context, slots, tuple(others))

    @cached_property
    def _mocks(self) -> list[tuple[Write, ast.expr]]:
        """The writes that put a mock into a slot that is known, and what makes it."""
        return [
            (write, mock)
            for write in self._writes
            if write.slot.is_known and write.value is not None
            if (mock := mock_behind(write.value, self._tree, self._resolver)) is not None
        ]

    def _is_left(self, write: Write) -> bool:
        return (
            (write.slot.is_module or self._is_real(write.slot.name))
            and not self._is_patched(write)
            and not self._put_back.undoes(write, self._called_at_import(write))
        )

    @cached_property
    def _put_back(self) -> PutBack:
        lasting = {write for write, _ in self._mocks if self._wide_context(write.node) is not None}
        return PutBack(self._writes, self._tree, lasting)

    def _context(self, write: Write) -> WideContext | None:
        """The wide context in which ``write`` is sure to happen."""
        if not self._is_certain(write.node):
            return None
        call = self._called_at_import(write)
        return self._wide_context(write.node if call is None else call)

    def _called_at_import(self, write: Write) -> ast.Call | None:
        """The call by which the function with ``write`` in it is sure to run at import."""
        function = self._tree.function(write.node)
        call = self._calls_at_import.get(function)
        if call is None or self._first_return.get(function, inf) < write.node.lineno:
            return None
        return call

    @cached_property
    def _calls_at_import(self) -> dict[ast.AST | None, ast.Call]:
        """For each plain function the first call that is sure to happen at import."""
        found: dict[ast.AST | None, ast.Call] = {}
        for call in self._tree.nodes_in(None, ast.Call):
            match self._tree.bindings(call.func) if isinstance(call.func, ast.Name) else []:
                case [ast.FunctionDef(decorator_list=[]) as function]:
                    is_generator = self._tree.nodes_in(function, ast.Yield)
                    if function not in found and not is_generator and self._is_certain(call):
                        found[function] = call
        return found

    @cached_property
    def _first_return(self) -> dict[ast.AST | None, int]:
        """The first line, from 1, from which a function may return."""
        found: dict[ast.AST | None, int] = {}
        for node in self._tree.nodes(ast.Return):
            function = self._tree.function(node)
            found[function] = min(found.get(function, node.lineno), node.lineno)
        return found

    def _is_certain(self, node: ast.AST) -> bool:
        """Whether ``node`` is evaluated whenever its function, or the file, runs to the end."""
        child = node
        for parent in self._tree.ancestors(node):
            match parent:
                case ast.Try(orelse=other) | ast.TryStar(orelse=other) if child in other:
                    return False
                case ast.For(orelse=other) if child in other or parent in self._interrupted:
                    return False
                case _ if isinstance(parent, _CONDITIONS):
                    return False
            child = parent
        return True

    @cached_property
    def _interrupted(self) -> set[ast.AST]:
        """The loops in which something is left out, or that end early."""
        leaving = [*self._tree.nodes(ast.Break), *self._tree.nodes(ast.Continue)]
        return {parent for node in leaving for parent in self._tree.ancestors(node)}

    def _is_real(self, attribute: str) -> bool:
        """Whether what has the ``attribute`` is no mock itself, as far as the file tells."""
        owners = list(prefixes(attribute))[1:]
        return not (
            _OF_MOCKS.intersection(attribute.split("."))
            or is_test_module(owners[0], self._path)
            or self._mocked.intersection(owners)
        )

    @cached_property
    def _mocked(self) -> set[str]:
        """The modules and attributes that are mocks at some time."""
        return {write.slot.name for write, _ in self._mocks}

    def _is_patched(self, write: Write) -> bool:
        """Whether a patch in the same function, or of it, puts back what ``write`` replaces."""
        patched = self._patched.get(self._tree.function(write.node), set())
        wholes = [names.MODULES] if write.slot.is_module else prefixes(write.slot.name)
        return not patched.isdisjoint(wholes)

    @cached_property
    def _patched(self) -> dict[ast.AST | None, set[str | None]]:
        """What is patched in each function, None standing for import."""
        found: dict[ast.AST | None, set[str | None]] = defaultdict(set)
        for patch in self._facts.patches.values():
            decorated = self._tree.decorated(patch.call)
            found[decorated or self._tree.function(patch.call)].add(self._target(patch))
        return found

    def _target(self, patch: Patch) -> str | None:
        if patch.form != "patch.dict" or not patch.call.args:
            return patch.target
        target = patch.call.args[0]
        constant = self._resolver.constant(target)
        return constant if isinstance(constant, str) else self._resolver.qualname(target)
