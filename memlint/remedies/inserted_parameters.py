"""Parameters that fixes add to functions, laid out as those that are there."""

from __future__ import annotations

import libcst as cst

from memlint.cst import FixError, Rewriter
from memlint.model import Edit
from memlint.remedies.layout import broken_parameters, line_limit
from memlint.syntax import FunctionNode

_NOTHING = cst.SimpleStatementSuite([])


def parameter_added(
    function: FunctionNode, definition: cst.FunctionDef, name: str, index: int, rewriter: Rewriter
) -> Edit:
    """Makes ``name`` the parameter at ``index`` of ``function``, whose node is ``definition``.

    Raises `FixError` where comments stand between the parameters.
    """
    start = rewriter.source.offset_of_utf8(function.lineno, function.col_offset)
    old = definition.with_changes(
        decorators=(), leading_lines=(), lines_after_decorators=(), body=_NOTHING
    )
    new = old.with_changes(params=old.params.with_changes(params=_inserted(old, name, index)))
    before, after = (_head(each, start, rewriter) for each in (old, new))
    if "#" in before:
        raise FixError("a comment stands between the parameters")
    longest = max(map(len, f"{' ' * function.col_offset}{after}".split("\n")))
    if longest > line_limit(rewriter) and _is_simple(new):
        after = _head(broken_parameters(new, rewriter), start, rewriter)
    return rewriter.edit(start, before, after)


def _head(definition: cst.FunctionDef, start: int, rewriter: Rewriter) -> str:
    return rewriter.line_code(definition, start).removesuffix(" pass")


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
        last = old[-1]
        added = added.with_changes(
            comma=last.comma, whitespace_after_param=last.whitespace_after_param
        )
        old[-1] = last.with_changes(
            comma=separator, whitespace_after_param=cst.SimpleWhitespace("")
        )
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
