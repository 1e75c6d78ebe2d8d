"""MEM107: a mock that a test file puts into `sys.modules` at import, and never takes out.

The fixture plays the process: it imports the test file first, and ends last.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

from benchmarks.evidence.lifecycle import Payload, Suite

DRIVER = "benchmarks_driver"


class EarlyUser:
    """Code under test that imports the driver at its top, and keeps it."""

    def __init__(self) -> None:
        self._driver = importlib.import_module(DRIVER)

    def write(self, payload: bytes) -> None:
        """Pass the payload to the driver."""
        self._driver.write(payload)


class LateUser:
    """Code under test that imports the driver where it uses it."""

    def write(self, payload: bytes) -> None:
        """Pass the payload to the driver that is imported now."""
        importlib.import_module(DRIVER).write(payload)


def writes(user: Any) -> None:
    """One test: the code under test writes 100 kB."""
    user.write(Payload(100_000))


def plain_driver() -> ModuleType:
    """A module that can be called alike, and records nothing."""
    driver = ModuleType(DRIVER)
    driver.write = lambda _payload: None  # type: ignore[attr-defined]
    return driver


@contextmanager
def imported(driver: Any) -> Iterator[Any]:
    """Have ``driver`` imported."""
    before = sys.modules.get(DRIVER)
    sys.modules[DRIVER] = driver
    try:
        yield driver
    finally:
        if before is None:
            del sys.modules[DRIVER]
        else:
            sys.modules[DRIVER] = before


def reset(_user: object) -> None:
    """Reset the root of the mocks that are imported."""
    sys.modules[DRIVER].reset_mock()  # type: ignore[attr-defined]


def reset_child(_user: object) -> None:
    """Reset a child of the mock alone."""
    sys.modules[DRIVER].write.reset_mock()  # type: ignore[attr-defined]


suite = Suite(test=writes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    with imported(MagicMock()):
        yield EarlyUser()


@suite.fixture(scope="class")
def before_imported_late() -> Iterator[Any]:
    with imported(MagicMock()):
        yield LateUser()


@suite.fixture(scope="class", after_each=reset_child)
def child_reset_after_each_test() -> Iterator[Any]:
    with imported(MagicMock()):
        yield EarlyUser()


@suite.fixture(scope="class", after_each=reset)
def root_reset_after_each_test() -> Iterator[Any]:
    with imported(MagicMock()):
        yield EarlyUser()


@suite.fixture(scope="class")
def put_back_after_import() -> Iterator[Any]:
    with imported(plain_driver()):
        with imported(MagicMock()):
            user = EarlyUser()
        yield user


@suite.fixture(scope="class")
def put_back_imported_late() -> Iterator[Any]:
    with imported(plain_driver()):
        with imported(MagicMock()):
            user = LateUser()
        yield user


@suite.fixture(scope="function")
def set_and_imported_for_each_test() -> Iterator[Any]:
    with imported(MagicMock()):
        yield EarlyUser()


@suite.fixture(scope="class")
def plain_module() -> Iterator[Any]:
    with imported(plain_driver()):
        yield EarlyUser()


@suite.fixture(scope="class")
def patch_dict_around_the_import() -> Iterator[Any]:
    with imported(plain_driver()):
        with patch.dict(sys.modules, {DRIVER: MagicMock()}):
            user = EarlyUser()
        yield user
