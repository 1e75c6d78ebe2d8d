"""A mock's ``stop`` is called where that of its patcher was meant.

## What it does

Reports `stop`, called or registered as a cleanup, on the mock that a patcher's `start` returned,
as long as nothing in the file stops the patcher itself. A `stop` that may be the mock's own stays
silent: one that a test asserts on, sets up, awaits or hands to other code, one of a mock with a
specification, and one of a mock whose `start` is called, too.

## Why it costs memory

`start` returns the mock, not the patcher. A mock has every method that it is asked for, `stop`
included: the call is recorded, and nothing is stopped. The patch stays until the process ends, with
its mock, all calls the mock gets and their arguments. Each test patches what the last one left, so
that none of the mocks can go. The call of `stop` makes it worse, for it adds another mock.

## Example

```python bad
from unittest import TestCase
from unittest.mock import patch


class ConsumerTest(TestCase):
    def setUp(self):
        patcher = patch("market_data.consumer.Consumer")
        self.consumer = patcher.start()
        self.addCleanup(self.consumer.stop)  # MEM104
        self.mock_writer = patch("market_data.consumer.Writer").start()
        self.addCleanup(self.mock_writer.stop)  # MEM104
        self.mock_sleep = patch("time.sleep").start()

    def tearDown(self):
        self.mock_sleep.stop()  # MEM104
```

```python fixed
from unittest import TestCase
from unittest.mock import patch


class ConsumerTest(TestCase):
    def setUp(self):
        patcher = patch("market_data.consumer.Consumer")
        self.consumer = patcher.start()
        self.addCleanup(patcher.stop)  # MEM104
        writer_patcher = patch("market_data.consumer.Writer")
        self.mock_writer = writer_patcher.start()
        self.addCleanup(writer_patcher.stop)  # MEM104
        self.sleep_patcher = patch("time.sleep")
        self.mock_sleep = self.sleep_patcher.start()

    def tearDown(self):
        self.sleep_patcher.stop()  # MEM104
```

## Use instead

```python good
from unittest import TestCase
from unittest.mock import patch


class ConsumerTest(TestCase):
    def setUp(self):
        patcher = patch("market_data.consumer.Consumer")
        self.consumer = patcher.start()
        self.addCleanup(patcher.stop)


def test_sleep():
    with patch("time.sleep") as sleep:
        sleep(1)
```

## Fix safety

Safe where the patcher has a name that can be seen from the place: `stop` is called on it, and
nothing else changes. Unsafe where the patcher has none, or one that only another function sees: it
gets a name, a new variable or a new attribute of `self`. Either way the patch now ends where the
code says so: a test that needs a patch left over by an earlier one fails from then on.

No fix is offered where the mock may come from several patchers, as in a list, where the patcher is
started in the middle of a statement, and where no name of it can be seen from the place.

## Measured

30 tests that pass 100 kB each to a patched function: with `stop` on the mock, 4,486 kB are kept
after the last one, all 30 arguments among them. That is 24 kB a test more than without any stop.
With `stop` on the patcher, `patch.stopall()` or a `with` block, nothing is kept (under 1 kB).

Measured by `python -m benchmarks.evidence MEM104` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, StoppedMock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(stopped: StoppedMock, facts: Facts) -> Iterator[Finding]:
    """Report what means to stop a patcher and has its mock."""
    yield RULE.finding(
        facts.source.span(stopped.stop),
        fit(
            "{stop!r} belongs to the mock, not to the patcher {patch}: nothing is stopped, and the "
            "call is kept with all others; call stop on the patcher",
            stop=" ".join(facts.source.segment(stopped.stop).split()),
            patch=patch_text(stopped.patch, facts),
        ),
        tuple(
            Related(facts.source.span(start), "this returns the mock") for start in stopped.starts
        ),
    )


def fix(found: StoppedMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Stop the patcher."""
    from memlint.remedies.lost_patchers import stopped

    yield stopped(found, rewriter)


RULE = Rule(
    code="MEM104",
    name="stop-called-on-mock",
    on=(StoppedMock,),
    check=check,
    doc=__doc__,
    fix=fix,
)
