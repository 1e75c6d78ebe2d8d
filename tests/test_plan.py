"""The plan's own code: what its "before" has is found, what its "after" has is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from conftest import lines
from marks import marks

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

CASES = Path(__file__).parent / "cases"


def plan(name: str) -> str:
    return (CASES / f"plan_{name}.py").read_text("utf-8")


@pytest.mark.parametrize("host", ["ast", "pylint"])
def test_before(host: str) -> None:
    found = lines(plan("before"), host=host)
    assert found == marks(plan("before"))
    assert Counter(code for _, code in found) == {
        "MEM101": 5,  # all five fixtures
        "MEM201": 1,  # the lambda of mock_avro_deserializer
        "MEM202": 1,  # the lambda of reset_mocks
        "MEM302": 4,  # all four loops
    }


@pytest.mark.parametrize("host", ["ast", "pylint"])
def test_after(host: str) -> None:
    found = lines(plan("after"), host=host)
    assert found == marks(plan("after"))
    assert Counter(code for _, code in found) == {"MEM102": 5}  # nothing resets the roots


def test_fixed() -> None:
    """One run with the default set leaves nothing for it."""
    source = Source.from_bytes("tests/test_it.py", plan("before").encode())
    rules = select()
    result = fix.fix_source(source, rules, Settings(), unsafe=True)
    assert result.refused == ()
    applied = Counter(code for code, _ in result.applied)
    assert applied == {"MEM101": 5, "MEM102": 5, "MEM201": 1}
    assert result.source.text == plan("fixed")
    assert fix.Draft(result.source, rules, Settings()).outcome.findings == ()
