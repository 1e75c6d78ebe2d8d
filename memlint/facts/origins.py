"""Where a value comes from: names and attributes followed back to what made them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, Variable

ELEMENT = "[]"
VIEWS = frozenset({"items", "keys", "values"})
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
    """A value that is handed out, alone or ``contained`` in a collection or an object.

    ``attributes`` lead from what is handed out to the value, None being one of unknown name.
    """

    origin: Origin
    contained: bool = False
    attributes: tuple[str | None, ...] = ()

    def is_at(self, path: tuple[str, ...]) -> bool:
        """Whether ``path``, taken from what is handed out, may lead to the value itself."""
        attributes = [step for step in path if step != ELEMENT]
        return (
            self.contained == bool(path)
            and len(attributes) == len(self.attributes)
            and all(
                known in (None, step)
                for known, step in zip(self.attributes, attributes, strict=True)
            )
        )


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
        sources = list(islice(_sources(found.base, tree), _MAX_STEPS)) if found.path == () else []
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
    pending = [_Held(expr, False)]
    for _ in range(_MAX_STEPS):
        if not pending:
            return
        held = pending.pop()
        found = origin(held.value, resolver)
        inside = None if found.path else _held(found.base, tree, resolver)
        if inside is None:
            yield Part(found, held.contained, held.attributes)
        more = list(inside or [])
        if isinstance(held.value, ast.Name) and not resolver.is_mock(found.base):
            more += _added(held.value, tree)
        pending += [held.holding(each) for each in reversed(more)]


def is_holder(call: ast.Call, tree: SyntaxTree, resolver: Resolver) -> bool:
    """Whether the object that ``call`` builds holds its arguments."""
    if not resolver.is_class(call.func) or resolver.is_factory(call.func):
        return False
    bindings = tree.bindings(call.func) if isinstance(call.func, ast.Name) else []
    classes = [node for node in bindings if isinstance(node, ast.ClassDef)]
    return all(_stores_arguments(cls, resolver) for cls in classes)


@dataclass(frozen=True, slots=True)
class _Held:
    value: ast.expr
    contained: bool = True
    attributes: tuple[str | None, ...] = ()

    def holding(self, inner: _Held) -> _Held:
        """What this holds, seen from outside."""
        return _Held(
            inner.value, self.contained or inner.contained, self.attributes + inner.attributes
        )


def _held(expr: ast.expr, tree: SyntaxTree, resolver: Resolver) -> list[_Held] | None:
    """What the object that ``expr`` builds holds."""
    match expr:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return [_Held(element) for element in elements]
        case ast.Dict(values=values):
            return [_Held(value) for value in values]
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.DictComp(value=element):
            return [_Held(element)]
        case ast.IfExp(body=body, orelse=orelse):
            return [_Held(body, False), _Held(orelse, False)]
        case ast.Call(func=func, args=args, keywords=keywords):
            if is_holder(expr, tree, resolver):
                qualname = resolver.qualname(func)
                unknown = () if qualname in names.COLLECTIONS else (None,)
                named = qualname == names.NAMESPACE
                return [
                    *(_Held(value, True, unknown) for value in args),
                    *(_Held(k.value, True, (k.arg,) if named else unknown) for k in keywords),
                ]
    return None


def _stores_arguments(cls: ast.ClassDef, resolver: Resolver) -> bool:
    """Whether objects of ``cls`` hold what their class is called with, as far as it shows."""
    for statement in cls.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            return any(
                isinstance(node, ast.Assign | ast.AnnAssign)
                and any(isinstance(inner, ast.Name) for inner in ast.walk(node.value or node))
                for node in ast.walk(statement)
            )
    is_tuple = any(resolver.qualname(base) == names.NAMED_TUPLE for base in cls.bases)
    return is_tuple or bool(cls.decorator_list)  # as of a dataclass


def _added(name: ast.Name, tree: SyntaxTree) -> list[_Held]:
    """What the function sets on, or adds to, the object of its variable ``name``."""
    found: list[_Held] = []
    variable = tree.variable(name)
    for read in tree.reads(variable) if variable is not None else ():
        target = tree.outermost_attribute(read)
        match tree.parents[target]:
            case ast.Assign(targets=targets, value=value) if target in targets:
                steps = (target.attr,) if isinstance(target, ast.Attribute) else ()
                found.append(_Held(value, True, steps))
            case ast.Call(func=ast.Attribute(attr=method) as func, args=args) if func is target:
                found += [_Held(argument) for argument in args] if method in ADDING else []
    return found


def _sources(expr: ast.expr, tree: SyntaxTree) -> Iterator[tuple[ast.expr, bool]]:
    """What a name with several values takes: values, and (true) collections of values."""
    for binding in tree.bindings(expr) if isinstance(expr, ast.Name) else ():
        target = tree.parents[binding]
        is_unpacked = isinstance(target, ast.Tuple | ast.List)
        match tree.parents[target] if is_unpacked else target:
            case ast.Assign(value=value):
                yield value, is_unpacked
            case ast.For(iter=value) | ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
                yield value, True


def _elements(expr: ast.expr, resolver: Resolver) -> list[ast.expr] | None:
    """The elements of the collection that ``expr`` is, where the file lists them."""
    found = origin(expr, resolver)
    match found.base:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return None if found.path else elements
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            return None if found.path else [element]
    return None
