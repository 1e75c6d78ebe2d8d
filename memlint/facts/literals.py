"""Expressions that are what they say: made of constants alone."""

from __future__ import annotations

import ast

_LITERALS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp)


def is_literal(expr: ast.expr) -> bool:
    """Whether ``expr`` is made of constants only, so that it reads no name and calls nothing."""
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, _LITERALS):
            children = ast.iter_child_nodes(node)
            pending += [child for child in children if isinstance(child, ast.expr)]
        elif not isinstance(node, ast.Constant):
            return False
    return True


def is_immutable(expr: ast.expr) -> bool:
    """Whether ``expr`` is an immutable literal: it does not matter how often it is evaluated."""
    match expr:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return isinstance(operand, ast.Constant)
        case ast.Tuple(elts=elements):
            return all(map(is_immutable, elements))
    return False
