"""Mocks that patch makes itself, one for each call of what it decorates, and passes to it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

import libcst as cst

from memlint import names
from memlint.cst import FixError, Rewriter
from memlint.facts import DecoratorMock, Facts
from memlint.facts.decorators import decorator_patch, tests_of
from memlint.facts.literals import is_literal
from memlint.facts.origins import origin
from memlint.facts.patches import injects
from memlint.model import Fix
from memlint.remedies.arguments import argument_replaced
from memlint.remedies.inserted_parameters import parameter_added
from memlint.remedies.words import snake_case
from memlint.syntax import FunctionNode

# A function with more is hard to read, and linters say so.
_MAX_PARAMETERS = 5
_ANSWERS = frozenset({"return_value", "side_effect", "wraps"})
# What mocks need themselves while they are made.
_SAFE_BUILTINS = frozenset({"input", "open", "print"})


def injected_mock(mock: DecoratorMock, rewriter: Rewriter) -> Fix:
    """The fix that lets patch make ``mock``, for which each function gets a parameter.

    Raises `FixError` where the file does not show that this will do.
    """
    facts = rewriter.facts
    if mock.node is not mock.call or mock.patch.call not in mock.definition.decorator_list:
        raise FixError("the mock is made elsewhere")
    _require_plain(mock, facts)
    made = cst.ensure_type(rewriter.node(mock.call), cst.Call)
    arguments = [*_new_callable(mock, made, facts), *made.args]
    edits = [argument_replaced(mock.patch.call, mock.node, arguments, rewriter)]
    wanted = f"_mock_{snake_case(mock.attribute or '')}".rstrip("_")
    for function, definition in _functions(mock, rewriter):
        index = _index(mock, function, facts)
        name = rewriter.fresh_name(wanted, inside=function)
        edits.append(parameter_added(function, definition, name, index, rewriter))
    return Fix("Let patch make the mock", tuple(edits), "unsafe")


def _require_plain(mock: DecoratorMock, facts: Facts) -> None:
    """Raise `FixError` unless patch makes the same of the mock's arguments as the mock does."""
    if mock.patch.form not in ("patch", "patch.object") or injects(mock.patch) is not False:
        raise FixError("patch.multiple passes its mocks by name")
    if names.mock_member(facts.resolver.qualname(mock.call.func)) not in names.CALLABLES_FOR_PATCH:
        raise FixError("patch may call it otherwise")
    module, _, name = (mock.patch.target or "").rpartition(".")
    if module == "builtins" and name not in _SAFE_BUILTINS:
        raise FixError("a mock cannot be made without what is patched")
    if not _further_arguments(mock) <= {"attribute", "create", "target"}:
        raise FixError("the patch has further arguments")
    if mock.call.args or not all(_is_plain(name) for name, _ in _settings(mock.call)):
        raise FixError("its arguments mean something else to patch")
    if any(_is_mock(node, facts) for node in ast.walk(mock.call) if node is not mock.call):
        raise FixError("a mock inside it would still be shared")


def _further_arguments(mock: DecoratorMock) -> set[str | None]:
    """What the patch is told beside its target and the mock, None being what has no name."""
    call = mock.patch.call
    targets = call.args[: 2 if mock.patch.form == "patch.object" else 1]
    unnamed = {None for each in call.args if each is not mock.node and each not in targets}
    return unnamed | {each.arg for each in call.keywords if each.value is not mock.node}


def _settings(call: ast.Call) -> Iterator[tuple[str | None, ast.expr]]:
    """What ``call`` sets by name, None being a name that cannot be seen."""
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg=None, value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    known = isinstance(key, ast.Constant) and isinstance(key.value, str)
                    yield (key.value if known else None), value  # type: ignore[union-attr]
            case _:
                yield keyword.arg, keyword.value


def _is_plain(name: str | None) -> bool:
    return name is not None and name not in names.PATCH_SETTINGS


def _is_mock(node: ast.AST, facts: Facts) -> bool:
    return isinstance(node, ast.Call | ast.Name) and facts.resolver.is_mock(node)


def _new_callable(mock: DecoratorMock, made: cst.Call, facts: Facts) -> Iterator[cst.Arg]:
    """Says what patch is to call, where it would not do so anyway.

    It makes a `MagicMock`, but an `AsyncMock` in the place of a coroutine function: whether it is
    one cannot be seen here, and only where the answer is awaitable may it be.
    """
    qualname = facts.resolver.qualname(mock.call.func)
    answers = [value for name, value in _settings(mock.call) if name in _ANSWERS]
    if names.mock_member(qualname) != "MagicMock" or not all(
        _is_no_coroutine(value, facts) for value in answers
    ):
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        yield cst.Arg(made.func, keyword=cst.Name("new_callable"), equal=equal)


def _is_no_coroutine(value: ast.expr, facts: Facts) -> bool:
    """Whether ``value`` is sure to be nothing that can be awaited, nor to make any such thing."""
    found = origin(value, facts.resolver)
    return found.path == () and (is_literal(found.base) or _is_exception(found.base, facts))


def _is_exception(value: ast.expr, facts: Facts) -> bool:
    made = value.func if isinstance(value, ast.Call) else value
    module, _, name = (facts.resolver.qualname(made) or "").rpartition(".")
    known = getattr(builtins, name, None) if module == "builtins" else None
    return isinstance(known, type) and issubclass(known, BaseException)


def _functions(
    mock: DecoratorMock, rewriter: Rewriter
) -> Iterator[tuple[FunctionNode, cst.FunctionDef]]:
    """The functions that the patch wraps. Raises `FixError` where the file does not show all."""
    node = rewriter.node(mock.patch.call)
    if not isinstance(mock.definition, ast.ClassDef):
        yield mock.definition, rewriter.enclosing(node, cst.FunctionDef)
        return
    _require_all_tests(mock.definition, rewriter.facts)
    body = rewriter.enclosing(node, cst.ClassDef).body.body
    for function in tests_of(mock.definition, rewriter.facts.tree):
        found = [
            each
            for each in body
            if isinstance(each, cst.FunctionDef) and each.name.value == function.name
        ]
        if len(found) != 1:
            raise FixError("a test is defined several times, or on a condition")
        yield function, found[0]


def _require_all_tests(cls: ast.ClassDef, facts: Facts) -> None:
    """Raise `FixError` where ``cls`` may have tests that its body does not show."""
    pending = [cls]
    seen = {cls}
    while pending:
        for base in (current := pending.pop()).bases:
            bindings = facts.tree.bindings(base) if isinstance(base, ast.Name) else []
            match bindings:
                case [ast.ClassDef() as known] if not tests_of(known, facts.tree):
                    pending += [known] if known not in seen else []
                    seen.add(known)
                case _ if facts.resolver.qualname(base) not in names.BASES_WITHOUT_TESTS:
                    raise FixError("tests may be inherited")
        if current.keywords:
            raise FixError("a metaclass may make tests")
    tests = {test.name for test in tests_of(cls, facts.tree)}
    bound = facts.tree.scope(cls.body[0]).bindings
    if any(name.startswith(names.TEST_PREFIX) and name not in tests for name in bound):
        raise FixError("a test is made elsewhere")


def _index(mock: DecoratorMock, function: FunctionNode, facts: Facts) -> int:
    """Where the mock is passed to ``function``: behind those of the decorators below.

    Raises `FixError` where other arguments may stand there.
    """
    _require_bare_calls(function, facts)
    own = _injecting(function, facts)
    below = mock.definition.decorator_list.index(mock.patch.call)
    before = sum(place > below for place in own)
    passed = len(own)
    if isinstance(mock.definition, ast.ClassDef):
        outer = _injecting(mock.definition, facts)
        before = len(own) + sum(place > below for place in outer)
        passed += len(outer)
    arguments = function.args
    first = 0 if facts.tree.enclosing_class(function) is None else 1
    required = len(arguments.args) - len(arguments.defaults)
    if arguments.posonlyargs or arguments.vararg or required < first + passed:
        raise FixError("the parameters do not show what is passed")
    waiting = sum(each.definition is mock.definition for each in facts.decorator_mocks)
    if len(arguments.args) - first + waiting > _MAX_PARAMETERS:
        raise FixError("there would be too many parameters")
    return first + before


def _require_bare_calls(function: FunctionNode, facts: Facts) -> None:
    """Raise `FixError` where ``function`` may be called with arguments by position."""
    is_test = function.name.startswith(names.TEST_PREFIX)
    if not is_test and function.name not in names.CALLED_BARE:
        raise FixError("it is no test")
    if function in facts.fixtures_by_function or function.name in facts.mentioned:
        raise FixError("the file calls it")


def _injecting(definition: FunctionNode | ast.ClassDef, facts: Facts) -> list[int]:
    """The decorators, by place, that pass a mock by position.

    Raises `FixError` for decorators that may pass anything.
    """
    found = []
    for place, decorator in enumerate(definition.decorator_list):
        patch = decorator_patch(decorator, facts.patches, facts.resolver)
        if patch is None:
            made = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not (facts.resolver.qualname(made) or "").startswith(names.TEST_MARKS):
                raise FixError("another decorator may pass arguments")
        elif (passes := injects(patch)) is None:
            raise FixError("a patch hides its arguments")
        elif passes:
            found.append(place)
    return found
