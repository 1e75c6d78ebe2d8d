"""A patch on a function that is given its mock, which then lives as long as the process.

## What it does

Reports a mock that is made in a decorator of a function or method, to be installed by `patch`,
`patch.object` or `patch.multiple`: `@patch("time.sleep", Mock())`. Silent where something resets
it, and for functions inside others, which are made anew with their decorators. Off by default.

## Why it costs memory

The decorator is evaluated when the file is imported, and the function holds on to its patch. So
there is one mock more for each such decorator, from the import until the process ends, whether or
not the test runs; and with it the calls of the test, their arguments, and the mocks that it
returned. A patch that is not given a mock makes one when the test starts and drops it at the end.

## Example

```python bad
from unittest.mock import MagicMock, Mock, patch


@patch("market_data.consumer.sleep", Mock(return_value=None))  # MEM109
@patch("market_data.consumer.Producer", MagicMock())  # MEM109
def test_poll(consumer):
    consumer.poll()
```

```python fixed
from unittest.mock import MagicMock, Mock, patch


@patch("market_data.consumer.sleep", new_callable=Mock, return_value=None)  # MEM109
@patch("market_data.consumer.Producer")  # MEM109
def test_poll(_mock_producer, _mock_sleep, consumer):
    consumer.poll()
```

## Use instead

```python good
from unittest.mock import patch


@patch("market_data.consumer.sleep", return_value=None)
@patch("market_data.consumer.Producer")
def test_poll(producer, sleep, consumer):
    consumer.poll()
    producer.assert_called_once_with()


@patch("market_data.consumer.sleep", lambda seconds: None)
def test_close(consumer):
    consumer.close()
```

## Fix safety

Unsafe. What the mock is told is passed to patch, which makes the mock when the test starts, and
passes it to the test: that gets a parameter, behind those of the patches below. `new_callable`
names what patch would not take by itself. It takes a `MagicMock`, or an `AsyncMock` in the place of
a coroutine function: so `new_callable=MagicMock` is written where the answer may be awaitable. A
test that runs several times, as a parametrized one does, starts with a mock that has no calls.

The second choice, and the only one where a test would have more than five parameters: a mock that
is told nothing but a constant to return, and that the file never asks about its calls, becomes a
function that returns the constant. It records nothing, and the test stays as it is.

No parameter is added to functions that are neither tests nor `setUp` and the like, that the file
calls, that take `*args`, or whose other decorators may pass arguments. No fix is offered for
`patch.multiple`, for a mock with a `spec`, and where other mocks are inside.

## Measured

30 functions with one decorator each, each called once with a small argument: 432 kB with `Mock()`,
785 kB with `MagicMock()`, 71 kB where patch makes the mock or is given a plain function. That is 12
and 24 kB for each decorator. With arguments of 100 kB all 30 are alive, 3,433 kB, and none
otherwise.

Measured by `python -m benchmarks.evidence MEM109` on CPython 3.11; 3.12 and 3.13 differ by 6 % at
most.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import DecoratorMock, Facts
from memlint.messages import decorator_mock_text, fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(mock: DecoratorMock, facts: Facts) -> Iterator[Finding]:
    """Report a mock that a function's decorator makes."""
    if not isinstance(mock.definition, ast.ClassDef):
        yield RULE.finding(
            facts.source.span(mock.node),
            fit(
                "{mock} in {patch} is made once for {name!r}: it and its calls stay until the "
                "process ends; let patch make it",
                mock=decorator_mock_text(mock, facts),
                patch=patch_text(mock.patch, facts),
                name=mock.definition.name,
            ),
        )


def fix(mock: DecoratorMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """A mock for each call, or a function without a memory."""
    from memlint.cst import possible
    from memlint.remedies.constant_functions import constant_function
    from memlint.remedies.injected_mocks import injected_mock

    yield from possible(
        lambda: injected_mock(mock, rewriter),
        lambda: constant_function(mock, rewriter),
    )


RULE = Rule(
    code="MEM109",
    name="mock-built-by-decorator",
    on=(DecoratorMock,),
    check=check,
    doc=__doc__,
    fix=fix,
    default=False,
)
