"""MEM101: a wide fixture yields inside a recording patch."""

import gc
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


def publish(payload: bytes) -> None:
    """What the tests patch."""


def publishes(_: Any) -> None:
    """One test: the code under test publishes 100 kB."""
    publish(Payload(100_000))


TARGET = f"{__name__}.publish"
suite = Suite(test=publishes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    with patch(TARGET) as mock:
        yield mock


@suite.fixture(scope="class")
def start_and_stop() -> Iterator[Any]:
    patcher = patch(TARGET)
    mock = patcher.start()
    try:
        yield mock
    finally:
        patcher.stop()


@suite.fixture(scope="class")
def start_and_stop_and_collect() -> Iterator[Any]:
    patcher = patch(TARGET)
    mock = patcher.start()
    yield mock
    patcher.stop()
    del mock, patcher
    gc.collect()


@suite.fixture(scope="class", after_each=Mock.reset_mock)
def root_reset_after_each_test() -> Iterator[Any]:
    with patch(TARGET) as mock:
        yield mock


@suite.fixture(scope="function")
def function_scope() -> Iterator[Any]:
    with patch(TARGET) as mock:
        yield mock


@suite.fixture(scope="class")
def new_is_a_plain_function() -> Iterator[Any]:
    with patch(TARGET, new=lambda _payload: None) as stub:
        yield stub
