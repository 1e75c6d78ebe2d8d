"""A `finally` that empties the collections of mocks, and collects them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile

import libcst as cst

from memlint import names
from memlint.cst import FixError, Rewriter
from memlint.facts import Facts, KeptMock
from memlint.facts.origins import place
from memlint.facts.stubs import Block, StubError, block_of
from memlint.model import Finding, Fix
from memlint.remedies import stub
from memlint.remedies.top_level import import_of
from memlint.syntax import FunctionNode, SyntaxTree

_COLLECTIONS = (ast.Dict, ast.DictComp, ast.List, ast.ListComp, ast.Set, ast.SetComp)

Check = Callable[[KeptMock, Facts], Iterator[Finding]]


def cleanup(kept: KeptMock, check: Check, rewriter: Rewriter) -> Fix:
    """The fix that puts the rest of the block in a `try`, whose `finally` clears.

    It clears each local collection of mocks that ``check`` reports in the block. Raises `FixError`
    where one may be needed later.
    """
    block = _block(kept, rewriter)
    if block is None:
        raise FixError("what keeps the mocks is no local collection")
    bound = [_binding(kept)]
    for other in rewriter.facts.kept_mocks:
        alike = any(check(other, rewriter.facts)) and _block(other, rewriter) is block
        if alike and not stub.is_possible(other, rewriter):
            bound.append(_binding(other))
    bound.sort(key=lambda name: name.lineno)
    body = rewriter.enclosing(rewriter.node(bound[-1]), cst.IndentedBlock)
    line = rewriter.enclosing(rewriter.node(bound[-1]), cst.SimpleStatementLine)
    first = body.body.index(line) + 1
    if first == len(body.body):
        raise FixError("nothing follows the collection")
    cleared = dict.fromkeys(name.id for name in bound)
    change = partial(_wrapped, first=first, cleared=list(cleared))
    title = f"Clear {' and '.join(cleared)} in a finally"
    edits = import_of("gc", bound[-1], rewriter)
    return rewriter.fix(title, "unsafe", {body: change}, *edits)


def _wrapped(block: cst.CSTNode, first: int, cleared: list[str]) -> cst.CSTNode:
    """``block`` with its statements from ``first`` on in a `try` whose `finally` clears."""
    assert isinstance(block, cst.IndentedBlock)
    statement, *rest = block.body[first:]
    lines = list(statement.leading_lines)  # type: ignore[attr-defined]
    blank = list(takewhile(lambda line: line.comment is None, lines))
    statement = statement.with_changes(leading_lines=lines[len(blank) :])
    final = [*(f"{name}.clear()" for name in cleared), "gc.collect()"]
    attempt = cst.Try(
        body=cst.IndentedBlock([statement, *rest], footer=block.footer),
        finalbody=cst.Finally(cst.IndentedBlock([cst.parse_statement(each) for each in final])),
        leading_lines=blank,
    )
    return block.with_changes(body=[*block.body[:first], attempt], footer=())


def _block(kept: KeptMock, rewriter: Rewriter) -> Block | None:
    """The statements in which the local collection that keeps the mocks lives and dies."""
    tree = rewriter.facts.tree
    if kept.container is None or kept.container.path:
        return None
    scope, name = kept.container.variable
    function = scope.node
    if not isinstance(function, FunctionNode) or _hands_out(function, tree):
        return None
    binding, *others = scope.bindings[name]
    statement = tree.parents[binding]
    if others or not _makes_collection(statement, rewriter):
        return None
    try:
        block = block_of(statement, tree)  # type: ignore[arg-type]
    except StubError:
        return None
    for read in tree.reads(kept.container.variable):
        if tree.parents[statement] not in tree.ancestors(read) or _outlives(read, tree):
            return None
    return block


def _binding(kept: KeptMock) -> ast.Name:
    assert kept.container is not None
    scope, name = kept.container.variable
    binding = scope.bindings[name][0]
    assert isinstance(binding, ast.Name)
    return binding


def _hands_out(function: FunctionNode, tree: SyntaxTree) -> bool:
    """Whether callers of ``function`` may get something that it made."""
    returns = tree.nodes_in(function, ast.Return)
    yields = [*tree.nodes_in(function, ast.Yield), *tree.nodes_in(function, ast.YieldFrom)]
    return bool(yields) or any(statement.value is not None for statement in returns)


def _makes_collection(statement: ast.AST, rewriter: Rewriter) -> bool:
    """Whether ``statement`` binds a name to a new collection that has a `clear` method."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=value):
            if isinstance(value, ast.Call):
                qualname = rewriter.facts.resolver.qualname(value.func)
                return qualname in names.COLLECTIONS and qualname != "builtins.tuple"
            return isinstance(value, _COLLECTIONS)
    return False


def _outlives(read: ast.Name, tree: SyntaxTree) -> bool:
    """Whether ``read`` puts the collection where it may be needed after the function.

    A list that it is part of holds the mocks as well: nothing would be freed.
    """
    value: ast.expr = read
    while isinstance(parent := tree.parents[value], ast.BinOp):
        value = parent
    match parent:
        case ast.Assign(targets=[ast.Name()]) if value is not read:
            return True
        case ast.Assign(targets=targets, value=value) if value is read:
            for target in targets:
                kept = place(target, tree)
                if kept is None or kept.variable[0] is tree.module:
                    return True
                scope, name = kept.variable
                answers = kept.path[-1:] in (("return_value",), ("side_effect",))
                given = any(isinstance(node, ast.arg) for node in scope.bindings[name])
                if given and kept.path and not answers:
                    return True
    return False
