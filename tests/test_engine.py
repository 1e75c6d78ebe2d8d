"""The engine: rules that fail, files that are deep, overlaps, the gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import findings, lines

from memlint import engine
from memlint.config import Settings
from memlint.facts import Facts
from memlint.model import Finding
from memlint.rules import all_rules, select
from memlint.source import Source, SourceError

HAZARD = "from unittest.mock import Mock\nm = Mock(side_effect=lambda: 3)\n"


def broken(_: object, facts: Facts) -> Iterator[Finding]:
    raise KeyError(facts.source.path)
    yield


def test_a_rule_that_fails_leaves_the_others() -> None:
    rules = [replace(r, check=broken) if r.code == "MEM202" else r for r in all_rules()]
    source = Source.from_bytes("tests/test_it.py", HAZARD.encode())
    outcome = engine.check(source, rules, Settings())
    assert [finding.code for finding in outcome.findings] == ["MEM201"]
    assert [str(crash) for crash in outcome.crashes] == [
        "memlint: MEM202 failed on tests/test_it.py: KeyError: 'tests/test_it.py'"
    ]


def test_checking_changes_nothing_in_the_tree() -> None:
    import ast

    source = Source.from_bytes("test_it.py", HAZARD.encode())
    before = ast.dump(source.tree, include_attributes=True)
    engine.check(source, all_rules(), Settings())
    assert ast.dump(source.tree, include_attributes=True) == before


DEPTH = 5000


def aliases(first: str, last: str) -> str:
    """A program with a long way from ``first``, of which a name is made, to its use in ``last``."""
    steps = "".join(f"a{n + 1} = a{n}\n" for n in range(DEPTH))
    head = "import sys, app\nfrom unittest.mock import Mock, patch\n"
    return f"{head}a0 = {first}\n{steps}{last.format(f'a{DEPTH}')}\n"


DEEP = {
    "attributes": "x = a" + ".b" * DEPTH,
    "attribute aliases": "from unittest.mock import Mock\nx = Mock" + ".b" * DEPTH + "()",
    "calls": "x = a" + "()" * DEPTH,
    "method calls": "x = a" + ".b()" * DEPTH,
    "subscripts": "x = a" + "[0]" * DEPTH,
    "operators": "x = " + "1 + " * DEPTH + "1",
    "minus": "x = " + "-" * DEPTH + "1",
    "not": "x = " + "not " * DEPTH + "1",
    "conditions": "x = " + "1 if a else " * DEPTH + "1",
    "lambdas": "x = " + "lambda: " * DEPTH + "1",
    "parentheses": "x = " + "(" * DEPTH + ")" * DEPTH,
    "lists": "x = " + "[" * DEPTH + "]" * DEPTH,
    "elif": "if a: pass\n" + "elif a: pass\n" * DEPTH,
    "blocks": "".join(" " * level + "if a:\n" for level in range(90)) + " " * 90 + "pass",
    "aliases": "a0 = Mock\n" + "".join(f"a{n + 1} = a{n}\n" for n in range(DEPTH)) + f"a{DEPTH}()",
    "aliases in a loop": "from unittest.mock import Mock\na0 = Mock\n"
    + "".join(f"a{n + 1} = a{n}\n" for n in range(DEPTH))
    + f"x = [a{DEPTH}() for _ in b]",
    "factors": "N0 = 2\n"
    + "".join(f"N{n + 1} = N{n} * N{n}\n" for n in range(DEPTH))
    + f"from unittest.mock import Mock\nx = [Mock() for _ in range(N{DEPTH})]",
    "subclasses": "from unittest.mock import Mock\nclass C0(Mock): pass\n"
    + "".join(f"class C{n + 1}(C{n}): pass\n" for n in range(DEPTH))
    + f"x = [C{DEPTH}() for _ in b]",
    "loops": "from unittest.mock import Mock\nx = [Mock()" + " for _ in b" * DEPTH + "]",
    "stores in a loop": "from unittest.mock import Mock\nfor _ in b:\n    a0 = Mock()\n"
    + "".join(f"    a{n + 1} = [a{n}]\n" for n in range(DEPTH)),
    "aliases of a patcher": aliases("patch('a.b')", "def test_it():\n    {}.start()"),
    "aliases of a started mock": aliases("patch('a.b').start()", "{}.stop()"),
    "aliases of the table of modules": aliases("sys.modules", "{}['a'] = Mock()"),
    "aliases of a module": aliases("app", "{}.a = Mock()"),
    "aliases of a mock in a module's place": aliases("Mock()", "sys.modules['a'] = {}"),
    "aliases of a mock for a class": aliases(
        "Mock()", "@patch('a.b', {})\nclass TestIt:\n    def test_it(self): ..."
    ),
    "aliases of an exception": aliases("ValueError()", "x = Mock(side_effect={})"),
    "aliases of a mock class": aliases("Mock", "app.m = {}\napp.m.a = 1"),
    "a child far below": "import app\nfrom unittest.mock import Mock\napp"
    + ".b" * 900
    + " = Mock()",
    "decorators": "from unittest.mock import Mock, patch\n"
    + "@patch('a.b', Mock(side_effect=ValueError()))\n" * DEPTH
    + "class TestIt:\n    def test_it(self): ...",
    "nested functions": "from unittest.mock import patch\n"
    + "".join(" " * level + f"def test_{level}():\n" for level in range(90))
    + " " * 90
    + "patch('a.b').start()",
    "nested classes": "from unittest.mock import Mock\n"
    + "".join(" " * level + f"class Test{level}:\n" for level in range(90))
    + " " * 90
    + "a = Mock()\n",
    "test cases": "from unittest import TestCase\nfrom unittest.mock import Mock, patch\n"
    "class C0(TestCase):\n    def test_it(self):\n        self.a = patch('a.b').start()\n"
    + "".join(f"class C{n + 1}(C{n}): ...\n" for n in range(DEPTH)),
    "classes in a circle": "from unittest.mock import Mock, patch\n"
    "class C0(C1): ...\nclass C1(C0):\n    def setUp(self):\n"
    "        self.p = patch('a.b')\n        self.p = self.p.start()\n"
    "    def test_it(self):\n        self.a = Mock\n        self.a.b = 1\n        self.p.stop()\n",
    "aliases in a circle": "from unittest.mock import Mock, patch\n"
    "a = b\nb = a\na = patch('a.b')\nb.start()\nb = b.start()\na.stop()\n",
    "aliases that double": "a0 = Mock\n"
    + "".join(f"a{n + 1} = a{n}\na{n + 1} = a{n}\n" for n in range(60))
    + "[a60() for _ in b]",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_files_end_in_findings_or_a_message(text: str) -> None:
    outcome = checked(text)
    if isinstance(outcome, SourceError):
        assert (outcome.path, outcome.line) == ("test_deep.py", 1)
        assert outcome.reason in (
            "nested too deeply to be parsed",
            "too many nested parentheses",
        )
    else:
        assert outcome.crashes == ()


def checked(text: str) -> engine.Outcome | SourceError:
    try:
        source = Source.from_bytes("test_deep.py", text.encode())
    except SourceError as error:
        return error
    return engine.check(source, all_rules(), Settings())


def test_overlap_counts_only_where_the_other_rule_runs() -> None:
    assert lines(HAZARD, "MEM") == {(2, "MEM201"): 1}
    assert lines(HAZARD, "MEM202") == {(2, "MEM202"): 1}
    assert lines(HAZARD, "MEM203") == {}
    loop = "from unittest.mock import Mock\nx = [Mock() for _ in range(1000)]\n"
    assert lines(loop, "MEM") == {(2, "MEM301"): 1}
    assert lines(loop, "MEM302") == {(2, "MEM302"): 1}


def test_findings_come_in_the_order_of_the_text() -> None:
    source, found = findings(
        "from unittest.mock import Mock\n"
        "x = [Mock(side_effect=lambda: 3) for _ in a]; y = Mock(side_effect=lambda: 3)\n"
    )
    assert [(source.position(f.span.start), f.code) for f in found] == [
        ((2, 5), "MEM302"),
        ((2, 22), "MEM201"),
        ((2, 67), "MEM201"),
    ]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("", False),
        ("x = lock()", False),
        ("import mock", True),
        ("x.side_effect = lambda: 3", True),
        ("from a import MagicMock", True),
        ("from a import create_autospec", True),
        ("import \uff4d\uff4f\uff43\uff4b", True),
        ("é = block()", False),
        ("make_message()", False),
    ],
)
def test_gate(text: str, hit: bool) -> None:
    assert engine.may_hit(text, Settings()) is hit


def test_gate_knows_the_users_factories() -> None:
    assert engine.may_hit("make_message()", Settings(mock_factories=("tests.make_message",)))


@pytest.mark.parametrize(
    ("option", "value", "text", "codes", "expected"),
    [
        (
            "wide_scopes",
            ("session",),
            "import pytest\nfrom unittest.mock import patch\n"
            "@pytest.fixture(scope='class')\ndef f():\n    with patch('a.b'):\n        yield\n",
            "MEM101",
            0,
        ),
        (
            "wide_scopes",
            ("function",),
            "import pytest\nfrom unittest.mock import patch\n"
            "@pytest.fixture\ndef f():\n    with patch('a.b'):\n        yield\n",
            "MEM101",
            1,
        ),
        (
            "max_loop_mocks",
            5,
            "from unittest.mock import Mock\nx = [Mock() for _ in range(5)]\n",
            "MEM301",
            1,
        ),
        (
            "max_loop_mocks",
            6,
            "from unittest.mock import Mock\nx = [Mock() for _ in range(5)]\n",
            "MEM301",
            0,
        ),
    ],
)
def test_settings(option: str, value: object, text: str, codes: str, expected: int) -> None:
    settings = replace(Settings(), **{option: value})
    assert sum(lines(text, codes, settings=settings).values()) == expected


def test_select_all_is_every_rule() -> None:
    assert select(["MEM"]) == select(["ALL"]) == all_rules()
