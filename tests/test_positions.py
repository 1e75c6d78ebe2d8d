"""Findings stand at exactly the right characters, whatever surrounds them."""

from __future__ import annotations

import ast

import astroid
import pytest
from conftest import findings

from memlint import engine
from memlint.config import Settings
from memlint.hosts.flake8 import Plugin
from memlint.resolve_astroid import Join
from memlint.rules import all_rules
from memlint.source import Source

BODY = "m = Mock(side_effect={before}lambda: 3)"
HEAD = "from unittest.mock import Mock\n"
LAMBDA = "lambda: 3"


def found_in(data: bytes) -> list[tuple[int, int, int, int, str]]:
    source = Source.from_bytes("test_it.py", data)
    outcome = engine.check(source, all_rules(), Settings())
    return [
        (
            *source.position(finding.span.start),
            source.position_utf8(finding.span.start)[1],
            source.position_utf16(finding.span.start)[1],
            source.text[finding.span.start : finding.span.end],
        )
        for finding in outcome.findings
    ]


TEXTS = {
    "plain": (HEAD + "m = Mock(side_effect=lambda: 3)\n", "utf-8", (2, 21, 21, 21)),
    "no newline at the end": (HEAD + "m = Mock(side_effect=lambda: 3)", "utf-8", (2, 21, 21, 21)),
    "byte order mark": (
        "\ufeff" + HEAD + "Mock(side_effect=lambda: 3)\n",
        "utf-8",
        (2, 17, 17, 17),
    ),
    "byte order mark, same line": (
        "\ufefffrom unittest.mock import Mock; Mock(side_effect=lambda: 3)\n",
        "utf-8",
        (1, 49, 49, 49),
    ),
    "CRLF": (
        HEAD.replace("\n", "\r\n") + "\r\nMock(side_effect=lambda: 3)\r\n",
        "utf-8",
        (3, 17, 17, 17),
    ),
    "CR": (HEAD.replace("\n", "\r") + "\rMock(side_effect=lambda: 3)\r", "utf-8", (3, 17, 17, 17)),
    "mixed line ends": (HEAD + "\r\r\n\nMock(side_effect=lambda: 3)\r\n", "utf-8", (5, 17, 17, 17)),
    "form feed before": (HEAD + "\f\nMock(side_effect=lambda: 3)\n", "utf-8", (3, 17, 17, 17)),
    "form feed in front": (HEAD + "\fMock(side_effect=lambda: 3)\n", "utf-8", (2, 18, 18, 18)),
    "form feed within": (HEAD + "Mock(\fside_effect=lambda: 3)\n", "utf-8", (2, 18, 18, 18)),
    "tabs": (HEAD + "if m:\n\t\tMock(\tside_effect=lambda: 3)\n", "utf-8", (3, 20, 20, 20)),
    "emoji": (HEAD + "Mock(name='😀é', side_effect=lambda: 3)\n", "utf-8", (2, 28, 32, 29)),
    "separators in a string": (
        HEAD + "Mock(name='\x0b\x1c\x85\u2028', side_effect=lambda: 3)\n",
        "utf-8",
        (2, 30, 33, 30),
    ),
    "latin-1": (
        "# coding: latin-1\n" + HEAD + "Mock(name='é', side_effect=lambda: 3)\n",
        "latin-1",
        (3, 27, 28, 27),
    ),
    "continued line": (HEAD + "Mock(side_effect=\\\n  lambda: 3)\n", "utf-8", (3, 2, 2, 2)),
    "long string before": (
        HEAD + 'Mock(name="""é\n😀""", side_effect=lambda: 3)\n',
        "utf-8",
        (3, 18, 21, 19),
    ),
}


@pytest.mark.parametrize(("text", "encoding", "place"), TEXTS.values(), ids=TEXTS)
def test_place(text: str, encoding: str, place: tuple[int, int, int, int]) -> None:
    assert found_in(text.encode(encoding)) == [(*place, LAMBDA)]


@pytest.mark.parametrize(("text", "place"), [(t, p) for t, _, p in TEXTS.values()], ids=TEXTS)
def test_flake8_is_given_the_same_place(text: str, place: tuple[int, int, int, int]) -> None:
    # As flake8 does: decoded, universal newlines, no byte order mark.
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    with_ends = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    plugin = Plugin(ast.parse("".join(with_ends)), with_ends, "test_it.py")
    plugin._rules = all_rules()
    assert [(line, column) for line, column, _, _ in plugin.run()] == [place[:2]]


@pytest.mark.parametrize(("text", "encoding", "place"), TEXTS.values(), ids=TEXTS)
def test_astroid_has_a_node_there(
    text: str, encoding: str, place: tuple[int, int, int, int]
) -> None:
    source = Source.from_bytes("test_it.py", text.encode(encoding))
    join = Join(astroid.parse(source.text))
    line, column = place[0], place[2]
    node = join.at(line, column, line, column + len(LAMBDA))
    assert node.as_string() == LAMBDA


def test_related_places() -> None:
    source, (finding,) = findings(
        """
        import pytest
        from unittest.mock import patch

        @pytest.fixture(scope="class")
        def three():
            with patch("app.A"), patch("app.B"), patch.object(app, "c"):
                yield
        """
    )
    assert source.position(finding.span.start) == (7, 9)
    assert [
        (source.text[related.span.start : related.span.end], related.message)
        for related in finding.related
    ] == [
        ('patch("app.B")', "and inside patch('app.B')"),
        ('patch.object(app, "c")', "and inside patch.object(app, 'c')"),
    ]
