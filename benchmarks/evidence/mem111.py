"""MEM111: a mock that is made when a test file is imported, and that its tests call.

The import is played by a fixture that is set up once for all tests.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Payload, Suite


class Client:
    """A stub: it takes what it is given and forgets it."""

    def send(self, payload: bytes) -> None:
        """Take the payload."""


def sends(client: Any) -> None:
    """One test: it sends 100 kB, if it is given something to send them to."""
    if client is not None:
        client.send(Payload(100_000))


suite = Suite(test=sends, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Mock()


@suite.fixture(scope="class", after_each=lambda client: client.send.reset_mock())
def child_reset_after_each_test() -> Iterator[Any]:
    yield Mock()


@suite.fixture(scope="class", after_each=Mock.reset_mock)
def root_reset_after_each_test() -> Iterator[Any]:
    yield Mock()


@suite.fixture(scope="function")
def function_scope() -> Iterator[Any]:
    yield Mock()


@suite.fixture(scope="class")
def plain_stub() -> Iterator[Any]:
    yield Client()


@suite.fixture(scope="class")
def never_called() -> Iterator[Any]:
    unset = Mock()
    yield None
    del unset


@suite.fixture(scope="class")
def magic_mock_never_called() -> Iterator[Any]:
    unset = MagicMock()
    yield None
    del unset
