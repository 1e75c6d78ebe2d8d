"""MEM105: the mock takes the place of its patcher, which nothing can stop any more."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from benchmarks.evidence.lifecycle import Payload, Suite


def publish(payload: bytes) -> None:
    """What the tests patch."""


def publishes(_: Any) -> None:
    """One test: the code under test publishes 100 kB."""
    publish(Payload(100_000))


def ignore(_: bytes) -> None:
    """Stand in for `publish`, and keep nothing."""


TARGET = f"{__name__}.publish"
suite = Suite(test=publishes, tests=30)


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    publish = patch(TARGET)
    publish = publish.start()  # type: ignore[assignment]
    yield publish
    publish.stop()


@suite.fixture(scope="function")
def mock_by_another_name() -> Iterator[Any]:
    patcher = patch(TARGET)
    publish = patcher.start()
    yield publish
    patcher.stop()


@suite.fixture(scope="function")
def stop_registered_before() -> Iterator[Any]:
    publish = patch(TARGET)
    stop = publish.stop
    publish = publish.start()  # type: ignore[assignment]
    yield publish
    stop()


@suite.fixture(scope="function")
def overwritten_by_a_function() -> Iterator[Any]:
    publish = patch(TARGET, ignore)
    publish = publish.start()  # type: ignore[assignment]
    yield publish
