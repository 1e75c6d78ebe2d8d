"""A plain function in the place of a mock that stands for a clock and records every call."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from memlint import names
from memlint.cst import Change, FixError, Rewriter
from memlint.facts import RecordedClock
from memlint.facts.literals import is_immutable
from memlint.model import Edit, Fix
from memlint.remedies.layout import broken, line_limit
from memlint.remedies.top_level import defined
from memlint.syntax import keyword

_COROUTINES = frozenset({"anyio.sleep", "asyncio.sleep", "trio.sleep"})
_PARAMETERS = {"time.sleep": " seconds", "eventlet.sleep": " *_args", "gevent.sleep": " *_args"}
# The arguments of a patch that only say which mock to make.
_OF_THE_MOCK = frozenset({"autospec", "new_callable", "return_value", "side_effect"})
_TARGETS = {"patch": 1, "patch.object": 2}
_NO_SLEEP = "async def {name}(*_args, **_kwargs):\n{indent}return None\n"
_Changes = dict[cst.CSTNode, Change]


def plain_clock(clock: RecordedClock, rewriter: Rewriter) -> Fix:
    """Install a function that records nothing. Raises `FixError` where the mock may be needed."""
    if clock.configured:
        raise FixError("the mock is configured later")
    stub, edits = _stub(clock, rewriter)
    call = rewriter.node(clock.patch.call)
    if clock.patch.installed is not None:
        installed = rewriter.node(clock.patch.installed)
        changes: _Changes = {installed: lambda _: stub}
    else:
        changes = {call: _installing(stub, clock, rewriter), **_without_mock(clock, rewriter)}
    return rewriter.fix("Install a plain function", "unsafe", changes, *edits)


def _stub(clock: RecordedClock, rewriter: Rewriter) -> tuple[cst.BaseExpression, list[Edit]]:
    """The function, and what defines it."""
    _require_plain(clock, rewriter)
    made = clock.patch.installed if clock.patch.installed is not None else clock.patch.call
    assert isinstance(made, ast.Call)
    side_effect, value = keyword(made, "side_effect"), keyword(made, "return_value")
    is_coroutine = clock.name in _COROUTINES
    if isinstance(side_effect, ast.Lambda):
        if is_coroutine or value is not None:
            raise FixError("the side effect is no coroutine, or no plain answer")
        return rewriter.node(side_effect), []
    if value is not None and not is_immutable(value):
        raise FixError("its answer may be another each time")
    if is_coroutine:
        return _coroutine(value, clock, rewriter)
    if value is None and clock.name not in _PARAMETERS:
        raise FixError("it is not known which time it is")
    answer = "None" if value is None else rewriter.source.segment(value)
    parameters = _PARAMETERS.get(clock.name, "")
    return cst.parse_expression(f"lambda{parameters}: {answer}"), []


def _require_plain(clock: RecordedClock, rewriter: Rewriter) -> None:
    """Raise `FixError` where the mock is more than something that answers."""
    patch, resolver = clock.patch, rewriter.facts.resolver
    allowed = _OF_THE_MOCK if patch.installed is None else {"new"}
    if any(argument.arg not in allowed for argument in patch.call.keywords):
        raise FixError("the patch has further arguments")
    if patch.installed is None and len(patch.call.args) != _TARGETS[patch.form]:
        raise FixError("the patch has further arguments")
    factory = keyword(patch.call, "new_callable")
    if isinstance(patch.installed, ast.Call):
        factory = patch.installed.func
        known = all(k.arg in ("return_value", "side_effect") for k in patch.installed.keywords)
        if patch.installed.args or not known:
            raise FixError("the mock has further arguments")
    if factory is not None:
        member = names.mock_member(resolver.qualname(factory))
        wanted = {"AsyncMock"} if clock.name in _COROUTINES else {"MagicMock", "Mock"}
        if member not in wanted:
            raise FixError("the mock is of another kind")


def _coroutine(
    value: ast.expr | None, clock: RecordedClock, rewriter: Rewriter
) -> tuple[cst.BaseExpression, list[Edit]]:
    """The name of a coroutine function that returns at once, and what defines it."""
    if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
        raise FixError("it returns a value")
    call = clock.patch.call
    for statement in rewriter.source.tree.body:
        if isinstance(statement, ast.AsyncFunctionDef) and statement.lineno < call.lineno:
            text = _NO_SLEEP.format(name=statement.name, indent=" ")
            if ast.dump(statement) == ast.dump(ast.parse(text).body[0]):
                return cst.Name(statement.name), []
    name = rewriter.fresh_name("no_sleep", "return_at_once")
    text = _NO_SLEEP.format(name=name, indent=rewriter.indent)
    return cst.Name(name), [defined(text, call, rewriter)]


def _installing(stub: cst.BaseExpression, clock: RecordedClock, rewriter: Rewriter) -> Change:
    """Passes ``stub`` to the patch, and nothing that says which mock to make."""
    written = cst.ensure_type(rewriter.node(clock.patch.call), cst.Call)
    targets = written.args[: _TARGETS[clock.patch.form]]
    changed = written.with_changes(args=_with_stub(stub, targets, written))
    limit = line_limit(rewriter)
    column, before, after = _line(clock.patch.call, rewriter)
    text = rewriter.code(changed)
    is_long = "\n" not in text and column + len(text) + len(after) > limit
    if is_long and before in ("", "@", "with"):
        changed = broken(changed, rewriter.indent, limit - (column - len(before)))
    return lambda _: changed


def _with_stub(
    stub: cst.BaseExpression, targets: Sequence[cst.Arg], call: cst.Call
) -> list[cst.Arg]:
    """``targets`` and ``stub``, laid out as the arguments of ``call`` are."""
    space = call.whitespace_before_args
    one_line = not isinstance(space, cst.ParenthesizedWhitespace)
    between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ") if one_line else space)
    if len(call.args) > len(targets) and isinstance(targets[-1].comma, cst.Comma):
        between = targets[-1].comma
    last = call.args[-1]
    return [
        *targets[:-1],
        targets[-1].with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace("")),
        cst.Arg(stub, comma=last.comma, whitespace_after_arg=last.whitespace_after_arg),
    ]


def _line(call: ast.Call, rewriter: Rewriter) -> tuple[int, str, str]:
    """The column of ``call``, what stands before it on its line, and behind it."""
    text, span = rewriter.source.text, rewriter.source.span(call)
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    behind = text[span.end : end if end >= 0 else len(text)].rstrip()
    return span.start - start, text[start : span.start].strip(), behind


def _without_mock(clock: RecordedClock, rewriter: Rewriter) -> _Changes:
    """The changes that take away the name of the mock, which the patch does not hand out now."""
    tree, call = rewriter.facts.tree, clock.patch.call
    decorated = tree.decorated(call)
    if decorated is not None and call in decorated.decorator_list:
        return _without_parameter(clock, rewriter)
    match tree.parents[call]:
        case ast.withitem(optional_vars=vars) if vars is not None:
            item = rewriter.enclosing(rewriter.node(call), cst.WithItem)
            return {item: lambda node: node.with_changes(asname=None)}
        case ast.Assign() if clock.patch.mocker is not None:
            raise FixError("the mock has a name")
    return {}


def _without_parameter(clock: RecordedClock, rewriter: Rewriter) -> _Changes:
    tree, parameter = rewriter.facts.tree, clock.parameter
    if parameter is None:
        raise FixError("the patch passes its mock to several functions")
    function = tree.decorated(clock.patch.call)
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    variable = (tree.scope(function.body[0]), parameter.arg)
    below = function.decorator_list[function.decorator_list.index(clock.patch.call) + 1 :]
    if tree.reads(variable) or not all(each in rewriter.facts.patches for each in below):
        raise FixError("the function may be called with other arguments")
    arguments = function.args
    if arguments.posonlyargs or arguments.vararg or arguments.defaults:
        raise FixError("the parameters are more than names")
    definition = rewriter.enclosing(rewriter.node(clock.patch.call), cst.FunctionDef)
    position = arguments.args.index(parameter)
    return {definition: lambda node: _without(cst.ensure_type(node, cst.FunctionDef), position)}


def _without(definition: cst.FunctionDef, position: int) -> cst.FunctionDef:
    params = list(definition.params.params)
    removed = params.pop(position)
    if params and position == len(params):
        params[-1] = params[-1].with_changes(
            comma=removed.comma, whitespace_after_param=removed.whitespace_after_param
        )
    changed = definition.with_changes(params=definition.params.with_changes(params=params))
    if not params and not definition.params.kwonly_params and definition.params.star_kwarg is None:
        return changed.with_changes(whitespace_before_params=cst.SimpleWhitespace(""))
    return changed
