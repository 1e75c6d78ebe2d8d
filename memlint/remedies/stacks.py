"""Exit stacks: they stop what is started, in place of being entered by it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import HeldMock, Patch
from memlint.facts.origins import origins
from memlint.remedies.patchers import Patchers
from memlint.remedies.statements import assignment, attribute, call, line
from memlint.remedies.with_items import shifted


def registered(
    held: HeldMock, patchers: Patchers, rewriter: Rewriter, collects: bool
) -> tuple[cst.SimpleStatementLine, Change]:
    """The line that enters a patch into a stack, and what is to stand for it.

    ``collects`` has the stack collect garbage, too. Raises `FixError` where the patch cannot be
    started instead.
    """
    entering = next(each for each in held.root.made_by if _enters(each))
    assert isinstance(entering, ast.Call)
    facts = rewriter.facts
    for found in origins(entering.args[0], facts.tree, facts.resolver):
        patch = facts.patches.get(found.base)
        if patch is None or found.path or patch.mocker is not None:
            raise FixError("what the stack enters may be no patch")
    node = rewriter.node(entering)
    statement = rewriter.enclosing(node, cst.SimpleStatementLine)
    if len(statement.body) != 1 or _value(statement.body[0]) is not node:
        raise FixError("the stack is entered in the middle of a statement")
    assert held.patch is not None
    first = facts.source.lines[entering.lineno - 1]
    column = len(first) - len(first.lstrip())
    return statement, _Registering(held.patch, column, patchers, collects).change


@dataclass(frozen=True, slots=True)
class _Registering:
    """Starts ``patch`` in a statement that enters it, and has the stack stop it."""

    patch: Patch
    column: int
    patchers: Patchers
    collects: bool

    def change(self, node: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        """The statements that stand for the line ``node``."""
        old = cst.ensure_type(node, cst.SimpleStatementLine)
        (small,) = old.body
        entering = cst.ensure_type(_value(small), cst.Call)
        stack = cst.ensure_type(entering.func, cst.Attribute).value
        start = self.patchers.start(_alone(entering), self.patch, self.column)
        plain, bound = self._starting(small, start.started)
        lines = [*start.made, plain]
        if self.collects:
            lines.append(line(call(stack, "callback", attribute(cst.Name("gc"), "collect"))))
        lines.append(line(call(stack, "callback", attribute(start.patcher, "stop"))))
        lines += bound
        lines[0] = lines[0].with_changes(
            leading_lines=old.leading_lines, trailing_whitespace=old.trailing_whitespace
        )
        return cst.FlattenSentinel(lines)

    def _starting(
        self, small: cst.BaseSmallStatement, started: cst.Call
    ) -> tuple[cst.SimpleStatementLine, list[cst.SimpleStatementLine]]:
        """What starts the patch, and what uses its mock as soon as the stack can stop it."""
        if _binds_names_only(small):
            return cst.SimpleStatementLine([small.with_changes(value=started)]), []
        value = cst.Name(self.patchers.mock_name(self.patch))
        used = small.with_changes(value=value)
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Yield):
            used = small.with_changes(value=small.value.with_changes(value=value))
        return assignment(value, started), [cst.SimpleStatementLine([used])]


def _enters(expr: ast.expr) -> bool:
    match expr:
        case ast.Call(func=ast.Attribute(attr="enter_context")):
            return True
    return False


def _value(small: cst.BaseSmallStatement) -> cst.BaseExpression | None:
    """What ``small`` uses as a whole: assigns, yields or drops."""
    match small:
        case cst.Expr(value=cst.Yield(value=cst.Call() as value)):
            return value
        case cst.Expr(value=value) | cst.Assign(value=value) | cst.AnnAssign(value=value):
            return value
    return None


def _binds_names_only(small: cst.BaseSmallStatement) -> bool:
    match small:
        case cst.Expr(value=cst.Call()) | cst.AnnAssign(target=cst.Name()):
            return True
        case cst.Assign(targets=targets):
            return all(isinstance(each.target, cst.Name) for each in targets)
    return False


def _alone(entering: cst.Call) -> cst.BaseExpression:
    """The argument of ``entering``, as if it stood at the beginning of the line."""
    space = entering.whitespace_before_args
    column = space.last_line.value if isinstance(space, cst.ParenthesizedWhitespace) else ""
    return shifted(entering.args[0].value, column, "")
