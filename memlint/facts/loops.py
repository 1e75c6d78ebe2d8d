"""Loops that make mocks and keep them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import inf

from memlint.facts.bounds import AnyLoop, Bounds
from memlint.facts.keeping import Keeper
from memlint.facts.origins import Place, place
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, SyntaxTree

_REPEATING = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True, eq=False, slots=True)
class KeptMock:
    """A mock factory's call in a loop, whose mocks are kept.

    ``count`` is how many are kept, and ``counted`` whether that is all: loops of unknown length
    count as one round. ``endless`` tells whether nothing in the file ends the loop, ``container``
    what keeps the mocks, ``cleaned`` whether a ``finally`` empties it.
    """

    call: ast.Call
    count: int
    counted: bool
    endless: bool
    container: Place | None
    cleaned: bool


def find_kept_mocks(tree: SyntaxTree, resolver: Resolver) -> Iterator[KeptMock]:
    """Every mock factory's call whose mocks a loop or a comprehension keeps."""
    bounds = Bounds(tree, resolver)
    keeper = Keeper(tree, resolver)
    last_cleanup = cache(partial(_last_cleanup, tree))
    for call in tree.nodes(ast.Call):
        if not _is_repeated(call, tree) or not resolver.is_factory(call.func):
            continue
        store = keeper.store(call)
        loops = [loop for loop in store.loops if _repeats(loop, call, tree)]
        if loops:
            count, counted = bounds.product(loops)
            yield KeptMock(
                call,
                count,
                counted,
                endless=any(bounds.is_endless(loop) for loop in loops),
                container=store.container,
                cleaned=last_cleanup(store.container, tree.function(call)) > call.lineno,
            )


def _is_repeated(call: ast.Call, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(call):
        if isinstance(parent, DEFINITIONS):
            return False
        if isinstance(parent, _REPEATING):
            return True
    return False


def _repeats(loop: AnyLoop, call: ast.Call, tree: SyntaxTree) -> bool:
    """Whether ``loop`` makes new mocks, and does not only keep one of them many times."""
    whole = tree.parents[loop] if isinstance(loop, ast.comprehension) else loop
    return whole in tree.ancestors(call)


def _last_cleanup(tree: SyntaxTree, container: Place | None, function: ast.AST | None) -> float:
    """The last line where a ``finally`` of the function empties the container; 0 for none.

    A registered cleanup comes after all lines.
    """
    if container is None:
        return 0
    scope, name = container.variable
    changes: list[ast.AST] = [*scope.bindings[name], *tree.deletions(name)]
    emptied = changes if container.path == () else []
    for read in tree.reads(container.variable):
        node = tree.outermost_attribute(read)
        if _empties(node, container, tree):
            if _is_registered(node, tree) and tree.function(node) is function:
                return inf
            emptied = [*emptied, node]
    return max(
        (
            node.lineno  # type: ignore[attr-defined]
            for node in emptied
            if tree.function(node) is function and _in_finally(node, tree)
        ),
        default=0,
    )


def _empties(node: ast.AST, container: Place, tree: SyntaxTree) -> bool:
    match node:
        case ast.Attribute(attr="clear", value=value):
            return place(value, tree) == container
        case ast.Attribute(ctx=ast.Del()) | ast.Subscript(ctx=ast.Del()):
            return place(node, tree) == container
        case ast.Subscript(ctx=ast.Store(), slice=ast.Slice()):
            return place(node, tree) == container
    return False


def _is_registered(node: ast.AST, tree: SyntaxTree) -> bool:
    parent = tree.parents[node]
    return isinstance(parent, ast.Call) and node in parent.args


def _in_finally(node: ast.AST, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.Try | ast.TryStar) and node in parent.finalbody:
            return True
        node = parent
    return False
