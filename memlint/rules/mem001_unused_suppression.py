"""A suppression comment that suppresses nothing.

## What it does

Reports a code in `# noqa: MEM101`, or an entry of `# memlint: ignore[MEM101]` or
`# memlint: ignore-file[MEM101]`, that suppresses nothing although its rule ran on the file; and one
that no rule is called.

A prefix such as `MEM1` is reported only where every rule that it stands for ran, and
`# memlint: ignore` or `# memlint: ignore-file` without a list only where every rule did. A bare
`# noqa` and the codes of other tools are left alone. pylint has `useless-suppression` for its own
comments, so that this rule does not exist there.

## Why it costs memory

It does not. But a comment that outlives its hazard hides the next one on that line.

## Example

```python bad
from unittest.mock import Mock

import pytest


@pytest.fixture
def feed():
    return Mock()  # noqa: MEM102 # MEM001


@pytest.fixture(scope="module")
def writer():
    return Mock()  # memlint: ignore[MEM101, unreset-mock-in-wide-fixture] # MEM001


@pytest.fixture(scope="session")
def clock():
    return Mock()  # noqa: MEM102, MEM999 # MEM001
```

## Use instead

```python good
from unittest.mock import Mock

import pytest


@pytest.fixture
def feed():
    return Mock()


@pytest.fixture(scope="module")
def writer():
    return Mock()  # memlint: ignore[unreset-mock-in-wide-fixture]


@pytest.fixture(scope="session")
def clock():
    return Mock()  # noqa: MEM102
```

## Fix safety

Safe: only the code goes, or the comment where nothing else is left in it. Codes of other tools,
other text and other pragmas stay.

## Measured

Nothing: a comment costs no memory.

## Options

None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memlint.messages import fit
from memlint.model import Finding, Rule
from memlint.rules import all_rules, find
from memlint.suppressions import Suppression

_OWN = re.compile(r"MEM\d")


def check(suppression: Suppression, codes: frozenset[str]) -> Iterator[Finding]:
    """Report a suppression of no use where all rules that it names are in ``codes``, which ran.

    What it names is known only once all other rules ran: this is asked by `memlint.noqa`. What
    names this rule alone is never reported, since it would suppress just that.
    """
    if not _is_judged(suppression):
        return
    named = [rule.code for rule in all_rules() if rule.code.startswith(prefix(suppression))]
    if not named:
        yield RULE.finding(
            suppression.span, fit("no rule is called {name!r}; remove it", name=suppression.name)
        )
    elif named != [RULE.code] and codes >= set(named):
        what = repr(suppression.name) if suppression.name else "this comment"
        yield RULE.finding(suppression.span, fit("{what} suppresses nothing; remove it", what=what))


def prefix(suppression: Suppression) -> str:
    """How the codes that ``suppression`` names begin."""
    rule = find(suppression.name)
    return rule.code if rule else suppression.name


def _is_judged(suppression: Suppression) -> bool:
    if suppression.directive.kind == "noqa":
        in_comment = suppression.directive.comment is not None
        return in_comment and _OWN.match(suppression.name) is not None
    return True


RULE = Rule(
    code="MEM001",
    name="unused-suppression",
    on=(),
    check=check,
    doc=__doc__,
)
