"""MEM302: a few mocks made in a loop of a test and kept, with and without a clean-up."""

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Suite, nothing

suite = Suite(test=nothing, tests=30)


def mock_message(offset: int) -> Any:
    """Configure a Kafka message the way test suites do."""
    message = MagicMock()
    message.error.return_value = None
    message.value.return_value = b"avro_bytes"
    message.topic.return_value = "market.equities.trades.asx"
    message.partition.return_value = 0
    message.offset.return_value = offset
    return message


class Message:
    """The same message as a plain stub."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def error(self) -> None:
        """No error."""

    def value(self) -> bytes:
        return b"avro_bytes"

    def topic(self) -> str:
        return "market.equities.trades.asx"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    messages = [mock_message(offset) for offset in range(5)]
    yield messages


@suite.fixture(scope="function")
def plain_stubs() -> Iterator[Any]:
    messages = [Message(offset) for offset in range(5)]
    yield messages


@suite.fixture(scope="function")
def children_cleared() -> Iterator[Any]:
    messages = [mock_message(offset) for offset in range(5)]
    yield messages
    for message in messages:
        message._mock_children.clear()


@suite.fixture(scope="function")
def list_cleared() -> Iterator[Any]:
    messages = [mock_message(offset) for offset in range(5)]
    yield messages
    messages.clear()


@suite.fixture(scope="function")
def list_cleared_and_collected() -> Iterator[Any]:
    messages = [mock_message(offset) for offset in range(5)]
    yield messages
    messages.clear()
    gc.collect()


@suite.fixture(scope="function")
def children_and_list_cleared_and_collected() -> Iterator[Any]:
    messages = [mock_message(offset) for offset in range(5)]
    yield messages
    for message in messages:  # the loop's variable still holds the last message below
        message._mock_children.clear()
    messages.clear()
    gc.collect()


@suite.fixture(scope="class", tests=1)
def cleared_and_collected_but_in_a_wide_side_effect() -> Iterator[Any]:
    poll = Mock()
    messages = [mock_message(offset) for offset in range(5)]
    poll.side_effect = [*messages, *[None] * 100]
    for message in messages:
        message._mock_children.clear()
    messages.clear()
    gc.collect()
    yield poll


@suite.fixture(scope="function", tests=1)
def attribute_overwritten_2000_times() -> Iterator[Any]:
    holder = SimpleNamespace()
    for _ in range(2_000):
        holder.client = Mock()
    yield holder
