"""MEM109: a patch on a function that is given its mock: one more for each decorator.

The suite's fixture makes as many decorated tests as it runs, each of which runs once.
"""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock, Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite

TESTS = 30


class Producer:
    """What the patches replace; as it is it records nothing."""

    def publish(self, payload: bytes) -> None:
        """Take the payload and forget it."""


def runs(tests: "Tests") -> None:
    """The next test, as the runner calls it."""
    next(tests.remaining)()


suite = Suite(test=runs, tests=TESTS)


class Tests:
    """A module's tests, each with a decorator of its own, and those that are yet to run."""

    def __init__(self, decorator: Callable[[], Any], size: int) -> None:
        self.functions = [decorator()(test(size)) for _ in range(TESTS)]
        self.remaining: Iterator[Any] = iter(self.functions)


def test(size: int) -> Callable[..., None]:
    """A new test, in which the code under test publishes ``size`` bytes."""

    def test_publish(*_mocks: Any) -> None:
        Producer().publish(Payload(size))

    return test_publish


def returns_nothing(*_args: Any, **_kwargs: Any) -> None:
    """Take any arguments and forget them."""


@suite.fixture(scope="class")
def before() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", Mock()), 100_000)


@suite.fixture(scope="class")
def patch_makes_it() -> Any:
    return Tests(lambda: patch.object(Producer, "publish"), 100_000)


@suite.fixture(scope="class")
def new_callable() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", new_callable=Mock), 100_000)


@suite.fixture(scope="class")
def plain_function() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", returns_nothing), 100_000)


@suite.fixture(scope="class")
def small_argument() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", Mock()), 0)


@suite.fixture(scope="class")
def small_argument_magic_mock() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", MagicMock()), 0)


@suite.fixture(scope="class")
def small_argument_patch_makes_it() -> Any:
    return Tests(lambda: patch.object(Producer, "publish"), 0)


@suite.fixture(scope="class")
def small_argument_plain_function() -> Any:
    return Tests(lambda: patch.object(Producer, "publish", returns_nothing), 0)
