"""A wide fixture that keeps a recording mock alive, with nobody resetting its root.

## What it does

Reports a class-, module-, package- or session-scoped fixture that keeps a mock by any means other
than a `with` block around its yield (that is MEM101): a patcher that it starts, a patch through
`class_mocker` and its wider siblings, a patch as its decorator, or a mock that it makes and hands
out. In a `conftest.py`, where tests of other files may do the reset, only mocks that no test can
get hold of are reported. A reset in a `conftest.py` of the same folder or of one above counts,
except under flake8, which reads one file at a time.

## Why it costs memory

A mock keeps every call it gets, with all arguments, until its root is reset. What a wide fixture
holds lives as long as the class, the module or the session, and so do the calls of all its tests.
A reset of a child (`consumer.poll.reset_mock()`) leaves the records of its parents.

## Example

```python bad
import pytest
from unittest.mock import MagicMock, patch


@pytest.fixture(scope="module")
def mock_consumer():
    patcher = patch("market_data.consumer.Consumer")  # MEM102
    consumer = patcher.start()
    try:
        yield consumer.return_value
    finally:
        patcher.stop()


@pytest.fixture(scope="class")
def writer():
    writer = MagicMock()  # MEM102
    writer.write_batch.return_value = 3
    return writer


def test_poll(mock_consumer):
    mock_consumer.poll.reset_mock()
```

```python fixed
import pytest
from unittest.mock import MagicMock, patch


@pytest.fixture(scope="module")
def module_mock_roots():
    \"\"\"The module-scoped mocks, whose calls are forgotten after each test.\"\"\"
    return []


@pytest.fixture(autouse=True)
def reset_module_mock_roots(module_mock_roots):
    yield
    for root in module_mock_roots:
        root.reset_mock()


@pytest.fixture(scope="module")
def mock_consumer(module_mock_roots):
    patcher = patch("market_data.consumer.Consumer")  # MEM102
    consumer = patcher.start()
    try:
        module_mock_roots.append(consumer)
        yield consumer.return_value
    finally:
        patcher.stop()


@pytest.fixture(scope="class")
def writer():
    writer = MagicMock()  # MEM102
    writer.write_batch.return_value = 3
    return writer


@pytest.fixture(autouse=True)
def reset_writer(request):
    yield
    if "writer" in request.fixturenames:
        request.getfixturevalue("writer").reset_mock()


def test_poll(mock_consumer):
    mock_consumer.poll.reset_mock()
```

## Use instead

```python good
import pytest
from unittest.mock import MagicMock, patch


@pytest.fixture(scope="module")
def consumer_class():
    patcher = patch("market_data.consumer.Consumer")
    consumer = patcher.start()
    try:
        yield consumer
    finally:
        patcher.stop()


@pytest.fixture(autouse=True)
def forget_calls(consumer_class):
    yield
    consumer_class.reset_mock()


@pytest.fixture
def writer():
    writer = MagicMock()
    writer.write_batch.return_value = 3
    return writer
```

## Fix safety

The fix adds a fixture that resets the root after each test. It is unsafe where a test asserts on
calls that an earlier test or a fixture made. Values, side effects and children stay as they are,
tests get the same objects, and wide fixtures are set up for the same tests and in the same order as
before: the new fixture asks for another one only if that is autouse, or the test has asked for it.

Where the name of the fixture does not lead to the root, as when it hands out a child, or may mean
another value, as in a `conftest.py`, the fixture puts the root in a list, which is empty as long as
no test needs the fixture. A fixture that yields nothing is made to yield the root, unless the file
looks at its value.

No fix is offered for roots that have no place of their own in the fixture, such as a mock made
inside a list or a call, and where `reset_mock` would fail. For mocks without a patch, a fixture for
each test is the second choice.

## Measured

30 tests that pass 100 kB each: all 30 arguments are alive after the last one, 3,073 to 3,114 kB,
whether the patcher is started, the mock is made or a decorator brings it, and also where only a
child of the root is handed out. Resetting that child leaves all 30, for the root keeps them. A root
reset after each test leaves one, 137 kB.

Measured by `python -m benchmarks.evidence MEM102` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide. `mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, HeldMock
from memlint.messages import factory_text, fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(held: HeldMock, facts: Facts) -> Iterator[Finding]:
    """Report what a wide fixture holds other than by a `with` block."""
    if held.how == "with":
        return
    yield RULE.finding(
        facts.source.span(held.root.node),
        fit(
            "{scope}-scoped fixture {name!r} keeps {mock} and nothing resets its root: calls add "
            "up until the {scope} ends; reset the root after each test",
            scope=held.fixture.scope,
            name=held.fixture.name,
            mock=_mock_text(held, facts),
        ),
    )


def fix(held: HeldMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Reset the root; where no patch is involved, a mock for each test may do."""
    from memlint.cst import possible
    from memlint.remedies.narrowed_fixtures import narrowed
    from memlint.remedies.root_resets import root_reset

    fixture = held.fixture
    together = [each for each in rewriter.facts.held_by_fixture[fixture] if each.how != "with"]
    yield from possible(lambda: root_reset(together, rewriter))
    if all(each.patch is None for each in rewriter.facts.held_by_fixture[fixture]):
        yield from possible(lambda: narrowed(fixture, rewriter))


def _mock_text(held: HeldMock, facts: Facts) -> str:
    if held.patch is None:
        return factory_text(held.root.node, facts)
    return f"the mock of {patch_text(held.patch, facts)}"


RULE = Rule(
    code="MEM102",
    name="unreset-mock-in-wide-fixture",
    on=(HeldMock,),
    check=check,
    doc=__doc__,
    fix=fix,
)
