"""The long tail: one Markdown file a rule, silent shapes first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import lines
from marks import marks

from memlint.rules import all_rules

CASES = Path(__file__).parent / "cases"
_CASE = re.compile(
    r"^## (?P<title>.+?)\n.*?^```python ?(?P<path>\S*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def cases() -> list:
    return [
        pytest.param(
            file.stem.upper(), case["path"], case["code"], id=f"{file.stem}: {case['title']}"
        )
        for file in sorted(CASES.glob("mem*.md"))
        for case in _CASE.finditer(file.read_text("utf-8"))
    ]


@pytest.mark.parametrize("host", ["ast", "pylint"])
@pytest.mark.parametrize(("code", "path", "text"), cases())
def test_case(code: str, path: str, text: str, host: str) -> None:
    expected = marks(text, host)
    codes = {code, *(marked for _, marked in expected)}
    found = lines(text, *codes, host=host, path=path or "tests/test_it.py")
    assert found == expected


def test_each_rule_has_its_cases() -> None:
    assert {file.stem.upper() for file in CASES.glob("mem*.md")} == {
        rule.code for rule in all_rules()
    }
