"""Classes: those of a file, how they derive from each other, and what is an object of one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeVar

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

Value = TypeVar("Value")

Family = frozenset[ast.ClassDef]
Holder = Literal["class", "instance"]
Owner = tuple[ast.ClassDef, Holder]


class Classes:
    """The classes of one file. A class stands behind those from which it is derived."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._families: dict[ast.ClassDef, Family] = {}
        self._above: dict[ast.ClassDef, list[ast.ClassDef]] = {}

    @cached_property
    def ordered(self) -> list[ast.ClassDef]:
        """All classes, each behind its bases."""
        return self.in_order(self._tree.nodes(ast.ClassDef))

    def in_order(self, classes: Iterable[ast.ClassDef]) -> list[ast.ClassDef]:
        """``classes``, each behind its bases."""
        return sorted(classes, key=self._rank)

    def bases(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes of the file from which ``cls`` is, or may be, derived directly."""
        return self._bases[cls]

    def foreign_bases(self, cls: ast.ClassDef) -> Iterator[ast.expr]:
        """The bases of ``cls``, without parameters, that may be no class of the file."""
        for base in map(_unsubscripted, cls.bases):
            if self.named(base) not in self._bases[cls]:
                yield base

    def derived(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes of the file that are derived from ``cls`` directly."""
        return self._derived.get(cls, [])

    def above(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """``cls`` and the classes of the file from which it is derived, the nearest first."""
        if cls not in self._above:
            self._above[cls] = _closure([cls], self.bases)
        return self._above[cls]

    def family(self, cls: ast.ClassDef) -> Family:
        """The classes whose code may run on an object of ``cls``, or of one derived from it."""
        last = self._last_of_line[cls]
        if last not in self._families:
            below = _closure([last], self.derived)
            self._families[last] = frozenset(_closure(below, self.bases))
        return self._families[last]

    def of_family(
        self, cls: ast.ClassDef, by_class: Mapping[ast.ClassDef, Iterable[Value]]
    ) -> Iterator[Value]:
        """What ``by_class`` has of the family of ``cls``."""
        family = self.family(cls)
        for each in min(family, by_class, key=len):
            if each in family:
                yield from by_class.get(each, ())

    def named(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the file that ``expr`` names, where it can be no other."""
        match self._bindings(expr):
            case [ast.ClassDef() as cls]:
                return cls
        return None

    def owner(self, expr: ast.expr) -> Owner | None:
        """The class that ``expr`` is, or that the object which ``expr`` is is one of.

        `self` and `cls` are known by their place, a class by its name within its family.
        """
        match expr:
            case ast.Name():
                return self._of_first_parameter(expr) or self._by_name(expr)
            case ast.Attribute(value=ast.Name() as inner, attr="__class__"):
                found = self._of_first_parameter(inner)
            case ast.Call(func=func, args=[ast.Name() as inner], keywords=[]):
                is_type = self._resolver.qualname(func) == "builtins.type"
                found = self._of_first_parameter(inner) if is_type else None
            case _:
                return None
        return None if found is None else (found[0], "class")

    def of_object(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the file that ``expr`` is, or of which it is an object."""
        owner = self.owner(expr)
        if owner is not None:
            return owner[0]
        match expr:
            case ast.Call(func=func):
                return self.named(func)
            case ast.Name():
                made = self._resolver.definition(expr)
                return self.named(expr) or (self._made_by(made) if made is not None else None)
            case ast.Attribute(attr=attr) if self.named(expr) is None:
                made_by = {self._made_by(value) for value in self._stored.get(attr, ())}
                return made_by.pop() if len(made_by) == 1 else None
        return self.named(expr)

    def method(self, node: ast.AST) -> FunctionNode | None:
        """The method in which ``node`` stands, be it in a function inside it."""
        function = self._tree.function(node)
        while function is not None:
            if not isinstance(function, ast.Lambda) and self._tree.enclosing_class(function):
                return function
            function = self._tree.function(function)
        return None

    def _of_first_parameter(self, name: ast.Name) -> Owner | None:
        """The owner that ``name`` is as the `self` or the `cls` of a method."""
        match self._tree.bindings(name):
            case [ast.arg() as parameter]:
                method = self._tree.parents[self._tree.parents[parameter]]
                if not isinstance(method, FunctionNode):
                    return None
                first = [*method.args.posonlyargs, *method.args.args][:1]
                cls = self._tree.enclosing_class(method)
                static = self._is_decorated(method, "builtins.staticmethod")
                if cls is None or first != [parameter] or static:
                    return None
                is_class = method.name in names.CLASS_METHODS or self._is_decorated(
                    method, "builtins.classmethod"
                )
                return cls, "class" if is_class else "instance"
        return None

    def _by_name(self, name: ast.Name) -> Owner | None:
        cls, method = self.named(name), self.method(name)
        inside = None if method is None else self._tree.enclosing_class(method)
        related = cls is not None and inside is not None and inside in self.family(cls)
        return (cls, "class") if cls is not None and related else None

    def _is_decorated(self, method: FunctionNode, decorator: str) -> bool:
        return any(self._resolver.qualname(each) == decorator for each in method.decorator_list)

    def _made_by(self, value: ast.expr) -> ast.ClassDef | None:
        return self.named(value.func) if isinstance(value, ast.Call) else None

    @cached_property
    def _stored(self) -> dict[str, list[ast.expr]]:
        """What methods store in the attributes of their object, by the attribute."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for node in self._tree.nodes(ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and self.owner(target.value) is not None:
                    found[target.attr].append(node.value)
        return found

    def _bindings(self, expr: ast.expr) -> list[ast.AST]:
        """What binds the name of a class."""
        match expr:
            case ast.Name():
                return [*self._tree.bindings(expr)]
            case ast.Attribute(value=ast.Name() as outer, attr=attr):
                owner = self._of_first_parameter(outer)
                around = self.named(outer) if owner is None else owner[0]
                scope = None if around is None else self._tree.scope(around.body[0])
                return [] if scope is None else [*scope.bindings.get(attr, [])]
        return []

    def _rank(self, cls: ast.ClassDef) -> tuple[int, int, int]:
        """Grows from a class to those derived from it: they stand below it, or further inside."""
        around = (each for each in self._tree.ancestors(cls) if isinstance(each, FunctionNode))
        return sum(1 for _ in around), cls.lineno, cls.col_offset

    @cached_property
    def _bases(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = {}
        for cls in self.ordered:
            bindings = (each for base in cls.bases for each in self._bindings(_unsubscripted(base)))
            # All of those that are derived from are known by now.
            found[cls] = [b for b in bindings if isinstance(b, ast.ClassDef) and b in found]
        return found

    @cached_property
    def _derived(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
        for cls in self.ordered:
            for base in self.bases(cls):
                found[base].append(cls)
        return found

    @cached_property
    def _last_of_line(self) -> dict[ast.ClassDef, ast.ClassDef]:
        """The class that has none derived from it, or several, down from one that has one.

        All classes of such a line have the same family.
        """
        found: dict[ast.ClassDef, ast.ClassDef] = {}
        for cls in reversed(self.ordered):
            derived = self.derived(cls)
            found[cls] = found[derived[0]] if len(derived) == 1 else cls
        return found


def _unsubscripted(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


def _closure(
    start: Collection[ast.ClassDef], step: Callable[[ast.ClassDef], Collection[ast.ClassDef]]
) -> list[ast.ClassDef]:
    """The classes that ``step`` leads to from ``start``, itself included, nearest first."""
    found = dict.fromkeys(start)
    pending = list(start)
    for cls in pending:
        new = [each for each in step(cls) if each not in found]
        found.update(dict.fromkeys(new))
        pending += new
    return list(found)
