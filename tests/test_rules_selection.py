"""Which rules a selection by prefixes runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memlint import rules
from memlint.model import Finding, Rule


def rule(code: str, default: bool) -> Rule:
    def check(_: object, __: object) -> Iterator[Finding]:
        yield from ()

    name = f"rule-{code.lower()}"
    return Rule(code=code, name=name, on=(), check=check, doc="A rule.", default=default)


@pytest.fixture(autouse=True)
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rules, of which MEM101 and MEM201 are on by default."""
    codes = {"MEM101": True, "MEM102": False, "MEM201": True, "MEM202": False}
    known = tuple(rule(code, default) for code, default in codes.items())
    monkeypatch.setattr(rules, "all_rules", lambda: known)


def chosen(
    selected: str | None = None, extended: str = "", ignored: str = "", *, as_list: bool = True
) -> str:
    """The last three digits of the codes that are chosen."""
    make = list if as_list else iter
    found = rules.select(
        None if selected is None else selected.split(),
        make(extended.split()),
        make(ignored.split()),
    )
    return " ".join(rule.code.removeprefix("MEM") for rule in found)


@pytest.mark.parametrize(
    ("selected", "extended", "ignored", "expected"),
    [
        # `selected` replaces the default set.
        (None, "", "", "101 201"),
        ("", "", "", ""),
        ("MEM", "", "", "101 102 201 202"),
        ("M", "", "", "101 102 201 202"),
        ("ALL", "", "", "101 102 201 202"),
        ("MEM1", "", "", "101 102"),
        ("MEM102", "", "", "102"),
        ("MEM202 MEM102", "", "", "102 202"),
        ("MEM1 MEM102", "", "", "101 102"),
        # `extended` adds to either.
        (None, "MEM102", "", "101 102 201"),
        (None, "MEM1", "", "101 102 201"),
        (None, "ALL", "", "101 102 201 202"),
        ("", "MEM102", "", "102"),
        ("MEM2", "MEM102", "", "102 201 202"),
        # `ignored` takes away, also from the default set.
        (None, "", "MEM101", "201"),
        (None, "", "M", ""),
        (None, "", "ALL", ""),
        (None, "", "MEM102", "101 201"),
        ("MEM", "", "MEM1", "201 202"),
        ("MEM", "", "MEM1 MEM202", "201"),
        # The longer prefix wins, in both directions.
        ("MEM", "", "MEM101", "102 201 202"),
        ("MEM101", "", "MEM1", "101"),
        ("MEM101", "", "MEM", "101"),
        ("MEM MEM102", "", "MEM1", "102 201 202"),
        ("MEM1", "", "MEM MEM101", "102"),
        (None, "MEM101", "MEM1", "101 201"),
        (None, "MEM1", "MEM101", "102 201"),
        (None, "MEM102", "MEM1", "102 201"),
        # At a tie the ignored one wins.
        ("MEM1", "", "MEM1", ""),
        ("MEM101 MEM201", "", "MEM101", "201"),
        (None, "MEM102", "MEM102", "101 201"),
        ("ALL", "", "ALL", ""),
        # ALL is the weakest prefix, and the default set weaker than any other.
        ("MEM1", "", "ALL", "101 102"),
        ("M", "", "ALL", "101 102 201 202"),
        ("ALL", "", "M", ""),
        ("ALL", "", "MEM1", "201 202"),
        (None, "MEM102", "ALL", "102"),
        (None, "ALL", "MEM2", "101 102"),
        # What names no rule does nothing.
        ("MEM9", "", "", ""),
        ("mem1 MEM1011 101 ALLE", "", "", ""),
        (None, "MEM9", "MEM9 mem101", "101 201"),
    ],
)
def test_select(selected: str | None, extended: str, ignored: str, expected: str) -> None:
    assert chosen(selected, extended, ignored) == expected
    assert chosen(selected, extended, ignored, as_list=False) == expected


def test_an_empty_prefix_names_no_rule() -> None:
    assert rules.select([""]) == ()
    assert [found.code for found in rules.select(None, [""], [""])] == ["MEM101", "MEM201"]


def test_the_order_is_that_of_the_codes() -> None:
    assert chosen("MEM202 MEM2 MEM102 MEM1") == "101 102 201 202"


def test_default_codes() -> None:
    assert rules.default_codes() == {"MEM101", "MEM201"}


def test_find() -> None:
    found = rules.find("MEM201")
    assert found is not None
    assert found.code == "MEM201"
    assert rules.find("rule-mem201") is found
    for name in ("MEM2", "mem201", "", "MEM2011", "ALL"):
        assert rules.find(name) is None


def test_the_real_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    codes = [found.code for found in rules.all_rules()]
    assert codes == sorted(codes)
    assert [found.code for found in rules.select(["ALL"])] == codes
    assert {found.code for found in rules.select()} == rules.default_codes()
    assert set() < rules.default_codes() < set(codes)
