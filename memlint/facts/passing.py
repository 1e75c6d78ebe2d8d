"""How a value gets from one place of a file to another: through names, attributes and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from memlint.facts.origins import Place
from memlint.syntax import FunctionNode, SyntaxTree


def reads_of_binding(name: ast.Name, tree: SyntaxTree) -> list[ast.Name]:
    """The reads that may see what ``name`` is bound to here, in source order."""
    variable = tree.variable(name)
    assert variable is not None  # it is bound
    others = [node for node in variable[0].bindings[variable[1]] if node is not name]
    reads = tree.reads(variable)
    return sorted((r for r in reads if not _is_hidden(name, r, others, tree)), key=_position)


def _is_hidden(name: ast.Name, read: ast.Name, others: list[ast.AST], tree: SyntaxTree) -> bool:
    """Whether another binding comes between ``name`` and ``read``, whatever happens."""
    if tree.function(read) is not tree.function(name):
        return False
    above_read = set(tree.ancestors(read))
    for other in others:
        comes_first = _position(other) < _position(read)
        between = not _position(other) < _position(name) < _position(read)
        if comes_first and between and tree.parents[_statement(other, tree)] in above_read:
            return True
    return False


def _statement(node: ast.AST, tree: SyntaxTree) -> ast.AST:
    while not isinstance(node, ast.stmt):
        node = tree.parents[node]
    return node


def _position(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def reads_of_place(kept: Place, tree: SyntaxTree) -> list[ast.AST]:
    """The reads of a place, in whichever method where it is one of `self`'s."""
    name = kept.variable[1]
    if name in ("self", "cls"):
        values = [node.value for node in tree.nodes(ast.Attribute)]
        reads = [node for node in values if isinstance(node, ast.Name) and node.id == name]
    else:
        reads = tree.reads(kept.variable)
    return [found for read in reads if (found := _at(read, kept.path, tree)) is not None]


def _at(read: ast.AST, path: tuple[str, ...], tree: SyntaxTree) -> ast.AST | None:
    """The expression that reads the attributes ``path`` from ``read``, its elements included."""
    node = read
    for step in path:
        node = tree.parents[node]
        while isinstance(node, ast.Subscript):
            node = tree.parents[node]
        if not isinstance(node, ast.Attribute) or node.attr != step:
            return None
    match node:
        case ast.Name(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            return None
    return node


def definitions(func: ast.expr, tree: SyntaxTree) -> list[FunctionNode]:
    """The functions of this file that ``func`` may name."""
    match func:
        case ast.Name():
            return [node for node in tree.bindings(func) if isinstance(node, FunctionNode)]
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            return [function for function in tree.functions() if function.name == attr]
    return []


def parameters(
    function: FunctionNode, node: ast.AST, argument: ast.AST, call: ast.Call
) -> Iterator[str]:
    """The parameter of ``function`` that takes ``node``, which ``call`` has as ``argument``."""
    if isinstance(argument, ast.keyword):
        if argument.arg is not None:
            yield argument.arg
        return
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    if isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"]):
        del names[0]
    before = [arg for arg in call.args if arg is not node]
    if not any(isinstance(arg, ast.Starred) for arg in before):
        yield from (name for name, arg in zip(names, call.args, strict=False) if arg is node)
