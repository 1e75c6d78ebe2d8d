"""What astroid's inference adds: names that other modules define."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from astroid import nodes
from astroid.bases import Instance
from astroid.exceptions import AstroidError
from astroid.typing import InferenceResult

from memlint import names
from memlint.bases_astroid import inherited
from memlint.resolve import AstResolver, Inherited, dotted_name
from memlint.syntax import SyntaxTree

Position = tuple[int | None, int | None, int | None, int | None]

# More values than this mean that nobody can tell.
_MAX_VALUES = 8
_FACTORY_CLASS = "NonCallableMock"


class Join:
    """Finds the astroid node of an expression by its position.

    Of several expressions at one place the outermost counts; an expression statement is none.
    """

    def __init__(self, module: nodes.Module) -> None:
        self._module = module
        self._nodes: dict[Position, nodes.NodeNG] | None = None

    def node(self, expr: ast.expr) -> nodes.NodeNG:
        """The astroid node at the place of ``expr``; the module where there is none."""
        assert expr.end_lineno is not None  # ast.parse always sets them
        assert expr.end_col_offset is not None
        return self.at(expr.lineno, expr.col_offset, expr.end_lineno, expr.end_col_offset)

    def at(self, line: int, column: int, end_line: int, end_column: int) -> nodes.NodeNG:
        """The node between two places: lines from 1, columns from 0 in UTF-8 bytes."""
        if self._nodes is None:
            self._nodes = self._index()
        return self._nodes.get((line, column, end_line, end_column), self._module)

    def _index(self) -> dict[Position, nodes.NodeNG]:
        found: dict[Position, nodes.NodeNG] = {}
        stack: list[nodes.NodeNG] = [self._module]
        while stack:
            node = stack.pop()
            if not isinstance(node, nodes.Module | nodes.Expr):
                place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
                found.setdefault(place, node)
            stack.extend(node.get_children())
        return found


class AstroidResolver(AstResolver):
    """Asks the file first, and astroid where the file alone does not tell.

    Only names that are imported, or assigned at module level, are inferred, each of them once.
    """

    def __init__(self, tree: SyntaxTree, join: Join, mock_factories: Collection[str] = ()) -> None:
        super().__init__(tree, mock_factories)
        self._join = join
        self._inferred: dict[str, list[InferenceResult]] = {}
        self._inherited: dict[nodes.ClassDef, Inherited | None] = {}

    def qualname(self, expr: ast.expr) -> str | None:
        qualname = super().qualname(expr)
        if names.is_known(qualname):
            return qualname
        found = {
            names.public(value.qname())
            for value in self._infer(expr)
            if isinstance(value, nodes.ClassDef | nodes.FunctionDef)
        }
        known = found.pop() if len(found) == 1 else None
        return known if names.is_known(known) else qualname

    def is_factory(self, expr: ast.expr) -> bool:
        if super().is_factory(expr):
            return True
        values = self._infer(expr)
        return bool(values) and all(_makes_mock(value) for value in values)

    def is_class(self, expr: ast.expr) -> bool:
        if super().is_class(expr):
            return True
        values = self._infer(expr)
        return bool(values) and all(isinstance(value, nodes.ClassDef) for value in values)

    def is_exception(self, expr: ast.expr) -> bool:
        if super().is_exception(expr):
            return True
        values = self._infer(expr)
        return bool(values) and all(map(_is_exception, values))

    def constant(self, expr: ast.expr) -> str | int | None:
        constant = super().constant(expr)
        if constant is not None:
            return constant
        match self._infer(expr):
            case [nodes.Const(value=str() | int() as value)]:
                return value
        return None

    def inherited(self, base: ast.expr) -> Inherited | None:
        match self._infer(base):
            case [nodes.ClassDef() as cls]:
                if cls not in self._inherited:
                    self._inherited[cls] = inherited(cls)
                return self._inherited[cls]
        return None

    def _infer(self, expr: ast.expr) -> list[InferenceResult]:
        """Every value that ``expr`` may have; none where that is not known."""
        path = self._path(expr)
        if path is None:
            return []
        if path not in self._inferred:
            node = self._join.node(expr)
            names_it = isinstance(node, nodes.Name | nodes.Attribute)
            self._inferred[path] = _values(node.infer) if names_it else []
        return self._inferred[path]

    def _path(self, expr: ast.expr) -> str | None:
        """The text of a dotted name whose root other modules may define; None for all else."""
        dotted = dotted_name(expr)
        if dotted is None:
            return None
        name, attributes = dotted
        bindings = self._tree.bindings(name)
        if not bindings or not all(self._may_be_foreign(node) for node in bindings):
            return None
        if self._tree.scope(name).find(name.id) is not self._tree.module:
            # Two functions may import different things under one name.
            attributes.append(f"@{bindings[0].lineno}")  # type: ignore[attr-defined]
        return ".".join((name.id, *attributes))

    def _may_be_foreign(self, node: ast.AST) -> bool:
        statement = self._tree.parents[node]
        if isinstance(statement, ast.ImportFrom):
            root = (statement.module or "").partition(".")[0]
            return statement.level > 0 or root not in sys.stdlib_module_names
        if isinstance(statement, ast.Import) and isinstance(node, ast.alias):
            return node.name.partition(".")[0] not in sys.stdlib_module_names
        return (
            isinstance(statement, ast.Assign)
            and self._tree.scope(node) is self._tree.module
            and node in statement.targets
        )


def _values(infer: Callable[[], Iterator[InferenceResult]]) -> list[InferenceResult]:
    try:
        values = list(islice(infer(), _MAX_VALUES + 1))
    except (AstroidError, RecursionError, StopIteration):
        return []
    known = all(isinstance(value, nodes.NodeNG | Instance) for value in values)
    return values if known and len(values) <= _MAX_VALUES else []


def _makes_mock(value: InferenceResult) -> bool:
    """Whether calling ``value`` gives a mock."""
    if isinstance(value, nodes.ClassDef):
        return _is_mock_class(value)
    if not isinstance(value, nodes.FunctionDef):
        return False
    if names.mock_member(names.public(value.qname())) in names.FACTORIES:
        return True
    results = _values(lambda: value.infer_call_result(None))
    return bool(results) and all(
        isinstance(result, Instance)
        and isinstance(result._proxied, nodes.ClassDef)
        and _is_mock_class(result._proxied)
        for result in results
    )


def _is_mock_class(value: nodes.ClassDef) -> bool:
    return any(
        names.mock_member(names.canonical(found.qname())) == _FACTORY_CLASS
        for found in _with_ancestors(value)
    )


def _is_exception(value: InferenceResult) -> bool:
    """Whether ``value`` is a class of exceptions."""
    return isinstance(value, nodes.ClassDef) and any(
        found.qname() == "builtins.BaseException" for found in _with_ancestors(value)
    )


def _with_ancestors(value: nodes.ClassDef) -> list[nodes.ClassDef]:
    try:
        return [value, *value.ancestors()]
    except (AstroidError, RecursionError):
        return []
