"""MEM110: a mock that a test file sets on something it imports, and never takes off.

The fixture plays the process: it imports the test file first, and ends last.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


def send(_payload: bytes) -> None:
    """What the module under test imports."""


client = SimpleNamespace(send=send)
ORIGINAL = send


def sends(_: object) -> None:
    """One test, of this file or of one that runs after it: 100 kB are sent."""
    client.send(Payload(100_000))


def reset(_: object) -> None:
    """Reset the mock that is set on the client."""
    client.send.reset_mock()  # type: ignore[attr-defined]


@contextmanager
def installed(function: Any) -> Iterator[None]:
    """Have ``function`` set on the client; the process ends with the real one."""
    client.send = function
    try:
        yield
    finally:
        client.send = ORIGINAL


suite = Suite(test=sends, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    with installed(Mock()):
        yield


@suite.fixture(scope="class")
def return_value_given() -> Iterator[Any]:
    with installed(Mock(return_value=None)):
        yield


@suite.fixture(scope="class", after_each=reset)
def root_reset_after_each_test() -> Iterator[Any]:
    with installed(Mock()):
        yield


@suite.fixture(scope="function")
def patch_object_for_each_test() -> Iterator[Any]:
    with patch.object(client, "send"):
        yield


@suite.fixture(scope="function")
def put_back_after_each_test() -> Iterator[Any]:
    with installed(Mock()):
        yield


@suite.fixture(scope="class")
def plain_function() -> Iterator[Any]:
    with installed(lambda _payload: None):
        yield
