'''Mocks made and kept in a loop without end, or in a very long one.

## What it does

Reports a mock factory's call in a loop or comprehension that keeps the mocks, where the loop has no
end that the file shows (`while True`, `itertools.count()`, without `break`, `return`, `await` or
sleep), or where its literal bounds multiply to `max-loop-mocks` or more.

## Why it costs memory

A mock takes kilobytes, where a plain object takes bytes, and each attribute of it that is used is
another mock. Thousands of them are megabytes, and a loop without end takes all memory there is.

## Example

```python bad
from unittest.mock import MagicMock


def test_backpressure(consumer):
    messages = []
    for offset in range(2000):
        message = MagicMock()  # MEM301
        message.offset.return_value = offset
        messages.append(message)
    consumer.feed(messages)


def test_flood(queue):
    while True:
        queue.append(MagicMock())  # MEM301
```

```python fixed
from types import SimpleNamespace
from unittest.mock import MagicMock


def returns(value):
    """Make the method of a stub: it takes any arguments and returns ``value``."""
    return lambda *_args, **_kwargs: value


def test_backpressure(consumer):
    messages = []
    for offset in range(2000):
        message = SimpleNamespace(offset=returns(offset))  # MEM301
        messages.append(message)
    consumer.feed(messages)


def test_flood(queue):
    while True:
        queue.append(MagicMock())  # MEM301
```

## Use instead

```python good
from types import SimpleNamespace


def test_backpressure(consumer):
    messages = []
    for offset in range(2000):
        messages.append(SimpleNamespace(offset=lambda offset=offset: offset))
    consumer.feed(messages)
```

## Fix safety

A plain stub answers what it was given and nothing else. Its methods take any arguments and return
what the mock's were told to, evaluated once. Where the file has several of the same shape, they
share a small class. Unsafe, because the code under test may ask for more, check its type, or look
at calls in another file. Offered only where this file tells the mock its answers, and shows no
assertion on its calls, no magic method, no spec and no read of anything else.

## Measured

2,000 kept mocks hold 11,367 kB (`Mock`) or 23,117 kB (`MagicMock`), 521 kB as `SimpleNamespace` and
233 kB as objects of a plain class, which are also made at least 60 times faster.

Measured by `python -m benchmarks.evidence MEM301` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`max-loop-mocks`: how many mocks a loop must keep to be reported. `mock-factories`: more names that
make a mock.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, KeptMock
from memlint.messages import container_text, count_text, factory_text, fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(kept: KeptMock, facts: Facts) -> Iterator[Finding]:
    """Report a loop without end, or with a bound of at least ``max-loop-mocks``."""
    if kept.endless or kept.count >= facts.settings.max_loop_mocks:
        yield RULE.finding(
            facts.source.span(kept.call),
            fit(
                "{count} made by {factory} in a loop and kept{container}; use a plain stub",
                count="mocks without end" if kept.endless else count_text(kept),
                factory=factory_text(kept.call, facts),
                container=container_text(kept),
            ),
        )


def fix(kept: KeptMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """The stubs that a reader of the mocks could not tell from them."""
    from memlint.remedies.stub import plain_stub

    yield plain_stub(kept, check, rewriter)


RULE = Rule(
    code="MEM301",
    name="unbounded-mocks-in-loop",
    on=(KeptMock,),
    check=check,
    fix=fix,
    doc=__doc__,
)
