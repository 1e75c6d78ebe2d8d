"""The wording that messages share: one line, at most 200 characters with the code."""

from __future__ import annotations

import ast

from memlint.facts import DecoratorMock, Facts, KeptMock, LeftMock, NarrowPatch, Patch

# 200 less the code, a space before the message.
_LIMIT = 193
_ELLIPSIS = "..."
_MIN_PART = 16


def fit(pattern: str, **parts: str) -> str:
    """``pattern`` filled with ``parts``, the longest of which are cut in the middle to fit."""
    excess = len(pattern.format(**parts)) - _LIMIT
    widths = {name: len(text) for name, text in parts.items()}
    while excess > 0 and max(widths.values()) > _MIN_PART:
        widths[max(widths, key=widths.__getitem__)] -= 1
        excess -= 1
    return pattern.format(**{name: cut(text, widths[name]) for name, text in parts.items()})


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters, by leaving out its middle."""
    if len(text) <= width:
        return text
    kept = width - len(_ELLIPSIS)
    head = kept - kept // 2
    return text[:head] + _ELLIPSIS + text[len(text) - kept // 2 :]


def patch_text(patch: Patch, facts: Facts) -> str:
    """A patch as a reader would name it: its form and its target."""
    arguments = patch.call.args[: 2 if patch.form == "patch.object" else 1]
    target = ", ".join(_argument_text(argument, facts) for argument in arguments)
    prefix = f"{patch.mocker}." if patch.mocker else ""
    return f"{prefix}{patch.form}({target})"


def narrow_patch_text(narrow: NarrowPatch, facts: Facts) -> str:
    """What a test does through a mocker, as a reader would name it."""
    patch = facts.patches.get(narrow.call)
    if patch is not None:
        return patch_text(patch, facts)
    arguments = ", ".join(_argument_text(argument, facts) for argument in narrow.call.args)
    return f"{code_text(narrow.call.func, facts)}({arguments})"


def factory_text(call: ast.Call, facts: Facts) -> str:
    """A mock factory's call as a reader would name it."""
    return f"{code_text(call.func, facts)}()"


def decorator_mock_text(mock: DecoratorMock, facts: Facts) -> str:
    """A mock that a decorator installs as a reader would name it: its name, or what makes it."""
    return repr(mock.node.id) if isinstance(mock.node, ast.Name) else factory_text(mock.call, facts)


def left_text(left: LeftMock, facts: Facts) -> str:
    """A mock that is left somewhere: by what makes it, or else by what it is called there."""
    if isinstance(left.mock, ast.Call):
        return factory_text(left.mock, facts)
    return code_text(left.value, facts)


def count_text(kept: KeptMock) -> str:
    """How many mocks a loop keeps."""
    if kept.counted:
        return f"{kept.count} mocks"
    return "mocks" if kept.count < 2 else f"{kept.count} mocks or more"  # noqa: PLR2004


def container_text(kept: KeptMock) -> str:
    """What keeps the mocks of a loop, as a phrase that follows 'kept'."""
    return "" if kept.container is None else f" in {str(kept.container)!r}"


def code_text(expr: ast.expr, facts: Facts) -> str:
    """An expression as it is written, on one line."""
    return " ".join(facts.source.segment(expr).split())


def _argument_text(argument: ast.expr, facts: Facts) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return repr(argument.value)
    return code_text(argument, facts)
