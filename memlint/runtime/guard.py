"""The guard against endless polling: a mock that records too many calls fails its test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from memlint.runtime import mocks, places


class MockCallLimitError(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A mock recorded more calls than are allowed.

    Like pytest's own failures it is no `Exception`: code under test that swallows those must not
    go on polling.
    """


# What a mock's call does, in order, in the versions that are known.
_STEPS = ("_mock_check_sig", "_increment_mock_call", "_mock_call")


class Guard:
    """Counts the calls that trees of mocks hold, while it is active.

    ``limit`` is how many one tree may hold. ``exceeded`` has a message for each tree that held
    more, since it was last emptied; ``folder`` is what their paths are relative to.
    """

    def __init__(self, limit: int, folder: Path) -> None:
        self.limit = limit
        self.exceeded: dict[int, str] = {}
        self._folder = folder
        self._undo = ExitStack()
        self._guarded: set[ModuleType] = set()

    def activate(self) -> None:
        """Guard the mocks of all modules that make some; called again, those of new modules."""
        for module in set(mocks.modules()) - self._guarded:
            self._guarded.add(module)
            mixin = module.CallableMixin
            if mixin.__call__.__code__.co_names == _STEPS and "_mock_call" in vars(mixin):
                self._replace(mixin, "__call__", self._guarded_call(mixin._mock_call))
            else:
                self._replace(mixin, "_mock_call", self._guarded_step())
            self._undo.enter_context(places.noted(module.NonCallableMock))

    def deactivate(self) -> None:
        """Leave mocks as they were."""
        self._undo.close()
        self._guarded.clear()

    def _replace(self, cls: Any, name: str, function: Callable[..., Any]) -> None:
        self._undo.callback(setattr, cls, name, vars(cls)[name])
        setattr(cls, name, function)

    def _guarded_call(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """A mock's call that looks at the limit.

        It leaves out ``step``, which does nothing but call the next one, and so costs no more.
        """

        def __call__(mock: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
            __tracebackhide__ = True
            mock._mock_check_sig(*args, **kwargs)
            mock._increment_mock_call(*args, **kwargs)
            root = mock
            while (parent := root._mock_new_parent) is not None:
                root = parent
            # Read where they are: the property beside them would cost more than all the rest.
            calls = root._mock_mock_calls if root._mock_delegate is None else root.mock_calls
            if len(calls) > self.limit:
                self._stop(mock, root, calls)
            if type(mock)._mock_call is step:
                return mock._execute_mock_call(*args, **kwargs)
            return mock._mock_call(*args, **kwargs)

        return __call__

    def _guarded_step(self) -> Callable[..., Any]:
        """The step between recording and answering, with a look at the limit: for other mocks."""

        def _mock_call(mock: Any, /, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            root = mocks.root(mock)
            if len(root.mock_calls) > self.limit:
                self._stop(mock, root, root.mock_calls)
            return mock._execute_mock_call(*args, **kwargs)

        return _mock_call

    def _stop(self, mock: Any, root: Any, calls: list[Any]) -> NoReturn:
        """Forget the last call, so that nothing grows where the failure is swallowed, and fail."""
        __tracebackhide__ = True
        if id(root) not in self.exceeded:
            self.exceeded[id(root)] = self._message(mock, root, calls)
        forget_last(mock)
        raise MockCallLimitError(self.exceeded[id(root)])

    def _message(self, mock: Any, root: Any, calls: list[Any]) -> str:
        return (
            f"{mocks.name(mock)} was called once too often: {len(calls):,} recorded calls, which "
            f"hold {mocks.size(calls)}, where mock_call_limit allows {self.limit:,}; "
            f"called by {places.text(places.caller(), self._folder)}, "
            f"made by {places.text(places.made(root), self._folder)}. "
            "Give it an answer that ends the loop, such as a finite side_effect, or use a stub."
        )


def forget_last(mock: Any) -> None:
    """Take the last call out of all lists that ``mock`` and its parents keep of their calls."""
    _pop(mock.call_args_list)
    while mock is not None:
        _pop(mock.mock_calls)
        _pop(mock.method_calls)
        mock = mock._mock_new_parent


def _pop(calls: list[Any]) -> None:
    if calls:
        calls.pop()


class GuardPlugin:
    """Guards each test by its own limit, and fails those in which the failure was swallowed.

    ``limit`` is that of tests without a marker; 0 stands for none.
    """

    name = "memlint-guard"

    def __init__(self, limit: int, folder: Path) -> None:
        self._default = limit or sys.maxsize
        self._marked: dict[pytest.Item, int] = {}
        self._guard = Guard(self._default, folder)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the markers. Raises `pytest.UsageError` for one of no use."""
        for item in session.items:
            marker = item.get_closest_marker("mock_call_limit")
            if marker is not None:
                self._marked[item] = _marked_limit(item, marker)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Set the test's own limit, and guard what has been imported since."""
        self._guard.activate()
        self._guard.limit = self._marked.get(item, self._default)
        yield
        self._guard.limit = self._default

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        """Fail what passed although a mock exceeded the limit; say it where all else failed."""
        outcome: Any = yield
        report: pytest.TestReport = outcome.get_result()
        messages = list(self._guard.exceeded.values())
        self._guard.exceeded.clear()
        if messages and report.outcome != "failed":
            report.outcome = "failed"
            report.longrepr = "\n".join(messages)
        report.sections += [("Exceeded mock_call_limit", message) for message in messages]

    def pytest_unconfigure(self) -> None:
        """Leave mocks as they were."""
        self._guard.deactivate()


def _marked_limit(item: pytest.Item, marker: pytest.Mark) -> int:
    match marker.args:
        case (limit,) if type(limit) is int and limit >= 0 and not marker.kwargs:
            return limit or sys.maxsize
    raise pytest.UsageError(f"{item.nodeid}: mock_call_limit takes one whole number from 0")
