"""A mock that has nothing to give, and a test that runs the loop that asks it.

## What it does

Reports a mock whose `poll`, `recv`, `receive...` or `get_message` always returns `None`, `False` or
something empty, in a test whose next step is to call `run`, `consume`, `listen` or the like of an
object that got the mock. Off by default.

A test can end its loop in many ways. The rule is silent where it sees what may be one: a side
effect in the test or in a set-up, another call before the loop, a block around it that is not a
patch, an argument that is neither a text nor a mock, a look at how often the mock was asked. It is
also silent for an empty text, which says that a connection is closed, and for `start`, which mostly
returns at once.

## Why it costs memory

A mock keeps every call. Code that waits for messages asks again when it gets none, and a mock
answers at once, tens of thousands of times a second. Where an empty answer does not end the loop,
the test does not end, and does not fail either: the mock grows by tens of megabytes a second, in
each worker of the test run, until the machine has no memory left.

With a list as `side_effect` the mock raises `StopIteration` when the list is over. That is the end
of the loop, of the test, and of the growth.

## Example

```python bad
from unittest.mock import MagicMock

from market_data.consumer import Consumer


def test_no_messages():
    source = MagicMock()
    source.poll.return_value = None  # MEM402
    consumer = Consumer(source)
    consumer.run()
    source.close.assert_called_once_with()
```

## Use instead

```python good
from unittest.mock import MagicMock

import pytest
from market_data.consumer import Consumer


def test_no_messages():
    source = MagicMock()
    source.poll.side_effect = [None, None, KeyboardInterrupt]
    consumer = Consumer(source)
    with pytest.raises(KeyboardInterrupt):
        consumer.run()
```

## Fix safety

No fix is offered: only the test knows how many answers it needs, and what ends its loop.

## Measured

A loop of 5,000 rounds that polls a `MagicMock` keeps 6.4 MB, 1.3 kB for each time it asks, and
takes 112 ms: more than 50 MB for each second that such a loop runs. The instance of a patched class
keeps 8.0 MB, for the class records each call as well. A finite `side_effect` of three keeps 28 kB,
a plain stub nothing. On 3.12 and 3.13 each call takes half as much again.

Measured by `python -m benchmarks.evidence MEM402` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from memlint.facts import EndlessPoll, Facts
from memlint.messages import fit
from memlint.model import Finding, Related, Rule


def check(poll: EndlessPoll, facts: Facts) -> Iterator[Finding]:
    """Report an answer that the loop of the test may never stop asking for."""
    yield RULE.finding(
        facts.source.span(poll.node),
        fit(
            "{poll}() always returns {answer}, and {run}() polls it: where that does not end the "
            "loop, the mock keeps calls without end; give it a finite side_effect",
            poll=_text(poll.poll, facts),
            answer=_text(poll.node, facts),
            run=_text(poll.run.func, facts),
        ),
        (Related(facts.source.span(poll.run), "the loop that polls it"),),
    )


def _text(expr: ast.expr, facts: Facts) -> str:
    return " ".join(facts.source.segment(expr).split())


RULE = Rule(
    code="MEM402",
    name="endless-poll",
    on=(EndlessPoll,),
    check=check,
    doc=__doc__,
    default=False,
)
