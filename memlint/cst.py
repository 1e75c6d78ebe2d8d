"""Fixes are written here: a rule names the nodes to change, and gets the edits that change them.

LibCST keeps every comment and blank of the file. Its nodes are found by the place of the nodes of
`ast` that facts and findings speak of: expressions are joined, statements are climbed to.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import accumulate, chain, count
from typing import Any, TypeVar

import libcst

from memlint.changes import opcodes
from memlint.facts import Facts
from memlint.model import Edit, Fix, Safety, Span
from memlint.pieces import Piece, pieces
from memlint.source import raw_lines
from memlint.syntax import names_in

Node = TypeVar("Node", bound=libcst.CSTNode)
Nodes = libcst.CSTNode | libcst.FlattenSentinel[libcst.CSTNode] | libcst.RemovalSentinel
Statement = libcst.SimpleStatementLine | libcst.BaseCompoundStatement
Change = Callable[[libcst.CSTNode], Nodes]
"""What becomes of a node, given as it is after the changes inside it."""

# The nodes that LibCST calls by another name.
_CONCRETE: dict[type[ast.expr], tuple[type[libcst.BaseExpression], ...]] = {
    ast.BinOp: (libcst.BinaryOperation,),
    ast.BoolOp: (libcst.BooleanOperation,),
    ast.Compare: (libcst.Comparison,),
    ast.Constant: (libcst.BaseExpression,),
    ast.JoinedStr: (libcst.FormattedString, libcst.ConcatenatedString),
    ast.UnaryOp: (libcst.UnaryOperation,),
}


# LibCST takes minutes for what is nested thousands of levels deep.
_MAX_DEPTH = 1000


class FixError(Exception):
    """Why a finding cannot be fixed here."""


class Rewriter:
    """One file as its fixes see it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.source = facts.source
        self._last: Piece | None = None

    @cached_property
    def module(self) -> libcst.Module:
        """The concrete tree. Raises `FixError` where LibCST has none."""
        if _is_deeper(self.source.tree, _MAX_DEPTH):
            raise FixError("the file is nested too deeply")
        try:
            return libcst.parse_module(self._text)
        except libcst.ParserSyntaxError:
            raise FixError("LibCST cannot parse the file") from None

    def node(self, expr: ast.expr) -> libcst.BaseExpression:
        """The concrete node of ``expr``. Raises `FixError` where there is none."""
        span = self.source.span(expr)
        place = bisect_right(self._pieces, span.start, key=lambda piece: piece.start) - 1
        for found in self._pieces[max(place, 0)].expressions(span):
            if isinstance(found, _CONCRETE.get(type(expr), ())) or _same_name(found, expr):
                return found
        raise FixError("LibCST sees another expression there")

    def parent(self, node: libcst.CSTNode) -> libcst.CSTNode:
        """What ``node`` stands in."""
        return next(self.ancestors(node))

    def ancestors(self, node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """The nodes around ``node``, innermost first."""
        if node is self.module:
            return
        parents = self._piece_of(node).parents
        while (parent := parents.get(node)) is not None:
            yield parent
            node = parent
        yield self.module

    def enclosing(self, node: libcst.CSTNode, kind: type[Node]) -> Node:
        """The innermost ``kind`` around ``node``. Raises `FixError` where there is none."""
        for parent in self.ancestors(node):
            if isinstance(parent, kind):
                return parent
        raise FixError(f"it is in no {kind.__name__}")

    def fresh_name(
        self, *wanted: str, besides: Collection[str] = (), inside: ast.AST | None = None
    ) -> str:
        """A name that nothing in the file has: the first free one, or the last with a number.

        ``besides`` are names that the fix has taken already. A name for a variable of the function
        ``inside`` may be a variable of other functions, too.
        """
        taken = {*besides, *self._names}
        if inside is not None:
            taken = {*besides, *self.facts.tree.module.bindings, *names_in(inside)}
        names = chain(wanted[:-1], numbered(wanted[-1]))
        return next(name for name in names if name not in taken)

    def is_named(self, name: str) -> bool:
        """Whether something in the file has that name."""
        return name in self._names

    def fix(
        self,
        title: str,
        safety: Safety,
        changes: Mapping[libcst.CSTNode, Change],
        *edits: Edit,
    ) -> Fix:
        """The fix that makes ``changes``, and ``edits`` elsewhere. Raises `FixError`."""
        transformer = _Changes(changes, {up for node in changes for up in self.ancestors(node)})
        touched = dict.fromkeys(map(self._piece_of, changes))
        differences = (self._difference(piece, piece.visited(transformer)) for piece in touched)
        return Fix(title, (*edits, *chain.from_iterable(differences)), safety)

    @property
    def indent(self) -> str:
        """What one step of indentation is in this file."""
        return self.module.default_indent

    def statement(self, text: str) -> Statement:
        """The statement that ``text`` is, indented as the file is. It begins at the left margin."""
        return libcst.parse_statement(text, self.module.config_for_parsing)

    def changed(self, node: Node, changes: Mapping[libcst.CSTNode, Change]) -> libcst.CSTNode:
        """``node`` after ``changes``."""
        changed = node.visit(_Changes(changes))
        assert isinstance(changed, libcst.CSTNode)
        return changed

    def deeper(self, node: libcst.CSTNode, steps: int) -> libcst.CSTNode:
        """``node`` with its further lines indented by ``steps`` more; strings stay as they are."""
        changed = node.visit(_Deeper(self.indent * steps))
        assert isinstance(changed, libcst.CSTNode)
        return changed

    def code(self, node: libcst.CSTNode) -> str:
        """The text of ``node``, as if it stood at the left margin."""
        return self.module.code_for_node(node)

    def edit(self, start: int, old: str, new: str) -> Edit:
        """Puts ``new`` in the place of ``old``, which stands at ``start``: cheaper than `fix`.

        Raises `FixError` where something else stands there.
        """
        if not self._text.startswith(old, start):
            raise FixError("LibCST sees another text there")
        span = Span(start, start + len(old))
        return Edit(span, self._restored(span, new))

    def line_code(self, statement: Statement, offset: int) -> str:
        """The text of ``statement``, as if it began the line of ``offset``; without its end."""
        start = self._text.rfind("\n", 0, offset) + 1
        margin = self._text[start:offset]
        margin = margin[: len(margin) - len(margin.lstrip())]
        if not margin:
            return self.code(statement).rstrip()
        return self.code(libcst.IndentedBlock([statement], indent=margin)).strip()

    @cached_property
    def attributes(self) -> set[str]:
        """The names of all attributes that the file mentions."""
        return {node.attr for node in self.facts.tree.nodes(ast.Attribute)}

    @cached_property
    def _names(self) -> set[str]:
        return names_in(self.source.tree)

    @cached_property
    def _text(self) -> str:
        r"""The text as LibCST can read it: it knows neither form feeds nor a lone ``\r``."""
        text = self.source.text.replace("\f", " ")
        return text if "\n" in text else text.replace("\r", "\n")

    @cached_property
    def newline(self) -> str:
        """What ends a line of the file."""
        return self._restored(Span(0, 0), self.module.default_newline)

    @cached_property
    def _pieces(self) -> list[Piece]:
        found = pieces(self.module, self._text)
        if found is None:
            raise FixError("LibCST does not give the text back")
        return found

    def _piece_of(self, node: libcst.CSTNode) -> Piece:
        """The piece that holds ``node``; the last one that was asked is asked first."""
        if self._last is None or node not in self._last:
            self._last = next(piece for piece in self._pieces if node in piece)
        return self._last

    def _difference(self, piece: Piece, text: str) -> Iterator[Edit]:
        """The edits that make the text of ``piece`` ``text``, line by line."""
        old, new = raw_lines(piece.text), raw_lines(text)
        first = _common(old, new)
        last = _common(old[first:][::-1], new[first:][::-1])
        middle = old[first : len(old) - last], new[first : len(new) - last]
        offsets = list(accumulate(map(len, old), initial=piece.start))
        for kind, start, end, new_start, new_end in opcodes(*middle):
            if kind != "equal":
                span = Span(offsets[first + start], offsets[first + end])
                yield Edit(span, self._restored(span, "".join(middle[1][new_start:new_end])))

    def _restored(self, span: Span, text: str) -> str:
        if "\f" in self.source.text[span.start : span.end]:
            raise FixError("a form feed stands in the lines to change")
        return text if "\n" in self.source.text else text.replace("\n", "\r")


def numbered(name: str) -> Iterator[str]:
    """``name``, and then with a number behind it, from 2."""
    yield name
    yield from (f"{name}_{number}" for number in count(2))


def possible(*remedies: Callable[[], Fix]) -> Iterator[Fix]:
    """The fixes of those ``remedies`` that can be applied."""
    for remedy in remedies:
        with suppress(FixError):
            yield remedy()


class _Changes(libcst.CSTTransformer):
    """Makes the changes, innermost first; visits no more than ``above``, the nodes around them."""

    def __init__(
        self,
        changes: Mapping[libcst.CSTNode, Change],
        above: Collection[libcst.CSTNode] | None = None,
    ) -> None:
        super().__init__()
        self._changes = changes
        self._above = above

    def on_visit(self, node: libcst.CSTNode) -> bool:
        return self._above is None or node in self._above

    def on_leave(self, original_node: Node, updated_node: Node) -> Any:
        change = self._changes.get(original_node)
        return updated_node if change is None else change(updated_node)


class _Deeper(libcst.CSTTransformer):
    """Indents the lines inside brackets."""

    def __init__(self, indent: str) -> None:
        super().__init__()
        self._indent = indent

    def leave_ParenthesizedWhitespace(  # noqa: N802 - LibCST calls it by this name
        self,
        original_node: libcst.ParenthesizedWhitespace,  # noqa: ARG002
        updated_node: libcst.ParenthesizedWhitespace,
    ) -> libcst.ParenthesizedWhitespace:
        last = updated_node.last_line
        lines = [
            line.with_changes(whitespace=self._moved(line.whitespace)) if line.comment else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(last_line=self._moved(last), empty_lines=lines)

    def _moved(self, space: libcst.SimpleWhitespace) -> libcst.SimpleWhitespace:
        return space.with_changes(value=self._indent + space.value)


def _is_deeper(tree: ast.AST, limit: int) -> bool:
    """Whether ``tree`` has more than ``limit`` levels."""
    level = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _same_name(node: libcst.CSTNode, expr: ast.expr) -> bool:
    return type(node).__name__ == type(expr).__name__


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines are the same at the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))
