"""Any other lambda as side effect.

## What it does

Reports a lambda as `side_effect` that neither MEM201 nor MEM202 reports. Off by default.

## Why it costs memory

It does not: a named function costs the same. The rule is there for projects that want no lambda as
`side_effect` at all, because a function with a name is seen in tracebacks and can be shared.

## Example

```python bad
from unittest.mock import MagicMock


def test_echo():
    decoder = MagicMock(side_effect=lambda value, context: value)  # MEM203
    decoder.decode.side_effect = lambda value: value.upper()  # MEM203
```

## Use instead

```python good
from unittest.mock import MagicMock


def echo(value, context):
    return value


def test_echo():
    decoder = MagicMock(side_effect=echo)
    decoder.decode.side_effect = str.upper
```

## Fix safety

Unsafe, although a named function does what the lambda does: it has another name in tracebacks, and
it is made a moment earlier. It goes before the statement, or before the class where that stands in
a class body, and lambdas that are the same share one. None is offered where a name would mean
something else there: a variable of a comprehension, of an outer lambda or of a class body; nor
where a default would be evaluated at another time, or where the body has a `yield` or a `:=`.

```python bad
from unittest.mock import MagicMock, patch


@patch("market_data.consumer.decode", side_effect=lambda value: value)  # MEM203
def test_echo(decode):
    decoder = MagicMock()
    # Symbols come in capitals.
    decoder.decode.side_effect = lambda value: value.upper()  # MEM203
```

```python fixed
from unittest.mock import MagicMock, patch


def fake_decode(value):
    return value


@patch("market_data.consumer.decode", side_effect=fake_decode)  # MEM203
def test_echo(decode):
    decoder = MagicMock()

    def fake_decode_2(value):
        return value.upper()

    # Symbols come in capitals.
    decoder.decode.side_effect = fake_decode_2  # MEM203
```

## Measured

No difference between a lambda, a local function and a module's function, neither in bytes nor in
time.

Measured by `python -m benchmarks.evidence MEM203` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
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
    """Report a lambda that is in no wide context and returns no literal."""
    if not side_effect.literal and facts.wide_context_of_mock(side_effect.node) is None:
        yield RULE.finding(facts.source.span(side_effect.node), _MESSAGE)


def fix(side_effect: LambdaSideEffect, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Give the function a name."""
    from memlint.remedies.named_functions import named_function

    yield named_function(side_effect, rewriter)


_MESSAGE = "lambda as side_effect; use a named function"

RULE = Rule(
    code="MEM203",
    name="side-effect-lambda",
    on=(LambdaSideEffect,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
)
