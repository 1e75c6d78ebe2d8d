"""The mocker that ends with the test, in the place of a wider one."""

from __future__ import annotations

import ast

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, NarrowPatch
from memlint.facts.fixtures import parameters
from memlint.model import Fix
from memlint.syntax import FunctionNode, names_in

_NARROW = "mocker"
# What a mocker does to others than the one mock that it returns.
_FOR_ALL = frozenset({"resetall", "stop", "stopall"})


def narrowed_mocker(patch: NarrowPatch, rewriter: Rewriter) -> Fix:
    """The fix that patches through `mocker`. Raises `FixError` where more would change."""
    facts, function = rewriter.facts, patch.function
    has_both = _NARROW in parameters(function)
    if any(fixture.name == _NARROW for fixture in facts.fixtures):
        raise FixError("the file has a fixture of that name")
    if any(keyword.arg == patch.mocker for keyword in facts.tree.nodes(ast.keyword)):
        raise FixError("somebody may pass it by name")
    variable = (facts.tree.scope(function.body[0]), patch.mocker)
    if len(variable[0].bindings[patch.mocker]) > 1:
        raise FixError("it is bound again")
    if _uses_name_otherwise(function, facts, has_both):
        raise FixError("the name has another use")
    reads = facts.tree.reads(variable)
    for read in reads:
        parent = facts.tree.parents[read]
        if not isinstance(parent, ast.Attribute) or parent.attr in _FOR_ALL:
            raise FixError("it is used for more than what it makes")
    changes: dict[cst.CSTNode, Change] = {rewriter.node(read): _renamed for read in reads}
    definition = _definition(patch, rewriter)
    changes[definition.params] = _parameters(patch.mocker, has_both)
    return rewriter.fix("Patch through mocker", "unsafe", changes)


def _uses_name_otherwise(function: FunctionNode, facts: Facts, is_parameter: bool) -> bool:
    """Whether `mocker` is, in ``function``, anything but the parameter."""
    if not is_parameter:
        return _NARROW in names_in(function)
    bindings = facts.tree.scope(function.body[0]).bindings
    others = [node for node in ast.walk(function) if isinstance(node, ast.arg)]
    return len(bindings[_NARROW]) > 1 or sum(each.arg == _NARROW for each in others) > 1


def _definition(patch: NarrowPatch, rewriter: Rewriter) -> cst.FunctionDef:
    """The concrete node of the function."""
    for node in rewriter.ancestors(rewriter.node(patch.call)):
        if isinstance(node, cst.FunctionDef) and _has(node.params, patch.mocker):
            return node
    raise FixError("LibCST sees no such parameter")


def _has(params: cst.Parameters, name: str) -> bool:
    return any(each.name.value == name for each in _all(params))


def _all(params: cst.Parameters) -> list[cst.Param]:
    return [*params.posonly_params, *params.params, *params.kwonly_params]


def _renamed(node: cst.CSTNode) -> cst.CSTNode:
    return node.with_changes(value=_NARROW)


def _parameters(wide: str, has_both: bool) -> Change:
    """Renames the parameter, or takes it away where the other is there already."""

    def change(node: cst.CSTNode) -> cst.CSTNode:
        params = cst.ensure_type(node, cst.Parameters)
        lists = ("posonly_params", "params", "kwonly_params")
        return params.with_changes(
            **{each: _changed(getattr(params, each), wide, has_both) for each in lists}
        )

    return change


def _changed(params: tuple[cst.Param, ...], wide: str, has_both: bool) -> list[cst.Param]:
    if not has_both:
        return [
            each.with_changes(name=cst.Name(_NARROW)) if each.name.value == wide else each
            for each in params
        ]
    kept = [each for each in params if each.name.value != wide]
    if kept and params[-1].name.value == wide:
        kept[-1] = kept[-1].with_changes(
            comma=params[-1].comma, whitespace_after_param=params[-1].whitespace_after_param
        )
    return kept
