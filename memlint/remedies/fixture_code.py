"""Fixtures that fixes write, in the words of the file."""

from __future__ import annotations

import ast

import libcst as cst

from memlint.cst import Rewriter
from memlint.facts import Fixture
from memlint.facts.fixtures import fixture_decorators
from memlint.model import Edit
from memlint.remedies.top_level import import_of

PYTEST_FIXTURE = "pytest.fixture"


def definition(fixture: Fixture, rewriter: Rewriter) -> cst.FunctionDef:
    """The concrete node of ``fixture``."""
    return rewriter.enclosing(rewriter.node(fixture.node.decorator_list[0]), cst.FunctionDef)


def decorator_name(fixture: Fixture, rewriter: Rewriter) -> tuple[str, list[Edit]]:
    """How the file calls `pytest.fixture`, and what imports it where it does not."""
    facts = rewriter.facts
    for each in (fixture, *facts.fixtures):
        for made in fixture_decorators(each.node, facts.resolver):
            called = made.func if isinstance(made, ast.Call) else made
            if facts.resolver.qualname(called) == PYTEST_FIXTURE:
                return ast.unparse(called), []
    return PYTEST_FIXTURE, import_of("pytest", fixture.node, rewriter)


def quoted(text: str, rewriter: Rewriter) -> str:
    """``text`` as a string, in the quotes that the file prefers."""
    source = rewriter.source.text
    quote = "'" if source.count("'") > source.count('"') else '"'
    return f"{quote}{text}{quote}"


def method_parameters(fixture: Fixture, *parameters: str) -> str:
    """``parameters``, after the one for the object where ``fixture`` is a method."""
    return ", ".join((*(["self"] if fixture.owner is not None else []), *parameters))


def parsed(code: str, rewriter: Rewriter) -> cst.BaseStatement:
    """The statement ``code``, whose blocks are indented by four blanks."""
    unit = rewriter.indent
    lines = [line.replace("    ", unit) for line in code.splitlines(keepends=True)]
    statement = rewriter.statement("".join(lines))
    assert not isinstance(statement, cst.SimpleStatementLine)
    return statement


def below(
    definition: cst.CSTNode, added: cst.BaseStatement, fixture: Fixture
) -> cst.FlattenSentinel[cst.CSTNode]:
    """``added`` after the definition of ``fixture``, with as many blank lines as are above that."""
    lines = cst.ensure_type(definition, cst.FunctionDef).leading_lines
    above = sum(line.comment is None for line in lines)
    blank = [cst.EmptyLine(indent=False)] * (above or (1 if fixture.owner is not None else 2))
    return cst.FlattenSentinel([definition, added.with_changes(leading_lines=blank)])
