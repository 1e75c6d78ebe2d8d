"""No program makes memlint fail: random ones, and mutations of those it knows best."""

from __future__ import annotations

import re
from pathlib import Path

import hypothesmith
from conftest import no_conftests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memlint import engine
from memlint.config import Settings
from memlint.rules import all_rules
from memlint.source import Source, SourceError

CASES = Path(__file__).parent / "cases"
PROGRAMS = [
    program
    for file in sorted(CASES.glob("mem*.md"))
    for program in re.findall(
        r"^```python.*?\n(.*?)^```$", file.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]
TOKENS = sorted({token for text in PROGRAMS for token in re.findall(r"\w+|[^\w\s]|\n *", text)})

slow = settings(
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def read(data: bytes) -> Source | SourceError:
    try:
        return Source.from_bytes("test_it.py", data)
    except SourceError as error:
        return error


def assert_survives(text: str) -> None:
    """A message, or findings at places that exist; no rule fails, nor a conftest.py of the text."""
    source = read(text.encode("utf-8", "surrogatepass"))
    if isinstance(source, SourceError):
        assert source.line >= 1
        return
    around = engine.find_facts(source, Settings()).as_conftest
    for conftests in (no_conftests, lambda: (around,)):
        outcome = engine.check(source, all_rules(), Settings(), None, conftests)
        assert outcome.crashes == ()
        for finding in outcome.findings:
            assert 0 <= finding.span.start < finding.span.end <= len(source.text)
            assert len(f"{finding.code} {finding.message}") <= 200
            assert "\n" not in finding.message
        if not engine.may_hit(source.text, Settings()):
            assert outcome.findings == ()


@slow
@given(hypothesmith.from_grammar())
def test_random_programs(text: str) -> None:
    assert_survives(text)


@slow
@given(hypothesmith.from_node())
def test_random_trees(text: str) -> None:
    assert_survives(text)


@settings(slow, max_examples=600)
@given(st.data())
def test_mutations_of_the_cases(data: st.DataObject) -> None:
    tokens = re.findall(r"\w+|[^\w\s]|\n *| +", data.draw(st.sampled_from(PROGRAMS)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(tokens) - 1))
        end = data.draw(st.integers(start, min(start + 6, len(tokens))))
        tokens[start:end] = data.draw(st.lists(st.sampled_from(TOKENS), max_size=3))
        if not tokens:
            break
    assert_survives("".join(tokens))


@settings(slow, max_examples=200)
@given(st.data())
def test_mixtures_of_the_cases(data: st.DataObject) -> None:
    """Lines of several programs, so that names meet definitions they were not written for."""
    programs = data.draw(st.lists(st.sampled_from(PROGRAMS), min_size=2, max_size=4))
    assert_survives("\n".join(programs))
    lines = [line for program in programs for line in program.splitlines()]
    kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    assert_survives("\n".join(line for line, keep in zip(lines, kept, strict=True) if keep))
