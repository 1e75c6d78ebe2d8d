"""Resets of a root by a fixture that asks for it by the name of the one that hands it out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, Fixture, HeldMock
from memlint.facts.fixtures import Yield, is_autouse, parameters
from memlint.facts.origins import Part, origin, parts
from memlint.model import Fix
from memlint.remedies.fixture_code import (
    below,
    decorator_name,
    definition,
    method_parameters,
    parsed,
    quoted,
)
from memlint.remedies.patchers import Patchers
from memlint.remedies.root_places import root_places
from memlint.remedies.statements import assignment
from memlint.resolve import Resolver

TITLE = "Reset the root after each test"


def named_reset(held: Sequence[HeldMock], rewriter: Rewriter) -> Fix:
    """The fix that adds a fixture which resets what another one, ``held[0].fixture``, holds.

    Raises `FixError` where that fixture's name does not lead to every root.
    """
    facts, fixture = rewriter.facts, held[0].fixture
    if not fixture.name.isidentifier() or _is_ambiguous(fixture, facts):
        raise FixError("the fixture's name may mean another value")
    handing = _handing(fixture, facts)
    changes: dict[cst.CSTNode, Change] = {}
    paths: list[tuple[str, ...]] = [()]
    if handing is None:
        changes = _handing_out(held, rewriter)
    else:
        paths = [_path(each, handing, facts) for each in held]
    decorator, edits = decorator_name(fixture, rewriter)
    added = parsed(_code(fixture, decorator, paths, rewriter), rewriter)
    changes[definition(fixture, rewriter)] = lambda node: below(node, added, fixture)
    return rewriter.fix(TITLE, "unsafe", changes, *edits)


def _code(
    fixture: Fixture, decorator: str, paths: Sequence[tuple[str, ...]], rewriter: Rewriter
) -> str:
    """The fixture that resets; it sets nothing up that a test does not ask for."""
    name, text = fixture.name, quoted(fixture.name, rewriter)
    reset = rewriter.fresh_name(f"reset_{name.strip('_')}")
    roots = [".".join(("{}", *path, "reset_mock()")) for path in paths]
    if is_autouse(fixture, rewriter.facts.resolver):
        parameter, value, indent = name, name, "    "
        lines = []
    else:
        parameter, value, indent = "request", f"request.getfixturevalue({text})", "        "
        lines = [f"    if {text} in request.fixturenames:"]
        if len(roots) > 1:
            lines.append(f"{indent}{name} = {value}")
            value = name
    lines += [indent + root.format(value) for root in roots]
    head = [
        f"@{decorator}(autouse=True)",
        f"def {reset}({method_parameters(fixture, parameter)}):",
        "    yield",
    ]
    return "\n".join((*head, *lines, ""))


def _is_ambiguous(fixture: Fixture, facts: Facts) -> bool:
    """Whether a test that the new fixture runs for may get another value by the same name.

    What a `conftest.py` defines, other files may define anew, if only to be rid of it.
    """
    others = [
        other for other in facts.fixtures if other.name == fixture.name and other is not fixture
    ]
    if facts.is_conftest or (others and fixture.owner is None):
        return True
    if any(other.owner is not None and other.owner.bases for other in others):
        return True
    return any(fixture.name in _parametrized(call) for call in facts.tree.nodes(ast.Call))


def _parametrized(call: ast.Call) -> Iterator[str]:
    """The names that tests get from ``call``, a decorator, instead of from fixtures."""
    match call:
        case ast.Call(func=ast.Attribute(attr="parametrize"), args=[argument, *_]):
            for node in ast.walk(argument):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from (name.strip() for name in node.value.split(","))


def _handing(fixture: Fixture, facts: Facts) -> ast.expr | None:
    """The only expression that the fixture hands out; None where it yields nothing."""
    found: Sequence[ast.Return | Yield] = fixture.yields
    if not found:
        found = facts.tree.nodes_in(fixture.node, ast.Return)
    if len(found) != 1 or isinstance(found[0], ast.YieldFrom):
        raise FixError("the fixture hands out one of several values")
    return found[0].value


def _path(held: HeldMock, value: ast.expr, facts: Facts) -> tuple[str, ...]:
    """The attributes that lead from ``value`` to the root."""
    tree, resolver, root = facts.tree, facts.resolver, held.root
    found = list(parts(value, tree, resolver))
    leading = [
        part
        for part in found
        if root.is_base_of(part.origin, tree) and part.origin.path == () and not root.in_dict
    ]
    if len(leading) != 1:
        raise FixError("the root is not handed out")
    (part,) = leading
    if [each for each in found if not each.contained] == leading and _is_sure(part, held, resolver):
        return ()
    path = tuple(step for step in part.attributes if step is not None)
    if not path or len(path) < len(part.attributes) or _is_replaced(path[-1], held, facts):
        raise FixError("no attribute of what is handed out is sure to be the root")
    if isinstance(origin(value, resolver).base, ast.IfExp) or not _is_always_made(held, facts):
        raise FixError("the root is made under a condition")
    return path


def _is_sure(part: Part, held: HeldMock, resolver: Resolver) -> bool:
    """Whether the root, and nothing in its place, is handed out."""
    base = part.origin.base
    return base in held.root.made_by or held.how in ("decorator", "with") or resolver.is_mock(base)


def _is_always_made(held: HeldMock, facts: Facts) -> bool:
    return all(place.always for place in root_places(held, facts))


def _is_replaced(attribute: str, held: HeldMock, facts: Facts) -> bool:
    """Whether anything but the fixture sets an attribute of this name."""
    return any(
        node.attr == attribute
        and not isinstance(node.ctx, ast.Load)
        and facts.tree.function(node) is not held.fixture.node
        for node in facts.tree.nodes(ast.Attribute)
    )


def _handing_out(held: Sequence[HeldMock], rewriter: Rewriter) -> dict[cst.CSTNode, Change]:
    """The changes by which a fixture that yields nothing yields the root."""
    facts, fixture = rewriter.facts, held[0].fixture
    place, *others = [place for each in held for place in root_places(each, facts)]
    if others or not place.always or not fixture.yields or held[0].root.in_dict:
        raise FixError("there is no root, or more than one")
    if fixture.node.returns is not None or _is_read(fixture, facts):
        raise FixError("something depends on what the fixture hands out")
    changes: dict[cst.CSTNode, Change] = {}
    name = place.name
    if name is None:
        if place.call is None or not isinstance(place.statement, ast.Expr):
            raise FixError("the root has no name")
        name = Patchers(fixture.node, rewriter).root_name(held[0])
        call = rewriter.node(place.call)
        line = rewriter.enclosing(call, cst.SimpleStatementLine)
        if rewriter.parent(rewriter.parent(call)) is not line or len(line.body) != 1:
            raise FixError("the patch is started in the middle of a statement")
        changes[rewriter.parent(call)] = _assigning(name)
    changes[rewriter.node(fixture.yields[0])] = _yielding(name)
    return changes


def _is_read(fixture: Fixture, facts: Facts) -> bool:
    """Whether the file looks at what the fixture hands out."""
    for function in facts.tree.functions():
        variable = (facts.tree.scope(function.body[0]), fixture.name)
        if fixture.name in parameters(function) and facts.tree.reads(variable):
            return True
    return any(fixture.name in _asked(call) for call in facts.tree.nodes(ast.Call))


def _asked(call: ast.Call) -> Iterator[str]:
    """The name of the fixture whose value ``call`` is."""
    match call:
        case ast.Call(
            func=ast.Attribute(attr="getfixturevalue"), args=[ast.Constant(value=str(name))]
        ):
            yield name


def _assigning(name: str) -> Change:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        (assigned,) = assignment(cst.Name(name), cst.ensure_type(node, cst.Expr).value).body
        return assigned

    return change


def _yielding(name: str) -> Change:
    return lambda node: node.with_changes(
        value=cst.Name(name), whitespace_after_yield=cst.SimpleWhitespace(" ")
    )
