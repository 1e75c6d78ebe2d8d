"""The items of a `with` statement: taken out of it, and put into another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import libcst as cst

from memlint.cst import Node

_Space = cst.BaseParenthesizableWhitespace | None


@dataclass(frozen=True, slots=True)
class Item:
    """An item, with the comments on the lines above it and the one behind it."""

    node: cst.WithItem
    above: tuple[cst.Comment, ...] = ()
    behind: cst.Comment | None = None


def with_items(statement: cst.With) -> list[Item]:
    """The items of ``statement``."""
    before = statement.lpar.whitespace_after if isinstance(statement.lpar, cst.LeftParen) else None
    above = sum(_comments(before), ())
    found: list[Item] = []
    for node in statement.items:
        behind, following = _comments(*_spaces_after(node, statement))
        found.append(Item(node, above, behind[0] if behind else None))
        above = (*behind[1:], *following)
    found[-1] = replace(found[-1], above=(*found[-1].above, *above))
    return found


def of_items(items: Sequence[Item], statement: cst.With) -> cst.With:
    """``statement`` with only ``items``, some of its own, and with nothing above it."""
    commented = any(item.above or item.behind for item in items)
    column = _column(statement)
    if commented or (column and len(items) > 1):
        return _broken(items, statement, column or "    ")
    nodes = [
        shifted(item.node, column, "").with_changes(
            comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        )
        for item in items
    ]
    nodes[-1] = nodes[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(
        leading_lines=(),
        items=nodes,
        whitespace_after_with=cst.SimpleWhitespace(" "),
        lpar=cst.MaybeSentinel.DEFAULT,
        rpar=cst.MaybeSentinel.DEFAULT,
    )


def taken_out(item: Item, statement: cst.With) -> cst.WithItem:
    """The item of ``statement`` as if it stood at the beginning of a line in its place."""
    return shifted(item.node, _column(statement), "")


def shifted(node: Node, old: str, new: str) -> Node:
    """``node`` with the blanks ``new`` for ``old``, with which the lines inside it begin."""
    moved = node.visit(_Shift(old, new))
    assert isinstance(moved, type(node))
    return moved


def _broken(items: Sequence[Item], statement: cst.With, column: str) -> cst.With:
    breaks = [
        _line_break(item.behind, following.above if following else (), column if following else "")
        for item, following in zip(items, [*items[1:], None], strict=True)
    ]
    return statement.with_changes(
        leading_lines=(),
        items=[
            item.node.with_changes(comma=cst.Comma(whitespace_after=space))
            for item, space in zip(items, breaks, strict=True)
        ],
        whitespace_after_with=cst.SimpleWhitespace(" "),
        lpar=cst.LeftParen(whitespace_after=_line_break(None, items[0].above, column)),
        rpar=cst.RightParen(),
    )


def _line_break(
    behind: cst.Comment | None, above: Sequence[cst.Comment], column: str
) -> cst.ParenthesizedWhitespace:
    space = cst.SimpleWhitespace("  " if behind else "")
    return cst.ParenthesizedWhitespace(
        first_line=cst.TrailingWhitespace(whitespace=space, comment=behind),
        empty_lines=[
            cst.EmptyLine(whitespace=cst.SimpleWhitespace(column), comment=comment)
            for comment in above
        ],
        indent=True,
        last_line=cst.SimpleWhitespace(column),
    )


def _column(statement: cst.With) -> str:
    """What the lines of the items begin with, where each item begins a line."""
    if isinstance(statement.lpar, cst.LeftParen):
        space = statement.lpar.whitespace_after
        if isinstance(space, cst.ParenthesizedWhitespace):
            return space.last_line.value
    return ""


def _spaces_after(node: cst.WithItem, statement: cst.With) -> list[_Space]:
    spaces: list[_Space] = []
    if isinstance(node.comma, cst.Comma):
        spaces += [node.comma.whitespace_before, node.comma.whitespace_after]
    if node is statement.items[-1] and isinstance(statement.rpar, cst.RightParen):
        spaces.append(statement.rpar.whitespace_before)
    return spaces


def _comments(*spaces: _Space) -> tuple[tuple[cst.Comment, ...], tuple[cst.Comment, ...]]:
    """The comments that end a line of code, and those that have a line to themselves."""
    broken = [space for space in spaces if isinstance(space, cst.ParenthesizedWhitespace)]
    behind = [space.first_line.comment for space in broken]
    above = [line.comment for space in broken for line in space.empty_lines]
    return tuple(filter(None, behind)), tuple(filter(None, above))


class _Shift(cst.CSTTransformer):
    """Replaces what the lines inside an expression begin with."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self._old = old
        self._new = new

    def on_leave(self, _: cst.CSTNode, updated_node: Node) -> Any:
        """Replace the blanks of the lines in one white space."""
        if not isinstance(updated_node, cst.ParenthesizedWhitespace):
            return updated_node
        lines = [
            line.with_changes(whitespace=self._shifted(line.whitespace))
            for line in updated_node.empty_lines
        ]
        last_line = self._shifted(updated_node.last_line)
        return updated_node.with_changes(empty_lines=lines, last_line=last_line)

    def _shifted(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        if not self._old or not space.value.startswith(self._old):
            return space
        return cst.SimpleWhitespace(self._new + space.value[len(self._old) :])
