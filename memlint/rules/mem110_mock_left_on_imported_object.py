"""A mock that a test file sets on something it imports, and never takes off.

## What it does

Reports a mock that is set on an attribute of an imported module, class or object, by an assignment
or `setattr`, at module level, in a class body, in a wide fixture, in a set-up of a class or a
module, or in a function that the file calls at import. It looks at test files only: `test_*.py`,
`*_test.py`, `conftest.py`, and any file in a folder `tests` or `test`.

It is silent where that depends on a condition, inside a `with` block, where a patch around it
covers the attribute, and where the file, or a `conftest.py` of its folder or one above, sets the
attribute again, deletes it, reloads the module or resets the mock. So it is for what may be a mock
itself: objects of modules in a folder of tests, or with `mock` in their names. A mock that a wide
fixture also hands out is reported by MEM102 alone.

## Why it costs memory

Nothing undoes the assignment, so the mock takes the calls of every test until the process ends, of
other files as well, and keeps each one with all arguments. Patches and `monkeypatch` put the real
object back, and the mock goes with its test.

## Example

```python bad
import pytest
from market_data import client, consumer
from unittest.mock import AsyncMock, MagicMock

consumer.log = MagicMock()  # MEM110


@pytest.fixture(scope="module")
def connected():
    client.Client.send = AsyncMock(return_value=True)  # MEM110
    yield client.Client()
```

## Use instead

```python good
import pytest
from market_data import client, consumer
from unittest.mock import AsyncMock, patch


@pytest.fixture(autouse=True)
def log(monkeypatch):
    monkeypatch.setattr(consumer, "log", lambda message: None)


@pytest.fixture
def connected():
    with patch.object(client.Client, "send", new_callable=AsyncMock, return_value=True):
        yield client.Client()
```

What nobody asserts on need not be a mock: a plain function records nothing, wherever it is set.

## Fix safety

No fix is offered. A fixture in place of the assignment changes when the object is replaced, and for
which tests; some of them may need it at import.

## Measured

30 tests that pass 100 kB each to the attribute: all 30 arguments are alive after the last one,
3,034 kB. A mock for each test, set by `patch.object` or put back by hand, holds 113 to 126 kB, as
does a root reset after each test. A plain function in place of the mock holds nothing (1 kB).

Measured by `python -m benchmarks.evidence MEM110` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock. `wide-scopes`: the scopes that count as wide.
"""

from __future__ import annotations

from collections.abc import Iterator

from memlint.facts import Facts, LeftMock
from memlint.messages import fit, left_text
from memlint.model import Finding, Rule


def check(left: LeftMock, facts: Facts) -> Iterator[Finding]:
    """Report what stays on an imported object."""
    slot = left.slots[0]
    if slot.is_module:
        return
    yield RULE.finding(
        facts.source.span(left.value),
        fit(
            "{mock} set on {name!r} {context} is never taken off: it keeps every call until the "
            "process ends; use patch.object or monkeypatch.setattr",
            mock=left_text(left, facts),
            name=slot.name,
            context=left.context.description,
        ),
    )


RULE = Rule(
    code="MEM110",
    name="mock-left-on-imported-object",
    on=(LeftMock,),
    check=check,
    doc=__doc__,
)
