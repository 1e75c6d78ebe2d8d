"""Stops of patchers that nothing stops: registered where they are started, or in a `finally`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, TestCode, UnstoppedPatcher
from memlint.facts.fixtures import parameters
from memlint.model import Fix, Safety
from memlint.remedies.patchers import Patchers
from memlint.remedies.requests import REQUEST, REQUEST_FINALIZER, requested
from memlint.remedies.statements import attribute, block, line, preceded

_REGISTERING = frozenset({"addAsyncCleanup", "addClassCleanup", "addCleanup", "doCleanups"}) | {
    "enterAsyncContext",
    "enterClassContext",
    "enterContext",
}
_SOMETIMES_OR_OFTEN = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class _Handle:
    """How a patcher is named, and what gives it that name where it has none."""

    name: cst.BaseExpression
    made: tuple[cst.SimpleStatementLine, ...] = ()


def registered_stop(unstopped: UnstoppedPatcher, rewriter: Rewriter) -> Fix:
    """The fix that stops the patcher after the test. Raises `FixError` where nothing would."""
    facts = rewriter.facts
    node = rewriter.node(unstopped.call)
    statement = rewriter.enclosing(node, cst.SimpleStatementLine)
    place = rewriter.parent(statement)
    if len(statement.body) != 1 or not isinstance(place, cst.IndentedBlock):
        raise FixError("several statements are on the line")
    if any(isinstance(each, _SOMETIMES_OR_OFTEN) for each in _around(unstopped.call, facts)):
        raise FixError("an expression starts several patchers")
    handle = _handle(unstopped, rewriter)
    changes: dict[cst.CSTNode, Change] = {}
    if handle.made:
        changes[rewriter.node(unstopped.handle)] = lambda _: handle.name
    if unstopped.is_entered:
        # What is entered is not stopped by `stop`.
        function = cst.ensure_type(node, cst.Call).func
        changes[function] = lambda old: old.with_changes(attr=cst.Name("start"))
    stop = attribute(handle.name, "stop")
    hands_out = _hands_out(unstopped.call, facts)
    if _is_alone_before_yield(unstopped, facts):
        index = list(place.body).index(statement)
        changes[place] = _Protecting(index, handle, line(cst.Call(stop)), hands_out).change
        return rewriter.fix("Stop the patcher in a finally", "unsafe", changes)
    register, safety = _register(unstopped, rewriter)
    if register == REQUEST_FINALIZER:
        changes.update(requested(unstopped.code.function, statement, rewriter))
    registered = line(cst.Call(cst.parse_expression(register), [cst.Arg(stop)]))

    def change(old: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        if hands_out:
            return cst.FlattenSentinel(preceded([*handle.made, registered], old))
        return cst.FlattenSentinel([*preceded(handle.made, old), registered])

    return rewriter.fix(
        f"Register the stop with {register}", safety, {**changes, statement: change}
    )


@dataclass(frozen=True, slots=True)
class _Protecting:
    """Puts what follows a start in a `try`, whose `finally` is ``stop``.

    ``index`` is the place of the start in its block; ``hands_out`` tells whether it is also what
    yields.
    """

    index: int
    handle: _Handle
    stop: cst.SimpleStatementLine
    hands_out: bool

    def change(self, node: cst.CSTNode) -> cst.CSTNode:
        """The block ``node`` after it."""
        old = cst.ensure_type(node, cst.IndentedBlock)
        index = self.index
        start, rest = old.body[index], old.body[index + 1 :]
        if self.hands_out:
            before, inside = list(self.handle.made), [start, *rest]
            if before:
                *before, inside[0] = preceded(before, start)
        else:
            before, inside = preceded(self.handle.made, start), list(rest)
        lines = inside[0].leading_lines  # type: ignore[attr-defined]
        blank = list(takewhile(lambda each: each.comment is None, lines))
        inside[0] = inside[0].with_changes(leading_lines=lines[len(blank) :])
        attempt = cst.Try(
            body=cst.IndentedBlock(inside, indent=old.indent, footer=old.footer),
            finalbody=cst.Finally(block([self.stop], old)),
            leading_lines=blank,
        )
        return old.with_changes(body=[*old.body[:index], *before, attempt], footer=())


def _handle(unstopped: UnstoppedPatcher, rewriter: Rewriter) -> _Handle:
    """How the patcher is named from now on."""
    handle = unstopped.handle
    if _is_path(handle):
        return _Handle(_bare(rewriter.node(handle)))
    if not _is_first(unstopped.call, rewriter.facts):
        raise FixError("the patch is made in the middle of an expression")
    patchers = Patchers(unstopped.code.function, rewriter)
    for each in _nameless(unstopped.code, rewriter.facts):
        found = _named(each, patchers, rewriter)
        if each is unstopped:
            return found
    raise FixError("the patcher has no name")


def _nameless(code: TestCode, facts: Facts) -> Iterator[UnstoppedPatcher]:
    """What ``code`` starts at once, so that each gets a name of its own."""
    for each in facts.unstopped_patchers:
        if each.code.function is code.function and each.handle in facts.patches:
            yield each


def _named(unstopped: UnstoppedPatcher, patchers: Patchers, rewriter: Rewriter) -> _Handle:
    handle = unstopped.handle
    statement = _statement(unstopped.call, rewriter.facts)
    same_line = handle.lineno == statement.lineno
    before = handle.col_offset - statement.col_offset if same_line else 0
    patch = rewriter.facts.patches[handle]
    start = patchers.start(rewriter.node(handle), patch, statement.col_offset, before)
    return _Handle(start.patcher, tuple(start.made))


def _register(unstopped: UnstoppedPatcher, rewriter: Rewriter) -> tuple[str, Safety]:
    """What registers the stop, and whether that is safe."""
    facts, code = rewriter.facts, unstopped.code
    if code.cleanup is None:
        raise FixError("there is nothing to register a stop with")
    name, _, method = code.cleanup.partition(".")
    if method == "addfinalizer":
        return code.cleanup, "unsafe"
    scope = facts.tree.scope(unstopped.call).find(name)
    if scope is None or scope.node is not code.function or len(scope.bindings[name]) != 1:
        raise FixError(f"{name} means something else there")
    decorators = {facts.resolver.qualname(each) for each in code.function.decorator_list}
    is_class_method = "builtins.classmethod" in decorators
    if is_class_method != (method == "addClassCleanup") or "builtins.staticmethod" in decorators:
        raise FixError("the method has no object to register a stop with")
    return code.cleanup, "unsafe" if _registers_more(code, facts) else "safe"


def _registers_more(code: TestCode, facts: Facts) -> bool:
    """Whether the class registers cleanups that may need the patch."""
    assert code.owner is not None
    family = facts.families.family(code.owner)
    for node in facts.tree.nodes(ast.Attribute):
        if node.attr in _REGISTERING and family.intersection(facts.tree.ancestors(node)):
            match facts.tree.parents[node]:
                case ast.Call(args=[ast.Attribute(attr="stop"), *_]):
                    continue
            return True
    return False


def _is_alone_before_yield(unstopped: UnstoppedPatcher, facts: Facts) -> bool:
    """Whether the rest of a fixture, with its yield, may follow in a `try`."""
    code = unstopped.code
    others = [each for each in facts.unstopped_patchers if each.code.function is code.function]
    fixture = facts.fixtures_by_function.get(code.function)
    if len(others) != 1 or fixture is None or len(fixture.yields) != 1:
        return False
    if REQUEST in parameters(code.function):
        return False  # as another stop may be registered already
    body = code.function.body
    start = _statement(unstopped.call, facts)
    end = _statement(fixture.yields[0], facts)
    return start in body and end in body and body.index(start) <= body.index(end)


def _around(call: ast.Call, facts: Facts) -> Iterator[ast.AST]:
    """The nodes around ``call`` in its statement."""
    return takewhile(lambda node: not isinstance(node, ast.stmt), facts.tree.ancestors(call))


def _statement(node: ast.expr, facts: Facts) -> ast.stmt:
    return next(each for each in facts.tree.ancestors(node) if isinstance(each, ast.stmt))


def _hands_out(call: ast.Call, facts: Facts) -> bool:
    """Whether the statement of ``call`` leaves the function."""
    around = (*_around(call, facts), _statement(call, facts))
    return any(isinstance(each, ast.Return | ast.Yield | ast.YieldFrom) for each in around)


def _is_first(call: ast.Call, facts: Facts) -> bool:
    """Whether ``call`` is what its statement evaluates first."""
    node: ast.AST = call
    while not isinstance(node, ast.stmt):
        parent = facts.tree.parents[node]
        match parent:
            case ast.Attribute() | ast.Await() | ast.Expr() | ast.Return() | ast.Yield():
                pass
            case ast.Assign() | ast.AnnAssign():
                pass
            case ast.Call(func=func) if func is node:
                pass
            case _:
                return False
        node = parent
    return True


def _is_path(handle: ast.expr) -> bool:
    """Whether ``handle`` can be read again without running any code of the test."""
    while isinstance(handle, ast.Attribute | ast.Subscript):
        if isinstance(handle, ast.Subscript) and not isinstance(
            handle.slice, ast.Constant | ast.Name
        ):
            return False
        handle = handle.value
    return isinstance(handle, ast.Name)


def _bare(expr: cst.BaseExpression) -> cst.BaseExpression:
    return expr.with_changes(lpar=(), rpar=())
