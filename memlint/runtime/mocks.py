"""Looking at mocks without touching them.

A mock records what is done to it and makes children for what it is asked, so nothing here calls
one, compares it, hashes it or measures it: what is read lies in the `__dict__` of mocks.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple
from unittest import mock

# More objects than this are not looked at: a mock's arguments may lead to the whole application.
_MAX_OBJECTS = 200_000
_MB = 1_000_000
_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType, FrameType)


class Size(NamedTuple):
    """Bytes, and whether there may be more."""

    bytes: int
    more: bool

    def __str__(self) -> str:
        text = f"{self.bytes / 1e6:,.1f} MB" if self.bytes >= _MB else f"{self.bytes / 1e3:.0f} kB"
        return f"more than {text}" if self.more else text


def modules() -> list[ModuleType]:
    """The modules that mocks come from: the standard library's, and the `mock` package's."""
    backport = sys.modules.get("mock.mock")
    return [mock] if backport is None else [mock, backport]


def classes() -> tuple[type, ...]:
    """The classes that every mock is an instance of one of."""
    return tuple(module.NonCallableMock for module in modules())


def root(child: Any) -> Any:
    """The mock at the root of the tree of ``child``, which records the calls of all of it."""
    while (parent := child._mock_new_parent) is not None:
        child = parent
    return child


def name(child: Any) -> str:
    """The dotted name by which mocks call themselves."""
    text: str = child._extract_mock_name()
    return text


def size(values: Iterable[object]) -> Size:
    """The bytes of ``values`` and of what they lead to, without mocks, modules, classes, code."""
    unseen = classes()
    pending = list(values)
    seen: set[int] = set()
    total = 0
    while pending and len(seen) < _MAX_OBJECTS:
        value = pending.pop()
        kind = type(value)
        if id(value) in seen or issubclass(kind, (*unseen, *_SHARED)):
            continue
        seen.add(id(value))
        total += _own_size(value)
        pending += gc.get_referents(value)
    return Size(total, bool(pending))


def _own_size(value: object) -> int:
    try:
        return sys.getsizeof(value)
    except Exception:  # a class may do what it likes in its `__sizeof__`
        return object.__sizeof__(value)
