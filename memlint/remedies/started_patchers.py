"""Patchers that a fixture starts, and stops in a `finally`, in place of `with` blocks around it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, HeldMock, Patch
from memlint.facts.origins import origin
from memlint.model import Fix
from memlint.remedies.patchers import Patchers, Start
from memlint.remedies.stacks import registered
from memlint.remedies.statements import assignment, block, call, indented, line
from memlint.remedies.top_level import import_of
from memlint.remedies.with_items import Item, of_items, taken_out, with_items


def started(held: Sequence[HeldMock], rewriter: Rewriter) -> Fix:
    """The fix that starts and stops what one `with` statement holds. Raises `FixError`."""
    facts = rewriter.facts
    if facts.stops_patches:
        raise FixError("patch.stopall() would stop the patcher, too")
    around = held[0].statement
    assert around is not None
    patches = [_entered(item.context_expr, facts) for item in around.items]
    patchers = Patchers(held[0].fixture.node, rewriter)
    collects = facts.settings.fix_gc_collect
    changes: dict[cst.CSTNode, Change] = {}
    if any(patches):
        if isinstance(around, ast.AsyncWith):
            raise FixError("a patch cannot be entered asynchronously")
        node = rewriter.enclosing(rewriter.node(around.items[0].context_expr), cst.With)
        changes[node] = _Unrolling(patches, around.col_offset, patchers, collects).change
    for each in held:
        if each.patch not in patches:
            statement, change = registered(each, patchers, rewriter, collects and not changes)
            changes.setdefault(statement, change)
    title = "Start the patcher and stop it in a finally"
    edits = import_of("gc", held[0].root.node, rewriter) if collects else []
    return rewriter.fix(title, "unsafe", changes, *edits)


@dataclass(frozen=True, slots=True)
class _Unrolling:
    """Takes a `with` statement apart; ``patches`` has None for each item that stays.

    ``collects`` tells whether garbage is collected after the last stop.
    """

    patches: Sequence[Patch | None]
    column: int
    patchers: Patchers
    collects: bool

    def change(self, node: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        """The statements that stand for the statement ``node``."""
        around = cst.ensure_type(node, cst.With)
        items = with_items(around)
        body = indented(around.body)
        if self.patches[-1] is not None and body.header.comment is not None:
            items[-1] = _with_header(items[-1], body.header.comment)
            body = body.with_changes(header=cst.TrailingWhitespace())
        first, *others = self._opened(items, around, body, self.column).body
        assert isinstance(first, cst.SimpleStatementLine | cst.With)
        above = [*around.leading_lines, *first.leading_lines]
        return cst.FlattenSentinel([first.with_changes(leading_lines=above), *others])

    def _opened(
        self, items: Sequence[Item], around: cst.With, body: cst.IndentedBlock, column: int
    ) -> cst.IndentedBlock:
        """``body`` inside ``items``, the last ones of the statement."""
        if not items:
            return body
        patch, *_ = patches = self.patches[-len(items) :]
        inner = column + self.patchers.indent
        if patch is None:
            stay = next((n for n, each in enumerate(patches) if each is not None), len(items))
            inside = self._opened(items[stay:], around, body, inner)
            statement = of_items(items[:stay], around).with_changes(body=inside)
            return block([statement], body)
        item = taken_out(items[0], around)
        start = self.patchers.start(item.item, patch, column)
        starting, bound = self._starting(start, item.asname, patch)
        inside = self._opened(items[1:], around, body, inner)
        starting[0] = _commented(starting[0], items[0])
        inside = inside.with_changes(body=[*bound, *inside.body])
        ending = [line(call(start.patcher, "stop"))]
        if self.collects and not any(self.patches[: -len(items)]):
            ending.append(line(call(cst.Name("gc"), "collect")))
        protected = cst.Try(inside, finalbody=cst.Finally(block(ending, body)))
        return block([*starting, protected], body)

    def _starting(
        self, start: Start, asname: cst.AsName | None, patch: Patch
    ) -> tuple[list[cst.SimpleStatementLine], list[cst.SimpleStatementLine]]:
        """What starts a patch, and what binds its mock as soon as that can be stopped."""
        if asname is None:
            return [*start.made, line(start.started)], []
        target = asname.name
        assert isinstance(target, cst.BaseAssignTargetExpression)
        if isinstance(target, cst.Name):
            bare = target.with_changes(lpar=(), rpar=())
            return [*start.made, assignment(bare, start.started)], []
        value = cst.Name(self.patchers.mock_name(patch))
        return [*start.made, assignment(value, start.started)], [assignment(target, value)]


def _entered(expr: ast.expr, facts: Facts) -> Patch | None:
    """The recording patch that ``expr`` enters. Raises `FixError` where it cannot be started."""
    found = origin(expr, facts.resolver)
    patch = None if found.path else facts.patches.get(found.base)
    if patch is None or not patch.recording:
        return None
    if patch.mocker is not None:
        raise FixError(f"{patch.mocker} gives the mock, which cannot be started")
    if not isinstance(expr, ast.Name | ast.Call):
        raise FixError("the patch is made in the middle of another expression")
    return patch


def _with_header(item: Item, comment: cst.Comment) -> Item:
    if item.behind is None:
        return replace(item, behind=comment)
    return replace(item, above=(*item.above, comment))


def _commented(statement: cst.SimpleStatementLine, item: Item) -> cst.SimpleStatementLine:
    """``statement`` with the comments of ``item``."""
    above = [cst.EmptyLine(comment=comment) for comment in item.above]
    if item.behind is None:
        return statement.with_changes(leading_lines=above)
    behind = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), item.behind)
    return statement.with_changes(leading_lines=above, trailing_whitespace=behind)
