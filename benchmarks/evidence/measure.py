"""Measure one fixture of one rule in this process and print the reading as JSON.

Mocks record whatever is done to them, so nothing here calls `bool`, `==`, `hash`, `len`, `str`,
`iter` or `sys.getsizeof` on one: they are told apart by `type` and read through `object`.
"""

import gc
import importlib
import json
import sys
import time
import tracemalloc
from dataclasses import asdict, dataclass
from typing import Any
from unittest.mock import NonCallableMock

from benchmarks.evidence.lifecycle import Fixture, Payload, Suite

TIMED_SECONDS = 0.25


@dataclass(frozen=True)
class Reading:
    """All sizes are in bytes above the start of the run."""

    tests: int
    held: int  # at the end of the last test, before any teardown, after a collection
    left: int  # after the last teardown, before a collection
    kept: int  # after the last teardown and a collection
    peak: int  # highest during a run with the automatic collector on, as in any test run
    mocks: int  # alive when `held` is read, and so are the next two
    records: int  # entries in the `mock_calls` of those mocks
    arguments: int  # payloads that tests passed as arguments, or that a fixture made
    fresh: float  # results per test that no other test got
    result_bytes: int  # bytes per test freed by dropping the results
    microseconds: float  # per test, fixture included, the best of some runs


@dataclass(frozen=True)
class Held:
    """What is alive at one moment."""

    size: int
    mocks: int
    records: int
    arguments: int

    @classmethod
    def now(cls) -> "Held":
        """Look at the heap without touching a mock."""
        gc.collect()
        size = traced()
        objects = gc.get_objects()
        mocks = [obj for obj in objects if issubclass(type(obj), NonCallableMock)]
        return cls(
            size,
            mocks=len(mocks),
            records=sum(recorded_calls(mock) for mock in mocks),
            arguments=sum(type(obj) is Payload for obj in objects),
        )


def recorded_calls(mock: NonCallableMock) -> int:
    """Count the calls a mock has recorded, without asking the mock."""
    return list.__len__(object.__getattribute__(mock, "__dict__")["_mock_mock_calls"])


def traced() -> int:
    """Bytes that are allocated now."""
    return tracemalloc.get_traced_memory()[0]


def seconds(suite: Suite, fixture: Fixture) -> float:
    """Time the suite, neither traced nor with the collector off."""
    runs: list[float] = []
    deadline = time.perf_counter() + TIMED_SECONDS
    while not runs or time.perf_counter() < deadline:
        gc.collect()
        start = time.perf_counter()
        suite.run(fixture)
        runs.append(time.perf_counter() - start)
        suite.clean()
    return min(runs)


def results(suite: Suite, fixture: Fixture) -> tuple[float, int]:
    """Fresh results per test, and the bytes per test that die with them."""
    kept: list[Any] = []
    gc.collect()  # also empties free lists, whose objects are not traced
    suite.run(fixture, on_result=kept.append)
    fresh = (len({id(result) for result in kept}) - 1) / max(len(kept) - 1, 1)
    gc.collect()
    size = traced()
    for index in range(len(kept)):
        kept[index] = None
    gc.collect()
    freed = size - traced()
    suite.clean()
    return fresh, round(freed / fixture.tests)


def peak(suite: Suite, fixture: Fixture) -> int:
    """Highest number of bytes during a run."""
    gc.collect()
    start = traced()
    tracemalloc.reset_peak()
    suite.run(fixture)
    highest = tracemalloc.get_traced_memory()[1] - start
    suite.clean()
    return highest


def sizes(suite: Suite, fixture: Fixture) -> tuple[Held, int, int]:
    """What a run holds, leaves and keeps, with the automatic collector off."""
    moments: list[Held] = []
    gc.collect()
    gc.disable()
    start = traced()
    suite.run(
        fixture,
        on_result=lambda _: gc.collect(),  # so that no earlier test's garbage is counted
        before_last_teardown=lambda: moments.append(Held.now()),
    )
    left = traced() - start
    gc.collect()
    kept = traced() - start
    gc.enable()
    suite.clean()
    held = moments[0]
    return Held(held.size - start, held.mocks, held.records, held.arguments), left, kept


def measure(suite: Suite, fixture: Fixture) -> Reading:
    """Take every reading; the timing runs first, so that imports and caches are warm."""
    microseconds = seconds(suite, fixture) / fixture.tests * 1e6
    tracemalloc.start()
    fresh, result_bytes = results(suite, fixture)
    highest = peak(suite, fixture)
    sizes(suite, fixture)  # so that tables which only ever grow have their full size
    held, left, kept = sizes(suite, fixture)
    tracemalloc.stop()
    return Reading(
        tests=fixture.tests,
        held=held.size,
        left=left,
        kept=kept,
        peak=highest,
        mocks=held.mocks,
        records=held.records,
        arguments=held.arguments,
        fresh=fresh,
        result_bytes=result_bytes,
        microseconds=microseconds,
    )


if __name__ == "__main__":
    module, name = sys.argv[1:]
    suite: Suite = importlib.import_module(f"benchmarks.evidence.{module}").suite
    print(json.dumps(asdict(measure(suite, suite.fixtures[name]))))
