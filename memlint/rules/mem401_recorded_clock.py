"""A clock that is replaced by a mock, at which nobody looks.

## What it does

Reports a patch that puts a mock into the place of `time.sleep`, `time.time`, `time.monotonic`,
`time.perf_counter`, `time.process_time` or the `sleep` of asyncio, anyio, trio, gevent or eventlet,
also as `app.worker.time.sleep`. Off by default.

It is silent where the mock has a side effect that may end the loop, such as a list, an exception or
a function, where it wraps the clock, and where the mock itself is used: asserted, passed on or
handed out.

## Why it costs memory

A mock keeps every call. A loop that waits calls the clock in each round, and with a mock it does
not wait: `sleep` returns at once, and where the time stands still, a deadline never comes. What
ended by itself in production then depends on the test alone. When that is wrong, the mock grows by
tens of megabytes a second, until the machine has no memory left.

A plain function keeps nothing: the same mistake shows as a test that hangs.

## Example

```python bad
from unittest.mock import MagicMock, patch

from market_data.consumer import Consumer


@patch("time.time", MagicMock(return_value=1700000000))  # MEM401
@patch("market_data.consumer.time.sleep")  # MEM401
def test_reconnects(mock_sleep):
    Consumer().reconnect()


def test_waits():
    with patch("asyncio.sleep"):  # MEM401
        Consumer().wait()
```

## Use instead

```python good
from unittest.mock import patch

import pytest
from market_data.consumer import Consumer


@patch("time.time", lambda: 1700000000)
@patch("market_data.consumer.time.sleep", lambda seconds: None)
def test_reconnects():
    Consumer().reconnect()


@patch("time.sleep", side_effect=[None, None, KeyboardInterrupt])
def test_runs_until_interrupted(mock_sleep):
    with pytest.raises(KeyboardInterrupt):
        Consumer().run()


def test_waits_longer_each_time():
    with patch("time.sleep") as sleep:
        Consumer().reconnect()
    assert sleep.call_count == 3
```

## Fix safety

Unsafe: a function takes the clock's own arguments, a mock takes any. The mock's parameter goes from
a decorated test, its name from a `with` statement. None is offered where a decorated class passes
the mock to several tests, where the mock is told later what to return, where nothing says which
time it is, or where the patch has other arguments than a mock needs.

```python bad
import asyncio
from unittest.mock import patch

from market_data.consumer import Consumer


@patch("market_data.consumer.connect")
@patch("market_data.consumer.time.sleep", return_value=None)  # MEM401
def test_reconnects(mock_sleep, mock_connect):
    with patch("time.monotonic", return_value=60.0) as monotonic:  # MEM401
        Consumer().reconnect()
    mock_connect.assert_called_once_with()


@patch("asyncio.sleep")  # MEM401
def test_waits(mock_sleep):
    asyncio.run(Consumer().wait())
```

```python fixed
import asyncio
from unittest.mock import patch

from market_data.consumer import Consumer


async def no_sleep(*_args, **_kwargs):
    return None


@patch("market_data.consumer.connect")
@patch("market_data.consumer.time.sleep", lambda seconds: None)  # MEM401
def test_reconnects(mock_connect):
    with patch("time.monotonic", lambda: 60.0):  # MEM401
        Consumer().reconnect()
    mock_connect.assert_called_once_with()


@patch("asyncio.sleep", no_sleep)  # MEM401
def test_waits():
    asyncio.run(Consumer().wait())
```

## Measured

A loop of 5,000 rounds by a patched `time.sleep` keeps 3.3 MB, 650 bytes a call, and takes 45 ms:
about 70 MB for each second that such a loop runs. `return_value=None` and a mock that is passed to
the patch keep as much, a frozen `time.time` 3.0 MB, `asyncio.sleep` 5.2 MB. With a plain function
nothing is kept and the loop takes 0.2 ms. On 3.12 and 3.13 each call takes half as much again.

Measured by `python -m benchmarks.evidence MEM401` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, RecordedClock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(clock: RecordedClock, facts: Facts) -> Iterator[Finding]:
    """Report a clock that records every call for nobody."""
    yield RULE.finding(
        facts.source.span(clock.node),
        fit(
            "{patch} records every call, and a loop that waits by it no longer pauses: memory "
            "grows with each round; install a plain function",
            patch=patch_text(clock.patch, facts),
        ),
    )


def fix(clock: RecordedClock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Install a function that records nothing."""
    from memlint.remedies.plain_clocks import plain_clock

    yield plain_clock(clock, rewriter)


RULE = Rule(
    code="MEM401",
    name="recorded-clock",
    on=(RecordedClock,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
    yields_to=frozenset({"MEM101", "MEM102", "MEM103", "MEM106", "MEM108", "MEM109"}),
)
