"""MEM112: a mock stays an attribute of a test class, or of the instance that pytest keeps."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

from benchmarks.evidence.lifecycle import Payload, Suite


class Service:
    """Code under test: it keeps the client that it is given."""

    def __init__(self, client: Any) -> None:
        self.client = client


class Unittest:
    """A test class of which the runner drops each instance after its test."""

    client: Any

    def setup_method(self) -> None:
        self.client = Mock()

    def test(self) -> None:
        """Send 100 kB."""
        self.client.send(Payload(100_000))

    def teardown_method(self) -> None:
        """Clear nothing."""


class Kept(Unittest):
    """A test class of which pytest keeps each instance until its session ends."""


class Deleted(Kept):
    def teardown_method(self) -> None:
        """Delete the attribute."""
        del self.client


class Reset(Kept):
    def teardown_method(self) -> None:
        """Reset the mock, and keep it."""
        self.client.reset_mock()


class KeptTwice(Kept):
    def setup_method(self) -> None:
        """Give the mock to another object, which the instance holds as well."""
        super().setup_method()
        self.service = Service(self.client)


class DeletedOnce(KeptTwice):
    def teardown_method(self) -> None:
        """Delete the attribute, while the other object holds the mock."""
        del self.client


class Emptied(KeptTwice):
    def teardown_method(self) -> None:
        """Delete every attribute."""
        vars(self).clear()


class Local(Kept):
    def setup_method(self) -> None:
        """Make nothing."""

    def test(self) -> None:
        """Send 100 kB to a mock of the test's own."""
        client = Mock()
        client.send(Payload(100_000))


class OfTheClass:
    """A test class that sets its client up once, for all its tests."""

    client: Any

    @classmethod
    def setup_class(cls) -> None:
        cls.client = Mock()

    @classmethod
    def teardown_class(cls) -> None:
        """Clear nothing."""


class ClearedClass(OfTheClass):
    @classmethod
    def teardown_class(cls) -> None:
        """Delete the attribute."""
        del cls.client


suite = Suite(test=lambda run_test: run_test(), tests=30)


def kept_by_pytest(cls: type[Unittest]) -> Iterator[Callable[[], None]]:
    """Run each test with an instance that stays, as pytest's items keep theirs."""
    instances = []

    def run_test() -> None:
        instance = cls()
        instances.append(instance)
        instance.setup_method()
        instance.test()
        instance.teardown_method()

    yield run_test


def kept_by_modules(base: type[OfTheClass]) -> Iterator[Callable[[], None]]:
    """Run the tests of one class after the other; the classes stay, as in their modules."""
    classes = []

    def run_class() -> None:
        cls = type("TestPublish", (base,), {})
        classes.append(cls)
        cls.setup_class()
        cls.client.send(Payload(100_000))
        cls.teardown_class()

    yield run_class


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    yield from kept_by_pytest(Kept)


@suite.fixture(scope="class")
def deleted_in_teardown() -> Iterator[Any]:
    yield from kept_by_pytest(Deleted)


@suite.fixture(scope="class")
def reset_in_teardown() -> Iterator[Any]:
    yield from kept_by_pytest(Reset)


@suite.fixture(scope="class")
def held_by_another_attribute() -> Iterator[Any]:
    yield from kept_by_pytest(KeptTwice)


@suite.fixture(scope="class")
def deleted_but_held_by_another_attribute() -> Iterator[Any]:
    yield from kept_by_pytest(DeletedOnce)


@suite.fixture(scope="class")
def every_attribute_cleared_in_teardown() -> Iterator[Any]:
    yield from kept_by_pytest(Emptied)


@suite.fixture(scope="class")
def local_variable() -> Iterator[Any]:
    yield from kept_by_pytest(Local)


@suite.fixture(scope="function")
def instance_dropped_as_by_unittest() -> Iterator[Any]:
    instance = Unittest()
    instance.setup_method()
    yield instance.test
    instance.teardown_method()


@suite.fixture(scope="class")
def class_attributes() -> Iterator[Any]:
    yield from kept_by_modules(OfTheClass)


@suite.fixture(scope="class")
def class_attributes_deleted_in_teardown() -> Iterator[Any]:
    yield from kept_by_modules(ClearedClass)
