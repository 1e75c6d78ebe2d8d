"""Test classes: which framework runs them, and which classes share attributes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Literal

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, FunctionNode, SyntaxTree

Framework = Literal["pytest", "unittest"]
Holder = Literal["class", "instance"]
Owner = tuple[ast.ClassDef, Holder]


class Classes:
    """The classes of one file, by what they derive from."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._families: dict[ast.ClassDef, list[ast.ClassDef]] = {}
        self._frameworks: dict[ast.ClassDef, set[Framework | None]] = {}
        self._own: dict[ast.ClassDef, Framework | None] = {}

    def frameworks(self, cls: ast.ClassDef) -> set[Framework | None]:
        """Which frameworks run ``cls`` and the classes of the file that derive from it.

        None stands for neither, and for a class of which a base is not known.
        """
        if cls not in self._frameworks:
            derived = _closure([cls], self._derived_from)
            self._frameworks[cls] = {self._framework(each) for each in derived}
        return self._frameworks[cls]

    def family(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes whose methods may see the attributes that a method of ``cls`` sets."""
        if cls not in self._families:
            derived = _closure([cls], self._derived_from)
            self._families[cls] = _closure(derived, self._bases)
        return self._families[cls]

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

    def _framework(self, cls: ast.ClassDef) -> Framework | None:
        """Which framework runs ``cls`` itself."""
        if cls not in self._own:
            self._own[cls] = self._found_framework(cls)
        return self._own[cls]

    def _found_framework(self, cls: ast.ClassDef) -> Framework | None:
        public = self._public_bases(cls)
        if public is None or not public <= names.TEST_CASES | names.PLAIN_BASES:
            return None
        if public & names.TEST_CASES:
            return "unittest"
        return "pytest" if self._is_collected(cls) else None

    def _public_bases(self, cls: ast.ClassDef) -> set[str] | None:
        """What ``cls`` and its bases in the file derive from elsewhere; None if that is unknown."""
        found: set[str] = set()
        for each in _closure([cls], self._bases):
            for base in map(_unsubscripted, each.bases):
                if self.named(base) is None:
                    qualname = self._resolver.qualname(base)
                    if qualname is None or qualname.startswith("."):
                        return None
                    found.add(qualname)
        return found

    def _bases(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        return self._all_bases[cls]

    @cached_property
    def _all_bases(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        return {
            cls: [
                base for expr in cls.bases if (base := self.named(_unsubscripted(expr))) is not None
            ]
            for cls in self._tree.nodes(ast.ClassDef)
        }

    def _derived_from(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        return self._derived.get(cls, [])

    @cached_property
    def _derived(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
        for cls in self._tree.nodes(ast.ClassDef):
            for base in self._bases(cls):
                found[base].append(cls)
        return found

    def named(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the file that ``expr`` names, where it can be no other."""
        match expr:
            case ast.Name():
                bindings = self._tree.bindings(expr)
            case ast.Attribute(value=ast.Name() as outer, attr=attr):
                owner = self._of_first_parameter(outer)
                around = self.named(outer) if owner is None else owner[0]
                scope = None if around is None else self._tree.scope(around.body[0])
                bindings = [] if scope is None else scope.bindings.get(attr, [])
            case _:
                return None
        match bindings:
            case [ast.ClassDef() as cls]:
                return cls
        return None

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

    def _is_collected(self, cls: ast.ClassDef) -> bool:
        """Whether pytest takes ``cls`` for a test class, as it does if not told otherwise."""
        around = (node for node in self._tree.ancestors(cls) if isinstance(node, DEFINITIONS))
        members = (member for each in _closure([cls], self._bases) for member in each.body)
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
