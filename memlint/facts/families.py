"""Test classes: who runs them, and what a class takes over from others."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Literal

from memlint import names
from memlint.resolve import Inherited, Resolver
from memlint.syntax import FunctionNode, SyntaxTree

Runner = Literal["pytest", "unittest"]


class ClassFamilies:
    """The classes of one file, with the bases that the file or the host knows.

    ``stopall_bases`` are the names of base classes that stop every patch.
    """

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, stopall_bases: Collection[str] = ()
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._stopall_bases = tuple(stopall_bases)
        self._inherited: dict[ast.ClassDef, list[Inherited] | None] = {}
        self._families: dict[ast.ClassDef, frozenset[ast.ClassDef]] = {}
        self._above: dict[ast.ClassDef, list[ast.ClassDef]] = {}
        self._tested: dict[ast.ClassDef, bool] = {}
        self._runners: dict[ast.ClassDef, Runner | None] = {}

    def family(self, cls: ast.ClassDef) -> frozenset[ast.ClassDef]:
        """The classes of the file whose code may run on an object of ``cls`` or of one derived."""
        if cls not in self._families:
            below = _closure([cls], self._derived)
            self._families[cls] = frozenset(_closure(below, self._bases))
        return self._families[cls]

    def runner(self, cls: ast.ClassDef) -> Runner | None:
        """Who runs the tests of ``cls``; None where a base is unknown, or known to stop patches."""
        if cls not in self._runners:
            self._runners[cls] = self._found_runner(cls)
        return self._runners[cls]

    def has_tests(self, cls: ast.ClassDef) -> bool:
        """Whether the file has tests that run on an object of ``cls`` or of one derived."""
        if cls not in self._tested:
            self._tested[cls] = any(map(_defines_tests, self.family(cls)))
        return self._tested[cls]

    def may_stop(self, cls: ast.ClassDef, attribute: str) -> bool:
        """Whether a base from elsewhere may stop the patcher that ``attribute`` of `self` is."""
        return any(
            inherited.may_use(attribute)
            for each in self.family(cls)
            for inherited in self._from_elsewhere(each) or ()
        )

    def _found_runner(self, cls: ast.ClassDef) -> Runner | None:
        if any(self._from_elsewhere(each) is None for each in self.family(cls)):
            return None
        above = _closure([cls], self._bases)
        taken = (each for one in above for each in self._from_elsewhere(one) or ())
        return "unittest" if any(each.classes & names.TEST_CASES for each in taken) else "pytest"

    def _from_elsewhere(self, cls: ast.ClassDef) -> list[Inherited] | None:
        """What ``cls`` takes over from classes outside the file; None where that is not known."""
        if cls not in self._inherited:
            self._inherited[cls] = self._looked_up(cls)
        return self._inherited[cls]

    def _looked_up(self, cls: ast.ClassDef) -> list[Inherited] | None:
        found: list[Inherited] = []
        for base in cls.bases:
            qualname = self._resolver.qualname(base)
            if self._is_stopall_base(qualname):
                return None
            if qualname == "builtins.object" or self._defined(base) is not None:
                continue
            inherited = self._known(qualname) or self._resolver.inherited(base)
            if inherited is None or inherited.stops_patches:
                return None
            if any(map(self._is_stopall_base, inherited.classes)):
                return None
            found.append(inherited)
        return found

    def _known(self, qualname: str | None) -> Inherited | None:
        return Inherited(frozenset({qualname})) if qualname in names.TEST_CASES else None

    def _is_stopall_base(self, qualname: str | None) -> bool:
        return any(f".{qualname}".endswith(f".{name}") for name in self._stopall_bases)

    def _defined(self, base: ast.expr) -> ast.ClassDef | None:
        """The class of this file that ``base`` names."""
        bindings = self._tree.bindings(base) if isinstance(base, ast.Name) else []
        return bindings[0] if len(bindings) == 1 and isinstance(bindings[0], ast.ClassDef) else None

    def _bases(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        if cls not in self._above:
            found = map(self._defined, cls.bases)
            self._above[cls] = [base for base in found if base is not None]
        return self._above[cls]

    def _derived(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        return self._all_derived.get(cls, [])

    @cached_property
    def _all_derived(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
        for cls in self._tree.nodes(ast.ClassDef):
            for base in self._bases(cls):
                found[base].append(cls)
        return found


def _defines_tests(cls: ast.ClassDef) -> bool:
    methods = (each.name for each in cls.body if isinstance(each, FunctionNode))
    return any(name.startswith("test") or name == "runTest" for name in methods)


def _closure(
    start: Collection[ast.ClassDef], following: Callable[[ast.ClassDef], list[ast.ClassDef]]
) -> list[ast.ClassDef]:
    """``start`` and all that ``following`` leads to, from one class to the next."""
    found = dict.fromkeys(start)
    pending = list(start)
    while pending:
        for each in following(pending.pop()):
            if each not in found:
                found[each] = None
                pending.append(each)
    return list(found)
