"""Loops that make mocks and keep them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

from memlint.facts.bounds import AnyLoop, Bounds
from memlint.facts.keeping import Keeper
from memlint.facts.origins import Place, place
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

_REPEATING = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, eq=False, slots=True)
class KeptMock:
    """A mock factory's call in a loop, whose mocks are kept.

    ``bound`` is how many are kept at most, where the file tells; ``endless`` whether nothing
    in the file ends the loop; ``container`` what keeps them; ``cleaned`` whether a ``finally``
    empties it.
    """

    call: ast.Call
    bound: int | None
    endless: bool
    container: Place | None
    cleaned: bool


def find_kept_mocks(tree: SyntaxTree, resolver: Resolver) -> Iterator[KeptMock]:
    """Every mock factory's call whose mocks a loop or a comprehension keeps."""
    bounds = Bounds(tree, resolver)
    is_cleaned = cache(partial(_is_cleaned, tree))
    for call in tree.nodes(ast.Call):
        if not _is_repeated(call, tree) or not resolver.is_factory(call.func):
            continue
        store = Keeper(tree, resolver).store(call)
        loops = [loop for loop in store.loops if _repeats(loop, call, tree)]
        if loops:
            yield KeptMock(
                call,
                bound=bounds.product(loops),
                endless=any(bounds.is_endless(loop) for loop in loops),
                container=store.container,
                cleaned=is_cleaned(store.container, tree.function(call)),
            )


def _is_repeated(call: ast.Call, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(call):
        if isinstance(parent, _FUNCTIONS):
            return False
        if isinstance(parent, _REPEATING):
            return True
    return False


def _repeats(loop: AnyLoop, call: ast.Call, tree: SyntaxTree) -> bool:
    """Whether ``loop`` makes new mocks, and does not only keep one of them many times."""
    whole = tree.parents[loop] if isinstance(loop, ast.comprehension) else loop
    return whole in tree.ancestors(call)


def _is_cleaned(tree: SyntaxTree, container: Place | None, function: ast.AST | None) -> bool:
    """Whether a ``finally`` of the function, or a registered cleanup, empties the container."""
    if container is None:
        return False
    scope, name = container.variable
    for read in tree.reads(name):
        if tree.function(read) is function and _empties(read, container, tree):
            return True
    return container.path == () and any(
        _in_finally(node, tree) and tree.function(node) is function
        for node in (*scope.bindings[name], *tree.deletions(name))
    )


def _empties(read: ast.Name, container: Place, tree: SyntaxTree) -> bool:
    node = tree.outermost_attribute(read)
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Del):
        return place(node, tree) == container and _in_finally(node, tree)
    if not isinstance(node, ast.Attribute) or node.attr != "clear":
        return False
    if place(node.value, tree) != container:
        return False
    parent = tree.parents[node]
    registered = isinstance(parent, ast.Call) and node in parent.args
    return registered or _in_finally(node, tree)


def _in_finally(node: ast.AST, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.Try | ast.TryStar) and node in parent.finalbody:
            return True
        node = parent
    return False
