"""Flow: which of the values that are stored in a name or an attribute its reads may see."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from memlint.syntax import SyntaxTree

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)

# More values than this at one place are nobody's code: they end in "not known".
MAX_VALUES = 50

Position = tuple[int, int]
Branch = str | ast.match_case
"""The part of a statement: "always" is one that runs whenever the statement does."""
Branches = dict[ast.AST, Branch]
"""The nodes around a place, and the part of each in which it stands."""


class Flow:
    """The nodes that store into one name or attribute, and the reads of it.

    A read sees what its own function has stored before it. Where nothing is stored there for
    certain, it sees what the other functions leave.
    """

    def __init__(
        self, stores: Sequence[ast.AST], reads: Sequence[ast.expr], tree: SyntaxTree
    ) -> None:
        self.reads = reads
        self._tree = tree
        self._by_function: dict[ast.AST, list[ast.AST]] = defaultdict(list)
        for store in stores:
            self._by_function[self._function(store)].append(store)
        self._effects: dict[ast.AST, list[Position]] = {}
        for function, group in self._by_function.items():
            group.sort(key=self._effect)
            self._effects[function] = [self._effect(store) for store in group]
        self._left = self._left_by_all()
        self._readers: dict[ast.AST, list[ast.expr]] | None = None
        self._is_known = True

    def stores_at(self, read: ast.expr) -> Sequence[ast.AST] | None:
        """The stores that ``read`` may see; None where that is not known."""
        function = self._function(read)
        branches = self._branches(read, function)
        found, is_certain = self._reaching(function, branches, (read.lineno, read.col_offset))
        if found is None or is_certain:
            return found
        if self._left is None:
            return None
        return [*found, *(s for s in self._left if self._function(s) is not function)]

    def reads_of(self, store: ast.AST) -> Sequence[ast.expr] | None:
        """The reads that may see ``store``; None where that is not known."""
        if self._readers is None:
            self._readers = defaultdict(list)
            for read in self.reads:
                seen = self.stores_at(read)
                self._is_known = self._is_known and seen is not None
                for each in seen or ():
                    self._readers[each].append(read)
        return self._readers.get(store, []) if self._is_known else None

    def _left_by_all(self) -> list[ast.AST] | None:
        left: list[ast.AST] = []
        for function in self._by_function:
            found, _ = self._reaching(function, {function: "always"}, None)
            if found is None or len(left) + len(found) > MAX_VALUES:
                return None
            left += found
        return left

    def _reaching(
        self, function: ast.AST, branches: Branches, position: Position | None
    ) -> tuple[list[ast.AST] | None, bool]:
        """The stores of ``function`` that reach ``position``, its end where that is None.

        The second value tells whether one of them does for certain.
        """
        group = self._by_function.get(function, [])
        count = len(group)
        if position is not None and group:
            count = bisect_right(self._effects[function], position)
        found: list[ast.AST] = []
        certain: ast.AST | None = None
        for store in reversed(group[max(count - MAX_VALUES, 0) : count]):
            is_certain = self._is_certain(store, branches)
            if is_certain is not None and not (found and self._ends(found[-1], store)):
                found.append(store)
            if is_certain:
                certain = store
                break
        if certain is None and count > MAX_VALUES:
            return None, False
        loops = {each for each in branches if isinstance(each, _LOOPS)}
        if certain is not None:
            loops.difference_update(self._tree.ancestors(certain))
        if loops:  # their last round may have stored what comes behind
            later = group[count:]
            if len(later) > MAX_VALUES:
                return None, False
            found += [s for s in later if loops.intersection(self._tree.ancestors(s))]
        return found, certain is not None

    def _ends(self, later: ast.AST, store: ast.AST) -> bool:
        """Whether ``later`` is made whenever ``store`` has been made."""
        return self._is_certain(later, self._branches(store, self._function(store))) is True

    def _is_certain(self, store: ast.AST, branches: Branches) -> bool | None:
        """Whether what comes to ``branches`` has made ``store`` before; None where it cannot."""
        is_certain = True
        node = store
        for parent in self._tree.ancestors(store):
            branch = _branch(node, parent)
            if (other := branches.get(parent)) is not None:
                if other == branch:
                    return is_certain
                if _excludes(branch, other):
                    return None
                return is_certain and branch == "always"
            is_certain = is_certain and branch == "always"
            node = parent
        return False

    def _branches(self, node: ast.AST, function: ast.AST) -> Branches:
        found: Branches = {}
        for parent in self._tree.ancestors(node):
            found[parent] = _branch(node, parent)
            if parent is function:
                break
            node = parent
        return found

    def _function(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.arg):
            return self._tree.parents[self._tree.parents[node]]
        return self._tree.function(node) or self._tree.module.node

    def _effect(self, store: ast.AST) -> Position:
        """The place behind which ``store`` is made."""
        node = store
        while isinstance(parent := self._tree.parents[node], ast.Tuple | ast.List | ast.Starred):
            node = parent
        if isinstance(parent, ast.comprehension):
            parent = self._tree.parents[parent]
            return parent.lineno, parent.col_offset  # type: ignore[attr-defined]
        if isinstance(parent, _ASSIGNMENTS):
            node = parent
        elif isinstance(parent, ast.For | ast.AsyncFor):
            node = parent.iter
        elif isinstance(node, ast.stmt | ast.ExceptHandler):
            return node.lineno, node.col_offset
        return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def _branch(node: ast.AST, parent: ast.AST) -> Branch:
    match parent:
        case ast.If(body=body, orelse=orelse):
            return "then" if node in body else "else" if node in orelse else "always"
        case ast.For(orelse=orelse) | ast.AsyncFor(orelse=orelse) | ast.While(orelse=orelse):
            return "orelse" if node in orelse else "loop"
        case ast.Match():
            return node if isinstance(node, ast.match_case) else "always"
        case (
            ast.Try(handlers=handlers, orelse=orelse)
            | ast.TryStar(handlers=handlers, orelse=orelse)
        ):
            return "handler" if node in handlers else "orelse" if node in orelse else "always"
    return "always"


def _excludes(branch: Branch, other: Branch) -> bool:
    """Whether only one of two branches of a statement is taken."""
    return all(
        each in ("then", "else") or isinstance(each, ast.match_case) for each in (branch, other)
    )
