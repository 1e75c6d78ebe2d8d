"""Patchers: what starts a patch, and what it is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from memlint.cst import Rewriter
from memlint.facts import HeldMock, Patch
from memlint.remedies.layout import broken, line_limit
from memlint.remedies.patcher_names import target_words
from memlint.remedies.statements import assignment, call
from memlint.remedies.with_items import shifted
from memlint.syntax import FunctionNode


@dataclass(frozen=True, slots=True)
class Start:
    """A patcher, and the expression that makes it, where it has no name before."""

    patcher: cst.Name
    made_by: cst.BaseExpression | None = None

    @property
    def made(self) -> Iterator[cst.SimpleStatementLine]:
        """The statement that makes the patcher, if one is needed."""
        if self.made_by is not None:
            yield assignment(self.patcher, self.made_by)

    @property
    def started(self) -> cst.Call:
        """The call that starts the patch and gives its mock."""
        return call(self.patcher, "start")


class Patchers:
    """The patchers of one function: no name is taken twice, or is in the file already."""

    def __init__(self, function: FunctionNode, rewriter: Rewriter) -> None:
        self._function = function
        self._rewriter = rewriter
        self._taken: set[str] = set()
        self._limit = line_limit(rewriter)
        self.indent = len(rewriter.indent)

    def start(
        self, expr: cst.BaseExpression, patch: Patch, column: int, before: int = len("with ")
    ) -> Start:
        """How to start ``patch``, the value of ``expr``, by a line that begins at ``column``.

        ``before`` is how much of the line is before ``expr`` by now.
        """
        if isinstance(expr, cst.Name):
            return Start(expr.with_changes(lpar=(), rpar=()))
        expr = _bare(expr)
        first, *more = self._rewriter.code(expr).split("\n")
        room = self._limit - column - len(f" = {first}")
        named = [*self._worded(patch, "{}_patcher"), "patcher"]
        fitting = [name for name in named if len(name) <= room]
        name = self._fresh(*(fitting or named))
        if isinstance(expr, cst.Call) and more:
            # Lines that stand below the first argument go with it.
            opening = len(self._rewriter.code(expr.func)) + 1
            old, new = before + opening, len(f"{name} = ") + opening
            expr = shifted(expr, " " * old, " " * new)
        elif isinstance(expr, cst.Call) and not fitting and expr.args:
            expr = broken(expr, self._rewriter.indent, self._limit - column)
        return Start(cst.Name(name), expr)

    def mock_name(self, patch: Patch) -> str:
        """A name for the mock that ``patch`` installs."""
        return self._fresh(*self._worded(patch, "mock_{}"), "patch_mock")

    def root_name(self, held: HeldMock) -> str:
        """A name for the root that the fixture holds."""
        return self._fresh("mock_root") if held.patch is None else self.mock_name(held.patch)

    def _worded(self, patch: Patch, pattern: str) -> list[str]:
        """``pattern`` with what is patched: ``market_client`` for ``app.MarketClient``."""
        words = target_words(patch, self._rewriter)
        return [pattern.format(words)] if words else []

    def _fresh(self, *wanted: str) -> str:
        name = self._rewriter.fresh_name(*wanted, besides=self._taken, inside=self._function)
        self._taken.add(name)
        return name


def _bare(expr: cst.BaseExpression) -> cst.BaseExpression:
    """``expr`` without the parentheses around it, as if it began the line."""
    if not expr.lpar:
        return expr
    space = expr.lpar[0].whitespace_after
    column = space.last_line.value if isinstance(space, cst.ParenthesizedWhitespace) else ""
    return shifted(expr.with_changes(lpar=(), rpar=()), column, "")
