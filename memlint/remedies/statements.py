"""Statements that fixes write."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from memlint.cst import Rewriter

_USUAL_LIMITS = (88, 100, 120)


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


def broken(expr: cst.Call, indent: str, width: int) -> cst.Call:
    """``expr``, which is on one line, with its arguments below: on one line within ``width``."""
    inside = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))
    outside = cst.ParenthesizedWhitespace(indent=True)
    *others, last = (arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in expr.args)
    code = map(cst.Module([]).code_for_node, (*others, last))
    if len(indent + ", ".join(code)) > width:
        others = [arg.with_changes(comma=cst.Comma(whitespace_after=inside)) for arg in others]
        last = last.with_changes(comma=cst.Comma(whitespace_after=outside))
    else:
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        others = [arg.with_changes(comma=comma) for arg in others]
        last = last.with_changes(whitespace_after_arg=outside)
    return expr.with_changes(whitespace_before_args=inside, args=[*others, last])


def broken_parameters(definition: cst.FunctionDef, rewriter: Rewriter) -> cst.FunctionDef:
    """``definition`` with a line for each of its parameters, none of which has a default."""
    indent = cst.SimpleWhitespace(rewriter.indent)
    inside = cst.ParenthesizedWhitespace(indent=True, last_line=indent)
    *others, last = definition.params.params
    separated = [each.with_changes(comma=cst.Comma(whitespace_after=inside)) for each in others]
    last = last.with_changes(
        comma=cst.Comma(whitespace_after=cst.ParenthesizedWhitespace(indent=True))
    )
    return definition.with_changes(
        whitespace_before_params=inside,
        params=definition.params.with_changes(params=[*separated, last]),
    )


def line_limit(rewriter: Rewriter) -> int:
    """The usual length that all lines of the file respect, but for very few."""
    lengths = [len(each.rstrip()) for each in rewriter.source.lines]
    exceptions = 2 + len(lengths) // 100
    for limit in _USUAL_LIMITS:
        if sum(length > limit for length in lengths) <= exceptions:
            return limit
    return _USUAL_LIMITS[-1]
