"""MEM102: a wide fixture keeps a recording mock alive by other means than a `with` statement."""

from collections.abc import Iterator
from types import GeneratorType
from typing import Any
from unittest.mock import MagicMock, Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


class Producer:
    """What the fixtures patch or stand in for; as a stub of its own it records nothing."""

    def publish(self, payload: bytes) -> None:
        """Take the payload and forget it."""


class Service:
    """Code under test: it makes a producer, the patched one if there is a patch."""

    def publish(self, payload: bytes) -> None:
        """Publish the payload."""
        Producer().publish(payload)


def publishes(publisher: Any) -> None:
    """One test: it publishes 100 kB to whatever the fixture handed out."""
    if type(publisher) is not GeneratorType:
        publisher.publish(Payload(100_000))


TARGET = f"{__name__}.Producer"
suite = Suite(test=publishes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    patcher = patch(TARGET)
    mock = patcher.start()
    try:
        yield mock.return_value
    finally:
        patcher.stop()


@suite.fixture(scope="class")
def patch_not_handed_out() -> Iterator[Any]:
    patcher = patch(TARGET)
    patcher.start()
    try:
        yield Service()
    finally:
        patcher.stop()


@suite.fixture(scope="class")
def mock_yielded() -> Iterator[Any]:
    yield MagicMock()


@suite.fixture(scope="class")
def mock_returned() -> Any:
    return MagicMock()


@suite.fixture(scope="class")
@patch(TARGET)
def decorator_and_mock_returned(mock: Any) -> Any:
    return mock


@suite.fixture(scope="class")
@patch(TARGET)
def decorator_and_child_returned(_mock: Any) -> Any:
    return Producer()  # the mock's return value: the decorator is at work in here


@suite.fixture(scope="class")
@patch(TARGET)
def decorator_and_other_returned(_mock: Any) -> Any:
    return Service()  # uses the real class by the time a test calls it


@suite.fixture(scope="class")
@patch(TARGET)
def decorator_above_a_generator(mock: Any) -> Iterator[Any]:
    yield mock  # never runs: what the decorator returns is no generator function to pytest


@suite.fixture(scope="class", after_each=Mock.reset_mock)
def root_reset_after_each_test() -> Iterator[Any]:
    yield MagicMock()


@suite.fixture(scope="class", after_each=lambda mock: mock.publish.reset_mock())
def child_reset_after_each_test() -> Iterator[Any]:
    yield MagicMock()


@suite.fixture(scope="class", after_each=Mock.reset_mock)
def return_value_reset_after_each_test() -> Iterator[Any]:
    with patch(TARGET) as mock:
        yield mock.return_value


@suite.fixture(scope="function")
def function_scope() -> Iterator[Any]:
    yield MagicMock()


@suite.fixture(scope="class")
def plain_stub() -> Iterator[Any]:
    yield Producer()
