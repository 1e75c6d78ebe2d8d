"""Runners: who runs the tests of a class, and what its bases from elsewhere may do to patches."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import cached_property
from typing import Literal

from memlint import names
from memlint.facts.classes import Classes, Family
from memlint.resolve import Inherited, Resolver
from memlint.syntax import DEFINITIONS, FunctionNode, SyntaxTree

Runner = Literal["pytest", "unittest"]


class Runners:
    """Who runs the classes of one file. What is found for a family is found once.

    ``stopall_bases`` are the names of base classes that stop every patch.
    """

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        classes: Classes,
        stopall_bases: Collection[str] = (),
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._classes = classes
        self._stopall_bases = tuple(stopall_bases)
        self._inherited: dict[ast.ClassDef, list[Inherited] | None] = {}
        self._test_cases: dict[Family, set[ast.ClassDef] | None] = {}
        self._tested: dict[Family, bool] = {}
        self._using: dict[Family, set[Inherited]] = {}

    def runner(self, cls: ast.ClassDef) -> Runner | None:
        """Who runs the tests of ``cls``; None where a base is unknown, or known to stop patches."""
        family = self._classes.family(cls)
        if family not in self._test_cases:
            self._test_cases[family] = self._found_test_cases(family)
        found = self._test_cases[family]
        if found is None:
            return None
        return "unittest" if cls in found else "pytest"

    def runners(self, cls: ast.ClassDef) -> set[Runner | None]:
        """Who runs ``cls`` and the classes of the file derived from it, under pytest's defaults.

        None stands for nobody, and for a class of which the file does not tell.
        """
        return self._all_runners[cls]

    def has_tests(self, cls: ast.ClassDef) -> bool:
        """Whether the file has tests that run on an object of ``cls`` or of one derived."""
        family = self._classes.family(cls)
        if family not in self._tested:
            self._tested[family] = any(map(_defines_tests, family))
        return self._tested[family]

    def may_stop(self, cls: ast.ClassDef, attribute: str) -> bool:
        """Whether a base from elsewhere may stop the patcher that ``attribute`` of `self` is."""
        family = self._classes.family(cls)
        if family not in self._using:
            taken = (self._from_elsewhere(each) or () for each in family)
            self._using[family] = {
                inherited
                for each in taken
                for inherited in each
                if inherited.attributes != frozenset()
            }
        return any(inherited.may_use(attribute) for inherited in self._using[family])

    def _found_test_cases(self, family: Family) -> set[ast.ClassDef] | None:
        """Those of ``family`` that unittest runs; None where bases are not known."""
        taken = {cls: self._from_elsewhere(cls) for cls in family}
        if None in taken.values():
            return None
        found: set[ast.ClassDef] = set()
        for cls in self._classes.in_order(family):
            is_case = any(each.classes & names.TEST_CASES for each in taken[cls] or ())
            if is_case or not found.isdisjoint(self._classes.bases(cls)):
                found.add(cls)
        return found

    def _from_elsewhere(self, cls: ast.ClassDef) -> list[Inherited] | None:
        """What ``cls`` takes over from classes outside the file; None where that is not known."""
        if cls not in self._inherited:
            self._inherited[cls] = self._looked_up(cls)
        return self._inherited[cls]

    def _looked_up(self, cls: ast.ClassDef) -> list[Inherited] | None:
        if not all(map(self._is_plain, cls.keywords)):
            return None
        if any(self._is_stopall_base(self._resolver.qualname(base)) for base in cls.bases):
            return None
        found: list[Inherited] = []
        for base in self._classes.foreign_bases(cls):
            qualname = self._resolver.qualname(base)
            if qualname == "builtins.object":
                continue
            inherited = self._known(qualname) or self._resolver.inherited(base)
            if inherited is None or inherited.stops_patches:
                return None
            if any(map(self._is_stopall_base, inherited.classes)):
                return None
            found.append(inherited)
        return found

    def _is_plain(self, keyword: ast.keyword) -> bool:
        """Whether ``keyword``, as `metaclass`, does nothing to the methods of its class."""
        return self._resolver.qualname(keyword.value) in names.PLAIN_METACLASSES

    def _known(self, qualname: str | None) -> Inherited | None:
        return Inherited(frozenset({qualname})) if qualname in names.TEST_CASES else None

    def _is_stopall_base(self, qualname: str | None) -> bool:
        return any(f".{qualname}".endswith(f".{name}") for name in self._stopall_bases)

    @cached_property
    def _all_runners(self) -> dict[ast.ClassDef, set[Runner | None]]:
        found: dict[ast.ClassDef, set[Runner | None]] = {}
        for cls in reversed(self._classes.ordered):
            derived = (found[each] for each in self._classes.derived(cls))
            found[cls] = {self._by_default(cls)}.union(*derived)
        return found

    def _by_default(self, cls: ast.ClassDef) -> Runner | None:
        """Who runs ``cls`` itself, as far as the file tells."""
        public = self._public_bases[cls]
        if public is None or not public <= names.TEST_CASES | names.PLAIN_BASES:
            return None
        if public & names.TEST_CASES:
            return "unittest"
        return "pytest" if self._is_collected(cls) else None

    @cached_property
    def _public_bases(self) -> dict[ast.ClassDef, frozenset[str] | None]:
        """What classes and their bases derive from elsewhere; None if that is unknown."""
        found: dict[ast.ClassDef, frozenset[str] | None] = {}
        for cls in self._classes.ordered:
            own = {self._resolver.qualname(base) for base in self._classes.foreign_bases(cls)}
            public = frozenset(each for each in own if each and not each.startswith("."))
            above = [found[base] for base in self._classes.bases(cls)]
            known = [each for each in above if each is not None]
            is_known = len(public) == len(own) and len(known) == len(above)
            found[cls] = public.union(*known) if is_known else None
        return found

    def _is_collected(self, cls: ast.ClassDef) -> bool:
        """Whether pytest takes ``cls`` for a test class, as it does if not told otherwise."""
        around = (node for node in self._tree.ancestors(cls) if isinstance(node, DEFINITIONS))
        return cls not in self._not_collected and all(map(_is_named_test, (cls, *around)))

    @cached_property
    def _not_collected(self) -> set[ast.ClassDef]:
        """The classes that have, or inherit, a member for which pytest passes them over."""
        found: set[ast.ClassDef] = set()
        for cls in self._classes.ordered:
            if any(map(_is_no_test, cls.body)) or not found.isdisjoint(self._classes.bases(cls)):
                found.add(cls)
        return found


def _defines_tests(cls: ast.ClassDef) -> bool:
    methods = (each.name for each in cls.body if isinstance(each, FunctionNode))
    return any(name.startswith("test") or name == "runTest" for name in methods)


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
