"""Arguments of a call that a fix replaces, laid out as those that were there."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from memlint.cst import FixError, Rewriter
from memlint.model import Edit
from memlint.remedies.layout import broken, drawn_together, line_limit
from memlint.remedies.statements import line

_NONE = cst.SimpleWhitespace("")
_BLANK = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def argument_replaced(
    decorator: ast.Call, argument: ast.expr, new: Sequence[cst.Arg], rewriter: Rewriter
) -> Edit:
    """Puts ``new`` in the place of an ``argument`` of ``decorator``.

    Raises `FixError` where they cannot be laid out without a change inside them, or a comment is
    among them.
    """
    start = rewriter.source.span(decorator).start
    call = cst.ensure_type(rewriter.node(decorator), cst.Call)
    changed = _with_arguments(call, rewriter.node(argument), new, decorator.col_offset, rewriter)
    before, after = (rewriter.line_code(line(each), start) for each in (call, changed))
    if "#" in before:
        raise FixError("a comment stands between the arguments")
    return rewriter.edit(start, before, after)


def _with_arguments(
    call: cst.Call, old: cst.CSTNode, new: Sequence[cst.Arg], column: int, rewriter: Rewriter
) -> cst.Call:
    """``call``, which stands at ``column``, with ``new`` in the place of its argument ``old``."""
    index = next(place for place, arg in enumerate(call.args) if arg.value is old)
    kept = [*call.args[:index], *new, *call.args[index + 1 :]]
    flat = [_flat(arg, rewriter) for arg in kept]
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        if new and isinstance(call.args[-1].comma, cst.Comma):
            return _one_a_line(call, flat)
    elif new and _is_aligned(call):
        return _aligned(call, index, flat, len(new))
    return _filled(call, flat, column, rewriter)


def _flat(arg: cst.Arg, rewriter: Rewriter) -> cst.Arg:
    """``arg`` on one line, with nothing around it."""
    bare = arg.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=_NONE)
    lines = rewriter.code(bare.value).split("\n")
    if len(lines) == 1:
        return bare
    text = drawn_together(lines, line_limit(rewriter))
    if text is None:
        raise FixError("an argument takes several lines")
    return bare.with_changes(value=cst.parse_expression(text))


def _one_a_line(call: cst.Call, args: Sequence[cst.Arg]) -> cst.Call:
    between = cst.Comma(whitespace_after=call.whitespace_before_args)
    *others, last = args
    return call.with_changes(
        args=[
            *(arg.with_changes(comma=between) for arg in others),
            last.with_changes(comma=call.args[-1].comma),
        ]
    )


def _is_aligned(call: cst.Call) -> bool:
    """Whether further lines stand below the first argument."""
    commas = (arg.comma for arg in call.args)
    return any(
        isinstance(comma, cst.Comma)
        and isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)
        for comma in commas
    )


def _aligned(call: cst.Call, index: int, args: Sequence[cst.Arg], count: int) -> cst.Call:
    """``args``, of which ``count`` from ``index`` on are new, with the line breaks that were."""
    commas = [arg.comma for arg in call.args]
    between = commas[index - 1]
    commas[index:index] = [between] * (count - 1)
    return call.with_changes(
        args=[
            arg.with_changes(comma=comma)
            for arg, comma in zip(args, commas[: len(args)], strict=True)
        ]
    )


def _filled(call: cst.Call, args: Sequence[cst.Arg], column: int, rewriter: Rewriter) -> cst.Call:
    """One line where it fits, else the arguments below."""
    *others, last = args
    flat = call.with_changes(
        whitespace_before_args=_NONE,
        args=[*(arg.with_changes(comma=_BLANK) for arg in others), last],
    )
    limit = line_limit(rewriter)
    if column + len(rewriter.code(flat)) <= limit:
        return flat
    return broken(flat, rewriter.indent, limit - column)
