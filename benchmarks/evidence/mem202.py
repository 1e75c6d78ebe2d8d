"""MEM202: a lambda as side effect that ignores its arguments."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

from benchmarks.evidence.lifecycle import Suite


def looks_up(lookup: Any) -> object:
    """One test: one call, with arguments that cost nothing."""
    return lookup("BHP", None)


suite = Suite(test=looks_up, tests=100)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Mock(side_effect=lambda *_: {"symbol": "BHP", "price": 45.5})


@suite.fixture(scope="class")
def return_value() -> Iterator[Any]:
    yield Mock(return_value={"symbol": "BHP", "price": 45.5})


@suite.fixture(scope="class")
def lambda_of_a_constant() -> Iterator[Any]:
    yield Mock(side_effect=lambda *_: 45.5)


@suite.fixture(scope="class")
def return_value_of_a_constant() -> Iterator[Any]:
    yield Mock(return_value=45.5)


@suite.fixture(scope="class")
def lambda_without_a_mock() -> Iterator[Any]:
    yield lambda *_: 45.5
