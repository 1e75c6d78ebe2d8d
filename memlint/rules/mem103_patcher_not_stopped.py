"""A patcher that a test or its set-up starts, and that nothing stops.

## What it does

Reports `start()`, or `__enter__()`, of a patcher in a test, a fixture or a set-up method, where
nothing in the file stops that patcher: no `stop`, no `__exit__`, no `with` block, no
`patch.stopall`, and no other code that gets hold of it. In a class all bases must be known, for
many a base class stops every patch: those of the file, unittest's and Django's test cases, and
under pylint those of other modules, which inference follows.

What pytest runs is not reported where a `conftest.py` of the same folder or of one above stops all
patches, or may do so: under flake8, which reads one file at a time, only the methods of unittest's
test cases are reported.

## Why it costs memory

The patch module keeps a list of all patchers that were started, from which only a stop takes one
away. A patcher holds its mock, with all calls and their arguments, and what it patches. Started in
a fixture or in `setUp` it adds another mock with each test, on top of the last one, until the
process ends. Whatever runs later gets the mock in place of the real object.

## Example

```python bad
import pytest
from unittest import TestCase
from unittest.mock import patch


class TestFeed(TestCase):
    def setUp(self):
        self.writer_patcher = patch("market_data.feed.Writer")
        self.writer = self.writer_patcher.start()  # MEM103
        self.consumer = patch("market_data.feed.Consumer").start()  # MEM103

    def test_feed(self):
        assert self.writer is not self.consumer


@pytest.fixture
def consumer():
    patcher = patch("market_data.feed.Consumer")
    consumer = patcher.start()  # MEM103
    return consumer


@pytest.fixture
def writer():
    writer = patch("market_data.feed.Writer").start()  # MEM103
    yield writer.return_value
```

```python fixed
import pytest
from unittest import TestCase
from unittest.mock import patch


class TestFeed(TestCase):
    def setUp(self):
        self.writer_patcher = patch("market_data.feed.Writer")
        self.writer = self.writer_patcher.start()  # MEM103
        self.addCleanup(self.writer_patcher.stop)
        consumer_patcher = patch("market_data.feed.Consumer")
        self.consumer = consumer_patcher.start()  # MEM103
        self.addCleanup(consumer_patcher.stop)

    def test_feed(self):
        assert self.writer is not self.consumer


@pytest.fixture
def consumer(request):
    patcher = patch("market_data.feed.Consumer")
    consumer = patcher.start()  # MEM103
    request.addfinalizer(patcher.stop)
    return consumer


@pytest.fixture
def writer():
    writer_patcher = patch("market_data.feed.Writer")
    writer = writer_patcher.start()  # MEM103
    try:
        yield writer.return_value
    finally:
        writer_patcher.stop()
```

## Use instead

```python good
import pytest
from unittest import TestCase
from unittest.mock import patch


class TestFeed(TestCase):
    def setUp(self):
        patcher = patch("market_data.feed.Writer")
        self.writer = patcher.start()
        self.addCleanup(patcher.stop)

    def test_feed(self):
        self.writer.assert_not_called()


@pytest.fixture
def consumer():
    with patch("market_data.feed.Consumer") as consumer:
        yield consumer
```

## Fix safety

Safe in the methods of a `TestCase`: `addCleanup`, or `addClassCleanup`, stops the patcher after the
test and its `tearDown`. Unsafe where the class registers other cleanups, for those of them that
come first would run after the stop, and would meet the real object.

Unsafe elsewhere: a fixture or a test of pytest gets the parameter `request`, for
`request.addfinalizer`; one that yields stops the patcher in a `finally`. What relied on the patch
still being there does not work any more.

No fix is offered in `setup_method` and its like, and in `setUpModule`, which have nothing that
every runner asks for cleanups; where one expression starts several patchers, or one line has
several statements; and where a test is decorated by what may not pass `request` on.

## Measured

30 tests that pass 100 kB each to a mock made for each of them: all 30 arguments and mocks are alive
after the last one, 4,502 kB; with a stop after each test one, 151 kB. Started once for the class,
30 arguments, 3,114 kB.

A patch that installs no mock costs less: 1.5 kB for each start; one of a dict of 100 entries 3.6
kB, for it keeps a copy. Where a test patches an object of its own, that object is kept as well: 42
kB each for one made by `create_autospec`. What is entered by `__enter__()` is not in the list: only
the last mock stays, in the place of the real object.

To delete the patcher frees nothing.

Measured by `python -m benchmarks.evidence MEM103` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`stopall-bases`: base classes that stop every patch, whose tests are not reported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, TestCode, UnstoppedPatcher
from memlint.messages import code_text, fit, patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(unstopped: UnstoppedPatcher, facts: Facts) -> Iterator[Finding]:
    """Report what is started and never stopped."""
    entered = unstopped.is_entered
    done = ("entered", "left") if entered else ("started", "stopped")
    remedy = _remedy(unstopped.code, entered)
    named = {"name": _name(unstopped, facts)} if "{name}" in remedy else {}
    yield RULE.finding(
        facts.source.span(unstopped.call),
        fit(
            f"{{patcher}} {done[0]} in {{place}} is never {done[1]}: {_kept(unstopped)} until the "
            f"process ends; {remedy}",
            patcher=_patcher_text(unstopped, facts),
            place=_place(unstopped.code, facts),
            **named,
        ),
    )


def fix(unstopped: UnstoppedPatcher, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Stop the patcher after the test."""
    from memlint.remedies.registered_stops import registered_stop

    yield registered_stop(unstopped, rewriter)


def _patcher_text(unstopped: UnstoppedPatcher, facts: Facts) -> str:
    if len(unstopped.patches) == 1:
        return patch_text(unstopped.patches[0], facts)
    return f"patcher {code_text(unstopped.handle, facts)!r}"


def _place(code: TestCode, facts: Facts) -> str:
    if code.is_fixture:
        fixture = facts.fixtures_by_function.get(code.function)
        return f"fixture {(fixture or code.function).name!r}"
    if code.owner is not None:
        return f"{code.function.name} of {code.owner.name!r}"
    return code.function.name


def _kept(unstopped: UnstoppedPatcher) -> str:
    """What stays, as was measured: what is entered is in no list of patchers."""
    if unstopped.is_entered:
        return "the patch stays in place"
    if all(patch.recording for patch in unstopped.patches):
        return "its mock and every call stay"
    if all(patch.form == "patch.dict" for patch in unstopped.patches):
        return "it stays, with a copy of the dict,"
    return "the patch stays in place"


def _remedy(code: TestCode, entered: bool) -> str:
    start = "use start() and " if entered else ""
    if code.yields:
        return f"{start}stop it after the yield"
    if code.cleanup is None:
        return f"{start}stop it in the teardown"
    return f"{start or 'use '}{code.cleanup}({{name}}.stop)"


def _name(unstopped: UnstoppedPatcher, facts: Facts) -> str:
    if isinstance(unstopped.handle, ast.Call):
        return "patcher"
    return code_text(unstopped.handle, facts)


RULE = Rule(
    code="MEM103",
    name="patcher-not-stopped",
    on=(UnstoppedPatcher,),
    check=check,
    doc=__doc__,
    fix=fix,
    leads_to=frozenset({"MEM102"}),
)
