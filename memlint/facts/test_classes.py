"""Test classes: which framework runs them, and which classes share an instance."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Literal

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, FunctionNode, SyntaxTree

Framework = Literal["pytest", "unittest"]


class Classes:
    """The classes of one file, by what they derive from."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver

    def framework(self, cls: ast.ClassDef) -> Framework | None:
        """Which framework runs ``cls`` itself; None for neither, and where a base is not known."""
        public = self.public_bases(cls)
        if public is None or not public <= names.TEST_CASES | names.PLAIN_BASES:
            return None
        if public & names.TEST_CASES:
            return "unittest"
        return "pytest" if self._is_collected(cls) else None

    def frameworks(self, cls: ast.ClassDef) -> set[Framework | None]:
        """Which frameworks run ``cls`` and the classes of the file that derive from it."""
        return {self.framework(each) for each in self.derived(cls)}

    def public_bases(self, cls: ast.ClassDef) -> set[str] | None:
        """What ``cls`` and its bases in the file derive from elsewhere; None if that is unknown."""
        found: set[str] = set()
        for each in self.ancestry(cls):
            for base in map(_unsubscripted, each.bases):
                if self._class(base) is None:
                    qualname = self._resolver.qualname(base)
                    if qualname is None or qualname.startswith("."):
                        return None
                    found.add(qualname)
        return found

    def ancestry(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """``cls`` and the classes of the file that it derives from."""
        return _closure([cls], self._bases)

    def derived(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """``cls`` and the classes of the file that derive from it."""
        return _closure([cls], lambda each: self._derived.get(each, []))

    def family(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes whose methods may see the attributes that a method of ``cls`` sets."""
        return _closure(self.derived(cls), self._bases)

    def of_self(self, name: ast.Name) -> ast.ClassDef | None:
        """The class of whose methods ``name`` is the first parameter: `self` or `cls`."""
        match self._tree.bindings(name):
            case [ast.arg() as parameter]:
                function = self._tree.parents[self._tree.parents[parameter]]
                if isinstance(function, FunctionNode):
                    first = [*function.args.posonlyargs, *function.args.args][:1]
                    return self._tree.enclosing_class(function) if first == [parameter] else None
        return None

    def _bases(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        found = (self._class(_unsubscripted(base)) for base in cls.bases)
        return [base for base in found if base is not None]

    @cached_property
    def _derived(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
        for cls in self._tree.nodes(ast.ClassDef):
            for base in self._bases(cls):
                found[base].append(cls)
        return found

    def _class(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the file that ``expr`` names, where it can be no other."""
        bindings = self._tree.bindings(expr) if isinstance(expr, ast.Name) else []
        match bindings:
            case [ast.ClassDef() as cls]:
                return cls
        return None

    def _is_collected(self, cls: ast.ClassDef) -> bool:
        """Whether pytest takes ``cls`` for a test class, as it does if not told otherwise."""
        around = (node for node in self._tree.ancestors(cls) if isinstance(node, DEFINITIONS))
        members = (member for each in self.ancestry(cls) for member in each.body)
        return all(map(_is_named_test, (cls, *around))) and not any(map(_is_no_test, members))


def _is_named_test(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and node.name.startswith(names.PYTEST_CLASS_PREFIX)


def _is_no_test(member: ast.stmt) -> bool:
    """Whether pytest collects no class that has ``member``."""
    match member:
        case ast.FunctionDef(name="__init__" | "__new__"):
            return True
        case ast.Assign(targets=[ast.Name(id="__test__")], value=ast.Constant(value=False)):
            return True
    return False


def _unsubscripted(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


def _closure(
    start: list[ast.ClassDef], step: Callable[[ast.ClassDef], list[ast.ClassDef]]
) -> list[ast.ClassDef]:
    """The classes that ``step`` leads to from ``start``, itself included, nearest first."""
    found = dict.fromkeys(start)
    pending = list(start)
    for cls in pending:
        new = [each for each in step(cls) if each not in found]
        found.update(dict.fromkeys(new))
        pending += new
    return list(found)
