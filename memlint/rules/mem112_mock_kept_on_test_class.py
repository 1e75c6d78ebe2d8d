"""A mock that stays an attribute of a test class, or of the instance that pytest keeps.

## What it does

Reports a mock that a test class of pytest sets on `self`, be it in `setup_method`, in a fixture or
in a test, and a mock that a class's set-up (`setUpClass`, `setup_class`) sets on `cls`, where
nothing deletes, overwrites or resets it after the test, or after the class. Off by default.

A class is pytest's if its name starts with `Test` and all its bases are known. Instances of
`unittest.TestCase` are dropped after their test and are no hazard.

## Why it costs memory

pytest makes an instance of the class for each test and keeps it, with all its attributes, until the
session ends: so do the mocks there, and every argument they were called with. That was checked with
pytest 7.4, 8.4, 9.0 and 9.2. What is set on a class lives as long as the class, which is as long as
the process, under unittest as well.

## Example

```python bad
import unittest
from unittest.mock import Mock

from market_data.consumer import Consumer


class TestConsumer:
    def setup_method(self):
        self.client = Mock()  # MEM112
        self.consumer = Consumer(self.client)

    def test_poll(self):
        self.consumer.poll()
        self.client.poll.assert_called_once()


class TestWriter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.catalog = Mock()  # MEM112

    def test_write(self):
        self.catalog.write(b"batch")
```

```python fixed
import unittest
from unittest.mock import Mock

from market_data.consumer import Consumer


class TestConsumer:
    def setup_method(self):
        self.client = Mock()  # MEM112
        self.consumer = Consumer(self.client)

    def teardown_method(self):
        vars(self).clear()

    def test_poll(self):
        self.consumer.poll()
        self.client.poll.assert_called_once()


class TestWriter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.catalog = Mock()  # MEM112
        cls.addClassCleanup(delattr, cls, "catalog")

    def test_write(self):
        self.catalog.write(b"batch")
```

## Use instead

```python good
import pytest
from unittest.mock import Mock

from market_data.consumer import Consumer


@pytest.fixture
def client():
    return Mock()


class TestConsumer:
    def test_poll(self, client):
        Consumer(client).poll()
        client.poll.assert_called_once()


class TestWriter:
    def test_write(self):
        catalog = Mock()
        catalog.write(b"batch")
```

## Fix safety

For `self`, the fix clears all attributes of the instance at the end of `teardown_method`, which
runs after the teardown of the class's fixtures. All of them, for what was made with the mock holds
it as well: deleting the mock's own attribute would free nothing. Unsafe, because a fixture of the
module may look at the instance later. No fix is offered where another class of the file takes part
in the teardown, or where it may return early.

For `cls`, the fix registers a class cleanup that deletes the attribute, in unittest; or deletes it
in `teardown_class`, in pytest. The same happens to the class's attributes that were made with the
mock. Unsafe, because something may read them after the class. No fix is offered where other objects
are given the mock in the set-up, or where a base is not known.

## Measured

30 tests that pass 100 kB each to a mock of their own in `self`: 3,557 kB are alive after the last
one, and all 30 mocks with their children. Deleting the attribute, or a local variable in its place,
leaves nothing. A reset leaves the mocks, 516 kB. Where another attribute holds the mock, deleting
its own leaves all 3,559 kB; clearing all attributes leaves 5 kB. An instance that is dropped after
its test, as unittest does, leaves the last test's 115 kB.

30 classes that pass 100 kB each to a mock in `cls`: 3,618 kB, and 63 kB if each deletes it.

Measured by `python -m benchmarks.evidence MEM112` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13. `benchmarks/evidence/pytest_model.py` shows what pytest keeps.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import AttributeMock, Facts
from memlint.messages import code_text, fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(kept: AttributeMock, facts: Facts) -> Iterator[Finding]:
    """Report what outlives its test."""
    if kept.holder == "instance":
        pattern = (
            "{target!r} keeps its mock and the mock's calls: pytest holds the instance of each "
            "test of {cls!r} until the session ends; clear it in teardown_method"
        )
    else:
        pattern = (
            "{target!r} keeps its mock and the mock's calls after the tests of {cls!r}, until the "
            "process ends; delete it when the class is torn down"
        )
    target = code_text(kept.target, facts)
    yield RULE.finding(
        facts.source.span(kept.value), fit(pattern, target=target, cls=kept.cls.name)
    )


def fix(kept: AttributeMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Clear the instance, or the class."""
    from memlint.cst import possible
    from memlint.remedies.class_teardown import class_cleared, instance_cleared

    cleared = instance_cleared if kept.holder == "instance" else class_cleared
    yield from possible(lambda: cleared(kept, rewriter))


RULE = Rule(
    code="MEM112",
    name="mock-kept-on-test-class",
    on=(AttributeMock,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
)
