"""A patch on a class that is given its mock: all tests of the class share it.

## What it does

Reports a mock that `patch`, `patch.object` or `patch.multiple` is given to install, where the patch
decorates a class with tests: `@patch("time.sleep", Mock())`. The mock is made in the decorator, or
is a name of the file that is bound once, to a mock. Silent where something resets it in each test,
by its name or where it is installed.

## Why it costs memory

The decorator is evaluated once, when the file is imported. A patch on a class wraps each of its
tests, and puts the same mock in place for all of them. So it records the calls of all tests, with
all arguments, and lives as long as the class: until the process ends. A patch that is not given a
mock makes one for each test and drops it.

## Example

```python bad
import unittest
from unittest.mock import MagicMock, Mock, patch


@patch("market_data.consumer.sleep", Mock(return_value=None))  # MEM108
@patch.object(Producer, "publish", new=MagicMock())  # MEM108
class ConsumerTest(unittest.TestCase):
    def test_poll(self):
        Consumer().poll()

    def test_close(self):
        Consumer().close()
        Producer.publish.assert_called_once_with("closed")
```

```python fixed
import unittest
from unittest.mock import MagicMock, Mock, patch


@patch("market_data.consumer.sleep", lambda *_args, **_kwargs: None)  # MEM108
@patch.object(Producer, "publish")  # MEM108
class ConsumerTest(unittest.TestCase):
    def test_poll(self, _mock_publish):
        Consumer().poll()

    def test_close(self, _mock_publish):
        Consumer().close()
        Producer.publish.assert_called_once_with("closed")
```

## Use instead

```python good
import unittest
from unittest.mock import Mock, patch


@patch("market_data.consumer.sleep", lambda seconds: None)
@patch("market_data.consumer.Producer", new_callable=Mock)
class ConsumerTest(unittest.TestCase):
    def test_close(self, producer):
        Consumer().close()
        producer.return_value.close.assert_called_once_with()
```

A patch that makes its mock passes it to each test, also with `new_callable` or `return_value`.
Where the tests have no use for one more parameter, a plain function does, or a patcher that `setUp`
starts and `addCleanup` stops.

## Fix safety

Unsafe. Where the mock is told nothing but a constant to return, and the file never asks what is
installed there about its calls, a function that returns the constant takes its place: the tests
stay as they are, and nothing is recorded. A list or a dict is then new for each call. Code that
uses attributes of what was a mock fails.

Otherwise, and as the second choice, patch makes the mock, and every test of the class gets a
parameter for it, behind those of the patches below. Each test then starts with a mock that has no
calls, and with its `side_effect` from the beginning. `new_callable` names what patch would not take
by itself; for a `MagicMock` that is only needed where it may be awaited.

No parameter is added where the file does not show all tests of the class (its bases are known to
have none, `unittest.TestCase` or those of Django), where other decorators may pass arguments, where
tests call each other, and where a test would have more than five. No fix is offered for names, for
`patch.multiple`, for a mock with a `spec`, and where other mocks are inside.

## Measured

30 tests that pass 100 kB each: all 30 arguments are alive after the last one, 3,037 kB. Where patch
makes the mock, none of them is, 4 kB, with `new_callable` and arguments as well, and so with a
plain function. A root reset after each test leaves one, 105 kB.

Measured by `python -m benchmarks.evidence MEM108` on CPython 3.11; 3.12 and 3.13 differ by less
than 1 %.

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
    """Report a mock that the tests of a class share."""
    if isinstance(mock.definition, ast.ClassDef):
        yield RULE.finding(
            facts.source.span(mock.node),
            fit(
                "{mock} in {patch} serves all tests of class {name!r}: calls add up until the "
                "process ends; let patch make one for each test",
                mock=decorator_mock_text(mock, facts),
                patch=patch_text(mock.patch, facts),
                name=mock.definition.name,
            ),
        )


def fix(mock: DecoratorMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """A function without a memory, or a mock for each test."""
    from memlint.cst import possible
    from memlint.remedies.constant_functions import constant_function
    from memlint.remedies.injected_mocks import injected_mock

    yield from possible(
        lambda: constant_function(mock, rewriter),
        lambda: injected_mock(mock, rewriter),
    )


RULE = Rule(
    code="MEM108",
    name="mock-shared-by-class-patch",
    on=(DecoratorMock,),
    check=check,
    doc=__doc__,
    fix=fix,
)
