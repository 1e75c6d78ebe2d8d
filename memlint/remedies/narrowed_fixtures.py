"""Fixtures that are set up for each test, in place of wide ones."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from memlint import names
from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, Fixture
from memlint.facts.fixtures import is_fixture_decorator, parameters
from memlint.model import Fix


def narrowed(fixture: Fixture, rewriter: Rewriter) -> Fix:
    """The fix that takes the scope of ``fixture`` away. Raises `FixError`."""
    facts = rewriter.facts
    if facts.is_conftest:
        raise FixError("wide fixtures of other files may request it")
    if any(_may_request(other, fixture, facts) for other in facts.fixtures if other.wide):
        raise FixError("a wider fixture requests it")
    if names.MOCKER_SCOPES.keys() & parameters(fixture.node):
        raise FixError("it patches through a mocker of its own scope")
    index, decorator = _scope_argument(fixture, facts)
    node = cst.ensure_type(rewriter.node(decorator), cst.Call)
    bare = len(node.args) == 1 and not _has_empty_call(facts)
    change = _without_call if bare else _without_argument(index)
    return rewriter.fix("Set the fixture up for each test", "unsafe", {node: change})


def _may_request(other: Fixture, fixture: Fixture, facts: Facts) -> bool:
    """Whether the wide fixture ``other`` would ask for a narrow ``fixture``."""
    if other is fixture:
        return False
    requests = facts.tree.nodes_in(other.node, ast.Attribute)
    return fixture.name in parameters(other.node) or any(
        node.attr == "getfixturevalue" for node in requests
    )


def _scope_argument(fixture: Fixture, facts: Facts) -> tuple[int, ast.Call]:
    """Where the fixture's own decorator says its scope."""
    for decorator in fixture.node.decorator_list:
        if isinstance(decorator, ast.Call) and is_fixture_decorator(decorator.func, facts.resolver):
            for index, keyword in enumerate(decorator.keywords, len(decorator.args)):
                if keyword.arg == "scope" and isinstance(keyword.value, ast.Constant):
                    return index, decorator
    raise FixError("others may share the scope")


def _has_empty_call(facts: Facts) -> bool:
    """Whether the file writes ``@pytest.fixture()``."""
    return any(
        isinstance(decorator, ast.Call)
        and not decorator.args
        and not decorator.keywords
        and is_fixture_decorator(decorator.func, facts.resolver)
        for fixture in facts.fixtures
        for decorator in fixture.node.decorator_list
    )


def _without_call(node: cst.CSTNode) -> cst.CSTNode:
    return cst.ensure_type(node, cst.Call).func


def _without_argument(index: int) -> Change:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        args: Sequence[cst.Arg] = cst.ensure_type(node, cst.Call).args
        kept = [*args[:index], *args[index + 1 :]]
        if kept and index == len(kept):
            gone = args[index]
            kept[-1] = kept[-1].with_changes(
                comma=gone.comma, whitespace_after_arg=gone.whitespace_after_arg
            )
        return node.with_changes(args=kept)

    return change
