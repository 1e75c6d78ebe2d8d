"""MEM201: a lambda as the side effect of a mock that outlives the test."""

import unittest
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock, patch

from benchmarks.evidence.lifecycle import Payload, Suite


def decode(payload: bytes) -> object:
    """What the tests patch, or a mock stands in for."""
    return payload


def decodes(decoder: Any) -> object:
    """One test: the code under test decodes 100 kB."""
    return decoder(Payload(100_000))


def fresh_record(_payload: bytes) -> dict[str, object]:
    """Build a new record for every call."""
    return {"symbol": "BHP", "price": 45.5, "exchange": "asx", "sequence": 12345}


suite = Suite(test=decodes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Mock(
        side_effect=lambda _payload: {
            "symbol": "BHP",
            "price": 45.5,
            "exchange": "asx",
            "sequence": 12345,
        }
    )


@suite.fixture(scope="class")
def return_value() -> Iterator[Any]:
    yield Mock(return_value=fresh_record(b""))


@suite.fixture(scope="class")
def named_function() -> Iterator[Any]:
    yield Mock(side_effect=fresh_record)


@suite.fixture(scope="class", after_each=Mock.reset_mock)
def lambda_and_root_reset() -> Iterator[Any]:
    yield Mock(side_effect=lambda _payload: {"symbol": "BHP"})


@suite.fixture(scope="class")
def closure_of_a_returned_mock() -> Any:
    schema = Payload(1_000_000)
    return Mock(side_effect=lambda _payload: schema[0])


@suite.fixture(scope="class")
def value_of_a_returned_mock() -> Any:
    schema = Payload(1_000_000)
    return Mock(return_value=schema[0])


@suite.fixture(scope="class")
def closure_of_a_yielded_mock() -> Iterator[Any]:
    schema = Payload(1_000_000)
    yield Mock(side_effect=lambda _payload: schema[0])


@suite.fixture(scope="class")
def value_of_a_yielded_mock() -> Iterator[Any]:
    schema = Payload(1_000_000)
    yield Mock(return_value=schema[0])


@suite.fixture(scope="class")
def lambda_in_a_class_decorator() -> Callable[[bytes], object]:
    @patch(f"{__name__}.decode", side_effect=lambda payload: payload)
    class DecodeTests(unittest.TestCase):
        def test_decode(self, mock: Any) -> None:
            mock(Payload(100_000))

    return lambda _payload: DecodeTests("test_decode").debug()
