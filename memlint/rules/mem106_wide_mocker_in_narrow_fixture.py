"""A test, or a fixture made for each test, patches through a wider mocker.

## What it does

Reports what a test or a function-scoped fixture patches through pytest-mock's `class_mocker`,
`module_mocker`, `package_mocker` or `session_mocker`, spies on (a spy is a patch) or makes with
their `create_autospec`. Mocks and stubs made through them are not kept, and not reported.

Silent where the file calls the mocker's `stop` or `stopall` for each test, and where no other test
follows before the patch is undone: in the last or only test of the class or module, for fixtures of
a class or a module with one test, and for `class_mocker` outside of classes, where pytest ends the
scope with the test. A fixture outside of classes is reported for `class_mocker` where a class of
the same file uses it.

## Why it costs memory

A mocker undoes its patches when its own scope ends, not with the test. Until then each test puts
one more patch on top of the last one, and each patch keeps its mock, with all calls and their
arguments. The last patch also stays for the tests after it, which did not ask for it.

## Example

```python bad
import pytest
from unittest.mock import ANY


class TestConsumer:
    @pytest.fixture
    def consumer(self, class_mocker):
        return class_mocker.patch("market_data.consumer.Consumer")  # MEM106

    def test_poll(self, consumer):
        consumer.return_value.poll.return_value = None

    def test_close(self, consumer, session_mocker):
        close = session_mocker.spy(consumer, "close")  # MEM106
        consumer.close(timeout=5)
        close.assert_called_once_with(timeout=ANY)
```

```python fixed
import pytest
from unittest.mock import ANY


class TestConsumer:
    @pytest.fixture
    def consumer(self, mocker):
        return mocker.patch("market_data.consumer.Consumer")  # MEM106

    def test_poll(self, consumer):
        consumer.return_value.poll.return_value = None

    def test_close(self, consumer, mocker):
        close = mocker.spy(consumer, "close")  # MEM106
        consumer.close(timeout=5)
        close.assert_called_once_with(timeout=ANY)
```

## Use instead

```python good
import pytest


@pytest.fixture(scope="class")
def topics(class_mocker):
    return class_mocker.patch("market_data.consumer.TOPICS", ["trades"])


class TestConsumer:
    @pytest.fixture
    def consumer(self, mocker, topics):
        return mocker.patch("market_data.consumer.Consumer")

    def test_poll(self, consumer):
        consumer.return_value.poll.return_value = None

    def test_close(self, consumer, session_mocker):
        consumer.close = session_mocker.stub()
```

## Fix safety

The fix requests `mocker` in the place of the wide one, and patches through it. Unsafe, because the
patch now ends with the test: a later test may have relied on it.

No fix is offered where the function does anything else with the wide mocker, such as `resetall` or
passing it on, where it has another use for the name `mocker`, and where the file has a fixture of
that name.

## Measured

30 tests that patch and pass 100 kB each: with a mocker of the class all 30 patches are there at the
end, and all 30 arguments, 3,762 kB; with a mocker of the function, or with `stopall` after each
test, one, 127 kB. A patch that installs a plain function keeps 1.6 kB a test, one of a dictionary
with 50 entries 2 kB; `create_autospec` of a small class 98 kB on 3.11, 228 kB on 3.12 and
236 kB on 3.13. A stub keeps nothing.

Measured by `python -m benchmarks.evidence MEM106` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`wide-scopes`: the scopes that count as wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, NarrowPatch
from memlint.messages import fit, narrow_patch_text
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(patch: NarrowPatch, facts: Facts) -> Iterator[Finding]:
    """Report what outlives the test that patched it."""
    yield RULE.finding(
        facts.source.span(patch.call),
        fit(
            "{kind} {name!r} calls {patch}: it stays until the {scope} ends, one more with every "
            "test; use mocker",
            kind="test" if patch.fixture is None else "function-scoped fixture",
            name=patch.function.name if patch.fixture is None else patch.fixture.name,
            patch=narrow_patch_text(patch, facts),
            scope=patch.scope,
        ),
    )


def fix(patch: NarrowPatch, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Patch through the mocker that ends with the test."""
    from memlint.remedies.narrowed_mockers import narrowed_mocker

    yield narrowed_mocker(patch, rewriter)


RULE = Rule(
    code="MEM106",
    name="wide-mocker-in-narrow-fixture",
    on=(NarrowPatch,),
    check=check,
    doc=__doc__,
    fix=fix,
)
