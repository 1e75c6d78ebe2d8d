"""Parameters that fixes add to functions, laid out as those that are there."""

from __future__ import annotations

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.remedies.layout import broken_parameters, line_limit


def with_parameter(
    definition: cst.FunctionDef, name: str, index: int, column: int, rewriter: Rewriter
) -> Change:
    """Makes ``name`` the parameter at ``index`` of ``definition``, which stands at ``column``.

    Raises `FixError` where comments stand between the parameters.
    """
    if "#" in rewriter.code(definition.with_changes(body=cst.SimpleStatementSuite([]))):
        raise FixError("a comment stands between the parameters")

    def change(node: cst.CSTNode) -> cst.CSTNode:
        old = cst.ensure_type(node, cst.FunctionDef)
        new = old.with_changes(params=old.params.with_changes(params=_inserted(old, name, index)))
        head = new.with_changes(decorators=(), leading_lines=(), body=cst.SimpleStatementSuite([]))
        code = rewriter.code(head).rstrip()
        if "\n" not in code and column + len(code) > line_limit(rewriter) and _is_simple(new):
            return broken_parameters(new, rewriter)
        return new

    return change


def _inserted(function: cst.FunctionDef, name: str, index: int) -> list[cst.Param]:
    old = list(function.params.params)
    added = cst.Param(cst.Name(name))
    if index < len(old):
        separator = old[index - 1 if index else 0].comma
        if index == 0 and len(old) == 1:
            separator = _separator(function)
        return [*old[:index], added.with_changes(comma=separator), *old[index:]]
    if old:
        separator = old[-2].comma if len(old) > 1 else _separator(function)
        added = added.with_changes(comma=old[-1].comma)
        old[-1] = old[-1].with_changes(comma=separator)
    return [*old, added]


def _separator(function: cst.FunctionDef) -> cst.Comma:
    """What stands between the parameters of a ``function`` that has one so far."""
    space = function.whitespace_before_params
    is_broken = isinstance(space, cst.ParenthesizedWhitespace)
    return cst.Comma(whitespace_after=space if is_broken else cst.SimpleWhitespace(" "))


def _is_simple(function: cst.FunctionDef) -> bool:
    """Whether all parameters can be passed by position."""
    params = function.params
    has_star = isinstance(params.star_arg, cst.Param | cst.ParamStar)
    return not has_star and params.star_kwarg is None and not params.posonly_params
