"""MEM301: thousands of mocks kept from a loop."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Suite, nothing

MESSAGES = 2_000
suite = Suite(test=nothing, tests=1)


class Message:
    """A plain stub."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


@suite.fixture(scope="function")
def before() -> Iterator[Any]:
    yield [Mock(offset=offset) for offset in range(MESSAGES)]


@suite.fixture(scope="function")
def magic_mocks() -> Iterator[Any]:
    yield [MagicMock(offset=offset) for offset in range(MESSAGES)]


@suite.fixture(scope="function")
def simple_namespaces() -> Iterator[Any]:
    yield [SimpleNamespace(offset=offset) for offset in range(MESSAGES)]


@suite.fixture(scope="function")
def plain_stubs() -> Iterator[Any]:
    yield [Message(offset) for offset in range(MESSAGES)]
