"""A mock among the arguments of a parametrized test.

## What it does

Reports a mock that is made inside `pytest.mark.parametrize`, `pytest.param` or the `params` of a
fixture, also in a list, a dictionary or a name of this file that is passed there. A factory
without parentheses and a mock in a lambda are made by the test, and not reported. Silent where the
test itself resets the argument. Off by default.

## Why it costs memory

The arguments are evaluated when the file is imported, once, and pytest keeps them until the process
ends. A mock among them stays with all calls it gets, and the arguments of these calls. It also
goes from test to test with the calls of the last one where a second `parametrize` or another test
uses it again.

## Example

```python bad
import pytest
from unittest.mock import MagicMock, Mock


@pytest.mark.parametrize("client", [Mock(), MagicMock()])  # MEM113 MEM113
def test_connect(client, connect):
    connect(client)
    client.open.assert_called_once_with()


@pytest.mark.parametrize(
    ("writer", "size"),
    [
        (Mock(closed=True), 0),  # MEM113
        pytest.param(Mock(closed=False), 3, id="open"),  # MEM113
    ],
)
def test_flush(writer, size, flush):
    assert flush(writer) == size
```

```python fixed
import pytest
from unittest.mock import MagicMock, Mock


@pytest.mark.parametrize("make_client", [Mock, MagicMock])  # MEM113 MEM113
def test_connect(make_client, connect):
    client = make_client()
    connect(client)
    client.open.assert_called_once_with()


@pytest.mark.parametrize(
    ("make_writer", "size"),
    [
        (lambda: Mock(closed=True), 0),  # MEM113
        pytest.param(lambda: Mock(closed=False), 3, id="open"),  # MEM113
    ],
)
def test_flush(make_writer, size, flush):
    writer = make_writer()
    assert flush(writer) == size
```

## Use instead

```python good
import pytest
from unittest.mock import MagicMock, Mock


@pytest.mark.parametrize("make_client", [Mock, MagicMock, lambda: Mock(closed=True)])
def test_connect(make_client, connect):
    client = make_client()
    connect(client)
    client.open.assert_called_once_with()


@pytest.mark.parametrize("closed", [True, False])
def test_flush(closed, flush):
    flush(Mock(closed=closed))
```

## Fix safety

The fix passes what makes the value, the factory as it is or a lambda, and calls it at the start of
the test. The other values of the same argument become functions, too. Unsafe, because values are
made later and for each test, the ids that pytest makes of the arguments change, and fixtures of
other files may take the argument by its name.

Offered where the decorator itself lists the values, half of those of the argument hold a mock, and
they are made from names that are bound once in the module; where the test's parameter is not bound
again, and no function makes the ids. An annotation of the parameter becomes that of a function.

## Measured

30 `Mock()` as arguments of tests that pass 100 kB each: all mocks and arguments are there at the
end, 3,554 kB, with `MagicMock()` 4,084 kB; with a reset after each test one argument, but all the
mocks, 614 kB. With factories nothing stays but the factories: 1 kB, with arguments 5 kB; with
plain stubs 3 kB.

Measured by `python -m benchmarks.evidence MEM113` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint import names
from memlint.facts import Facts, ParametrizedMock
from memlint.messages import factory_text, fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(mock: ParametrizedMock, facts: Facts) -> Iterator[Finding]:
    """Report a mock that no test resets."""
    if not mock.is_reset:
        yield RULE.finding(
            facts.source.span(mock.call),
            fit(
                "{factory} in {place} is made once and kept with all its calls until the process "
                "ends; pass the factory and call it in the {caller}",
                factory=factory_text(mock.call, facts),
                **_place(mock, facts),
            ),
        )


def fix(mock: ParametrizedMock, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Pass the factory, and call it in the test."""
    from memlint.remedies.passed_factories import passed_factory

    yield passed_factory(mock, rewriter)


def _place(mock: ParametrizedMock, facts: Facts) -> dict[str, str]:
    qualname = facts.resolver.qualname(mock.place.func)
    if qualname in (names.PARAMETRIZE, names.PARAM):
        return {"place": qualname.rpartition(".")[2], "caller": "test"}
    return {"place": "the params of a fixture", "caller": "fixture"}


RULE = Rule(
    code="MEM113",
    name="mock-in-parametrize",
    on=(ParametrizedMock,),
    check=check,
    doc=__doc__,
    default=False,
    fix=fix,
    yields_to=frozenset({"MEM301"}),
)
