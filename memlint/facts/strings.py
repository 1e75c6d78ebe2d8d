"""Strings: those that an expression stands for, and what else is known of them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

_MAX_DEPTH = 20


def strings(expr: ast.expr, tree: SyntaxTree, resolver: Resolver) -> list[str]:
    """What ``expr`` stands for, one after the other where it is the variable of a loop.

    None where the file does not list all of them.
    """
    constant = resolver.constant(expr)
    if isinstance(constant, str):
        return [constant]
    iterated = _iterated(expr, tree) if isinstance(expr, ast.Name) else None
    return [] if iterated is None else _constants(_elements(iterated, resolver), resolver) or []


def _iterated(name: ast.Name, tree: SyntaxTree) -> ast.expr | None:
    """What the innermost loop around ``name`` iterates over whose variable it is."""
    for parent in tree.ancestors(name):
        loops: Sequence[ast.For | ast.comprehension] = ()
        match parent:
            case ast.For():
                loops = [parent]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                loops = parent.generators
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return None
        for loop in loops:
            if any(target in tree.bindings(name) for target in ast.walk(loop.target)):
                return loop.iter
    return None


def tested_beginnings(expr: ast.expr, tree: SyntaxTree, resolver: Resolver) -> Sequence[str]:
    """What the string that the name ``expr`` stands for may start with.

    Known from the nearest `if` around it, as in ``if name.startswith("app.")``; the empty string
    where nothing is known.
    """
    if isinstance(expr, ast.Name):
        child: ast.AST = expr
        for parent in tree.ancestors(expr):
            if isinstance(parent, ast.If) and child in parent.body:
                found = _beginnings(parent.test, expr.id, resolver, _MAX_DEPTH)
                return [""] if found is None else found
            child = parent
    return [""]


def _beginnings(test: ast.expr, name: str, resolver: Resolver, depth: int) -> list[str] | None:
    """What ``name`` starts with where ``test`` holds; None where that is not known."""
    match test:
        case ast.BoolOp(values=values) if depth:
            found = [_beginnings(value, name, resolver, depth - 1) for value in values]
            known = [each for each in found if each is not None]
            if isinstance(test.op, ast.And):
                return known[0] if known else None
            return [one for each in known for one in each] if len(known) == len(found) else None
        case ast.Compare(left=ast.Name(id=id), ops=[ast.Eq()], comparators=[value]) if id == name:
            return _constants((value,), resolver)
        case ast.Compare(left=ast.Name(id=id), ops=[ast.In()], comparators=[value]) if id == name:
            return _constants(_elements(value, resolver), resolver)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=id), attr="startswith"), args=[value]):
            if id == name:
                return _constants(_elements(value, resolver) or (value,), resolver)
    return None


def _elements(expr: ast.expr, resolver: Resolver) -> Sequence[ast.expr | None]:
    """The elements, or the keys, of the collection that ``expr`` stands for; none if unknown."""
    match resolver.definition(expr) or expr:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return elements
        case ast.Dict(keys=keys):
            return keys
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "keys"), args=[]):
            match resolver.definition(value) or value:
                case ast.Dict(keys=keys):
                    return keys
    return []


def _constants(exprs: Sequence[ast.expr | None], resolver: Resolver) -> list[str] | None:
    """The strings that ``exprs`` stand for, should all of them be known."""
    values = [None if expr is None else resolver.constant(expr) for expr in exprs]
    known = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    return known if known and all(isinstance(value, str) for value in values) else None
