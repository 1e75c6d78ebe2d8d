"""MEM401: a clock that a patch replaces by a mock, and a loop that waits by it.

The loops end after some rounds. Those of a test that went wrong do not.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock, patch

from benchmarks.evidence.lifecycle import Suite

ROUNDS = 5_000


def waits(loop: Callable[[], object]) -> object:
    """One test: the code under test waits."""
    return loop()


def sleeping() -> None:
    """Wait by sleeping."""
    for _ in range(ROUNDS):
        time.sleep(0.1)


def watching() -> None:
    """Wait by looking at the clock."""
    deadline = time.time() + 60
    for _ in range(ROUNDS):
        if time.time() > deadline:
            break


def sleeping_coroutine() -> None:
    """Wait in a coroutine."""

    async def wait() -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(0.1)

    asyncio.run(wait())


async def no_sleep(*_args: object, **_kwargs: object) -> None:
    """Return at once."""


suite = Suite(test=waits, tests=1)


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    with patch("time.sleep"):
        yield sleeping


@suite.fixture(scope="function")
def with_a_return_value() -> Iterator[Any]:
    with patch("time.sleep", return_value=None):
        yield sleeping


@suite.fixture(scope="function")
def installed_mock() -> Iterator[Any]:
    with patch("time.sleep", MagicMock()):
        yield sleeping


@suite.fixture(scope="function")
def plain_function() -> Iterator[Any]:
    with patch("time.sleep", lambda _seconds: None):
        yield sleeping


@suite.fixture(scope="function")
def frozen_clock() -> Iterator[Any]:
    with patch("time.time", return_value=1700000000.0):
        yield watching


@suite.fixture(scope="function")
def plain_frozen_clock() -> Iterator[Any]:
    with patch("time.time", lambda: 1700000000.0):
        yield watching


@suite.fixture(scope="function")
def coroutine() -> Iterator[Any]:
    with patch("asyncio.sleep"):
        yield sleeping_coroutine


@suite.fixture(scope="function")
def plain_coroutine() -> Iterator[Any]:
    with patch("asyncio.sleep", no_sleep):
        yield sleeping_coroutine
