"""A mock class is configured where a mock was meant.

## What it does

Reports a mock class that is bound to a name or an attribute (`client.session = MagicMock`, without
parentheses) on which the file then sets attributes: assigned, passed (`Mock(session=MagicMock)`)
or installed (`with patch(target, MagicMock) as session`).

Silent where the class is not sure to be there when the attribute is set, where the attribute is
deleted again, and for attributes set on a class under its own name, or on a subclass of it.

## Why it costs memory

The attribute is set on the class, and a class lives until the process ends. What is set stays, and
all mocks of the class have it, those of other tests and files included: with
`session.return_value = reply` each call of any `MagicMock` returns this one `reply`, even of one
made with another `return_value`. A mock set there records what all tests do with it.

## Example

```python bad
from unittest.mock import AsyncMock, MagicMock, Mock


def test_login(login):
    client = Mock()
    client.session = MagicMock  # MEM303
    client.session.return_value = Mock(status=200)
    login(client)


class TestReader:
    def setup_method(self):
        self.reader = AsyncMock  # MEM303
        self.reader.return_value = b""
```

```python fixed
from unittest.mock import AsyncMock, MagicMock, Mock


def test_login(login):
    client = Mock()
    client.session = MagicMock()  # MEM303
    client.session.return_value = Mock(status=200)
    login(client)


class TestReader:
    def setup_method(self):
        self.reader = AsyncMock()  # MEM303
        self.reader.return_value = b""
```

## Use instead

```python good
from unittest.mock import MagicMock, Mock


def test_login(login):
    client = Mock()
    client.session = MagicMock()
    client.session.return_value = Mock(status=200)
    client.make_reader = MagicMock
    login(client)
```

## Fix safety

The fix adds the parentheses. Unsafe, because the code under test gets a mock in the place of a
class: what calls it gets the mock's return value, no longer a new mock with the attributes in
question, and a test may rely on the attributes that an earlier one left on the class. No fix is
offered where the file itself calls it, or uses it as a class; and for an `AsyncMock` whose other
attributes than `return_value` and `side_effect` are set, for a call of it gives a coroutine, which
has none of them.

## Measured

One test sets a `return_value` on the class; 30 others each call a `MagicMock` of their own and pass
100 kB to what it returns: all 30 arguments are alive after the last one, 3,056 kB, also where the
mocks are made with another `return_value`, 3,062 kB. With the parentheses none is, 1 kB, and with
mocks of another class neither.

Measured by `python -m benchmarks.evidence MEM303` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock, to which a class may be passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint import names
from memlint.facts import ConfiguredClass, Facts
from memlint.messages import code_text, fit
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(configured: ConfiguredClass, facts: Facts) -> Iterator[Finding]:
    """Report a mock class that is taken for a mock."""
    source = facts.source
    yield RULE.finding(
        source.span(configured.value),
        fit(
            "{cls} without parentheses is the class: setting {target} changes every {name} until "
            "the process ends; write {cls}()",
            cls=code_text(configured.value, facts),
            target=repr(code_text(configured.settings[0], facts)),
            name=_class_name(configured, facts),
        ),
        tuple(
            Related(source.span(setting), f"sets {setting.attr!r} on the class")
            for setting in configured.settings
        ),
    )


def fix(configured: ConfiguredClass, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Add the parentheses."""
    import libcst as cst

    if not configured.used_as_class and not _may_lose_attributes(configured, rewriter.facts):
        node = rewriter.node(configured.value)
        made = cst.Call(node.with_changes(lpar=[], rpar=[]), lpar=node.lpar, rpar=node.rpar)
        yield rewriter.fix("Add the parentheses", "unsafe", {node: lambda _: made})


def _may_lose_attributes(configured: ConfiguredClass, facts: Facts) -> bool:
    """Whether what a call gives has the attributes now, and will be a coroutine then."""
    attributes = {setting.attr for setting in configured.settings}
    return _class_name(configured, facts) == names.ASYNC_MOCK and not attributes <= names.ANSWERS


def _class_name(configured: ConfiguredClass, facts: Facts) -> str:
    return names.mock_member(facts.resolver.qualname(configured.value)) or "mock"


RULE = Rule(
    code="MEM303",
    name="mock-class-configured",
    on=(ConfiguredClass,),
    check=check,
    doc=__doc__,
    fix=fix,
)
