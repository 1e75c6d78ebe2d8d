"""Factories, in the place of mocks, as the arguments of a parametrized test."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from memlint.cst import Change, FixError, Rewriter, Statement
from memlint.facts import Facts, ParametrizedMock
from memlint.facts.fixtures import parameters
from memlint.facts.parametrized_mocks import Parametrization, cells, parametrization
from memlint.model import Fix
from memlint.remedies.statements import assignment, indented
from memlint.syntax import FunctionNode, SyntaxTree, keyword

_NO_PLAIN_VALUE = (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr)


@dataclass(frozen=True)
class _Argument:
    """An argument of ``test`` for which every row has a mock of its own: ``mocks``."""

    test: FunctionNode
    name: str
    names: ast.expr
    mocks: Sequence[ast.Call]


def passed_factory(mock: ParametrizedMock, rewriter: Rewriter) -> Fix:
    """The fix that passes factories, and calls them in the test. Raises `FixError`."""
    argument = _argument(mock, rewriter.facts)
    _require_plain_parameter(argument, rewriter.facts)
    for call in argument.mocks:
        _require_same_meaning(call, rewriter.facts.tree)
    factory = rewriter.fresh_name(f"make_{argument.name}")
    changes: dict[cst.CSTNode, Change] = {
        rewriter.node(call): _factory_of for call in argument.mocks
    }
    changes[_name_node(argument, rewriter)] = _renamed(argument.name, factory)
    decorated = rewriter.enclosing(rewriter.node(mock.call), cst.FunctionDef)
    changes[decorated] = _calling(argument.name, factory)
    return rewriter.fix("Call the factory in the test", "unsafe", changes)


def _argument(mock: ParametrizedMock, facts: Facts) -> _Argument:
    test = facts.tree.decorated(mock.call)
    if not isinstance(test, FunctionNode):
        raise FixError("it stands at no test")
    around = {mock.call, *facts.tree.ancestors(mock.call)}
    decorator = next(each for each in test.decorator_list if each in around)
    found = parametrization(decorator, facts.resolver) if isinstance(decorator, ast.Call) else None
    if found is None or found.arguments is None or not isinstance(found.values, ast.List):
        raise FixError("the values are no list in the decorator")
    if found.is_indirect or not isinstance(keyword(found.call, "ids"), ast.List | ast.Tuple | None):
        raise FixError("a fixture or a function may take the values")
    table = [cells(row, len(found.arguments), facts.resolver) for row in found.values.elts]
    for name, *column in zip(found.arguments, *map(_known, table), strict=True):
        if mock.call in column:
            mocks = [cell for cell in column if isinstance(cell, ast.Call)]
            if len(mocks) < len(column) or not all(map(facts.resolver.is_mock, mocks)):
                raise FixError("not all values are mocks")
            return _Argument(test, name, _written(name, found), mocks)
    raise FixError("it is part of a value")


def _known(row: list[ast.expr] | None) -> list[ast.expr]:
    if row is None:
        raise FixError("the values of a row do not show")
    return row


def _written(name: str, found: Parametrization) -> ast.expr:
    """The string that names the argument."""
    given = found.call.args[0] if found.call.args else keyword(found.call, "argnames")
    strings = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
    for string in strings:
        match string:
            case ast.Constant(value=str(text)) if re.search(rf"\b{name}\b", text):
                return string
    raise FixError("the name is written elsewhere")


def _require_plain_parameter(argument: _Argument, facts: Facts) -> None:
    arguments = argument.test.args
    every = [*arguments.args, *arguments.kwonlyargs]
    found = [each for each in every if each.arg == argument.name and each.annotation is None]
    scope = facts.tree.scope(argument.test.body[0])
    if not found or scope.bindings[argument.name] != found:
        raise FixError("the test has no such parameter, or binds it again")
    if any(argument.name in parameters(fixture.node) for fixture in facts.fixtures):
        raise FixError("a fixture takes the argument")


def _require_same_meaning(call: ast.Call, tree: SyntaxTree) -> None:
    """The arguments of ``call`` are evaluated later now: they have to be the same by then."""
    for node in ast.walk(call):
        if isinstance(node, _NO_PLAIN_VALUE):
            raise FixError("the mock is made by more than a call")
        if isinstance(node, ast.Name):
            scope = tree.scope(node).find(node.id)
            is_inside = scope is not None and call in tree.ancestors(scope.node)
            is_global = scope is tree.module and len(scope.bindings[node.id]) == 1
            if scope is not None and not is_inside and not is_global:
                raise FixError(f"{node.id!r} may mean something else in the test")


def _name_node(argument: _Argument, rewriter: Rewriter) -> cst.CSTNode:
    node = rewriter.node(argument.names)
    if not isinstance(node, cst.SimpleString):
        raise FixError("the name is written in parts")
    return node


def _renamed(name: str, factory: str) -> Change:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        text = cst.ensure_type(node, cst.SimpleString).value
        return node.with_changes(value=re.sub(rf"\b{name}\b", factory, text))

    return change


def _factory_of(node: cst.CSTNode) -> cst.CSTNode:
    """What makes the mock that ``node`` makes."""
    call = cst.ensure_type(node, cst.Call)
    if not call.args and not call.lpar:
        return call.func
    return cst.Lambda(params=cst.Parameters(), body=call)


def _calling(name: str, factory: str) -> Change:
    """Makes a test take the factory, and call it before anything else."""
    made = assignment(cst.Name(name), cst.Call(cst.Name(factory)))

    def change(node: cst.CSTNode) -> cst.CSTNode:
        definition = cst.ensure_type(node, cst.FunctionDef)
        params = definition.params
        body = indented(definition.body)
        return definition.with_changes(
            params=params.with_changes(
                params=_with_factory(params.params, name, factory),
                kwonly_params=_with_factory(params.kwonly_params, name, factory),
            ),
            body=body.with_changes(body=_preceded(made, body.body)),
        )

    return change


def _with_factory(params: Sequence[cst.Param], name: str, factory: str) -> list[cst.Param]:
    return [
        each.with_changes(name=cst.Name(factory)) if each.name.value == name else each
        for each in params
    ]


def _preceded(
    made: cst.SimpleStatementLine, statements: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """``made`` and ``statements``, of which a docstring stays the first."""
    start = int(_is_docstring(statements[0]))
    head, rest = list(statements[:start]), list(statements[start:])
    if not rest:
        return [*head, made]
    first = rest[0]
    assert isinstance(first, Statement)
    above = list(first.leading_lines)
    blank = [line for line in above if line.comment is None] if start else []
    kept = [line for line in above if line not in blank]
    return [
        *head,
        made.with_changes(leading_lines=blank),
        first.with_changes(leading_lines=kept),
        *rest[1:],
    ]


def _is_docstring(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]):
            return isinstance(value, cst.SimpleString | cst.ConcatenatedString)
    return False
