"""A wide fixture that yields inside a recording patch context manager.

## What it does

Reports a class-, module-, package- or session-scoped fixture that yields inside
`with patch(...)`.

It is silent where the mock is a guard: where it always raises an exception, in a package- or
session-scoped fixture with `autouse`. No test is meant to call it.

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

```python fixed
import pytest
from unittest.mock import patch


@pytest.fixture(scope="class")
def mock_consumer():
    consumer_patcher = patch("market_data.consumer.Consumer")  # MEM101
    consumer = consumer_patcher.start()
    try:
        yield consumer.return_value
    finally:
        consumer_patcher.stop()
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

The first fix manages the patcher by hand: it is started, and stopped in a `finally`. Several
patches are nested, so that a failure to start one stops those before it, and other items of the
same `with` stay where they are. What an exit stack enters is started, and the stack stops it. By
itself this holds as much as the `with` block: it makes room for the reset that MEM102 then asks
for. It is unsafe, for `patch.stopall()` stops what is started, and not what a `with` block has
entered; where the file itself calls it, no such fix is offered. Nor is one for pytest-mock's
`patch`, which gives the mock and no patcher.

The second choice takes the scope away, and with it the cost; unsafe, for the tests of a class or
module may rely on what earlier ones did. It is not offered in a `conftest.py` and where a wider
fixture may request this one. The third keeps the `with` block and adds the reset of MEM102.

## Measured

30 tests that pass 100 kB each: all 30 arguments are alive after the last one, 3,047 kB. A patcher
that is started and stopped holds the same to within 40 bytes. With a root `reset_mock()` after each
test, and with function scope, one argument is alive, 126 kB; with a plain function as `new=` none,
3 kB.

Measured by `python -m benchmarks.evidence MEM101` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide. `fix-gc-collect`: whether the fix collects garbage
after the last patcher is stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, Fixture, HeldMock
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(fixture: Fixture, facts: Facts) -> Iterator[Finding]:
    """One finding per `with` statement, at the first patch that nothing resets."""
    for first, *others in _by_statement(fixture, facts):
        yield RULE.finding(
            facts.source.span(first.root.node),
            _message(first, facts),
            tuple(_related(held, facts) for held in others),
        )


def fix(fixture: Fixture, finding: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Start and stop the patchers, or narrow the scope."""
    from memlint.cst import possible
    from memlint.remedies.narrowed_fixtures import narrowed
    from memlint.remedies.root_resets import root_reset
    from memlint.remedies.started_patchers import started

    facts = rewriter.facts
    held = next(
        group
        for group in _by_statement(fixture, facts)
        if facts.source.span(group[0].root.node) == finding.span
    )
    yield from possible(
        lambda: started(held, rewriter),
        lambda: narrowed(fixture, rewriter),
        lambda: root_reset(held, rewriter),
    )


def _by_statement(fixture: Fixture, facts: Facts) -> list[list[HeldMock]]:
    """What the fixture holds inside each of its `with` statements."""
    found: dict[object, list[HeldMock]] = defaultdict(list)
    for held in facts.held_by_fixture.get(fixture, ()):
        if held.how == "with":
            found[held.statement].append(held)
    return list(found.values())


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
    fix=fix,
    leads_to=frozenset({"MEM102"}),
)
