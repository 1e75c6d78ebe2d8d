"""MEM303: a mock class is configured, and with it every mock that the process makes later.

The class keeps its attribute until the process ends. Here it is deleted at the end of each run, so
that the next run begins as the first one did.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Payload, Suite


def uses_a_mock_of_its_own(make: Any) -> None:
    """One test, which has nothing to do with what others configure."""
    make()().publish(Payload(100_000))


suite = Suite(test=uses_a_mock_of_its_own, tests=30)


def configure_the_class() -> None:
    """Another test, before those that are measured."""
    client = Mock()
    client.session = MagicMock
    client.session.return_value = Mock()


def configure_a_mock() -> None:
    """The same test, with the parentheses."""
    client = Mock()
    client.session = MagicMock()
    client.session.return_value = Mock()


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    configure_the_class()
    yield MagicMock
    del MagicMock.return_value


@suite.fixture(scope="class")
def mocks_with_a_return_value_of_their_own() -> Iterator[Any]:
    configure_the_class()
    yield partial(MagicMock, return_value=Mock())
    del MagicMock.return_value


@suite.fixture(scope="class")
def mocks_of_another_class() -> Iterator[Any]:
    configure_the_class()
    yield Mock
    del MagicMock.return_value


@suite.fixture(scope="class")
def parentheses() -> Iterator[Any]:
    configure_a_mock()
    yield MagicMock
