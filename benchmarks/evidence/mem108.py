"""MEM108: a patch on a class that is given its mock, which all tests of the class share.

The class is what the suite's fixture makes; one of its tests runs again and again.
"""

from typing import Any
from unittest.mock import DEFAULT, MagicMock, Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


class Producer:
    """What the patches replace; as it is it records nothing."""

    def publish(self, payload: bytes) -> None:
        """Take the payload and forget it."""


class PublishTest:
    """A test class that has room for the mocks that patches pass."""

    def test_publish(self, *_mocks: Any, **_named: Any) -> None:
        """The code under test publishes 100 kB."""
        Producer().publish(Payload(100_000))


def runs(cls: type[PublishTest]) -> None:
    """One test, as the runner calls it."""
    cls().test_publish()


suite = Suite(test=runs, tests=30)


def tests() -> type[PublishTest]:
    """A new test class: decorators change the one they get."""
    return type("Test", (PublishTest,), {"test_publish": PublishTest.test_publish})


def returns_nothing(*_args: Any, **_kwargs: Any) -> None:
    """Take any arguments and forget them."""


@suite.fixture(scope="class")
def before() -> Any:
    return patch.object(Producer, "publish", Mock())(tests())


@suite.fixture(scope="class")
def magic_mock() -> Any:
    return patch.object(Producer, "publish", new=MagicMock(return_value=None))(tests())


@suite.fixture(scope="class")
def patch_multiple() -> Any:
    return patch.multiple(Producer, publish=Mock())(tests())


@suite.fixture(scope="class")
def patch_makes_it() -> Any:
    return patch.object(Producer, "publish")(tests())


@suite.fixture(scope="class")
def patch_makes_it_with_arguments() -> Any:
    return patch.object(Producer, "publish", return_value=None)(tests())


@suite.fixture(scope="class")
def new_callable() -> Any:
    return patch.object(Producer, "publish", new_callable=Mock)(tests())


@suite.fixture(scope="class")
def patch_multiple_makes_it() -> Any:
    return patch.multiple(Producer, publish=DEFAULT)(tests())


@suite.fixture(scope="class")
def plain_function() -> Any:
    return patch.object(Producer, "publish", returns_nothing)(tests())


SHARED = Mock()


@suite.fixture(scope="class", after_each=lambda _: SHARED.reset_mock())
def root_reset_after_each_test() -> Any:
    return patch.object(Producer, "publish", SHARED)(tests())
