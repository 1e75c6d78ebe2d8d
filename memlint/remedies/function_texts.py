"""The text of the function that a lambda is: its lines moved to where they go."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

import libcst as cst

from memlint.cst import FixError, Rewriter
from memlint.remedies.layout import LINE_LENGTH, drawn_together

_RETURN = "return "


def definition(name: str, node: ast.Lambda, margin: int, rewriter: Rewriter) -> str:
    """The function as text at the left margin, from where it goes to the column ``margin``."""
    parameters = _parameters(node, rewriter)
    indent = rewriter.indent
    header = f"def {name}({parameters}):"
    if len(header) > LINE_LENGTH:
        header = f"def {name}(\n{indent}{parameters}\n):"
    body = _Body.of(node, rewriter)
    room = LINE_LENGTH - margin - len(indent) - len(_RETURN)
    flat = None if body.fixed else drawn_together(body.lines, room)
    text = f"{indent}{_RETURN}{_bare(flat)}" if flat else _returning(body, indent)
    return f"{header}\n{text}\n".replace("\n", rewriter.module.default_newline)


def _bare(text: str) -> str:
    """``text`` without the parentheses around all of it, where it needs none."""
    inner = text[1:-1].strip()
    if text[0] != "(":
        return text
    try:
        same = ast.dump(ast.parse(inner, mode="eval")) == ast.dump(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text
    return inner if same else text


def _parameters(node: ast.Lambda, rewriter: Rewriter) -> str:
    written = rewriter.node(node)
    assert isinstance(written, cst.Lambda)
    text = rewriter.code(written.params)
    if "#" in text:
        raise FixError("a comment stands among the parameters")
    return re.sub(r"\s*\\?\r?\n\s*", " ", text).strip()


@dataclass(frozen=True)
class _Body:
    """The body of a lambda: its lines, the column at which it starts, and the lines not to move."""

    lines: list[str]
    column: int
    fixed: frozenset[int]

    @classmethod
    def of(cls, node: ast.Lambda, rewriter: Rewriter) -> _Body:
        """The body of ``node``, its parentheses included where it takes several lines."""
        source = rewriter.source
        start, end = source.span(node.body).start, source.span(node.body).end
        if "\n" in source.text[_body_start(node, rewriter) : source.span(node).end]:
            start, end = _body_start(node, rewriter), source.span(node).end
        text = source.text[start:end].replace("\r\n", "\n")
        line_start = source.text.rfind("\n", 0, start) + 1
        line = source.text[line_start:start]
        if "\t" in line.lstrip() or "\f" in source.text[line_start:end]:
            raise FixError("tabs stand in the line")
        lines = text.split("\n")
        fixed = lines_of_strings(text)
        return cls(lines, start - line_start, fixed)

    @property
    def following(self) -> list[str]:
        """The lines after the first that can be moved, and that are not blank."""
        rest = list(enumerate(self.lines))[1:]
        return [line for index, line in rest if index not in self.fixed and line.strip()]

    def moved(self, by: int, unit: str) -> list[str]:
        """The lines, those after the first ``by`` columns to the right."""
        return [
            line
            if index == 0 or index in self.fixed or not line.strip()
            else _shift(line, by, unit)
            for index, line in enumerate(self.lines)
        ]


def _body_start(node: ast.Lambda, rewriter: Rewriter) -> int:
    """Where the body starts, with its parentheses."""
    source = rewriter.source
    arguments = [part for part in ast.walk(node.args) if isinstance(part, ast.expr | ast.arg)]
    ends = [source.offset_of_utf8(a.end_lineno or 0, a.end_col_offset or 0) for a in arguments]
    head = max(ends, default=source.span(node).start)
    between = source.text[head : source.span(node.body).start]
    colon = between.index(":")
    start = head + colon + 1
    while source.text[start] in " \t\r\n\\":
        start += 1
    if "#" in between[:colon] or source.text[start] == "#":
        raise FixError("a comment stands before the body of the lambda")
    return start


def lines_of_strings(text: str) -> frozenset[int]:
    """The lines (from 0) that start inside of a string."""
    found: set[int] = set()
    depth = first = 0
    tokens = tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline)
    for token in tokens:
        kind = tokenize.tok_name[token.type]
        if kind == "FSTRING_START":
            first = first if depth else token.start[0]
            depth += 1
        elif kind == "FSTRING_END":
            depth -= 1
            if depth == 0:
                found.update(range(first, token.end[0]))
        elif kind == "STRING":
            found.update(range(token.start[0], token.end[0]))
    return frozenset(found)


def _returning(body: _Body, indent: str) -> str:
    """The statement that returns ``body``."""
    unit = len(indent)
    parses = _is_one_statement(_RETURN + "\n".join(body.lines))
    start = unit + len(_RETURN) if parses else 2 * unit
    lines = body.moved(_distance(body, start, unit if parses else 2 * unit, unit), indent)
    text = "\n".join(lines)
    if parses:
        return f"{indent}{_RETURN}{text}"
    return f"{indent}{_RETURN}(\n{indent * 2}{text}\n{indent})"


def _is_one_statement(text: str) -> bool:
    try:
        return len(ast.parse(text).body) == 1
    except SyntaxError:
        return False


def _distance(body: _Body, start: int, line_indent: int, unit: int) -> int:
    """How far the lines after the first move, when it starts at the column ``start``."""
    following = body.following
    if not following:
        return 0
    indents = [len(line) - len(line.lstrip()) for line in following]
    if following[-1].lstrip()[0] in ")]}" and indents[-1] == min(indents) < body.column:
        return line_indent - indents[-1]
    if min(indents) >= body.column:
        return start - body.column
    return line_indent + unit - min(indents)


def _shift(line: str, by: int, unit: str) -> str:
    text = line.lstrip()
    space = line[: len(line) - len(text)]
    if unit == "\t":
        return "\t" * max(len(space.expandtabs(1)) + by, 0) + text
    return " " * max(len(space) + by, 0) + text
