"""A function with a name, in the place of a lambda that is a mock's side effect."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst

from memlint.cst import Change, FixError, Rewriter, Statement
from memlint.facts import LambdaSideEffect
from memlint.model import Fix
from memlint.remedies.function_names import (
    code,
    free_name,
    function_scope,
    stands_for_another,
    wanted_name,
)
from memlint.remedies.function_texts import definition
from memlint.remedies.layout import LINE_LENGTH, one_line_call
from memlint.syntax import Scope, defaults


def named_function(side_effect: LambdaSideEffect, rewriter: Rewriter) -> Fix:
    """Define the function before the statement. Raises `FixError` where it would mean another.

    One function serves all lambdas that are the same and stand for the same.
    """
    node = side_effect.node
    home = _home(node, rewriter)
    _require_same_meaning(node, home, rewriter)
    same = [node]
    if all(isinstance(value, ast.Constant) for value in defaults(node)):
        if (known := _defined(node, home.scope, rewriter)) is not None:
            return rewriter.fix(f"Use {known}()", "unsafe", _named(node, known, rewriter))
        same = _same(node, home.scope, rewriter)
    home = _home(same[0], rewriter)
    name = free_name(same[0], home.scope, rewriter)
    function = rewriter.statement(definition(name, same[0], _margin(home, rewriter), rewriter))
    assert isinstance(function, cst.FunctionDef)

    def define(statement: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        assert isinstance(statement, Statement)
        return cst.FlattenSentinel(_separated(function, statement, home))

    changes = {**_named(node, name, rewriter), home.statement: define}
    return rewriter.fix(f"Define {name}()", "unsafe", changes)


def _named(node: ast.Lambda, name: str, rewriter: Rewriter) -> dict[cst.CSTNode, Change]:
    """The changes that put ``name`` into the place of ``node``."""
    tree = rewriter.facts.tree
    written = rewriter.node(node)
    replacement = cst.Name(name)
    changes: dict[cst.CSTNode, Change] = {written: lambda _: replacement}
    match tree.parents[node]:
        case ast.Assign(targets=[*_, target]):
            end = (target.end_col_offset or 0) + len(" = ")
            if end + len(name) > LINE_LENGTH:
                replacement = replacement.with_changes(lpar=written.lpar, rpar=written.rpar)
        case ast.keyword() as argument if isinstance(call := tree.parents[argument], ast.Call):
            changes[rewriter.node(call)] = one_line_call(call, rewriter)
    return changes


def _margin(home: _Home, rewriter: Rewriter) -> int:
    """The column of the statements where the function goes."""
    return sum(
        len(block.indent or rewriter.indent)
        for block in rewriter.ancestors(home.statement)
        if isinstance(block, cst.IndentedBlock)
    )


def _defined(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> str | None:
    """The function above ``node`` that does the same."""
    tree = rewriter.facts.tree
    around = set(tree.ancestors(node))
    wanted = wanted_name(node, rewriter)
    for function in tree.nodes(ast.FunctionDef):
        match function:
            case ast.FunctionDef(decorator_list=[], returns=None, body=[ast.Return(value=body)]):
                if (
                    tree.scope(function) is scope
                    and scope.bindings[function.name] == [function]
                    and scope is tree.scope(node).find(function.name)
                    and function.lineno < node.lineno
                    and tree.parents[function] in around
                    and function not in around
                    and body is not None
                    and code(function.args, body) == code(node.args, node.body)
                    and not stands_for_another(function.name, wanted)
                ):
                    return function.name
    return None


def _same(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> list[ast.Lambda]:
    """The lambdas that one function can serve, the first one first."""
    wanted = code(node.args, node.body)
    tree = rewriter.facts.tree
    twins = [
        other.node
        for other in rewriter.facts.lambda_side_effects
        if function_scope(other.node, tree) is scope
        and code(other.node.args, other.node.body) == wanted
        and wanted_name(other.node, rewriter) == wanted_name(node, rewriter)
    ]
    around = list(rewriter.ancestors(rewriter.node(node)))
    for first in sorted(twins, key=lambda twin: (twin.lineno, twin.col_offset)):
        home = _home(first, rewriter)
        if rewriter.parent(home.statement) in around:
            _require_same_meaning(first, home, rewriter)
            return [first, node]
    return [node]


@dataclass(frozen=True)
class _Home:
    """Where the function goes: before ``statement``, in ``scope``."""

    statement: Statement
    scope: Scope
    blank_lines_before: int
    blank_lines_after: int
    leaves_class: bool


def _home(node: ast.Lambda, rewriter: Rewriter) -> _Home:
    """The closest place that is no class body: a function there would be an attribute."""
    statement: cst.CSTNode = rewriter.node(node)
    leaves_class = False
    while True:
        block = rewriter.parent(statement)
        owner = None if isinstance(block, cst.Module) else rewriter.parent(block)
        if isinstance(block, cst.Module | cst.IndentedBlock) and not isinstance(
            owner, cst.ClassDef
        ):
            break
        leaves_class = leaves_class or (isinstance(block, cst.ClassDef) and statement is block.body)
        if isinstance(block, cst.FunctionDef) and statement is block.body:
            raise FixError("the function is on one line")
        statement = block
    assert isinstance(statement, Statement)
    scope = function_scope(node, rewriter.facts.tree)
    after = 2 if owner is None else 1
    opens = block.body[0] is statement and isinstance(owner, cst.FunctionDef | None)
    return _Home(statement, scope, 0 if opens else after, after, leaves_class)


def _require_same_meaning(node: ast.Lambda, home: _Home, rewriter: Rewriter) -> None:
    tree = rewriter.facts.tree
    parts = [*ast.walk(node.body), *(part for value in defaults(node) for part in ast.walk(value))]
    for part in parts:
        match part:
            case ast.Yield() | ast.YieldFrom() | ast.Await() | ast.NamedExpr():
                raise FixError("the lambda is more than an expression of its arguments")
            case ast.Name(id="__class__" | "super") if home.leaves_class:
                raise FixError("the lambda needs its class")
            case ast.Name(id=name) | ast.Attribute(attr=name) if (
                home.leaves_class and name.startswith("__") and not name.endswith("__")
            ):
                raise FixError("the lambda reads a private name of its class")
            case ast.Name(id=name):
                found = tree.scope(part).find(name)
                inside = found is not None and (
                    found.node is node or node in tree.ancestors(found.node)
                )
                if not inside and found is not home.scope.find(name):
                    raise FixError(f"{name!r} means something else outside")
    if not all(isinstance(value, ast.Constant) for value in defaults(node)):
        _require_same_defaults(node, home)


def _require_same_defaults(node: ast.Lambda, home: _Home) -> None:
    """Defaults are evaluated where the function is made, and now that is a moment earlier."""
    alone = isinstance(home.statement, cst.SimpleStatementLine) and len(home.statement.body) == 1
    plain = all(isinstance(value, ast.Constant | ast.Name) for value in defaults(node))
    if not alone or not plain:
        raise FixError("the defaults of the lambda would be evaluated at another time")


def _separated(function: cst.FunctionDef, statement: Statement, home: _Home) -> list[Statement]:
    """Both, a blank line between them; comments stay with the statement they stand above."""
    above = list(statement.leading_lines)
    comments: list[cst.EmptyLine] = []
    while above and above[-1].comment is not None:
        comments.insert(0, above.pop())
    blank = cst.EmptyLine(indent=False)
    missing = home.blank_lines_before - _blanks(above)
    return [
        function.with_changes(leading_lines=[*above, *[blank] * missing]),
        statement.with_changes(leading_lines=[*[blank] * home.blank_lines_after, *comments]),
    ]


def _blanks(lines: list[cst.EmptyLine]) -> int:
    """How many blank lines ``lines`` end with."""
    count = 0
    while count < len(lines) and lines[-1 - count].comment is None:
        count += 1
    return count
