"""A wide fixture that yields inside a recording patch context manager.

## What it does

Reports a class-, module-, package- or session-scoped fixture that yields inside
`with patch(...)`.

## Why it costs memory

`patch` installs a mock, and a mock keeps every call it gets, with all arguments, until it is reset
or collected. The `with` block of a wide fixture ends when the whole class, module or session has
ended: until then the calls of all its tests add up. Resetting the instance that the fixture hands
out, or one of its methods, does not help where the patched class is the root of the mock tree: the
root records every call of its children a second time.

## Example

```python bad
import pytest
from unittest.mock import patch


@pytest.fixture(scope="class")
def mock_consumer():
    with patch("market_data.consumer.Consumer") as consumer:  # MEM101
        yield consumer.return_value
```

## Use instead

Reset the root after each test, or make the fixture function-scoped, or, where nothing looks at the
calls, install a plain stand-in with `new=`.

```python good
import pytest
from unittest.mock import patch


@pytest.fixture(scope="class")
def consumer_class():
    with patch("market_data.consumer.Consumer") as consumer:
        yield consumer


@pytest.fixture(autouse=True)
def forget_calls(consumer_class):
    yield
    consumer_class.reset_mock()


@pytest.fixture
def mock_dlq():
    with patch("market_data.consumer.DeadLetterQueue") as dlq:
        yield dlq.return_value


@pytest.fixture(scope="session")
def no_sleep():
    with patch("time.sleep", new=lambda seconds: None):
        yield
```

## Fix safety

The remedy of the plan that memlint started from, a patcher that is started and is stopped in a
`finally`, changes nothing but the shape of the code: it holds as much as the `with` block. It makes
room for the reset that MEM102 then asks for.

## Measured

30 tests that pass 100 kB each: all 30 arguments are alive after the last one, 3,047 kB. A patcher
that is started and stopped holds the same to within 40 bytes. With a root `reset_mock()` after each
test, and with function scope, one argument is alive, 126 kB; with a plain function as `new=` none,
3 kB.

Measured by `python -m benchmarks.evidence MEM101` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from memlint.facts import Facts, Fixture, HeldMock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Related, Rule


def check(fixture: Fixture, facts: Facts) -> Iterator[Finding]:
    """One finding per `with` statement, at the first patch that nothing resets."""
    by_statement: dict[object, list[HeldMock]] = defaultdict(list)
    for held in facts.held_by_fixture.get(fixture, ()):
        if held.how == "with":
            by_statement[held.statement].append(held)
    for first, *others in by_statement.values():
        yield RULE.finding(
            facts.source.span(first.root.node),
            _message(first, facts),
            tuple(_related(held, facts) for held in others),
        )


def _message(held: HeldMock, facts: Facts) -> str:
    return fit(
        "{scope}-scoped fixture {name!r} yields inside {patch}: every call is kept until the "
        "{scope} ends; start the patcher and stop it in a finally",
        scope=held.fixture.scope,
        name=held.fixture.name,
        patch=_text(held, facts),
    )


def _related(held: HeldMock, facts: Facts) -> Related:
    return Related(facts.source.span(held.root.node), f"and inside {_text(held, facts)}")


def _text(held: HeldMock, facts: Facts) -> str:
    assert held.patch is not None  # what is held by a `with` is a patch
    return patch_text(held.patch, facts)


RULE = Rule(
    code="MEM101",
    name="patch-context-in-wide-fixture",
    on=(Fixture,),
    check=check,
    doc=__doc__,
)
