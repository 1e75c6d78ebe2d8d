"""A patcher's mock takes the place of the patcher, so that nothing can stop it.

## What it does

Reports `p = p.start()`, for a name or an attribute of `self`, where `p` was the only handle of the
patcher. Silent where the patcher's `stop` is registered before, where another name, a list or other
code has the patcher, and where the file calls `patch.stopall`.

Where the file goes on to call `stop` on what is the mock by then, the place is reported in any
code, and MEM104 says no more about it. Else it is reported in tests, fixtures and set-up methods of
classes whose bases are known, for other bases may stop every patch.

## Why it costs memory

`start` returns the mock. Once it has the patcher's name, the patcher is known only to
`unittest.mock`, which keeps it among the active patches until somebody stops it. So the patch stays
until the process ends, with its mock, all calls the mock gets and their arguments. A later
`p.stop()` is one more call that the mock records.

## Example

```python bad
import pytest
from unittest import TestCase
from unittest.mock import patch


@pytest.fixture
def mock_publish():
    mock_publish = patch("market_data.consumer.publish")
    mock_publish = mock_publish.start()  # MEM105
    yield mock_publish
    mock_publish.stop()


class ConsumerTest(TestCase):
    def setUp(self):
        self.consumer = patch("market_data.consumer.Consumer")
        self.consumer = self.consumer.start()  # MEM105
        self.addCleanup(self.consumer.stop)
```

```python fixed
import pytest
from unittest import TestCase
from unittest.mock import patch


@pytest.fixture
def mock_publish():
    publish_patcher = patch("market_data.consumer.publish")
    mock_publish = publish_patcher.start()  # MEM105
    yield mock_publish
    publish_patcher.stop()


class ConsumerTest(TestCase):
    def setUp(self):
        self.consumer_patcher = patch("market_data.consumer.Consumer")
        self.consumer = self.consumer_patcher.start()  # MEM105
        self.addCleanup(self.consumer_patcher.stop)
```

## Use instead

```python good
import pytest
from unittest import TestCase
from unittest.mock import patch


@pytest.fixture
def mock_publish():
    with patch("market_data.consumer.publish") as mock_publish:
        yield mock_publish


class ConsumerTest(TestCase):
    def setUp(self):
        patcher = patch("market_data.consumer.Consumer")
        self.addCleanup(patcher.stop)
        self.consumer = patcher.start()
```

## Fix safety

Unsafe: names change, and a patch ends that did not end before, so that a test which needs what an
earlier one left over fails from then on. The mock and the patcher no longer share a name: whatever
means to stop gets the patcher, all else the mock. The mock keeps the name, and the patcher gets a
new one; where a variable is called after the patcher, such as `patcher`, it is the other way round.

Where nothing means to stop the patch, the fix only keeps the patcher: MEM103 says what is missing.

No fix is offered for a name of the module, which other files may use, and for one that is neither
the patcher's nor the mock's at some place.

## Measured

30 tests that pass 100 kB each to a patched function: with the patcher overwritten, 4,486 kB are
kept after the last one, all 30 arguments among them. With the mock under another name and `stop` on
the patcher, or with `stop` registered before, nothing is kept (under 1 kB). A patch with a plain
function in place of a mock records nothing; overwritten, it still keeps 1.5 kB a test.

Measured by `python -m benchmarks.evidence MEM105` on CPython 3.11; `benchmarks/evidence/RESULTS.md`
has 3.12 and 3.13.

## Options

`mock-factories`: more names that make a mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, OverwrittenPatcher
from memlint.messages import fit, patch_text
from memlint.model import Finding, Fix, Related, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(overwritten: OverwrittenPatcher, facts: Facts) -> Iterator[Finding]:
    """Report a start that overwrites its patcher."""
    patch = overwritten.patch
    cost = "and every call is kept until the process ends" if patch.recording else "ever"
    yield RULE.finding(
        facts.source.span(overwritten.start),
        fit(
            "{handle!r} loses its patcher to what start returns: nothing can stop {patch}, "
            f"{cost}; bind the mock to another name",
            handle=facts.source.segment(overwritten.handle),
            patch=patch_text(patch, facts),
        ),
        tuple(
            Related(facts.source.span(stop), "this is the mock's stop")
            for stop in overwritten.stops
        ),
    )


def fix(overwritten: OverwrittenPatcher, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Keep the patcher beside its mock."""
    from memlint.remedies.lost_patchers import renamed

    yield renamed(overwritten, rewriter)


RULE = Rule(
    code="MEM105",
    name="patcher-overwritten",
    on=(OverwrittenPatcher,),
    check=check,
    doc=__doc__,
    fix=fix,
    leads_to=frozenset({"MEM103", "MEM104"}),
)
