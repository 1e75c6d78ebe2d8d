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
from memlint.model import Edit, Fix
from memlint.remedies.layout import fitting
from memlint.remedies.statements import assignment, indented
from memlint.remedies.top_level import imported
from memlint.syntax import FunctionNode, SyntaxTree, keyword


@dataclass(frozen=True)
class _Argument:
    """An argument of ``test``: ``parameter`` takes one of ``values``, and ``written`` names it."""

    test: FunctionNode
    parameter: ast.arg
    written: ast.expr
    values: Sequence[ast.expr]

    @property
    def name(self) -> str:
        return self.parameter.arg


def passed_factory(mock: ParametrizedMock, rewriter: Rewriter) -> Fix:
    """The fix that passes factories, and calls them in the test. Raises `FixError`."""
    argument = _argument(mock, rewriter.facts)
    for value in argument.values:
        _require_same_meaning(value, rewriter.facts.tree)
    factory = rewriter.fresh_name(f"make_{argument.name}", inside=argument.test)
    annotation, edits = _annotation(argument, rewriter)
    changes: dict[cst.CSTNode, Change] = {
        rewriter.node(value): _factory_of for value in argument.values
    }
    changes[_name_node(argument, rewriter)] = _renamed(argument.name, factory)
    decorated = rewriter.enclosing(rewriter.node(mock.call), cst.FunctionDef)
    changes[decorated] = _calling(argument, factory, annotation, rewriter)
    return rewriter.fix("Call the factory in the test", "unsafe", changes, *edits)


def _argument(mock: ParametrizedMock, facts: Facts) -> _Argument:
    """The argument for which ``mock`` is made, alone or as a part of a value."""
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
        if not around.isdisjoint(column):
            _require_mostly_mocks(column, facts)
            return _Argument(test, _parameter(name, test, facts), _written(name, found), column)
    raise FixError("it is no value of an argument")


def _require_mostly_mocks(values: Sequence[ast.expr], facts: Facts) -> None:
    """A few mocks among plain values are no reason to make all of them functions."""
    mocks = {mock.call for mock in facts.parametrized_mocks}
    made = sum(not mocks.isdisjoint(ast.walk(value)) for value in values)
    if 2 * made < len(values):
        raise FixError("most values hold no mock")


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


def _parameter(name: str, test: FunctionNode, facts: Facts) -> ast.arg:
    """The parameter of ``test`` that alone takes the values."""
    if any(name in parameters(fixture.node) for fixture in facts.fixtures):
        raise FixError("a fixture takes the argument")
    every = [*test.args.args, *test.args.kwonlyargs]
    found = next((each for each in every if each.arg == name), None)
    if found is None or facts.tree.scope(test.body[0]).bindings[name] != [found]:
        raise FixError("the test has no such parameter, or binds it again")
    return found


def _annotation(
    argument: _Argument, rewriter: Rewriter
) -> tuple[cst.Annotation | None, Sequence[Edit]]:
    """What the parameter is annotated with once it takes a factory, and what imports that."""
    old = argument.parameter.annotation
    if old is None:
        return None, ()
    text = rewriter.source.segment(old)
    if "\n" in text:
        raise FixError("the annotation takes several lines")
    module = "typing" if _imports_from_typing(rewriter) else "collections.abc"
    spelled, edits = imported(module, "Callable", argument.test, rewriter)
    expression = cst.parse_expression(f"{spelled}[[], {text}]")
    return cst.Annotation(expression), edits


def _imports_from_typing(rewriter: Rewriter) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "typing"
        and any(alias.name == "Callable" for alias in node.names)
        for node in rewriter.source.tree.body
    )


def _require_same_meaning(value: ast.expr, tree: SyntaxTree) -> None:
    """``value`` is evaluated later now: it has to mean the same by then."""
    if isinstance(value, ast.Lambda):
        raise FixError("a function would be made by a function")
    for node in ast.walk(value):
        if isinstance(node, ast.NamedExpr):
            raise FixError("the value binds a name")
        if isinstance(node, ast.Name):
            scope = tree.scope(node).find(node.id)
            is_inside = scope is not None and value in (scope.node, *tree.ancestors(scope.node))
            is_global = scope is tree.module and len(scope.bindings[node.id]) == 1
            if scope is not None and not is_inside and not is_global:
                raise FixError(f"{node.id!r} may mean something else in the test")


def _name_node(argument: _Argument, rewriter: Rewriter) -> cst.CSTNode:
    node = rewriter.node(argument.written)
    if not isinstance(node, cst.SimpleString):
        raise FixError("the name is written in parts")
    return node


def _renamed(name: str, factory: str) -> Change:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        text = cst.ensure_type(node, cst.SimpleString).value
        return node.with_changes(value=re.sub(rf"\b{name}\b", factory, text))

    return change


def _factory_of(node: cst.CSTNode) -> cst.CSTNode:
    """What makes the value of ``node``: what it calls, without arguments, or a lambda."""
    match node:
        case cst.Call(func=cst.Name() | cst.Attribute() as function, args=[], lpar=[]):
            return function
    assert isinstance(node, cst.BaseExpression)
    return cst.Lambda(params=cst.Parameters(), body=node)


def _calling(
    argument: _Argument, factory: str, annotation: cst.Annotation | None, rewriter: Rewriter
) -> Change:
    """Makes the test take the factory, and call it before anything else."""
    made = assignment(cst.Name(argument.name), cst.Call(cst.Name(factory)))

    def renamed(params: Sequence[cst.Param]) -> list[cst.Param]:
        return [
            each.with_changes(name=cst.Name(factory), annotation=annotation)
            if each.name.value == argument.name
            else each
            for each in params
        ]

    def change(node: cst.CSTNode) -> cst.CSTNode:
        old = cst.ensure_type(node, cst.FunctionDef)
        body = indented(old.body)
        params = old.params.with_changes(
            params=renamed(old.params.params), kwonly_params=renamed(old.params.kwonly_params)
        )
        new = old.with_changes(
            params=params, body=body.with_changes(body=_preceded(made, body.body))
        )
        return fitting(new, argument.test.col_offset, rewriter)

    return change


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
