"""Functions that return one value whatever they are called with, and record nothing."""

from __future__ import annotations

import ast

import libcst as cst

from memlint import names
from memlint.cst import FixError, Rewriter
from memlint.facts import DecoratorMock, Facts
from memlint.facts.literals import is_literal
from memlint.facts.origins import origin
from memlint.model import Fix
from memlint.remedies.arguments import argument_replaced

_API = names.RECORDS | names.MOCK_METHODS | {"return_value", "side_effect"}


def constant_function(mock: DecoratorMock, rewriter: Rewriter) -> Fix:
    """The fix that installs a lambda for a ``mock`` that only returns a value.

    Raises `FixError` where it may do more.
    """
    facts = rewriter.facts
    if mock.node is not mock.call or mock.patch.form == "patch.multiple":
        raise FixError("the mock is made elsewhere")
    value = facts.source.segment(_returned(mock.call, facts))
    if "\n" in value and not value.startswith(("(", "[", "{")):
        raise FixError("the value takes several lines")
    if mock.attribute is None or _is_looked_at(mock.attribute, facts):
        raise FixError("the file asks the mock about its calls")
    function = cst.parse_expression(f"lambda *_args, **_kwargs: {value}")
    new = _argument(mock, rewriter).with_changes(value=function)
    edit = argument_replaced(mock.patch.call, mock.node, [new], rewriter)
    return Fix("Install a plain function", (edit,), "unsafe")


def _argument(mock: DecoratorMock, rewriter: Rewriter) -> cst.Arg:
    """The argument that gives ``mock`` to its patch."""
    return rewriter.enclosing(rewriter.node(mock.node), cst.Arg)


def _returned(call: ast.Call, facts: Facts) -> ast.expr:
    """What the mock returns, where that is all that it is told."""
    kind = names.mock_member(facts.resolver.qualname(call.func))
    match call:
        case ast.Call(args=[], keywords=[ast.keyword(arg="return_value", value=value)]):
            if kind in ("Mock", "MagicMock") and _is_constant(value, facts):
                return value
    raise FixError("it is more than a function that returns a constant")


def _is_constant(value: ast.expr, facts: Facts) -> bool:
    """Whether ``value`` is the same whenever it is evaluated."""
    if not isinstance(value, ast.Name):
        return is_literal(value)
    variable = facts.tree.variable(value)
    if variable is None or variable[0] is not facts.tree.module:
        return False
    bindings = facts.tree.bindings(value)
    is_import = isinstance(bindings[0], ast.alias)
    known = is_import or facts.resolver.definition(value) is not None
    return len(bindings) == 1 and known and not facts.resolver.is_mock(value)


def _is_looked_at(attribute: str, facts: Facts) -> bool:
    """Whether the file uses something called ``attribute`` as a mock."""
    for node in facts.tree.nodes(ast.Attribute):
        if node.attr in _API or node.attr.startswith("assert_"):
            found = origin(node.value, facts.resolver)
            base = [found.base.id] if isinstance(found.base, ast.Name) else []
            if attribute in (*found.path, *base):
                return True
    return False
