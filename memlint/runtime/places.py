"""Where mocks are made and called, as far as the stack tells."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

Place = tuple[str, int]

# Where a mock keeps the place it was made at; mocks make no child of what is in their `__dict__`.
_MADE = "_memlint_made"
# Frames that only pass on what somebody else does.
_BETWEEN = ("contextlib", "unittest.mock", "mock.mock", "memlint.runtime")
# Frames that say nothing about who wanted a mock: its maker is then a decorator of the test.
_RUNNERS = ("_pytest", "pluggy", "unittest", "asyncio", "pytest_asyncio", "anyio")


def caller() -> Place | None:
    """The file and line, from 1, of who made or called a mock; None where a test runner did."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_of(frame, _BETWEEN):
        frame = frame.f_back
    if frame is None or _is_of(frame, _RUNNERS):
        return None
    return frame.f_code.co_filename, frame.f_lineno


def made(mock: Any) -> Place | None:
    """Where ``mock`` was made, if that was noted."""
    place: Place | None = mock.__dict__.get(_MADE)
    return place


@contextmanager
def noted(cls: Any) -> Iterator[None]:
    """Note of each mock, an instance of ``cls``, where it is made, until the context ends."""
    original = cls.__dict__["__new__"]
    cls.__new__ = _noting(cls.__new__)
    try:
        yield
    finally:
        cls.__new__ = original


def text(place: Place | None, folder: Path) -> str:
    """``place`` as a reader finds it: relative to ``folder`` where it is in there."""
    if place is None:
        return "a decorator or the test runner"
    path = Path(place[0])
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{shown.as_posix()}:{place[1]}"


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    def __new__(cls: type, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        mock = original(cls, *args, **kwargs)
        mock.__dict__[_MADE] = caller()
        return mock

    return __new__


def _is_of(frame: FrameType, packages: tuple[str, ...]) -> bool:
    module: str = frame.f_globals.get("__name__", "")
    return any(module == package or module.startswith(f"{package}.") for package in packages)
