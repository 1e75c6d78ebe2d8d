"""A mock that is made when a test file is imported, and that tests call.

## What it does

Reports a mock that is a constant of a test module, an attribute in the body of a class or the
default of a parameter, where a function of the file calls it, asserts its calls, or hands it on:
as an argument, in a patch, or stored somewhere. Off by default.

Silent where a test or a fixture for each test resets it at its root, where it is only compared, is
a spec, or is plain data: a mock that the file gives plain attributes and nothing to call. Mocks in
`sys.modules` (MEM107), on imported objects (MEM110), in decorators (MEM108, MEM109) and among the
arguments of parametrized tests (MEM113) have rules of their own.

## Why it costs memory

What is made at import lives as long as the process. A mock keeps every call it gets, with all
arguments, until its root is reset, and this one gets the calls of all tests. A reset of a child
leaves the records of its parents. Nor is the mock ever as new: a test that counts its calls counts
those of the tests before.

## Example

```python bad
from unittest.mock import Mock, patch

from market_data.consumer import Consumer

CLIENT = Mock()  # MEM111
CLOCK = Mock(return_value=0.0)  # MEM111
UNSET = Mock()


class TestConsumer:
    writer = Mock()  # MEM111

    def test_poll(self):
        with patch("market_data.consumer.clock", CLOCK):
            Consumer(CLIENT, self.writer).poll()
        CLIENT.poll.assert_called()

    def test_default(self):
        assert Consumer(None, None).limit != UNSET


def consume(messages, writer=Mock()):  # MEM111
    for message in messages:
        writer.write(message)
```

## Use instead

```python good
from unittest.mock import Mock, patch

import pytest

from market_data.consumer import Consumer

CLOCK = Mock(return_value=0.0)


@pytest.fixture
def client():
    return Mock()


@pytest.fixture(autouse=True)
def forget_calls():
    yield
    CLOCK.reset_mock()


class TestConsumer:
    def test_poll(self, client):
        with patch("market_data.consumer.clock", CLOCK):
            Consumer(client, writer=Mock()).poll()
        client.poll.assert_called()


def consume(messages, writer=None):
    writer = Mock() if writer is None else writer
    for message in messages:
        writer.write(message)
```

## Fix safety

No fix is offered: a fixture has to be requested by each test that uses the mock, and what shares
the mock on purpose cannot be told from what does so by chance.

## Measured

30 tests that pass 100 kB each to one mock: all 30 arguments are alive after the last one, 3,056 kB.
A reset of the child that was called leaves them all, 3,040 kB; a root reset after each test leaves
one, 119 kB, and so does a mock for each test, 115 kB. A plain stub keeps nothing. A mock that
nobody calls takes 7 kB, as a `MagicMock` 13 kB: that is no finding.

Measured by `python -m benchmarks.evidence MEM111` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, ImportMock
from memlint.messages import factory_text, fit
from memlint.model import Finding, Rule

_KINDS = {
    "module": "in module variable {name!r}",
    "class": "in class attribute {name!r}",
    "default": "as default of {name!r}",
}


def check(mock: ImportMock, facts: Facts) -> Iterator[Finding]:
    """Report what lives as long as the process."""
    yield RULE.finding(
        facts.source.span(mock.call),
        fit(
            f"{{mock}} {_KINDS[mock.kind]} keeps the calls of every test until the process ends: "
            "nothing resets its root; make it in a fixture for each test",
            mock=factory_text(mock.call, facts),
            name=mock.name,
        ),
    )


RULE = Rule(
    code="MEM111",
    name="import-time-mock",
    on=(ImportMock,),
    check=check,
    doc=__doc__,
    default=False,
    yields_to=frozenset({"MEM113"}),
)
