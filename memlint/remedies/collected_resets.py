"""Resets of roots that no test can name: they are collected in a list, whose elements are reset."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, Fixture, HeldMock
from memlint.facts.fixtures import parameters
from memlint.model import Edit, Fix, Span
from memlint.remedies.fixture_code import decorator_name, definition, quoted
from memlint.remedies.named_resets import TITLE
from memlint.remedies.parameters import with_parameter
from memlint.remedies.patchers import Patchers
from memlint.remedies.root_places import RootPlace, root_places
from memlint.remedies.statements import assignment, call, indented, line, preceded
from memlint.syntax import first_line


def collected_reset(held: Sequence[HeldMock], rewriter: Rewriter) -> Fix:
    """The fix that collects what one fixture holds. Raises `FixError` where that cannot be."""
    facts, fixture = rewriter.facts, held[0].fixture
    name = _list_name(fixture, facts)
    patchers = Patchers(fixture.node, rewriter)
    changes: dict[cst.CSTNode, Change] = {}
    places = {place: each for each in held for place in root_places(each, facts)}
    for place, each in places.items():
        added = _appending(place, name, each, patchers, rewriter)
        if changes.keys() & added.keys():
            raise FixError("several roots come from one statement")
        changes.update(added)
    if name not in parameters(fixture.node):
        node = definition(fixture, rewriter)
        changes[node] = with_parameter(name, fixture.node, rewriter)
    return rewriter.fix(TITLE, "unsafe", changes, *_fixtures(name, fixture, rewriter))


def _list_name(fixture: Fixture, facts: Facts) -> str:
    """What the list is called: as no list is that may stand for it where the fixture is seen."""
    if fixture.owner is None:
        return f"{'shared_' if facts.is_conftest else ''}{fixture.scope}_mock_roots"
    if fixture.scope != "class":
        raise FixError("a method that outlives its class needs a list that does")
    return "mock_roots"


def _fixtures(name: str, fixture: Fixture, rewriter: Rewriter) -> list[Edit]:
    """What adds the list, and the fixture that resets its elements, where they are not there."""
    facts = rewriter.facts
    if any(each.name == name and _is_list(each, fixture) for each in facts.fixtures):
        return []
    reset = f"reset_{name}"
    inside = fixture.owner or facts.source.tree
    for new in (name, reset):
        if rewriter.fresh_name(new, inside=inside) != new:
            raise FixError(f"the name {new!r} is taken")
    decorator, edits = decorator_name(fixture, rewriter)
    return [*edits, _insertion(_code(name, reset, decorator, fixture, rewriter), fixture, rewriter)]


def _is_list(candidate: Fixture, fixture: Fixture) -> bool:
    """Whether ``candidate`` is a list for what ``fixture`` holds."""
    match candidate.values:
        case (ast.List(elts=[]),):
            return candidate.owner is fixture.owner and candidate.scope == fixture.scope
    return False


def _code(name: str, reset: str, decorator: str, fixture: Fixture, rewriter: Rewriter) -> list[str]:
    """The lines of both fixtures, indented by four blanks."""
    method, instance = _method(fixture, rewriter.facts)
    separated = [""] if fixture.owner is not None else ["", ""]
    roots = f"{instance}, {name}" if fixture.owner is not None else name
    return [
        f"@{decorator}(scope={quoted(fixture.scope, rewriter)})",
        *method,
        f"def {name}({instance}):",
        f'    """The {fixture.scope}-scoped mocks, whose calls are forgotten after each test."""',
        "    return []",
        *separated,
        f"@{decorator}(autouse=True)",
        f"def {reset}({roots if not method else f'self, {name}'}):",
        "    yield",
        f"    for root in {name}:",
        "        root.reset_mock()",
        *separated,
    ]


def _method(fixture: Fixture, facts: Facts) -> tuple[list[str], str]:
    """The decorator that makes ``fixture`` no plain method, and the parameter for its object."""
    if fixture.owner is None:
        return [], ""
    for decorator in fixture.node.decorator_list:
        match facts.resolver.qualname(decorator):
            case "builtins.classmethod":
                return ["@classmethod"], "cls"
            case "builtins.staticmethod":
                return ["@staticmethod"], ""
    return [], "self"


def _insertion(lines: list[str], fixture: Fixture, rewriter: Rewriter) -> Edit:
    """``lines`` above the first fixture of the same scope that is to use them.

    So the fixes for several of them insert the same, which is then done once.
    """
    facts = rewriter.facts
    same = [
        each.node
        for each, held in facts.held_by_fixture.items()
        if each.owner is fixture.owner
        and each.scope == fixture.scope
        and any(mock.how != "with" for mock in held)
    ]
    first = min(map(first_line, same or [fixture.node]))
    texts = facts.source.lines
    while first > 1 and texts[first - 2].lstrip().startswith("#"):
        first -= 1
    blanks = texts[first - 1]
    margin = blanks[: len(blanks) - len(blanks.lstrip())]
    unit = rewriter.indent
    newline = rewriter.newline
    text = "".join(
        (margin + each.replace("    ", unit) if each else "") + newline for each in lines
    )
    offset = facts.source.offset_of_utf8(first, 0)
    return Edit(Span(offset, offset), text)


def _appending(
    place: RootPlace, name: str, held: HeldMock, patchers: Patchers, rewriter: Rewriter
) -> dict[cst.CSTNode, Change]:
    """The changes that append the root to the list called ``name`` as soon as it is there."""
    if _installs_given_mocks(held, rewriter.facts):
        raise FixError("patch.multiple gives none of the mocks that it is given")
    if place.call is None:
        assert place.name is not None
        body = definition(held.fixture, rewriter).body
        return {body: _beginning(_appended(name, cst.Name(place.name), held))}
    node = rewriter.node(place.call)
    statement = rewriter.enclosing(node, cst.SimpleStatementLine)
    if len(statement.body) != 1:
        raise FixError("several statements are on the line")
    if place.name is not None:
        return _after(statement, _appended(name, cst.Name(place.name), held), rewriter)
    if isinstance(place.statement, ast.Expr) and place.statement.value is place.call:
        (small,) = statement.body
        return {small: lambda old: _wrapped(name, old, held)}
    if _is_comprehension(place):
        (small,) = statement.body
        return {small: lambda old: _extended(name, old)}
    if not _is_first(place):
        raise FixError("the root is in the middle of an expression")
    new = cst.Name(patchers.root_name(held))
    added = [assignment(new, node), _appended(name, new, held)]
    return {
        node: lambda _: new,
        statement: lambda old: cst.FlattenSentinel(preceded(added, old)),
    }


def _appended(name: str, root: cst.BaseExpression, held: HeldMock) -> cst.SimpleStatementLine:
    """The line that appends ``root``, or what is in it, to the list called ``name``."""
    if held.root.in_dict:
        return line(call(cst.Name(name), "extend", call(root, "values")))
    return line(call(cst.Name(name), "append", root))


def _wrapped(name: str, old: cst.CSTNode, held: HeldMock) -> cst.CSTNode:
    (small,) = _appended(name, cst.ensure_type(old, cst.Expr).value, held).body
    return small


def _is_comprehension(place: RootPlace) -> bool:
    """Whether the statement is nothing but a list of what the call gives."""
    match place.statement:
        case ast.Expr(value=ast.ListComp(elt=element)):
            return element is place.call
    return False


def _extended(name: str, old: cst.CSTNode) -> cst.CSTNode:
    added = call(cst.Name(name), "extend", cst.ensure_type(old, cst.Expr).value)
    return old.with_changes(value=added)


def _installs_given_mocks(held: HeldMock, facts: Facts) -> bool:
    return held.root.in_dict and any(
        facts.resolver.is_mock(keyword.value) for keyword in held.root.node.keywords
    )


def _is_first(place: RootPlace) -> bool:
    """Whether the call is the first thing that its statement evaluates."""
    match place.statement:
        case ast.Return(value=value) | ast.Expr(value=ast.Yield(value=value)):
            pass
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            pass
        case _:
            return False
    while isinstance(value, ast.Attribute):
        value = value.value
    return value is place.call


def _after(
    statement: cst.SimpleStatementLine, added: cst.SimpleStatementLine, rewriter: Rewriter
) -> dict[cst.CSTNode, Change]:
    """``added`` behind ``statement``: first in the `try` statement that may follow."""
    block = rewriter.parent(statement)
    if isinstance(block, cst.IndentedBlock):
        index = list(block.body).index(statement)
        match block.body[index + 1 : index + 2]:
            case [cst.Try(body=cst.IndentedBlock() as body)]:
                return {body: _beginning(added)}
    return {statement: lambda node: cst.FlattenSentinel([node, added])}


def _beginning(added: cst.SimpleStatementLine) -> Change:
    """Puts ``added`` first in a block, below a docstring."""

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.BaseSuite)
        block = indented(node)
        index = 1 if _has_docstring(block) else 0
        return block.with_changes(body=[*block.body[:index], added, *block.body[index:]])

    return change


def _has_docstring(block: cst.IndentedBlock) -> bool:
    match block.body[0]:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString())]):
            return True
    return False
