'''Mocks made in a loop and kept.

## What it does

Reports a mock factory's call in a loop or comprehension that keeps the mocks, unless the loop runs
at most once, or a `finally` empties the collection. Off by default.

## Why it costs memory

A mock takes kilobytes, where a plain object takes bytes, and it is part of reference cycles:
dropping it frees nothing, only the garbage collector does.

## Example

```python bad
from unittest.mock import MagicMock


def test_batch(consumer):
    messages = []
    for offset in range(5):
        message = MagicMock()  # MEM302
        message.offset.return_value = offset
        messages.append(message)
    consumer.poll.side_effect = messages
    writers = [MagicMock() for name in consumer.topics]  # MEM302
    consumer.attach(writers)
```

```python fixed
import gc
from types import SimpleNamespace
from unittest.mock import MagicMock


def returns(value):
    """Make the method of a stub: it takes any arguments and returns ``value``."""
    return lambda *_args, **_kwargs: value


def test_batch(consumer):
    messages = []
    for offset in range(5):
        message = SimpleNamespace(offset=returns(offset))  # MEM302
        messages.append(message)
    consumer.poll.side_effect = messages
    writers = [MagicMock() for name in consumer.topics]  # MEM302
    try:
        consumer.attach(writers)
    finally:
        writers.clear()
        gc.collect()
```

## Use instead

```python good
import gc
from types import SimpleNamespace
from unittest.mock import MagicMock


def test_batch(consumer):
    messages = []
    for offset in range(5):
        messages.append(SimpleNamespace(offset=lambda offset=offset: offset))
    consumer.poll.side_effect = messages


def test_batch_with_cleanup(consumer):
    messages = []
    try:
        for offset in range(5):
            message = MagicMock()
            message.offset.return_value = offset
            messages.append(message)
        consumer.poll.side_effect = messages
    finally:
        messages.clear()
        gc.collect()
```

## Fix safety

A plain stub answers what it was given and nothing else. Its methods take any arguments and return
what the mock's were told to, evaluated once. Where the file has several of the same shape, they
share a small class. Unsafe, because the code under test may ask for more, check its type, or look
at calls in another file. Offered only where this file tells the mock its answers, and shows no
assertion on its calls, no magic method, no spec and no read of anything else.

The second choice, and the only one for mocks whose calls are asserted: the rest of the block in a
`try` whose `finally` clears the local collection and collects the garbage. Unsafe, because
something may need the collection later; and a collection takes time, more the larger the process.

## Measured

Five messages as mocks with five configured methods each hold 351 kB until the collector runs, as
plain stubs 1 kB. Clearing the list, or the mocks' children, frees nothing by itself;
`gc.collect()` after it does.

Measured by `python -m benchmarks.evidence MEM302` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
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
    """Report a loop that keeps two mocks or more, or nobody knows how many."""
    few = kept.counted and kept.count < 2  # noqa: PLR2004 - one mock is no collection
    if not few and not kept.cleaned:
        yield RULE.finding(
            facts.source.span(kept.call),
            fit(
                "{count} made by {factory} in a loop and kept{container}; use a plain stub",
                count=count_text(kept),
                factory=factory_text(kept.call, facts),
                container=container_text(kept),
            ),
        )


def fix(kept: KeptMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """The stubs that a reader of the mocks could not tell from them."""
    from memlint.cst import possible
    from memlint.remedies.cleanup import cleanup
    from memlint.remedies.stub import plain_stub

    yield from possible(
        lambda: plain_stub(kept, check, rewriter),
        lambda: cleanup(kept, check, rewriter),
    )


RULE = Rule(
    code="MEM302",
    name="mocks-kept-in-loop",
    on=(KeptMock,),
    check=check,
    fix=fix,
    doc=__doc__,
    default=False,
    yields_to=frozenset({"MEM113", "MEM301"}),
)
