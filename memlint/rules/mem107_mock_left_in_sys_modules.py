"""A mock that a test file puts into `sys.modules`, and never takes out.

## What it does

Reports a mock that a test file (`test_*.py`, `*_test.py`, `conftest.py`, or any file in a folder
`tests` or `test`) puts into `sys.modules` when it is imported, in a wide fixture or in a set-up of
a class or a module: by an assignment, `update` or `setdefault`, alone or in a loop over names that
the file lists, also in a function that the file calls at import.

It is silent where that depends on a condition (`except ImportError`, `if name not in sys.modules`),
inside a `with` block, and where the file, or a `conftest.py` of its folder or one above, puts the
module back, takes it out or resets the mock.

## Why it costs memory

What imports the name gets the mock, and the mock keeps each call of itself and of its children,
with all arguments. It stays in `sys.modules` until the process ends, so the tests of all files that
run later add to it, and fail or pass for reasons that are not in their own files.

## Example

```python bad
import sys
from unittest.mock import MagicMock

sys.modules["driver"] = MagicMock()  # MEM107
for name in ("driver.bus", "driver.errors"):
    sys.modules[name] = MagicMock()  # MEM107

from market_data import device  # noqa: E402


def test_write():
    device.write(b"...")
```

## Use instead

A plain module records nothing, and the fixture takes it out again, together with the module that
has imported it:

```python good
import importlib
import sys
from types import ModuleType

import pytest


@pytest.fixture
def device(monkeypatch):
    driver = ModuleType("driver")
    driver.write = lambda payload: len(payload)
    monkeypatch.setitem(sys.modules, "driver", driver)
    monkeypatch.delitem(sys.modules, "market_data.device", raising=False)
    return importlib.import_module("market_data.device")


def test_write(device):
    assert device.write(b"...") == 3
```

Where the import must stand at the top of the file, save the module and put it back after it:

```python good
import sys
from types import ModuleType

before = sys.modules.get("driver")
sys.modules["driver"] = ModuleType("driver")

from market_data import device  # noqa: E402

if before is None:
    del sys.modules["driver"]
else:
    sys.modules["driver"] = before
```

Putting the module back frees nothing as long as a module imported meanwhile keeps the mock: with a
mock in place of the plain module, `device` would still record. A root reset after each test helps
there. Do not use `patch.dict` on `sys.modules` for imports: when it ends, it takes out every module
that was imported meanwhile, and the next import makes a second copy of each.

## Fix safety

No fix is offered. Where the module belongs back depends on what is imported after it, and whether a
plain module will do on what the tests ask of the mock.

## Measured

30 tests, whose code writes 100 kB each through the mock: all 30 arguments are alive after the last
one, 3,074 kB, whether the code under test imports the mock at its top or when it is called. A reset
of a child alone leaves all of them, a root reset after each test one, 138 kB. A plain module holds
nothing (2 kB). Putting the module back after the import leaves 3,075 kB where the code under test
keeps the mock, as with `patch.dict`, and 2 kB where it imports it when it is called. A mock and an
import for each test hold 138 kB.

Measured by `python -m benchmarks.evidence MEM107` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
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
    """Report what stays in `sys.modules`."""
    slot, *others = left.slots
    if not slot.is_module:
        return
    yield RULE.finding(
        facts.source.span(left.value),
        fit(
            "{mock} left in sys.modules[{name!r}]{others}: it keeps every call until the process "
            "ends; use a plain stub, or put the module back",
            mock=left_text(left, facts),
            name=slot.name,
            others=" and others" if others else "",
        ),
    )


RULE = Rule(
    code="MEM107",
    name="mock-left-in-sys-modules",
    on=(LeftMock,),
    check=check,
    doc=__doc__,
)
