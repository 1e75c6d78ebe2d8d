"""A concrete tree in pieces, its top-level statements: only those that a fix concerns are read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from memlint.model import Span

_NEWLINES = ("\n", "\r")


class Piece:
    """A statement of a module: its text, and the place in code points where that starts."""

    def __init__(
        self, module: libcst.Module, statement: libcst.CSTNode, start: int, text: str
    ) -> None:
        self._module = module
        self.statement = statement
        self.start = start
        self.text = text

    def __contains__(self, node: libcst.CSTNode) -> bool:
        return node is self.statement or node in self.parents

    @cached_property
    def parents(self) -> dict[libcst.CSTNode, libcst.CSTNode]:
        """The parent of each node but the statement itself."""
        parents: dict[libcst.CSTNode, libcst.CSTNode] = {}
        pending = [self.statement]
        while pending:
            node = pending.pop()
            for child in node.children:
                parents[child] = node
                pending.append(child)
        return parents

    def expressions(self, span: Span) -> Iterable[libcst.BaseExpression]:
        """The expressions that stand exactly at ``span`` of the text."""
        before, inside = self.text[: span.start - self.start], span.end - span.start
        start = len(before.encode())
        length = len(self.text[len(before) : len(before) + inside].encode())
        return self._expressions.get((start, length), ())

    @cached_property
    def _expressions(self) -> dict[tuple[int, int], list[libcst.BaseExpression]]:
        alone = self._module.with_changes(header=[], body=[self.statement], footer=[])
        wrapper = MetadataWrapper(alone, unsafe_skip_copy=True)
        found: dict[tuple[int, int], list[libcst.BaseExpression]] = {}
        for node, span in wrapper.resolve(ByteSpanPositionProvider).items():
            if isinstance(node, libcst.BaseExpression):
                found.setdefault((span.start, span.length), []).append(node)
        return found

    def visited(self, transformer: libcst.CSTTransformer) -> str:
        """The text after ``transformer`` has visited the statement."""
        result = self.statement.visit(transformer)
        if isinstance(result, libcst.RemovalSentinel):
            return ""
        statements = result if isinstance(result, libcst.FlattenSentinel) else [result]
        text = "".join(map(self._module.code_for_node, statements))
        return text if self.text.endswith(_NEWLINES) else text.rstrip("\r\n")


def pieces(module: libcst.Module, text: str) -> list[Piece] | None:
    """The pieces of ``module``; None where they do not give ``text`` back."""
    place = len("".join(map(module.code_for_node, module.header)))
    found: list[Piece] = []
    for statement in module.body:
        code = module.code_for_node(statement)
        found.append(Piece(module, statement, place, text[place : place + len(code)]))
        if not _is_same(code, found[-1].text):
            return None
        place += len(code)
    footer = "".join(map(module.code_for_node, module.footer))
    return found if _is_same(footer, text[place:]) else None


def _is_same(code: str, text: str) -> bool:
    """Whether ``code`` is ``text``, whose last line may have no end."""
    return code == text or code.rstrip("\r\n") == text
