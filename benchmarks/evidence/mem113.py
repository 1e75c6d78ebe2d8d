"""MEM113: a mock is an argument of `parametrize`, and pytest keeps it until the process ends."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import MagicMock, Mock

from benchmarks.evidence.lifecycle import Payload, Suite


class Client:
    """What the mocks stand in for; as a stub of its own it records nothing."""

    def publish(self, payload: bytes) -> None:
        """Take the payload and forget it."""


def publishes(next_argument: Any) -> None:
    """One parametrized test: it publishes 100 kB to its argument, or to what that makes."""
    argument = next_argument()
    client = argument() if isinstance(argument, type | partial) else argument
    client.publish(Payload(100_000))


def resets(next_argument: Any) -> None:
    """Reset the argument of the test that has just run."""
    next_argument.last.reset_mock()


class Arguments:
    """The arguments of a test, as pytest keeps them: a call gives the next one."""

    def __init__(self, *arguments: Any) -> None:
        self.rest = iter(arguments)
        self.all = arguments
        self.last: Any = None

    def __call__(self) -> Any:
        self.last = next(self.rest)
        return self.last


suite = Suite(test=publishes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Arguments(*[Mock() for _ in range(30)])


@suite.fixture(scope="class")
def magic_mocks() -> Iterator[Any]:
    yield Arguments(*[MagicMock() for _ in range(30)])


@suite.fixture(scope="class", after_each=resets)
def reset_after_each_test() -> Iterator[Any]:
    yield Arguments(*[Mock() for _ in range(30)])


@suite.fixture(scope="class")
def factories() -> Iterator[Any]:
    yield Arguments(*[Mock] * 30)


@suite.fixture(scope="class")
def factories_with_arguments() -> Iterator[Any]:
    yield Arguments(*[partial(Mock, status=status) for status in range(30)])


@suite.fixture(scope="class")
def plain_stubs() -> Iterator[Any]:
    yield Arguments(*[Client() for _ in range(30)])
