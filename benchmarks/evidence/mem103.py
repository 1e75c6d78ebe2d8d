"""MEM103: a patcher that is started for each test and never stopped."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import create_autospec, patch

from benchmarks.evidence.lifecycle import Payload, Suite


class Producer:
    """What the fixtures patch; as a stub of its own it records nothing."""

    def publish(self, payload: bytes) -> None:
        """Take the payload and forget it."""


Original = Producer
TARGET = f"{__name__}.Producer"
SETTINGS = {f"setting_{number}": str(number) for number in range(100)}


def publishes(_: Any) -> None:
    """One test: it publishes 100 kB to whatever stands for the producer."""
    Producer().publish(Payload(100_000))


def unpatch() -> None:
    """Put everything back, also what `stopall` does not know of."""
    patch.stopall()
    globals()["Producer"] = Original


suite = Suite(test=publishes, tests=30, clean=unpatch)


@suite.fixture(scope="function")
def before() -> Any:
    return patch(TARGET).start()


@suite.fixture(scope="function")
def object_of_the_test_patched() -> Any:
    producer = create_autospec(Original, spec_set=True)
    patch.object(producer, "publish").start()
    return producer


@suite.fixture(scope="function")
def constant_patched_in() -> Any:
    return patch(TARGET, new=Original).start()


@suite.fixture(scope="function")
def dict_of_100_entries_patched() -> Any:
    return patch.dict(SETTINGS, setting_1="2").start()


@suite.fixture(scope="function")
def entered_and_never_left() -> Any:
    return patch(TARGET).__enter__()


@suite.fixture(scope="class")
def started_once_for_the_class() -> Any:
    return patch(TARGET).start()


@suite.fixture(scope="function")
def stopped_after_each_test() -> Iterator[Any]:
    patcher = patch(TARGET)
    producer = patcher.start()
    try:
        yield producer
    finally:
        patcher.stop()


@suite.fixture(scope="function")
def stopall_after_each_test() -> Iterator[Any]:
    yield patch(TARGET).start()
    patch.stopall()


@suite.fixture(scope="function")
def deleted_after_each_test() -> Iterator[Any]:
    patcher = patch(TARGET)
    yield patcher.start()
    del patcher


@suite.fixture(scope="class", after_each=lambda producer: producer.reset_mock())
def started_once_and_reset_after_each_test() -> Iterator[Any]:
    yield patch(TARGET).start()
