"""Patches: the calls that replace an object while a test runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from memlint import names
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, keyword

# Where `new` stands among the positional arguments; the other forms take it in no position.
_NEW_POSITION = {"patch": 1, "patch.object": 2}
_MULTIPLE_PARAMETERS = frozenset(
    {"target", "spec", "create", "spec_set", "autospec", "new_callable"}
)


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """A call of ``patch`` or of one of its forms.

    ``recording`` tells whether it installs a mock, which keeps every call; ``installed`` is the
    mock that it is given to install; ``target`` the dotted name that it replaces, where that is
    known; ``mocker`` the pytest-mock fixture it goes through.
    """

    call: ast.Call
    form: str
    recording: bool
    installed: ast.expr | None
    target: str | None
    mocker: str | None


def find_patches(tree: SyntaxTree, resolver: Resolver) -> Iterator[Patch]:
    """Every patch in the file."""
    for call in tree.nodes(ast.Call):
        qualname = resolver.qualname(call.func)
        form = names.patch_form(qualname)
        if form is not None:
            yield _patch(call, form, names.mocker_fixture(qualname), resolver)


def started(expr: ast.expr) -> ast.expr | None:
    """The patcher that ``expr`` starts, should it be a call of one's method."""
    match expr:
        case ast.Call(func=ast.Attribute(value=patcher, attr="start" | "__enter__")):
            return patcher
    return None


def stopalls(tree: SyntaxTree, resolver: Resolver) -> Iterator[ast.Attribute | ast.alias]:
    """The places that stop all patches, or may. That of pytest-mock stops none but its own."""
    for node in tree.nodes(ast.Attribute):
        if node.attr in names.STOPS_ALL and names.mocker_fixture(resolver.qualname(node)) is None:
            yield node
    yield from (alias for alias in tree.nodes(ast.alias) if alias.name in names.STOPS_ALL)


def injects(patch: Patch) -> bool | None:
    """Whether ``patch`` passes what it decorates one more positional argument, its mock.

    It does unless it is given what to install. None where the file does not tell.
    """
    if patch.form not in _NEW_POSITION:
        return False
    return None if _hides_arguments(patch.call) else patch.installed is None


def replacements(call: ast.Call) -> Iterator[ast.keyword]:
    """What a call of ``patch.multiple`` is told to install, by the names it replaces."""
    for argument in call.keywords:
        if argument.arg is not None and argument.arg not in _MULTIPLE_PARAMETERS:
            yield argument


def _patch(call: ast.Call, form: str, mocker: str | None, resolver: Resolver) -> Patch:
    installed = _new(call, form, resolver)
    recording = _is_recording(call, form, installed, resolver)
    return Patch(call, form, recording, installed, _target(call, form, resolver), mocker)


def _new(call: ast.Call, form: str, resolver: Resolver) -> ast.expr | None:
    position = _NEW_POSITION.get(form)
    if position is None:
        return None
    new = call.args[position] if len(call.args) > position else keyword(call, "new")
    return None if new is None or resolver.qualname(new) == names.DEFAULT else new


def _is_recording(
    call: ast.Call, form: str, installed: ast.expr | None, resolver: Resolver
) -> bool:
    if form == "patch.dict" or _hides_arguments(call):
        return False
    if installed is not None:
        return resolver.is_mock(installed)
    new_callable = keyword(call, "new_callable")
    if new_callable is not None:
        return resolver.is_factory(new_callable)
    if form == "patch.multiple":
        return any(_is_recorded(each.value, resolver) for each in replacements(call))
    return True


def _is_recorded(value: ast.expr, resolver: Resolver) -> bool:
    return resolver.qualname(value) == names.DEFAULT or resolver.is_mock(value)


def _hides_arguments(call: ast.Call) -> bool:
    """Whether unpacked arguments may hold a ``new`` that cannot be seen."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return True
    return any(each.arg is None and _may_hold_new(each.value) for each in call.keywords)


def _may_hold_new(unpacked: ast.expr) -> bool:
    if not isinstance(unpacked, ast.Dict):
        return True
    return any(
        not isinstance(key, ast.Constant) or key.value in ("new", "new_callable")
        for key in unpacked.keys
    )


def _target(call: ast.Call, form: str, resolver: Resolver) -> str | None:
    if not call.args:
        return None
    if form == "patch":
        target = resolver.constant(call.args[0])
        return target if isinstance(target, str) else None
    if form == "patch.object" and len(call.args) > 1:
        owner, attribute = resolver.qualname(call.args[0]), resolver.constant(call.args[1])
        return f"{owner}.{attribute}" if owner and isinstance(attribute, str) else None
    return None
