"""One exception that a mock raises again and again.

## What it does

Reports an exception, as an instance, that is a mock's `side_effect` and lives longer than a test:
one that is made in a decorator, at module level, in a class body, in a class-, module-, package- or
session-scoped fixture, or in `setUpClass`, `setUpModule`, `setup_class` and `setup_module`; also
one of several in a list, and one that has a name.

It is silent where `assertRaises` takes the exception, for this clears it, and where the mock must
not be called: for an `AssertionError`, in a package- or session-scoped fixture with `autouse`, and
where the decorated test asserts it.

## Why it costs memory

A mock raises the very object it was given. Python writes the way of each raise into the object's
traceback, and does not take the last one out: the next raise adds to it. A traceback keeps the
frames it names, and these keep their callers: all local variables on the way from the test runner
to the mock, the fixtures and mocks of the test included. What stands in a decorator or at module
level is never collected, so that one raise is enough to keep one test alive.

Of a class, the mock raises a new object each time, which goes when it was handled.

## Example

```python bad
from unittest.mock import MagicMock, patch

CLOSED = MagicMock(side_effect=ConnectionError("closed"))  # MEM204


@patch("market_data.quotes.fetch", side_effect=TimeoutError())  # MEM204
def test_falls_back_to_the_last_quote(fetch):
    ...
```

## Use instead

The class, or a function that raises a new exception. An exception that is made in the test itself
goes with it.

```python good
from unittest.mock import MagicMock, patch


def raise_connection_error(*_args, **_kwargs):
    raise ConnectionError("closed")


@patch("market_data.quotes.fetch", side_effect=TimeoutError)
def test_falls_back_to_the_last_quote(fetch):
    ...


@patch("market_data.quotes.fetch", side_effect=raise_connection_error)
def test_closed(fetch):
    ...


def test_unknown_symbol():
    fetch = MagicMock(side_effect=LookupError("BHP"))
```

## Fix safety

Safe where the exception has no arguments: the class takes its place, and the mock makes the same
object each time. Unsafe where it has some: a function raises a new exception, and its arguments are
evaluated at each call. None is offered for an exception that has a name, where the file reads a
`side_effect`, for one with arguments in a list, where a function would not be called, and where an
argument is the result of a call or reads a name that is bound elsewhere than once at module level.

```python bad
from unittest.mock import patch


@patch("market_data.quotes.connect", side_effect=OSError(111, "refused"))  # MEM204
@patch("market_data.quotes.fetch", side_effect=[None, TimeoutError()])  # MEM204
def test_falls_back_to_the_last_quote(fetch, connect):
    ...
```

```python fixed
from unittest.mock import patch


def raise_os_error(*_args, **_kwargs):
    raise OSError(111, "refused")


@patch("market_data.quotes.connect", side_effect=raise_os_error)  # MEM204
@patch("market_data.quotes.fetch", side_effect=[None, TimeoutError])  # MEM204
def test_falls_back_to_the_last_quote(fetch, connect):
    ...
```

## Measured

50 raises through code that has 100 kB in a local variable keep 5.1 MB on one mock, and 5.7 MB in a
decorator, which also keeps the mock of each run; one raise keeps 109 kB. With the class or with a
function 39 kB are left on the mock, its calls, and 2 kB in a decorator. 50 exceptions of a list,
each raised once, keep as much as one raised 50 times. `assertRaises` leaves 5 kB.

Measured by `python -m benchmarks.evidence MEM204` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide. `mock-factories`: more names that make a mock.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, SharedException
from memlint.messages import fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(exception: SharedException, facts: Facts) -> Iterator[Finding]:
    """Report an exception that is made once and raised in several tests, or lives after one."""
    if _is_uncalled(exception, facts):
        return
    yield RULE.finding(
        facts.source.span(exception.node),
        fit(
            "exception as side_effect {context}: its traceback keeps the frames and locals of "
            "every raise until {end} ends; {remedy}",
            context=exception.context.description,
            end=exception.context.end,
            remedy=_remedy(exception),
        ),
    )


def _is_uncalled(exception: SharedException, facts: Facts) -> bool:
    """Whether the decorated test asserts that nobody calls the mock."""
    decorated = facts.tree.decorated(exception.node)
    around = set(facts.tree.ancestors(exception.node))
    return any(
        node.attr in ("assert_not_awaited", "assert_not_called")
        and facts.configured_mocks.identity(node.value).base in around
        for node in facts.tree.nodes_in(decorated, ast.Attribute)
        if decorated is not None
    )


def _remedy(exception: SharedException) -> str:
    has_arguments = exception.node.args or exception.node.keywords
    return "raise a new one in a function" if has_arguments else "use the class"


def fix(exception: SharedException, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Let the mock make the exception, or raise a new one in a function."""
    from memlint.cst import possible
    from memlint.remedies.raised_exceptions import raised_class, raising_function

    yield from possible(
        lambda: raised_class(exception, rewriter), lambda: raising_function(exception, rewriter)
    )


RULE = Rule(
    code="MEM204",
    name="shared-exception-side-effect",
    on=(SharedException,),
    check=check,
    doc=__doc__,
    fix=fix,
)
