"""Putting back: whether a later write of the file undoes what an earlier one did."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from memlint.facts.writes import ANY, Slot, Write
from memlint.syntax import FunctionNode, SyntaxTree

Position = tuple[int, int]
Function = FunctionNode | ast.Lambda | None


class PutBack:
    """The last word of each function on each slot.

    What runs at import comes before what functions do, and of two functions either may come first.
    What is passed on is called by somebody else, after all of them. ``lasting`` are writes that put
    nothing back: they leave something behind themselves.
    """

    def __init__(
        self, writes: Iterable[Write], tree: SyntaxTree, lasting: Collection[Write] = ()
    ) -> None:
        self._tree = tree
        self._last: dict[tuple[Slot, Function], Position] = {}
        self._functions: dict[Slot, set[ast.AST | None]] = defaultdict(set)
        writes = list(writes)
        self._beginnings = _beginnings({write.slot for write in writes})
        for write in writes:
            function = tree.function(write.node)
            if _is_passed_on(write, tree):
                self._functions[write.slot].add(write.node)
                continue
            key = (write.slot, function)
            self._last[key] = max(self._last.get(key, (0, 0)), _position(write.node))
            if function is not None and write not in lasting:
                self._functions[write.slot].add(function)

    def undoes(self, write: Write, at_import: ast.expr | None = None) -> bool:
        """Whether something takes away again what ``write`` leaves.

        ``at_import`` is where its function is called at import.
        """
        function = self._tree.function(write.node)
        return any(
            self._functions.get(slot, set()) - {function}
            or self._comes_later(slot, function, write.node)
            or (at_import is not None and self._comes_later(slot, None, at_import))
            for slot in _covering(write.slot, self._beginnings)
        )

    @property
    def slots(self) -> frozenset[Slot]:
        """What functions change, as far as they put something back."""
        return frozenset(slot for slot, functions in self._functions.items() if functions)

    def _comes_later(self, slot: Slot, function: Function, node: ast.expr) -> bool:
        return self._last.get((slot, function), (0, 0)) > _position(node)


def covers(slots: Collection[Slot], slot: Slot) -> bool:
    """Whether a change of ``slots`` changes ``slot``."""
    return not set(slots).isdisjoint(_covering(slot, _beginnings(slots)))


def _beginnings(slots: Collection[Slot]) -> set[int]:
    """How long the beginnings are of modules of which only those are known."""
    unknown = (slot for slot in slots if slot.is_module and not slot.is_known)
    return {len(slot.name) - len(ANY) for slot in unknown}


def _covering(slot: Slot, beginnings: Collection[int]) -> Iterator[Slot]:
    """The slots whose change changes ``slot``: itself, its owners, and what is not known."""
    for length in beginnings:
        yield Slot(slot.name[:length] + ANY, is_module=True)
    if slot.is_module:
        yield slot
        return
    owner, _, attribute = slot.name.rpartition(".")
    for name in (ANY, f"{ANY}.{ANY}", f"{ANY}.{attribute}", f"{owner}.{ANY}"):
        yield Slot(name, is_module=False)
    for name in prefixes(slot.name):
        yield Slot(name, is_module=False)
        yield Slot(name, is_module=True)


def prefixes(dotted: str) -> Iterator[str]:
    """``dotted`` and the names of what it is an attribute of."""
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def _is_passed_on(write: Write, tree: SyntaxTree) -> bool:
    parent = tree.parents[write.node]
    is_called = isinstance(parent, ast.Call) and parent.func is write.node
    return isinstance(write.node.ctx, ast.Load) and not is_called


def _position(node: ast.expr) -> Position:
    return node.lineno, node.col_offset
