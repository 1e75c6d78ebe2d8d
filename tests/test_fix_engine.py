"""What stands between a fix and a file: every result is checked, and bad ones are dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlint import fix
from memlint.config import Settings
from memlint.model import Edit, Finding, Fix, Rule, Span
from memlint.rules import all_rules
from memlint.source import Source

TEXT = dedent("""\
    from unittest.mock import Mock


    def test_clock(queue):
        clock = Mock(side_effect=lambda: 3)  # wait
    """)
LAMBDA = "side_effect=lambda: 3"
LINE = "    clock = Mock(side_effect=lambda: 3)  # wait\n"

Write = Callable[[str, Finding], list[tuple[str, str]]]
"""Gives the text before and after each edit, for a text and a finding."""


def rules(*written: list[tuple[str, str]], code: str = "MEM202", **changes: object) -> list[Rule]:
    """All rules, of which one offers fixes that replace the first of each pair by the second."""

    def offer(_: object, __: Finding, rewriter: object) -> Iterator[Fix]:
        text = rewriter.source.text  # type: ignore[attr-defined]
        for number, pairs in enumerate(written):
            edits = []
            for before, after in pairs:
                start = text.find(before)
                if start >= 0:
                    edits.append(Edit(Span(start, start + len(before)), after))
            yield Fix(f"fix {number}", tuple(edits), "unsafe")

    return [
        replace(rule, fix=offer, **changes) if rule.code == code else replace(rule, fix=None)
        for rule in all_rules()
    ]


def source(text: str) -> Source:
    return Source.from_bytes("tests/test_it.py", text.encode())


def fixed(text: str, chosen: list[Rule], unsafe: bool = True) -> fix.Fixed:
    return fix.fix_source(source(text), chosen, Settings(), unsafe=unsafe)


GOOD = [(LAMBDA, "return_value=3")]


def test_a_good_fix_is_made() -> None:
    result = fixed(TEXT, rules(GOOD))
    assert result.source.text == TEXT.replace(LAMBDA, "return_value=3")
    assert [(code, done.title) for code, done in result.applied] == [("MEM202", "fix 0")]
    assert result.refused == ()


def test_an_unsafe_fix_has_to_be_asked_for() -> None:
    result = fixed(TEXT, rules(GOOD), unsafe=False)
    assert (result.source.text, result.applied, result.refused) == (TEXT, (), ())


BAD = {
    "no Python": ([(LAMBDA, ")")], "the result does not parse: unmatched ')'"),
    "a comment": (
        [("(side_effect=lambda: 3)  # wait", "(return_value=3)")],
        "the comment '# wait' would be lost",
    ),
    "nothing": ([], "MEM202 would still be there"),
    "the same again": ([(LAMBDA, "side_effect=lambda: 4")], "MEM202 would still be there"),
    "another in its place": (
        [(LAMBDA, "return_value=3"), ("\n\n\ndef", "\nx = Mock(side_effect=lambda: 3)\n\n\ndef")],
        "MEM202 would still be there",
    ),
    "another hazard": (
        [(LINE, LINE.replace(LAMBDA, "") + "    while True:\n        queue.append(Mock())\n")],
        "MEM301 would be new",
    ),
}


@pytest.mark.parametrize(("pairs", "reason"), BAD.values(), ids=BAD)
def test_a_bad_fix_is_dropped(pairs: list[tuple[str, str]], reason: str) -> None:
    chosen = rules(pairs)
    if reason == "MEM202 would still be there" and len(pairs) == 2:
        chosen = [rule for rule in chosen if rule.code != "MEM201"]
        chosen = [replace(rule, yields_to=frozenset()) for rule in chosen]
    result = fixed(TEXT, chosen)
    assert result.source.text == TEXT
    assert result.applied == ()
    assert [str(refusal) for refusal in result.refused] == [
        f"5: MEM202 is not fixed: fix 0: {reason}"
    ]


def test_the_same_hazard_in_its_next_shape_is_no_new_one() -> None:
    pairs = [(LINE, LINE.replace(LAMBDA, "") + "    while True:\n        queue.append(Mock())\n")]
    result = fixed(TEXT, rules(pairs, leads_to=frozenset({"MEM301"})))
    assert result.source.text == TEXT.replace(*pairs[0])


def test_what_is_offered_was_checked() -> None:
    draft = fix.Draft(source(TEXT), rules(BAD["nothing"][0], GOOD), Settings())
    (finding,) = draft.outcome.findings
    assert [offer.title for offer in draft.offers([finding])[finding]] == ["fix 1"]


TWO = TEXT + LINE.replace("clock", "other").replace("# wait", "# other")


def test_a_bad_fix_does_not_stop_a_good_one() -> None:
    def offer(_: object, finding: Finding, __: object) -> Iterator[Fix]:
        good = finding.span.start == TWO.index("lambda")
        yield Fix("it", (Edit(finding.span, "len" if good else "lambda: 4"),), "safe")

    chosen = [replace(r, fix=offer) if r.code == "MEM202" else r for r in all_rules()]
    result = fixed(TWO, chosen)
    assert result.source.text == TWO.replace("lambda: 3", "len", 1)
    assert [code for code, _ in result.applied] == ["MEM202"]
    assert [str(refusal) for refusal in result.refused] == [
        "6: MEM202 is not fixed: it: MEM202 would still be there"
    ]


def test_fixes_in_each_others_way_take_turns() -> None:
    text = TEXT.replace(LAMBDA, f"{LAMBDA}, a=Mock(side_effect=lambda: 4)")
    lines: list[str] = []

    def offer(_: object, finding: Finding, rewriter: object) -> Iterator[Fix]:
        whole = rewriter.source.text  # type: ignore[attr-defined]
        start = whole.rindex("\n", 0, finding.span.start)
        end = whole.index("\n", finding.span.end)
        lines.append(whole[start:end])
        after = whole[start : finding.span.start] + "len" + whole[finding.span.end : end]
        yield Fix("it", (Edit(Span(start, end), after),), "safe")

    chosen = [replace(r, fix=offer) if r.code == "MEM202" else r for r in all_rules()]
    result = fixed(text, chosen)
    assert result.source.text == text.replace("lambda: 3", "len").replace("lambda: 4", "len")
    assert len(result.applied) == 2


def test_the_same_edit_of_two_fixes_is_made_once() -> None:
    def offer(_: object, finding: Finding, __: object) -> Iterator[Fix]:
        added = Edit(Span(0, 0), "import gc\n")
        yield Fix("it", (added, Edit(finding.span, "len")), "safe")

    chosen = [replace(r, fix=offer) if r.code == "MEM202" else r for r in all_rules()]
    result = fixed(TWO, chosen)
    assert result.source.text == "import gc\n" + TWO.replace("lambda: 3", "len")


def test_there_is_an_end() -> None:
    """Each fix here edits the whole text: only one goes into a round."""
    count = fix.MAX_ROUNDS + 5
    text = TEXT + "".join(f"    Mock(side_effect=lambda: {n})\n" for n in range(4, count + 3))

    def whole(_: object, finding: Finding, rewriter: object) -> Iterator[Fix]:
        now = rewriter.source.text  # type: ignore[attr-defined]
        after = now[: finding.span.start] + "len" + now[finding.span.end :]
        yield Fix("it", (Edit(Span(0, len(now)), after),), "safe")

    chosen = [replace(r, fix=whole) if r.code == "MEM202" else r for r in all_rules()]
    result = fixed(text, chosen)
    assert len(result.applied) == fix.MAX_ROUNDS
    assert result.source.text.count("lambda") == count - fix.MAX_ROUNDS


def test_what_a_comment_silences_is_not_fixed() -> None:
    text = TEXT.replace("# wait", "# noqa: MEM202")
    assert fixed(text, rules(GOOD)).source.text == text


def test_a_comment_that_suppresses_nothing_goes_last() -> None:
    text = TEXT.replace("# wait", "# noqa: MEM203")
    result = fixed(text, rules(GOOD))
    assert result.source.text == text.replace(LAMBDA, "return_value=3").replace(
        "  # noqa: MEM203", ""
    )
    assert [code for code, _ in result.applied] == ["MEM202", "MEM001"]


@given(st.data())
def test_apply(data: st.DataObject) -> None:
    text = data.draw(st.text(max_size=30))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    edits = [Edit(span, data.draw(st.text(max_size=3))) for span in spans]
    expected = text
    for edit in reversed(edits):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert fix.apply(text, reversed(edits)) == expected


def test_a_rule_that_fails_while_it_fixes_leaves_the_others() -> None:
    def offer(*_: object) -> Iterator[Fix]:
        raise KeyError("oh")
        yield

    chosen = [replace(r, fix=offer) if r.code == "MEM202" else r for r in all_rules()]
    text = TEXT + "x = 1  # noqa: MEM203\n"
    result = fixed(text, chosen)
    assert result.source.text == text.replace("  # noqa: MEM203", "")
    assert [str(refusal) for refusal in result.refused] == [
        "5: MEM202 is not fixed: its fix failed: KeyError: 'oh'"
    ]


def test_what_a_finding_was_made_of_is_looked_up_once() -> None:
    checked: list[object] = []
    [original] = [rule for rule in all_rules() if rule.code == "MEM202"]

    def check(fact: object, facts: object) -> Iterator[Finding]:
        checked.append(fact)
        yield from original.check(fact, facts)

    lines = "".join(f"    clock_{i} = Mock(side_effect=lambda: {i})\n\n" for i in range(50))
    text = "from unittest.mock import Mock\n\n\ndef test_clocks():\n" + lines
    chosen = [replace(rule, check=check) for rule in all_rules() if rule is original]
    result = fixed(text, chosen)
    assert len(result.applied) == 50
    # Once for the findings, once for what they were made of; the result has no such facts.
    assert len(checked) == 2 * 50


def test_a_bad_fix_among_many_costs_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"    clock_{i} = Mock(side_effect=lambda: {i})\n" for i in range(64))
    text = "from unittest.mock import Mock\n\n\ndef test_clocks():\n" + lines
    [original] = [rule for rule in all_rules() if rule.code == "MEM202"]

    def offer(_: object, finding: Finding, rewriter: object) -> Iterator[Fix]:
        text = rewriter.source.text  # type: ignore[attr-defined]
        is_bad = text[finding.span.start : finding.span.end] == "lambda: 13"
        yield Fix("answer", (Edit(finding.span, ")" if is_bad else "[1]"),), "unsafe")

    asked: list[int] = []
    objection = fix.Draft.objection

    def counted(draft: fix.Draft, chosen: Sequence[fix.Choice]) -> str | None:
        asked.append(len(chosen))
        return objection(draft, chosen)

    monkeypatch.setattr(fix.Draft, "objection", counted)
    result = fixed(text, [replace(original, fix=offer)])
    assert len(result.applied) == 63
    assert [refusal.finding.code for refusal in result.refused] == ["MEM202"]
    assert len(asked) < 20


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.sampled_from("ab")), max_size=12)
)
def test_fixes_that_touch_are_never_made_together(places: list[tuple[int, int, str]]) -> None:
    draft = fix.Draft(source("x\n"), [], Settings())
    edits = [Edit(Span(start, start + length), text) for start, length, text in places]
    finding = Finding(Span(0, 1), "MEM202", "")
    chosen = draft.compatible([(finding, Fix("fix", (edit,), "safe")) for edit in edits])
    expected: list[Edit] = []
    for edit in edits:
        if not any(
            edit != other
            and edit.span.start <= other.span.end
            and other.span.start <= edit.span.end
            for other in expected
        ):
            expected.append(edit)
    assert [edit for _, each in chosen for edit in each.edits] == expected
