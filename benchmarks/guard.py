"""What ``--mock-call-limit`` costs, and what it stops.

Run ``python -m benchmarks.guard``. Calls with the guard and without are timed in turns, in one
process, and compared as ratios; a test that polls a mock without end is run under the guard in a
process of its own, whose time and peak of memory are printed.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

from memlint.runtime.guard import Guard

CALLS = 1_000
TURNS = 300
ENDLESS = """
from unittest.mock import MagicMock

def test_endless():
    consumer = MagicMock()
    consumer.poll.return_value = None
    while True:
        consumer.poll(timeout=1.0)
"""
PYTEST = """
import pytest, resource, sys
status = pytest.main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def seconds(make: Callable[[], Any]) -> float:
    """The time of some calls of a new mock."""
    mock = make()
    start = time.perf_counter()
    for _ in range(CALLS):
        mock(1, key=2)
    elapsed = time.perf_counter() - start
    gc.collect()
    return elapsed


def ratio(make: Callable[[], Any]) -> float:
    """How long calls take with the guard, where they take 1 without it: the median of turns."""
    guard = Guard(sys.maxsize, Path())
    ratios = []
    for _ in range(TURNS):
        before = seconds(make)
        guard.activate()
        guarded = seconds(make)
        guard.deactivate()
        ratios.append(guarded * 2 / (before + seconds(make)))
    return statistics.median(ratios)


def endless(limit: int) -> tuple[float, float]:
    """Seconds and peak megabytes of a pytest run over the endless test."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_endless.py").write_text(ENDLESS)
        command = [sys.executable, "-c", PYTEST, "-q", f"--mock-call-limit={limit}"]
        start = time.perf_counter()
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        elapsed = time.perf_counter() - start
    assert ended.returncode == 1
    return elapsed, int(ended.stdout.split()[-1]) / 1024


def main() -> None:
    """Print all figures."""
    gc.disable()
    print(f"CPython {sys.version.split()[0]}")
    for name, make in {
        "Mock": Mock,
        "MagicMock": MagicMock,
        "child of a MagicMock": lambda: MagicMock().poll,
        "grandchild": lambda: MagicMock().a.b,
    }.items():
        print(f"a call of a {name}: {ratio(make):.3f} times")
    for limit in (1_000, 10_000, 100_000):
        elapsed, peak = endless(limit)
        print(f"an endless poll, limit {limit:,}: {elapsed:.1f} s, {peak:.0f} MB, pytest included")


if __name__ == "__main__":
    main()
