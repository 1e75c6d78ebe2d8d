"""Parameters that fixes add."""

from __future__ import annotations

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.remedies.layout import fitting
from memlint.syntax import FunctionNode


def with_parameter(name: str, function: FunctionNode, rewriter: Rewriter) -> Change:
    """What adds a parameter to those that can be passed by position.

    Raises `FixError` where it has no place behind them.
    """
    arguments = function.args
    if arguments.defaults or arguments.vararg or arguments.kwonlyargs or arguments.kwarg:
        raise FixError("a parameter has no place at the end")

    def change(node: cst.CSTNode) -> cst.CSTNode:
        old = cst.ensure_type(node, cst.FunctionDef)
        params = [*old.params.params, cst.Param(cst.Name(name))]
        if len(params) == 1:
            pass
        elif isinstance(old.whitespace_before_params, cst.ParenthesizedWhitespace):
            comma = cst.Comma(whitespace_after=old.whitespace_before_params)
            params[-1] = params[-1].with_changes(comma=params[-2].comma)
            params[-2] = params[-2].with_changes(comma=comma)
        else:
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            params[-2] = params[-2].with_changes(comma=comma)
        new = old.with_changes(params=old.params.with_changes(params=params))
        return fitting(new, function.col_offset, rewriter)

    return change
