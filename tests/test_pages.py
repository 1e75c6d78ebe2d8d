"""The examples of each rule's page are tests: the marked lines, however mock is imported."""

from __future__ import annotations

import pytest
from conftest import lines
from marks import marks
from styles import STYLES

from memlint import explain
from memlint.model import Rule
from memlint.rules import all_rules

HOSTS = ("ast", "pylint")


def blocks(kind: str) -> list:
    return [
        pytest.param(rule, block.code, id=f"{rule.code}-{number}")
        for rule in all_rules()
        for number, block in enumerate(explain.blocks(rule))
        if block.kind == kind
    ]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("rule", "code"), blocks("bad"))
def test_bad_examples_are_reported(rule: Rule, code: str, style: str, host: str) -> None:
    text = STYLES[style](code)
    assert marks(text)
    assert lines(text, rule.code, host=host) == marks(text)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("rule", "code"), blocks("good"))
def test_good_examples_are_silent(rule: Rule, code: str, host: str) -> None:
    assert not lines(code, rule.code, host=host)


def test_every_rule_has_both_kinds() -> None:
    for rule in all_rules():
        assert {block.kind for block in explain.blocks(rule)} >= {"bad", "good"}, rule.code
