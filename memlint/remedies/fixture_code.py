"""Fixtures that fixes write, in the words of the file."""

from __future__ import annotations

import ast

import libcst as cst

from memlint.cst import Rewriter
from memlint.facts import Facts, Fixture
from memlint.facts.fixtures import fixture_decorators
from memlint.model import Edit
from memlint.remedies.top_level import import_of
from memlint.syntax import FunctionNode

PYTEST_FIXTURE = "pytest.fixture"


def definition(fixture: Fixture, rewriter: Rewriter) -> cst.FunctionDef:
    """The concrete node of ``fixture``."""
    return rewriter.enclosing(rewriter.node(fixture.node.decorator_list[0]), cst.FunctionDef)


def is_autouse(fixture: Fixture, facts: Facts) -> bool:
    """Whether ``fixture`` is sure to be set up for tests that do not request it."""
    made = next(fixture_decorators(fixture.node, facts.resolver))
    return isinstance(made, ast.Call) and any(
        keyword.arg == "autouse" and _is_true(keyword.value) for keyword in made.keywords
    )


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


def parameters(function: FunctionNode) -> set[str]:
    """The names of what ``function`` can be passed by keyword."""
    arguments = function.args
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and bool(value.value)
