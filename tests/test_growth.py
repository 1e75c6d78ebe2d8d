"""A file of many shapes takes as many times the work as it is longer, and not its square."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from memlint import engine
from memlint.config import Settings
from memlint.facts.conftests import Conftest, OuterFixture, stops_patches
from memlint.rules import all_rules
from memlint.source import Source

HEAD = """\
import multiprocessing, pytest, sys, unittest
import app
from unittest.mock import MagicMock, Mock, patch
"""
FEW, MANY = 60, 180
# Sorting, and what is done once for a file, shift the ratio a little.
MOST = 1.25 * MANY / FEW

# What stands once, and what stands many times.
SHAPES = {
    "tests that start patchers": ("", "def test_$():\n    p = patch('a')\n    p.start()\n"),
    "one test that starts patchers": (
        "def test_it():\n",
        "    p$ = patch('a')\n    p$.start()\n",
    ),
    "patchers of one name": ("def test_it():\n", "    p = patch('a')\n    p.start()\n"),
    "patchers of objects": (
        "class TestIt(unittest.TestCase):\n",
        "    def test_$(self):\n        self.p$ = patch('a')\n        self.p$.start()\n",
    ),
    "patchers in a list": (
        "def test_it():\n    ps = []\n",
        "    ps.append(patch('a'))\n    ps[$].start()\n",
    ),
    "classes of one base": (
        "class C(unittest.TestCase):\n    def test_it(self): ...\n",
        "class D$(C):\n    def setUp(self):\n        self.p = patch('a')\n        self.p.start()\n",
    ),
    "functions for processes": (
        "def test_it():\n    def f():\n        patch('a').start()\n",
        "    multiprocessing.Process(target=f)\n    def f$():\n        patch('a').start()\n",
    ),
    "stops of mocks": ("", "def test_$():\n    m = patch('a').start()\n    m.stop()\n"),
    "stops of mocks of one name": (
        "def test_it():\n",
        "    m = patch('a').start()\n    m.stop()\n",
    ),
    "patchers that are overwritten": (
        "class TestIt(unittest.TestCase):\n",
        "    def test_$(self):\n        self.p = patch('a')\n        self.p = self.p.start()\n",
    ),
    "wide mockers": ("", "def test_$(module_mocker):\n    module_mocker.patch('a')\n"),
    "modules": ("", "sys.modules['a$'] = Mock()\n"),
    "modules and mocks of one name": ("", "m = Mock()\nsys.modules['a$'] = m\n"),
    "modules in loops": ("", "for m in ['a$', 'b$']:\n    sys.modules[m] = Mock()\n"),
    "modules by their beginnings": (
        "sys.modules['a'] = Mock()\n",
        "for m in list(sys.modules):\n    if m.startswith('b$'):\n        del sys.modules[m]\n",
    ),
    "decorated classes": ("", "@patch('a', Mock())\nclass Test$:\n    def test_it(self): ...\n"),
    "decorated functions": ("", "@patch('a', Mock())\ndef test_$(): ...\n"),
    "imported objects": ("", "app.a$ = Mock()\n"),
    "one imported object": ("", "app.a = Mock()\n"),
    "imported objects put back": (
        "",
        "app.a$ = Mock()\ndef teardown_$():\n    app.a$ = 1\n    vars(app).update({})\n",
    ),
    "mocks at import": ("", "M$ = Mock()\ndef test_$():\n    M$()\n"),
    "one mock at import": ("M = Mock()\n", "def test_$():\n    M()\n"),
    "mocks of test classes": (
        "class TestIt:\n",
        "    def test_$(self):\n        self.m$ = Mock()\n        self.m$()\n",
    ),
    "parameters": ("", "@pytest.mark.parametrize('a', [Mock()])\ndef test_$(a):\n    a()\n"),
    "exceptions": ("", "@patch('a', side_effect=ValueError())\ndef test_$(m): ...\n"),
    "exceptions with names": ("", "E$ = ValueError()\nM$ = Mock(side_effect=E$)\n"),
    "mock classes": ("", "app.a$ = MagicMock\napp.a$.b = 1\n"),
    "one mock class": ("app.a = MagicMock\n", "app.a.b$ = 1\n"),
    "clocks": ("", "@patch('time.sleep')\ndef test_$(m): ...\n"),
    "polls": (
        "",
        "def test_$():\n    m = Mock()\n    m.poll.return_value = None\n    app.run(m)\n",
    ),
}


def work(head: str, shape: str, count: int) -> int:
    """How many calls a check makes, of functions in Python or in C."""
    text = HEAD + head + "".join(shape.replace("$", str(number)) for number in range(count))
    source = Source.from_bytes("tests/test_it.py", text.encode())
    assert source.tree.body
    calls = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        outcome = engine.check(source, all_rules(), Settings(), None, lambda: ())
    finally:
        sys.setprofile(before)
    assert outcome.crashes == ()
    return calls


@pytest.mark.parametrize(("head", "shape"), SHAPES.values(), ids=SHAPES)
def test_work_grows_with_the_file(head: str, shape: str) -> None:
    assert work(head, shape, MANY) < MOST * work(head, shape, FEW)


def test_fixtures_that_request_each_other_are_asked_once() -> None:
    asked: list[str] = []

    class Requests(frozenset[str]):
        def __and__(self, other: object) -> frozenset[str]:
            asked.append("and")
            return super().__and__(other)  # type: ignore[operator]

        def __iter__(self):  # type: ignore[no-untyped-def]
            asked.append("iter")
            return super().__iter__()

    fixtures = tuple(
        OuterFixture(f"f{n}", Requests({f"f{n - 1}"}), autouse=False, stops_patches=n == 0)
        for n in range(MANY)
    )
    assert stops_patches([Conftest(fixtures=fixtures)], {f"f{MANY - 1}"}) is True
    assert len(asked) == MANY
