"""MEM104: `stop` is called on the mock that a patcher's start returned."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from benchmarks.evidence.lifecycle import Payload, Suite


def publish(payload: bytes) -> None:
    """What the tests patch."""


def publishes(_: Any) -> None:
    """One test: the code under test publishes 100 kB."""
    publish(Payload(100_000))


TARGET = f"{__name__}.publish"
suite = Suite(test=publishes, tests=30)


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    mock = patch(TARGET).start()
    yield mock
    mock.stop()


@suite.fixture(scope="function")
def no_stop_at_all() -> Iterator[Any]:
    yield patch(TARGET).start()


@suite.fixture(scope="function")
def stop_on_the_patcher() -> Iterator[Any]:
    patcher = patch(TARGET)
    yield patcher.start()
    patcher.stop()


@suite.fixture(scope="function")
def stopall() -> Iterator[Any]:
    yield patch(TARGET).start()
    patch.stopall()


@suite.fixture(scope="function")
def with_block() -> Iterator[Any]:
    with patch(TARGET) as mock:
        yield mock
