"""Fixes are written here: a rule names the nodes to change, and gets the edits that change them.

LibCST keeps every comment and blank of the file. Its nodes are found by the place of the nodes of
`ast` that facts and findings speak of: expressions are joined, statements are climbed to.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from memlint.changes import opcodes
from memlint.facts import Facts
from memlint.model import Edit, Fix, Safety, Span

Node = TypeVar("Node", bound=libcst.CSTNode)
Nodes = libcst.CSTNode | libcst.FlattenSentinel[libcst.CSTNode] | libcst.RemovalSentinel
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

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class FixError(Exception):
    """Why a finding cannot be fixed here."""


class Rewriter:
    """One file as its fixes see it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.source = facts.source

    @cached_property
    def module(self) -> libcst.Module:
        """The concrete tree. Raises `FixError` where there is none that gives the text back."""
        try:
            module = libcst.parse_module(self._text)
            same = module.code == self._text
        except libcst.ParserSyntaxError:
            raise FixError("LibCST cannot parse the file") from None
        except RecursionError:
            raise FixError("the file is nested too deeply") from None
        if not same:
            raise FixError("LibCST does not give the text back")
        return module

    def node(self, expr: ast.expr) -> libcst.BaseExpression:
        """The concrete node of ``expr``. Raises `FixError` where there is none."""
        span = self.source.span(expr)
        start, end = (len(self._text[:offset].encode()) for offset in (span.start, span.end))
        for found in self._expressions.get((start, end - start), ()):
            if isinstance(found, _CONCRETE.get(type(expr), ())) or _same_name(found, expr):
                return found
        raise FixError("LibCST sees another expression there")

    def parent(self, node: libcst.CSTNode) -> libcst.CSTNode:
        """What ``node`` stands in."""
        return self._parents[node]

    def enclosing(self, node: libcst.CSTNode, kind: type[Node]) -> Node:
        """The innermost ``kind`` around ``node``. Raises `FixError` where there is none."""
        while (parent := self._parents.get(node)) is not None:
            if isinstance(parent, kind):
                return parent
            node = parent
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
            taken = {*besides, *self.facts.tree.module.bindings, *_names(inside)}
        for name in wanted:
            if name not in taken:
                return name
        number = 2
        while f"{wanted[-1]}_{number}" in taken:
            number += 1
        return f"{wanted[-1]}_{number}"

    def fix(
        self,
        title: str,
        safety: Safety,
        changes: Mapping[libcst.CSTNode, Change],
        *edits: Edit,
    ) -> Fix:
        """The fix that makes ``changes``, and ``edits`` elsewhere. Raises `FixError`."""
        try:
            text = self._changed(changes).code
        except RecursionError:
            raise FixError("the file is nested too deeply") from None
        return Fix(title, (*edits, *self._difference(text)), safety)

    def _changed(self, changes: Mapping[libcst.CSTNode, Change]) -> libcst.Module:
        """The file after ``changes``; only the statements that hold one are visited."""
        transformer = _Changes(changes)
        touched = set(map(self._outermost, changes))
        if self.module in touched:
            changed = self.module.visit(transformer)
            assert isinstance(changed, libcst.Module)
            return changed
        body: list[Any] = []
        for statement in self.module.body:
            result = statement.visit(transformer) if statement in touched else statement
            if isinstance(result, libcst.FlattenSentinel):
                body += result
            elif not isinstance(result, libcst.RemovalSentinel):
                body.append(result)
        return self.module.with_changes(body=body)

    def _outermost(self, node: libcst.CSTNode) -> libcst.CSTNode:
        """The statement of the module that holds ``node``, or the module."""
        while (parent := self._parents.get(node)) is not None and parent is not self.module:
            node = parent
        return node if node in self.module.body else self.module

    def import_of(self, module: str) -> Edit | None:
        """The edit that imports ``module`` at the top of the file; None where it is imported.

        Raises `FixError` where its name means something else.
        """
        bindings = self.facts.tree.module.bindings.get(module, [])
        if any(self._imports(node, module) for node in bindings):
            return None
        if module in self._names:
            raise FixError(f"the name {module!r} is taken")
        statement = self._after_import(module)
        offset = self.source.offset_of_utf8(statement, 0) if statement else len(self._text)
        return Edit(Span(offset, offset), f"import {module}{self.newline}")

    def imported(self, module: str, name: str, user: ast.AST) -> tuple[str, Edit | None]:
        """How ``user`` can name ``name`` of the standard library's ``module``.

        The edit imports it, where the file does not. Raises `FixError` where its name is taken.
        """
        for spelled, bound in self._imported_names(module, name):
            found = self.facts.tree.scope(user).find(bound)
            if found is self.facts.tree.module and len(found.bindings[bound]) == 1:
                return spelled, None
        if name in self._names:
            raise FixError(f"the name {name!r} is taken")
        before, blank = self._from_import(module)
        offset = self.source.offset_of_utf8(before, 0)
        text = f"from {module} import {name}{self.newline * (1 + blank)}"
        return name, Edit(Span(offset, offset), text)

    def definition(self, text: str, user: ast.AST) -> Edit:
        """The edit that puts ``text`` before the file's first definition and before ``user``."""
        above = {user, *self.facts.tree.ancestors(user)}
        statement = next(
            node
            for node in self.source.tree.body
            if node in above
            or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        )
        line = _first_line(statement)
        while line > 1 and self._line(line - 1).startswith("#"):
            line -= 1
        blanks = sum(not self._line(above).strip() for above in range(max(line - 2, 1), line))
        blank = self.newline * (2 - blanks if line > 1 else 0)
        offset = self.source.offset_of_utf8(line, 0)
        text = text.replace("\n", self.newline) + self.newline * 2
        return Edit(Span(offset, offset), blank + text)

    @property
    def indent(self) -> str:
        """What one step of indentation is in this file."""
        return self.module.default_indent

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

    def _imported_names(self, module: str, name: str) -> Iterator[tuple[str, str]]:
        """How the file's top level spells ``name`` of ``module``, and the name it starts with."""
        for statement in self.source.tree.body:
            match statement:
                case ast.ImportFrom(module=found, names=aliases, level=0) if found == module:
                    bound = (alias.asname or alias.name for alias in aliases if alias.name == name)
                    yield from ((each, each) for each in bound)
                case ast.Import(names=aliases):
                    bound = (alias.asname or module for alias in aliases if alias.name == module)
                    yield from ((f"{each}.{name}", each) for each in bound)

    def _from_import(self, module: str) -> tuple[int, bool]:
        """The line before which ``from module import`` belongs, and whether to leave one blank."""
        body = self.source.tree.body
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        standard = [node for node in imports if _is_standard(node)]
        for node in standard:
            if isinstance(node, ast.ImportFrom) and (node.module or "") > module:
                return node.lineno, False
        if standard:
            return (standard[-1].end_lineno or standard[-1].lineno) + 1, False
        others = [node for node in imports if not _is_future(node)]
        return (others[0].lineno, True) if others else (self._after_import(module), True)

    def _line(self, number: int) -> str:
        return self.source.lines[number - 1]

    def _imports(self, node: ast.AST, module: str) -> bool:
        return isinstance(node, ast.alias) and node.asname is None and node.name == module

    def _after_import(self, module: str) -> int:
        """The line before which ``import module`` belongs."""
        body = self.source.tree.body
        start = 0
        for index, statement in enumerate(body):
            if _is_docstring(statement, index) or _is_future(statement):
                start = index + 1
        rest = body[start:]
        for statement in rest:
            match statement:
                case ast.Import(names=[alias, *_]) if alias.name < module:
                    continue
            return _first_line(statement)
        return 0

    @cached_property
    def _names(self) -> set[str]:
        return _names(self.source.tree)

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
    def _expressions(self) -> dict[tuple[int, int], list[libcst.BaseExpression]]:
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        found: dict[tuple[int, int], list[libcst.BaseExpression]] = {}
        try:
            for node, span in wrapper.resolve(ByteSpanPositionProvider).items():
                if isinstance(node, libcst.BaseExpression):
                    found.setdefault((span.start, span.length), []).append(node)
        except RecursionError:
            raise FixError("the file is nested too deeply") from None
        return found

    @cached_property
    def _parents(self) -> dict[libcst.CSTNode, libcst.CSTNode]:
        parents: dict[libcst.CSTNode, libcst.CSTNode] = {}
        pending: list[libcst.CSTNode] = [self.module]
        while pending:
            node = pending.pop()
            for child in node.children:
                parents[child] = node
                pending.append(child)
        return parents

    def _difference(self, text: str) -> Iterator[Edit]:
        """The edits that make the file's text ``text``, line by line."""
        old, new = _LINE.findall(self._text), _LINE.findall(text)
        first = _common(old, new)
        last = _common(old[first:][::-1], new[first:][::-1])
        middle = old[first : len(old) - last], new[first : len(new) - last]
        offsets = [0]
        for line in old:
            offsets.append(offsets[-1] + len(line))
        for kind, start, end, new_start, new_end in opcodes(*middle):
            if kind != "equal":
                span = Span(offsets[first + start], offsets[first + end])
                yield Edit(span, self._restored(span, "".join(middle[1][new_start:new_end])))

    def _restored(self, span: Span, text: str) -> str:
        if "\f" in self.source.text[span.start : span.end]:
            raise FixError("a form feed stands in the lines to change")
        return text if "\n" in self.source.text else text.replace("\n", "\r")


def possible(*remedies: Callable[[], Fix]) -> Iterator[Fix]:
    """The fixes of those ``remedies`` that can be applied."""
    for remedy in remedies:
        with suppress(FixError):
            yield remedy()


class _Changes(libcst.CSTTransformer):
    """Makes the changes, innermost first."""

    def __init__(self, changes: Mapping[libcst.CSTNode, Change]) -> None:
        super().__init__()
        self._changes = changes

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


def _same_name(node: libcst.CSTNode, expr: ast.expr) -> bool:
    return type(node).__name__ == type(expr).__name__


def _names(tree: ast.AST) -> set[str]:
    """Every name that ``tree`` uses for a variable, a parameter, an import or a definition."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.alias():
                names.add(node.asname or node.name.partition(".")[0])
            case ast.Global() | ast.Nonlocal():
                names.update(node.names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
    return names


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines are the same at the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))


def _is_docstring(statement: ast.stmt, index: int) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return index == 0
    return False


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_standard(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether ``statement`` imports from the standard library."""
    if _is_future(statement):
        return False
    if isinstance(statement, ast.ImportFrom):
        modules = [statement.module or ""] if statement.level == 0 else [""]
    else:
        modules = [alias.name for alias in statement.names]
    return all(module.partition(".")[0] in sys.stdlib_module_names for module in modules)


def _first_line(statement: ast.stmt) -> int:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return min(node.lineno for node in (statement, *statement.decorator_list))
    return statement.lineno
