"""MEM203: any other lambda as side effect."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

from benchmarks.evidence.lifecycle import Suite


def converts(convert: Any) -> object:
    """One test: one call whose result depends on the argument."""
    return convert("bhp")


def upper(text: str) -> str:
    """Do what the lambda does, under a name."""
    return text.upper()


suite = Suite(test=converts, tests=100)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield Mock(side_effect=lambda text: text.upper())


@suite.fixture(scope="class")
def local_function() -> Iterator[Any]:
    def local_upper(text: str) -> str:
        return text.upper()

    yield Mock(side_effect=local_upper)


@suite.fixture(scope="class")
def module_function() -> Iterator[Any]:
    yield Mock(side_effect=upper)
