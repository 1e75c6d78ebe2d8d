"""Statements that fixes write."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def line(expr: cst.BaseExpression) -> cst.SimpleStatementLine:
    """The line of ``expr`` alone."""
    return cst.SimpleStatementLine([cst.Expr(expr)])


def assignment(
    target: cst.BaseAssignTargetExpression, value: cst.BaseExpression
) -> cst.SimpleStatementLine:
    """``target = value``."""
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(target)], value)])


def attribute(owner: cst.BaseExpression, name: str) -> cst.Attribute:
    """``owner.name``."""
    return cst.Attribute(owner, cst.Name(name))


def call(owner: cst.BaseExpression, method: str, *arguments: cst.BaseExpression) -> cst.Call:
    """``owner.method(*arguments)``."""
    return cst.Call(attribute(owner, method), [cst.Arg(argument) for argument in arguments])


def block(
    statements: Sequence[cst.BaseStatement], like: cst.IndentedBlock | None = None
) -> cst.IndentedBlock:
    """A block of ``statements``, indented ``like`` another one."""
    return cst.IndentedBlock(statements, indent=None if like is None else like.indent)


def indented(body: cst.BaseSuite) -> cst.IndentedBlock:
    """``body`` as a block, also where it is on the line of its statement."""
    if isinstance(body, cst.SimpleStatementSuite):
        return block(
            [cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)]
        )
    return cst.ensure_type(body, cst.IndentedBlock)


def preceded(
    added: Sequence[cst.SimpleStatementLine], statement: cst.CSTNode
) -> list[cst.SimpleStatementLine]:
    """``added`` and ``statement``, the comments and blank lines above it now above all."""
    line = cst.ensure_type(statement, cst.SimpleStatementLine)
    lines = [*added, line.with_changes(leading_lines=())]
    lines[0] = lines[0].with_changes(leading_lines=line.leading_lines)
    return lines
