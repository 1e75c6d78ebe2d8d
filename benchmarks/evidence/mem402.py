"""MEM402: a loop that polls a mock, which always gives the same empty answer.

The loops end after some rounds. Those of a test that went wrong do not.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Suite

ROUNDS = 5_000


def polls(source: Any) -> None:
    """One test: the code under test asks until it gets a message, or is interrupted."""
    with suppress(KeyboardInterrupt):
        for _ in range(ROUNDS):
            if source.poll(timeout=1.0) is not None:
                break


class EmptySource:
    """A plain stub."""

    def poll(self, timeout: float) -> Callable[[], object] | None:
        """Give nothing."""


suite = Suite(test=polls, tests=1)


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    source = MagicMock()
    source.poll.return_value = None
    yield source


@suite.fixture(scope="function")
def a_mock() -> Iterator[Any]:
    source = Mock()
    source.poll = Mock(return_value=None)
    yield source


@suite.fixture(scope="function")
def the_instance_of_a_patched_class() -> Iterator[Any]:
    source = MagicMock()
    source.return_value.poll.return_value = None
    yield source.return_value


@suite.fixture(scope="function")
def a_finite_side_effect() -> Iterator[Any]:
    source = MagicMock()
    source.poll.side_effect = [None, None, KeyboardInterrupt]
    yield source


@suite.fixture(scope="function")
def plain_stub() -> Iterator[Any]:
    yield EmptySource()
