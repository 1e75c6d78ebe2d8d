"""Processes: test code that runs in one of its own, and leaves nothing in that of the tests."""

from __future__ import annotations

import ast

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree


class Processes:
    """Tells which code of one file another process runs, or may run."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._apart: dict[ast.AST, bool] = {}

    def runs_apart(self, node: ast.AST) -> bool:
        """Whether a function or a class around ``node`` says so."""
        return any(
            self._is_apart(each)
            for each in self._tree.ancestors(node)
            if isinstance(each, FunctionNode | ast.ClassDef)
        )

    def _is_apart(self, definition: FunctionNode | ast.ClassDef) -> bool:
        if definition not in self._apart:
            self._apart[definition] = self._is_marked(definition) or (
                not isinstance(definition, ast.ClassDef)
                and self._tree.function(definition) is not None
                and self._is_handed_over(definition)
            )
        return self._apart[definition]

    def _is_marked(self, definition: FunctionNode | ast.ClassDef) -> bool:
        called = (d.func if isinstance(d, ast.Call) else d for d in definition.decorator_list)
        qualnames = (self._resolver.qualname(each) or "" for each in called)
        return any(each.rpartition(".")[2] in names.OWN_PROCESS for each in qualnames)

    def _is_handed_over(self, inner: FunctionNode) -> bool:
        """Whether ``inner`` is for a decorator, or for a process, to call."""
        reads = self._tree.reads((self._tree.scope(inner), inner.name))
        return bool(inner.decorator_list) or any(map(self._is_for_process, reads))

    def _is_for_process(self, read: ast.AST) -> bool:
        match self._tree.parents[read]:
            case ast.keyword(arg="target") as argument:
                match self._tree.parents[argument]:
                    case ast.Call(func=ast.Name() | ast.Attribute() as func):
                        name = func.attr if isinstance(func, ast.Attribute) else None
                        qualname = self._resolver.qualname(func) or name or ""
                        return qualname.rpartition(".")[2] == names.PROCESS
        return False
