"""Where a value comes from: names and attributes followed back to what made them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from memlint.resolve import Resolver
from memlint.syntax import Scope, SyntaxTree

Variable = tuple[Scope, str]
ELEMENT = "[]"
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


def origin(expr: ast.expr, resolver: Resolver) -> Origin:
    """Follow ``expr`` back through attributes, elements and names assigned once."""
    path: list[str] = []
    for _ in range(_MAX_STEPS):
        match expr:
            case ast.Attribute(value=value, attr=attr):
                path.append(attr)
                expr = value
            case ast.Subscript(value=value):
                path.append(ELEMENT)
                expr = value
            case ast.Call(func=ast.Attribute(value=value, attr="get" | "items" | "values")):
                path.append(ELEMENT)
                expr = value
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                expr = value
            case ast.Name():
                definition = resolver.definition(expr)
                if definition is None:
                    break
                expr = definition
            case _:
                break
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
        sources = list(_element_sources(found.base, tree)) if found.path == () else []
        if not sources:
            yield Origin(found.base, path)
        for source in sources:
            elements = _elements(source, resolver)
            if elements is None:
                pending.append((source, (ELEMENT, *path)))
            else:
                pending += [(element, path) for element in elements]


def parts(expr: ast.expr, resolver: Resolver) -> Iterator[Part]:
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
        else:
            pending += [(child, contained or deeper) for child, deeper in reversed(held)]


def _held(expr: ast.expr, resolver: Resolver) -> list[tuple[ast.expr, bool]] | None:
    match expr:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return [(element, True) for element in elements]
        case ast.Dict(values=values):
            return [(value, True) for value in values]
        case ast.IfExp(body=body, orelse=orelse):
            return [(body, False), (orelse, False)]
        case ast.Call(func=func, args=args, keywords=keywords):
            if resolver.is_class(func) and not resolver.is_factory(func):
                values = [*args, *(keyword.value for keyword in keywords)]
                return [(value, True) for value in values]
    return None


def _element_sources(expr: ast.expr, tree: SyntaxTree) -> Iterator[ast.expr]:
    """The collections whose elements ``expr``, a loop variable or an unpacked name, takes."""
    if not isinstance(expr, ast.Name):
        return
    for binding in tree.bindings(expr):
        target = tree.parents[binding]
        if isinstance(target, ast.Tuple | ast.List):
            target = tree.parents[target]
            if isinstance(target, ast.Assign):
                yield target.value
        if isinstance(target, ast.For | ast.AsyncFor | ast.comprehension):
            yield target.iter


def _elements(expr: ast.expr, resolver: Resolver) -> list[ast.expr] | None:
    base = origin(expr, resolver)
    if base.path == () and isinstance(base.base, ast.Tuple | ast.List | ast.Set):
        return base.base.elts
    return None
