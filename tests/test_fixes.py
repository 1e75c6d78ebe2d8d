"""The fixes of each rule: what they make of a text, character for character, and where they refuse.

`tests/fixes/mem101.md` and so on hold the cases. A case is a heading and one or two blocks: a
`python before` and a `python after`, or a `python refused` alone. Words after them: `safe` where
the fix needs no `--unsafe-fixes`, `second` or `third` for another of the offered fixes, a path, an
option that is switched on, the codes of other rules that run as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import no_conftests

from memlint import explain, fix
from memlint.config import OPTIONS, Settings
from memlint.model import Rule
from memlint.rules import all_rules, find, select
from memlint.source import Source

FIXES = Path(__file__).parent / "fixes"
_CASE = re.compile(
    r"^## (?P<title>.+?)\n(?:(?!^## |^```).*\n)*"
    r"^```python (?P<words>before|refused)(?P<more>.*)\n(?P<before>(?s:.*?))^```$"
    r"(?:\n+^```python after(?P<after_words>.*)\n(?P<after>(?s:.*?))^```$)?",
    re.MULTILINE,
)
_ORDER = {"second": 1, "third": 2}


@dataclass(frozen=True)
class Case:
    rule: Rule
    words: frozenset[str]
    before: str
    after: str | None

    @property
    def path(self) -> str:
        return next((word for word in self.words if word.endswith(".py")), "tests/test_it.py")

    @property
    def rules(self) -> tuple[Rule, ...]:
        codes = [word for word in self.words if word.startswith("MEM")]
        return select([self.rule.code, *codes])

    @property
    def settings(self) -> Settings:
        names = {option.name for option in OPTIONS}
        return Settings.of(dict.fromkeys(self.words & names, True))

    def draft(self, text: str) -> fix.Draft:
        source = Source.from_bytes(self.path, text.encode())
        return fix.Draft(source, self.rules, self.settings, no_conftests)

    def fixed(self, text: str) -> fix.Fixed:
        return fix.fix_draft(self.draft(text), unsafe="safe" not in self.words)


def cases() -> list:
    found = []
    for file in sorted(FIXES.glob("mem*.md")):
        rule = find(file.stem.upper())
        assert rule is not None, file.name
        for match in _CASE.finditer(file.read_text("utf-8")):
            assert (match["words"] == "refused") == (match["after"] is None), match["title"]
            words = frozenset(f"{match['more']} {match['after_words'] or ''}".split())
            case = Case(rule, words, match["before"], match["after"])
            found.append(pytest.param(case, id=f"{file.stem}: {match['title']}"))
    return found


@pytest.mark.parametrize("case", cases())
def test_case(case: Case) -> None:
    draft = case.draft(case.before)
    findings = draft.outcome.findings
    assert findings
    if case.after is None:
        assert list(draft.offers(findings).values()) == [[]] * len(findings)
        assert case.fixed(case.before).source.text == case.before
        return
    choice = next((_ORDER[word] for word in case.words if word in _ORDER), None)
    if choice is not None:
        text = draft.edited([draft.offers(findings[:1])[findings[0]][choice]]).source.text
        assert text == case.after
        return
    fixed = case.fixed(case.before)
    assert fixed.source.text == case.after
    assert fixed.refused == ()
    assert fixed.applied
    assert case.fixed(case.after).source.text == case.after


def test_every_block_is_a_case() -> None:
    for file in FIXES.glob("mem*.md"):
        text = file.read_text("utf-8")
        blocks = re.findall(r"^```python (before|refused)", text, re.MULTILINE)
        assert (
            len(_CASE.findall(text)) == len(blocks) == len(re.findall("^## ", text, re.MULTILINE))
        )


def test_each_rule_with_a_fix_has_its_cases() -> None:
    assert {file.stem.upper() for file in FIXES.glob("mem*.md")} == {
        rule.code for rule in all_rules() if rule.fix is not None
    }


def fixed_pages() -> list:
    return [
        pytest.param(rule, before, after, id=rule.code)
        for rule in all_rules()
        for before, after in explain.fixed_examples(rule)
    ]


@pytest.mark.parametrize(("rule", "before", "after"), fixed_pages())
def test_the_page_shows_what_the_fix_makes(rule: Rule, before: str, after: str) -> None:
    case = Case(rule, frozenset(), before, after)
    assert case.fixed(before).source.text == after


def test_every_rule_with_a_fix_shows_it() -> None:
    for rule in all_rules():
        shown = [block for block in explain.blocks(rule) if block.kind == "fixed"]
        assert bool(shown) == (rule.fix is not None), rule.code
