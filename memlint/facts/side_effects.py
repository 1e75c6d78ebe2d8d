"""Lambdas given to a mock as its ``side_effect``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from memlint import names
from memlint.facts.literals import is_literal
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree


@dataclass(frozen=True, eq=False, slots=True)
class LambdaSideEffect:
    """A lambda as ``side_effect``; ``literal`` where its body is a constant or a fresh literal."""

    node: ast.Lambda
    literal: bool


def find_lambda_side_effects(tree: SyntaxTree, resolver: Resolver) -> Iterator[LambdaSideEffect]:
    """Every lambda that is assigned, passed or listed as a ``side_effect``."""
    for node in tree.nodes(ast.Lambda):
        if is_side_effect(node, tree, resolver):
            yield LambdaSideEffect(node, is_literal(node.body))


def is_side_effect(value: ast.expr, tree: SyntaxTree, resolver: Resolver) -> bool:
    """Whether ``value`` is assigned, passed or listed as a ``side_effect``."""
    while isinstance(parent := tree.parents[value], ast.IfExp | ast.NamedExpr):
        if isinstance(parent, ast.IfExp) and value is parent.test:
            break
        value = parent
    match parent:
        case ast.Assign(targets=targets):
            return any(_is_mock_side_effect(target, tree, resolver) for target in targets)
        case ast.AnnAssign(target=target):
            return _is_mock_side_effect(target, tree, resolver)
        case ast.keyword(arg="side_effect") as keyword:
            call = tree.parents[keyword]
            return isinstance(call, ast.Call) and _configures_mock(call, resolver)
        case ast.Tuple() | ast.List() as values:
            return _is_unpacked(value, values, tree, resolver)
        case ast.Dict() as configuration:
            return _is_configured(value, configuration, tree, resolver)
    return False


def _is_mock_side_effect(target: ast.expr, tree: SyntaxTree, resolver: Resolver) -> bool:
    if not isinstance(target, ast.Attribute) or target.attr != "side_effect":
        return False
    return not _is_known_otherwise(target.value, tree, resolver)


def _is_known_otherwise(owner: ast.expr, tree: SyntaxTree, resolver: Resolver) -> bool:
    """Whether ``owner`` is an object of a class of this file that is no mock."""
    if not isinstance(owner, ast.Name):
        return False
    made = resolver.definition(owner)
    if isinstance(made, ast.Call):
        return resolver.is_class(made.func) and not resolver.is_factory(made.func)
    function = tree.function(owner)
    if function is None or isinstance(function, ast.Lambda):
        return False
    parameters = [*function.args.posonlyargs, *function.args.args]
    cls = tree.enclosing_class(function)
    if cls is None or not parameters or tree.bindings(owner) != [parameters[0]]:
        return False
    return not any(resolver.is_factory(base) for base in cls.bases)


def _configures_mock(call: ast.Call, resolver: Resolver) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "configure_mock":
        return True
    qualname = resolver.qualname(call.func)
    if qualname in names.FIXTURES_PATCHES:
        return True
    return names.patch_form(qualname) in ("patch", "patch.object") or resolver.is_factory(call.func)


def _is_unpacked(
    value: ast.expr, values: ast.Tuple | ast.List, tree: SyntaxTree, resolver: Resolver
) -> bool:
    """Whether ``value`` is the value of ``mock.side_effect`` in an assignment of several."""
    assignment = tree.parents[values]
    if not isinstance(assignment, ast.Assign) or assignment.value is not values:
        return False
    position = values.elts.index(value)
    return any(
        isinstance(target, ast.Tuple | ast.List)
        and len(target.elts) == len(values.elts)
        and _is_mock_side_effect(target.elts[position], tree, resolver)
        for target in assignment.targets
    )


def _is_configured(
    value: ast.expr, configuration: ast.Dict, tree: SyntaxTree, resolver: Resolver
) -> bool:
    pairs = zip(configuration.keys, configuration.values, strict=True)
    key = next((key for key, held in pairs if held is value), None)
    name = None if key is None else resolver.constant(key)
    if not isinstance(name, str):
        return False
    if name.endswith(".side_effect"):
        return True
    keyword = tree.parents[configuration]
    if name != "side_effect" or not isinstance(keyword, ast.keyword) or keyword.arg is not None:
        return False
    call = tree.parents[keyword]
    return isinstance(call, ast.Call) and _configures_mock(call, resolver)
