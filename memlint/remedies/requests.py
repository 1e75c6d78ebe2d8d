"""The parameter `request` of a fixture or a test, through which stops are registered."""

from __future__ import annotations

import ast

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts
from memlint.facts.fixtures import is_fixture_decorator, parameters
from memlint.remedies.parameters import with_parameter
from memlint.syntax import FunctionNode, names_in

REQUEST = "request"
REQUEST_FINALIZER = f"{REQUEST}.addfinalizer"


def requested(
    function: FunctionNode, inside: cst.CSTNode, rewriter: Rewriter
) -> dict[cst.CSTNode, Change]:
    """The change that makes ``function``, which ``inside`` is in, ask for pytest's `request`.

    Raises `FixError` where it would get something else, or nothing.
    """
    facts = rewriter.facts
    if any(fixture.name == REQUEST for fixture in facts.fixtures):
        raise FixError("request is a fixture of the file")
    if REQUEST in parameters(function):
        if _is_parametrized(function):
            raise FixError("request may be a parameter of the test")
        return {}
    if REQUEST in names_in(function):
        raise FixError("the name request is taken")
    if not all(_passes_on(decorator, facts) for decorator in function.decorator_list):
        raise FixError("a decorator may not pass request on")
    if _is_called(function, facts):
        raise FixError("the function is called by others")
    definition = _definition(function, inside, rewriter)
    return {definition: with_parameter(REQUEST, function, rewriter)}


def _is_parametrized(function: FunctionNode) -> bool:
    """Whether a decorator of ``function`` names `request` in a string."""
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and REQUEST in node.value
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
    )


def _passes_on(decorator: ast.expr, facts: Facts) -> bool:
    """Whether what ``decorator`` makes of a function takes its parameters."""
    made = facts.resolver.definition(decorator) or decorator
    called = made.func if isinstance(made, ast.Call) else made
    qualname = facts.resolver.qualname(called) or ""
    return (
        made in facts.patches
        or is_fixture_decorator(called, facts.resolver)
        or qualname.startswith("pytest.mark.")
    )


def _is_called(function: FunctionNode, facts: Facts) -> bool:
    """Whether the file uses ``function`` by its name."""
    tree = facts.tree
    if tree.enclosing_class(function) is None:
        return bool(tree.reads((tree.scope(function), function.name)))
    return any(node.attr == function.name for node in tree.nodes(ast.Attribute))


def _definition(function: FunctionNode, inside: cst.CSTNode, rewriter: Rewriter) -> cst.FunctionDef:
    """The concrete node of ``function``, the outermost one around ``inside`` in its class."""
    found: cst.FunctionDef | None = None
    for node in rewriter.ancestors(inside):
        if isinstance(node, cst.ClassDef):
            break
        if isinstance(node, cst.FunctionDef):
            found = node
    if found is None or found.name.value != function.name:
        raise FixError("LibCST sees another function there")
    return found
