"""Where a value comes from: names and attributes followed back to what made them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, Variable

ELEMENT = "[]"
ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})

_READING = frozenset({"get", "items", "values"})
_MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class Origin:
    """``base`` is the name or call at which the way back ends, ``path`` the attributes from there.

    An element of a container is the step `ELEMENT`.
    """

    base: ast.expr
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A value that is handed out, alone or ``contained`` in a collection or an object."""

    origin: Origin
    contained: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is kept: a variable, and the attributes from it."""

    variable: Variable
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.variable[1], *self.path))


def place(expr: ast.expr, tree: SyntaxTree) -> Place | None:
    """The place that ``expr`` names, its elements counting as itself; None for no such place."""
    path: list[str] = []
    while isinstance(expr, ast.Attribute | ast.Subscript):
        if isinstance(expr, ast.Attribute):
            path.append(expr.attr)
        expr = expr.value
    variable = tree.variable(expr) if isinstance(expr, ast.Name) else None
    return None if variable is None else Place(variable, tuple(reversed(path)))


def origin(expr: ast.expr, resolver: Resolver) -> Origin:
    """Follow ``expr`` back through attributes, elements and names assigned once."""
    path: list[str] = []
    for _ in range(_MAX_STEPS):
        match expr:
            case ast.Attribute(value=value, attr=attr):
                path.append(attr)
            case ast.Subscript(value=value):
                path.append(ELEMENT)
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _READING:
                path.append(ELEMENT)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                pass
            case ast.Name():
                definition = resolver.definition(expr)
                if definition is None:
                    break
                value = definition
            case _:
                break
        expr = value
    return Origin(expr, tuple(reversed(path)))


def origins(expr: ast.expr, tree: SyntaxTree, resolver: Resolver) -> Iterator[Origin]:
    """Like `origin`, also through loop variables and unpacking: every value ``expr`` may be."""
    pending: list[tuple[ast.expr, tuple[str, ...]]] = [(expr, ())]
    for _ in range(_MAX_STEPS):
        if not pending:
            return
        value, path = pending.pop()
        found = origin(value, resolver)
        path = found.path + path
        sources = _sources(found.base, tree) if found.path == () else []
        if not sources:
            yield Origin(found.base, path)
        for source, is_element in reversed(sources):
            elements = _elements(source, resolver) if is_element else [source]
            if elements is None:
                pending.append((source, (ELEMENT, *path)))
            else:
                pending += [(element, path) for element in reversed(elements)]


def parts(expr: ast.expr, tree: SyntaxTree, resolver: Resolver) -> Iterator[Part]:
    """What ``expr`` hands out: itself, or what a collection or an object it builds holds."""
    pending = [(expr, False)]
    for _ in range(_MAX_STEPS):
        if not pending:
            return
        value, contained = pending.pop()
        found = origin(value, resolver)
        held = None if found.path else _held(found.base, resolver)
        if held is None:
            yield Part(found, contained)
        if isinstance(value, ast.Name) and not resolver.is_mock(found.base):
            pending += [(child, True) for child in reversed(_added(value, tree))]
        pending += [(child, contained or deeper) for child, deeper in reversed(held or [])]


def _held(expr: ast.expr, resolver: Resolver) -> list[tuple[ast.expr, bool]] | None:
    """What the object that ``expr`` builds holds, and whether it holds or is it."""
    match expr:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return [(element, True) for element in elements]
        case ast.Dict(values=values):
            return [(value, True) for value in values]
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.DictComp(value=element):
            return [(element, True)]
        case ast.IfExp(body=body, orelse=orelse):
            return [(body, False), (orelse, False)]
        case ast.Call(func=func, args=args, keywords=keywords):
            if resolver.is_class(func) and not resolver.is_factory(func):
                values = [*args, *(keyword.value for keyword in keywords)]
                return [(value, True) for value in values]
    return None


def _added(name: ast.Name, tree: SyntaxTree) -> list[ast.expr]:
    """What the function sets on, or adds to, the object of its variable ``name``."""
    found: list[ast.expr] = []
    for read in tree.reads(name.id):
        if tree.variable(read) != tree.variable(name):
            continue
        target = tree.outermost_attribute(read)
        match tree.parents[target]:
            case ast.Assign(targets=targets, value=value) if target in targets:
                found.append(value)
            case ast.Call(func=ast.Attribute(attr=method) as func, args=args) if func is target:
                found += args if method in ADDING else []
    return found


def _sources(expr: ast.expr, tree: SyntaxTree) -> list[tuple[ast.expr, bool]]:
    """What a name with several values takes: values, and (true) collections of values."""
    found: list[tuple[ast.expr, bool]] = []
    for binding in tree.bindings(expr) if isinstance(expr, ast.Name) else ():
        target = tree.parents[binding]
        is_unpacked = isinstance(target, ast.Tuple | ast.List)
        match tree.parents[target] if is_unpacked else target:
            case ast.Assign(value=value):
                found.append((value, is_unpacked))
            case ast.For(iter=value) | ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
                found.append((value, True))
    return found


def _elements(expr: ast.expr, resolver: Resolver) -> list[ast.expr] | None:
    """The elements of the collection that ``expr`` is, where the file lists them."""
    found = origin(expr, resolver)
    match found.base:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return None if found.path else elements
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            return None if found.path else [element]
    return None
