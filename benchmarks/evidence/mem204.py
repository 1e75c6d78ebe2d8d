"""MEM204: an exception that is made once, and raised by a mock in every test."""

import unittest
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


def quote(symbol: str) -> object:
    """What the tests patch, or a mock stands in for."""
    return symbol


def falls_back(fetch: Any) -> object:
    """One test: the code under test has 100 kB in a local, and survives the failure."""
    page = Payload(100_000)
    try:
        return fetch("BHP")
    except ValueError:
        return len(page)


def raise_value_error(*_args: object, **_kwargs: object) -> object:
    """Raise a new exception for every call."""
    raise ValueError("no quote")


suite = Suite(test=falls_back, tests=50)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Mock(side_effect=ValueError("no quote"))


@suite.fixture(scope="class", tests=1)
def one_raise() -> Iterator[Any]:
    yield Mock(side_effect=ValueError("no quote"))


@suite.fixture(scope="class")
def each_of_a_list_once() -> Iterator[Any]:
    yield Mock(side_effect=[ValueError(number) for number in range(50)])


@suite.fixture(scope="class")
def the_class() -> Iterator[Any]:
    yield Mock(side_effect=ValueError)


@suite.fixture(scope="class")
def a_function_that_raises() -> Iterator[Any]:
    yield Mock(side_effect=raise_value_error)


@suite.fixture(scope="class")
def in_a_decorator() -> Callable[[str], object]:
    return decorated(ValueError("no quote"))


@suite.fixture(scope="class")
def the_class_in_a_decorator() -> Callable[[str], object]:
    return decorated(ValueError)


@suite.fixture(scope="class")
def a_list_in_a_decorator() -> Callable[[str], object]:
    return decorated([ValueError("no quote")])


@suite.fixture(scope="class")
def a_function_in_a_decorator() -> Callable[[str], object]:
    return decorated(raise_value_error)


@suite.fixture(scope="class")
def cleared_by_assert_raises() -> Callable[[str], object]:
    class QuoteTest(unittest.TestCase):
        @patch(f"{__name__}.quote", side_effect=ValueError("no quote"))
        def test_quote(self, fetch: Any) -> None:
            page = Payload(100_000)
            with self.assertRaises(ValueError):  # noqa: PT027 - it clears the traceback
                fetch(page)

    def run(_: str) -> None:
        QuoteTest("test_quote").debug()

    return run


def decorated(side_effect: object) -> Callable[[str], object]:
    """A test whose mock is made by its decorator."""

    @patch(f"{__name__}.quote", side_effect=side_effect)
    def test(symbol: str, fetch: Any) -> object:
        return fetch(symbol)

    return test
