"""MEM106: a test patches through a mocker of a wider scope, which undoes the patch at its end."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import Mock, create_autospec, patch

from benchmarks.evidence.lifecycle import Payload, Suite


def publish(payload: bytes) -> None:
    """What the tests patch."""


class Mocker:
    """What pytest-mock's fixtures keep, and nothing else of them."""

    def __init__(self) -> None:
        self.kept: list[tuple[Any, Any]] = []

    def patch(self, *args: Any, **kwargs: Any) -> Any:
        """Start a patch, and keep it."""
        return self._start(patch(*args, **kwargs))

    def patch_dict(self, *args: Any) -> Any:
        """Start a patch of a dictionary, and keep it."""
        return self._start(patch.dict(*args))

    def create_autospec(self, spec: Any) -> Any:
        """Make a mock, and keep it."""
        self.kept.append((create_autospec(spec), None))

    def stub(self) -> Any:
        """Make a mock, and keep nothing."""
        return Mock(spec=lambda *_args, **_kwargs: None)

    def stopall(self) -> None:
        """What each mocker does at the end of its scope."""
        for _, patcher in reversed(self.kept):
            if patcher is not None:
                patcher.stop()
        self.kept.clear()

    def _start(self, patcher: Any) -> Any:
        mock = patcher.start()
        self.kept.append((mock, patcher))
        return mock


def patches_and_publishes(patches: Any) -> None:
    """One test: it uses the mocker, and the code under test publishes 100 kB."""
    patches()
    publish(Payload(100_000))


TARGET = f"{__name__}.publish"
SETTINGS = {f"setting_{number}": str(number) for number in range(50)}
suite = Suite(test=patches_and_publishes, tests=30)


@suite.fixture(scope="class")
def before() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.patch, TARGET)
    mocker.stopall()


@suite.fixture(scope="class")
def plain_function_installed() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.patch, TARGET, lambda _payload: None)
    mocker.stopall()


@suite.fixture(scope="class")
def dictionary_of_50_patched() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.patch_dict, SETTINGS, {"setting_1": "other"})
    mocker.stopall()


@suite.fixture(scope="class")
def create_autospec_of_a_class() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.create_autospec, Mocker)
    mocker.stopall()


@suite.fixture(scope="class")
def stub_made() -> Iterator[Any]:
    mocker = Mocker()
    yield mocker.stub
    mocker.stopall()


@suite.fixture(scope="class", after_each=lambda patches: patches.func.__self__.stopall())
def stopped_after_each_test() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.patch, TARGET)


@suite.fixture(scope="function")
def function_scope() -> Iterator[Any]:
    mocker = Mocker()
    yield partial(mocker.patch, TARGET)
    mocker.stopall()
