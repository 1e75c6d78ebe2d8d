"""A lambda as side effect that returns the same constant whatever it is called with.

## What it does

Reports a lambda as `side_effect` whose body is a constant or a literal made of constants. Off by
default.

## Why it costs memory

Each call runs the lambda and builds its result anew, for as long as the caller keeps it.
`return_value` hands out one object. The history of calls is the same with both: results are not
recorded.

## Example

```python bad
from unittest.mock import MagicMock, patch


def test_unknown_symbol():
    with patch("market_data.consumer.AvroDeserializer") as deserializer:
        deserializer.return_value.side_effect = lambda value, context: {"symbol": "?"}  # MEM202


def test_closed():
    consumer = MagicMock()
    consumer.configure_mock(**{"poll.side_effect": lambda timeout: None})  # MEM202
    MagicMock(side_effect=lambda: -1)  # MEM202
```

## Use instead

```python good
from unittest.mock import MagicMock, patch


def test_unknown_symbol():
    with patch("market_data.consumer.AvroDeserializer") as deserializer:
        deserializer.return_value.return_value = {"symbol": "?"}


def test_closed():
    consumer = MagicMock()
    consumer.configure_mock(**{"poll.return_value": None})
    MagicMock(return_value=-1)
```

## Fix safety

Safe for a constant, or a tuple of constants, where the file makes the mock, sees all that happens
to it, and nowhere expects a `TypeError`: `return_value` takes calls with any arguments, a lambda
only with its own. Unsafe for a list, a dict or a set, for all calls then return the same object;
and for a mock that comes from elsewhere or is handed out, for it keeps its `return_value` when
somebody takes the `side_effect` away.

Where a side effect may be in place already, `side_effect = None` is set, too.

No fix is offered where the file reads or sets the mock's `return_value`, reads or clears its
`side_effect`, or resets one of them; where a subclass of a mock, an unknown `new_callable` or
hidden arguments are in play; for the lambdas of `__iter__` and `__eq__`, which a `MagicMock`
answers in its own way; and where a default of the lambda is more than a constant or a name.

```python bad
from unittest.mock import MagicMock, patch


def test_unknown_symbol(consumer):
    with patch("market_data.consumer.AvroDeserializer") as deserializer:
        deserializer.return_value.side_effect = lambda value, context: None  # MEM202
    consumer.poll.side_effect = lambda timeout: []  # MEM202
    MagicMock(side_effect=lambda: -1)  # MEM202
```

```python fixed
from unittest.mock import MagicMock, patch


def test_unknown_symbol(consumer):
    with patch("market_data.consumer.AvroDeserializer") as deserializer:
        deserializer.return_value.return_value = None  # MEM202
    consumer.poll.return_value = []  # MEM202
    consumer.poll.side_effect = None
    MagicMock(return_value=-1)  # MEM202
```

## Measured

A small dict takes 184 bytes for each call, until the caller drops it; `return_value` makes none.
What the mock holds after 100 calls (72 kB) and the time of a call are equal; the lambda itself
takes about 150 bytes, once.

Measured by `python -m benchmarks.evidence MEM202` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, LambdaSideEffect
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(side_effect: LambdaSideEffect, facts: Facts) -> Iterator[Finding]:
    """Report a lambda that returns a literal."""
    if side_effect.literal:
        yield RULE.finding(facts.source.span(side_effect.node), _MESSAGE)


def fix(side_effect: LambdaSideEffect, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Return the value without a lambda."""
    from memlint.remedies.return_values import return_value

    yield return_value(side_effect, rewriter)


_MESSAGE = (
    "lambda as side_effect ignores its arguments: every call runs it to return the same literal; "
    "use return_value"
)

RULE = Rule(
    code="MEM202",
    name="side-effect-lambda-ignores-arguments",
    on=(LambdaSideEffect,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
    yields_to=frozenset({"MEM201"}),
)
