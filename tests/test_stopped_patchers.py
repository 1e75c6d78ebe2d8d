"""What the fix of MEM103 makes of tests, run by pytest: every patch ends, in reverse order."""

from __future__ import annotations

from pathlib import Path

from conftest import no_conftests
from programs import run, write

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

APP = """\
B = C = D = E = F = G = "real"
SETTINGS = {"a": "real"}


class Feed:
    def poll(self):
        return "real"
"""
TESTS = """\
import unittest
from unittest.mock import patch

import app
import pytest

MADE = []


class TestSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = patch("app.B").start()

    def setUp(self):
        self.seen = []
        self.c_patcher = patch("app.C", "patched")
        self.c = self.c_patcher.start()
        for each in (patch("app.D", "one"), patch("app.D", "two")):
            each.start()
        patch.dict(app.SETTINGS, a="patched").start()

    def tearDown(self):
        assert (app.C, app.D, app.SETTINGS["a"]) == ("patched", "two", "patched")

    def test_one(self):
        assert app.B is self.b
        e = patch("app.E").__enter__()
        assert app.E is e

    def test_two(self):
        assert app.E == "real"
        assert app.C == "patched"


class TestFails(unittest.TestCase):
    def setUp(self):
        patch("app.C", "patched").start()
        raise ValueError("no luck")

    def test_nothing(self):
        raise NotImplementedError


@pytest.fixture
def f():
    assert app.F == "real"
    f = patch("app.F").start()
    f.name = "f"
    yield f
    assert app.F is f


@pytest.fixture
def g():
    return patch("app.G").start()


@pytest.fixture
def make_feed():
    def make():
        feed = app.Feed()
        patch.object(feed, "poll").start()
        MADE.append(feed)
        return feed

    return make


@pytest.mark.parametrize("number", [1, 2])
def test_fixtures(f, g, make_feed, number):
    assert (app.F, app.G) == (f, g)
    assert make_feed().poll() != "real"
    patch("app.E", "patched").start()
    assert app.E == "patched"


@patch("app.E")
def test_decorated(e):
    assert app.E is e
    patcher = patch("app.D", "patched")
    patcher.start()
"""
CHECK = """\
from unittest import mock

import app
from test_it import MADE


def test_everything_is_stopped():
    assert [feed.poll() for feed in MADE] == ["real", "real"]
    values = (app.B, app.C, app.D, app.E, app.F, app.G, app.SETTINGS)
    assert values == ("real",) * 6 + ({"a": "real"},)
    # Those of pytest-mock stay as long as it does.
    ours = [p for p in mock._patch._active_patches if not p.attribute.startswith("assert_")]
    assert ours == []
"""


def test_fixed_tests_leave_no_patch(tmp_path: Path) -> None:
    source = Source.from_bytes("test_it.py", TESTS.encode())
    draft = fix.Draft(source, select(["MEM103"]), Settings(), no_conftests)
    fixed = fix.fix_draft(draft, unsafe=True)
    assert fixed.refused == ()
    assert len(fixed.applied) == 11
    assert checked(tmp_path, fixed.source.text) == [
        "FAILED test_it.py::TestFails::test_nothing - ValueError: no luck",
        "1 failed, 6 passed",
    ]


def test_tests_that_are_not_fixed_leave_patches(tmp_path: Path) -> None:
    failed = [line.partition(" - ")[0] for line in checked(tmp_path, TESTS)]
    assert "FAILED test_left.py::test_everything_is_stopped" in failed


def checked(folder: Path, tests: str) -> list[str]:
    """The failures of ``tests`` and of what looks at the patches they leave, and the counts."""
    write(folder, {"test_it.py": tests, "test_left.py": CHECK, "app.py": APP})
    arguments = ("-q", "-p", "no:cacheprovider", "test_it.py", "test_left.py")
    ended = run(folder, "-m", "pytest", *arguments)
    failed = [line for line in ended.lines if line.startswith("FAILED")]
    return [*failed, ended.lines[-1].partition(" in ")[0]]
