"""A lambda as the side effect of a mock that outlives a test.

## What it does

Reports a lambda as `side_effect` at module level, in a class body, in a class-, module-, package-
or session-scoped fixture, or in `setUpClass`, `setUpModule`, `setup_class` and `setup_module`.

## Why it costs memory

A mock keeps the arguments of every call, whatever answers the call, and this one lives as long as
its class, its module or the process. The lambda itself is cheap: it makes one new result for each
call, which the mock does not keep, and it pins the local names it reads.

## Example

```python bad
from unittest import TestCase
from unittest.mock import MagicMock

ECHO = MagicMock(side_effect=lambda value: value)  # MEM201


class ConsumerTest(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.decoder = MagicMock()
        cls.decoder.side_effect = lambda value, context: {"symbol": "BHP"}  # MEM201
```

## Use instead

```python good
from unittest import TestCase
from unittest.mock import MagicMock


def echo(value):
    return value


class ConsumerTest(TestCase):
    def setUp(self):
        self.echo = MagicMock(side_effect=echo)
        self.decoder = MagicMock()
        self.decoder.return_value = {"symbol": "BHP"}
```

## Fix safety

Unsafe: a literal becomes the `return_value`, one object for all calls of all tests, and a test that
changes it changes it for the others. The second choice is a named function, which makes a new one
for each call; it is the only one for a lambda that reads its arguments or other names, or where the
file uses the mock's own return value. In a fixture, a literal of several lines is given a name.

```python bad
import pytest
from unittest.mock import MagicMock


@pytest.fixture(scope="class")
def deserializer():
    deserializer = MagicMock()
    deserializer.side_effect = lambda value, context: {"symbol": "BHP"}  # MEM201
    deserializer.decode.side_effect = lambda value: value.decode()  # MEM201
    return deserializer
```

```python fixed
import pytest
from unittest.mock import MagicMock


@pytest.fixture(scope="class")
def deserializer():
    deserializer = MagicMock()
    deserializer.return_value = {"symbol": "BHP"}  # MEM201

    def fake_decode(value):
        return value.decode()

    deserializer.decode.side_effect = fake_decode  # MEM201
    return deserializer
```

## Measured

30 calls with 100 kB each to a mock that nothing resets: 3,028 kB with a lambda, with `return_value`
and with a named function alike, because arguments are kept and results are not. The lambda makes
one new result for each call (183 bytes for a small dict), `return_value` none. A 1 MB local that
the lambda of a returning fixture reads stays alive with the mock. A root reset leaves 107 kB.

Measured by `python -m benchmarks.evidence MEM201` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide. `mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, LambdaSideEffect
from memlint.messages import fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(side_effect: LambdaSideEffect, facts: Facts) -> Iterator[Finding]:
    """Report a lambda whose mock is made in a wide context."""
    context = facts.wide_context_of_mock(side_effect.node)
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


def fix(side_effect: LambdaSideEffect, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Return the value without a lambda, or give the function a name."""
    from memlint.cst import possible
    from memlint.remedies.named_functions import named_function
    from memlint.remedies.return_values import return_value

    if side_effect.literal:
        yield from possible(lambda: return_value(side_effect, rewriter))
    yield from possible(lambda: named_function(side_effect, rewriter))


RULE = Rule(
    code="MEM201",
    name="side-effect-lambda-in-wide-scope",
    on=(LambdaSideEffect,),
    check=check,
    doc=__doc__,
    fix=fix,
)
