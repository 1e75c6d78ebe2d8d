'''A lambda as the side effect of a mock that outlives a test.

## What it does

Reports a lambda as `side_effect` at module level, in a class body, in a class-, module-, package-
or session-scoped fixture, or in `setUpClass`, `setUpModule`, `setup_class` and `setup_module`.

## Why it costs memory

WHY

## Example

```python bad
import pytest
from unittest.mock import patch


@pytest.fixture(scope="class")
def reset_deserializer():
    with patch("market_data.consumer.AvroDeserializer", new=object) as deserializer:
        deserializer.side_effect = lambda value, context: {"symbol": "BHP"}  # MEM201
        yield deserializer
```

## Use instead

```python good
import pytest
from unittest.mock import patch

TRADE = {"symbol": "BHP"}


@pytest.fixture(scope="class")
def deserializer():
    with patch("market_data.consumer.AvroDeserializer", new=object) as deserializer:
        deserializer.return_value = TRADE
        yield deserializer
```

## Fix safety

With `return_value` all calls return the same object: unsafe where a test changes it.

## Measured

MEASURED

## Options

`wide-scopes`: the scopes that count as wide. `mock-factories`: more names that make a mock.
'''

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, LambdaSideEffect
from memlint.messages import fit
from memlint.model import Finding, Rule


def check(side_effect: LambdaSideEffect, facts: Facts) -> Iterator[Finding]:
    """Report a lambda whose mock is made in a wide context."""
    context = facts.wide_context(side_effect.node)
    if context is not None:
        yield RULE.finding(
            facts.source.span(side_effect.node),
            fit(
                "lambda as side_effect {context}: it runs, and its mock keeps the arguments, on "
                "every call until {end} ends; use return_value or a named function",
                context=context.description,
                end=context.end,
            ),
        )


RULE = Rule(
    code="MEM201",
    name="side-effect-lambda-in-wide-scope",
    on=(LambdaSideEffect,),
    check=check,
    doc=__doc__,
)
