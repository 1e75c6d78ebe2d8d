"""Lines that fit: broken where they are too long, or drawn together again, as formatters do."""

from __future__ import annotations

import ast
import re

import libcst as cst

from memlint.cst import Change, Rewriter

LINE_LENGTH = 88
_USUAL_LIMITS = (88, 100, 120)
_FEW = 3


def drawn_together(lines: list[str], room: int) -> str | None:
    """A few lines of one expression as one that takes no more than ``room``; None if it cannot.

    A trailing comma says that the lines were meant to stay.
    """
    text = "\n".join(lines)
    if not 1 < len(lines) <= _FEW or "#" in text or "\\" in text or re.search(r",\s*[)\]}]", text):
        return None
    joined = " ".join(line.strip() for line in lines)
    joined = re.sub(r"(?<=[(\[{]) | (?=[)\]}])| (?=\.\w)", "", joined)
    same = _dump(joined) is not None and _dump(joined) == _dump(text)
    return joined if same and len(joined) <= room else None


def _dump(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return None


def one_line_call(call: ast.Call, rewriter: Rewriter) -> Change:
    """Draw together the lines of ``call`` where its one argument fits behind the parenthesis."""
    text = rewriter.source.text
    span = rewriter.source.span(call)
    start = text.rfind("\n", 0, rewriter.source.span(call.func).end) + 1
    head = text[start : rewriter.source.span(call.func).end]
    end = text.find("\n", span.end)
    tail = text[span.end : end if end >= 0 else len(text)].rstrip()

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.Call)
        spaces = [node.whitespace_before_args, *(arg.whitespace_after_arg for arg in node.args)]
        commas = any(isinstance(arg.comma, cst.Comma) for arg in node.args)
        if len(node.args) != 1 or commas or not all(map(_is_line_break, spaces)):
            return node
        flat = node.with_changes(
            whitespace_before_args=cst.SimpleWhitespace(""),
            args=[node.args[0].with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))],
        )
        argument = rewriter.code(flat.args[0])
        fits = len(head) + len(argument) + len("()") + len(tail) <= LINE_LENGTH
        return flat if fits and "\n" not in argument else node

    return change


def _is_line_break(space: cst.BaseParenthesizableWhitespace) -> bool:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return False
    return space.first_line.comment is None and not space.empty_lines


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


def fitting(definition: cst.FunctionDef, margin: int, rewriter: Rewriter) -> cst.FunctionDef:
    """``definition``, which begins at column ``margin``, with a line for each of its parameters.

    It stays as it is where one line is enough, and where parameters have defaults or stars.
    """
    empty = cst.SimpleStatementSuite([])
    head = definition.with_changes(decorators=(), leading_lines=(), body=empty)
    code = rewriter.code(head).rstrip()
    is_long = "\n" not in code and margin + len(code) > line_limit(rewriter)
    params = definition.params
    is_plain = params.deep_equals(cst.Parameters(params=params.params))
    has_defaults = any(each.default is not None for each in params.params)
    if not is_long or not params.params or not is_plain or has_defaults:
        return definition
    return broken_parameters(definition, rewriter)


def broken_parameters(definition: cst.FunctionDef, rewriter: Rewriter) -> cst.FunctionDef:
    """``definition`` with a line for each of its parameters, all of which have a position."""
    indent = cst.SimpleWhitespace(rewriter.indent)
    inside = cst.ParenthesizedWhitespace(indent=True, last_line=indent)
    *others, last = definition.params.params
    separated = [each.with_changes(comma=cst.Comma(whitespace_after=inside)) for each in others]
    last = last.with_changes(
        comma=cst.Comma(whitespace_after=cst.ParenthesizedWhitespace(indent=True)),
        whitespace_after_param=cst.SimpleWhitespace(""),
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
