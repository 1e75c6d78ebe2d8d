"""What `lifecycle` takes for granted about pytest.

Run it with `python -m pytest benchmarks/evidence/pytest_model.py`.
"""

import gc
import unittest
import weakref
from collections.abc import Iterator
from types import GeneratorType
from typing import Any
from unittest.mock import Mock, patch

import pytest


def publish(payload: bytes) -> None:
    """What the fixtures patch."""


alive_in_teardown: list[bool] = []


@pytest.fixture(scope="class")
def collected_in_teardown() -> Iterator[Any]:
    patcher = patch(f"{__name__}.publish")
    mock = patcher.start()
    reference = weakref.ref(mock)
    yield mock
    patcher.stop()
    del mock, patcher
    gc.collect()
    alive_in_teardown.append(reference() is not None)


@pytest.fixture(scope="class")
@patch(f"{__name__}.publish")
def decorated_generator(mock: Any) -> Iterator[Any]:
    yield mock  # noqa: PT022 - the generator is the point


class TestUse:
    def test_the_mock(self, collected_in_teardown: Any) -> None:
        collected_in_teardown(b"payload")

    def test_a_decorated_generator_is_handed_out_as_it_is(self, decorated_generator: Any) -> None:
        assert type(decorated_generator) is GeneratorType


class Argument:
    """Something to pass that a weak reference can tell of."""


passed: list[weakref.ref[Argument]] = []


@patch(f"{__name__}.publish", Mock())
class TestClassPatch:
    @pytest.mark.parametrize("number", range(5))
    def test_arguments_of_all_tests_are_alive(self, number: int) -> None:
        argument = Argument()
        passed.append(weakref.ref(argument))
        publish(argument)  # type: ignore[arg-type]
        del argument
        gc.collect()
        alive = sum(reference() is not None for reference in passed)
        assert alive == number + 1


def test_pytest_holds_the_value_until_the_teardown_has_ended() -> None:
    assert alive_in_teardown == [True]


references: dict[str, dict[int, weakref.ref[Mock]]] = {}


def is_used(test: Any, number: int) -> None:
    """Remember the mock of one test, for the last test to look whether it is alive."""
    references.setdefault(type(test).__name__, {})[number] = weakref.ref(test.client)


each_of_five = pytest.mark.parametrize("number", range(5))


@each_of_five
class TestSetUp:
    def setup_method(self) -> None:
        self.client = Mock()

    def test_it(self, number: int) -> None:
        is_used(self, number)


@each_of_five
class TestFixture:
    @pytest.fixture(autouse=True)
    def make_client(self) -> None:
        self.client = Mock()

    def test_it(self, number: int) -> None:
        is_used(self, number)


@each_of_five
class TestInTest:
    def test_it(self, number: int) -> None:
        self.client = Mock()
        is_used(self, number)


@each_of_five
class TestDeleted:
    def setup_method(self) -> None:
        self.client = Mock()

    def teardown_method(self) -> None:
        del self.client

    def test_it(self, number: int) -> None:
        is_used(self, number)


@each_of_five
class TestCleared:
    def setup_method(self) -> None:
        self.client = Mock()
        self.service = [self.client]

    def teardown_method(self) -> None:
        vars(self).clear()

    def test_it(self, number: int) -> None:
        is_used(self, number)


class TestUnittest(unittest.TestCase):
    def setUp(self) -> None:
        self.client = Mock()

    def test_once(self) -> None:
        is_used(self, 1)

    def test_again(self) -> None:
        is_used(self, 2)


class TestOfTheClass:
    client: Mock

    @classmethod
    def setup_class(cls) -> None:
        cls.client = Mock()

    def test_it(self) -> None:
        is_used(self, 1)


def test_pytest_keeps_the_instance_of_each_test_and_unittest_none() -> None:
    gc.collect()
    alive = {
        name: (sum(reference() is not None for reference in found.values()), len(found))
        for name, found in references.items()
    }
    assert alive == {
        "TestSetUp": (5, 5),
        "TestFixture": (5, 5),
        "TestInTest": (5, 5),
        "TestDeleted": (0, 5),
        "TestCleared": (0, 5),
        "TestUnittest": (0, 2),
        "TestOfTheClass": (1, 1),
    }
