"""Classes of a file, and what they are derived from in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from memlint.syntax import SyntaxTree


def ancestors(cls: ast.ClassDef, tree: SyntaxTree) -> list[ast.ClassDef]:
    """The classes of the file from which ``cls`` is derived."""
    found: dict[ast.ClassDef, None] = {}
    pending = list(_bases(cls, tree))
    while pending:
        base = pending.pop()
        if base is not cls and base not in found:
            found[base] = None
            pending += _bases(base, tree)
    return list(found)


def _bases(cls: ast.ClassDef, tree: SyntaxTree) -> Iterator[ast.ClassDef]:
    for base in cls.bases:
        for binding in tree.bindings(base) if isinstance(base, ast.Name) else ():
            if isinstance(binding, ast.ClassDef):
                yield binding
