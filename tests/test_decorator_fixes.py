"""Fixed decorators run under pytest: tests get the mocks they got, and no argument stays alive."""

from __future__ import annotations

from pathlib import Path

import programs
import pytest

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

APP = """\
import gc
import weakref


class Reader:
    def read(self, record):
        return "real"


class Writer(Reader):
    pass


def clock():
    return 0


async def poll():
    return "real"


class Record:
    pass


passed = []


def read(reader):
    record = Record()
    passed.append(weakref.ref(record))
    return reader.read(record)


def alive():
    gc.collect()
    return sum(each() is not None for each in passed)
"""

SUITE = """\
import asyncio
from unittest import IsolatedAsyncioTestCase
from unittest.mock import MagicMock, Mock, mock_open, patch

import pytest

import app


@pytest.fixture
def number():
    return 7


@patch("app.Writer")
@patch("app.Reader", MagicMock(name="reader"))
@patch("app.clock", Mock(return_value=3))
class TestClass:
    @pytest.mark.parametrize("letter", ["a", "b"])
    @patch("app.Record.name", create=True)
    def test_arguments(self, name, writer, letter):
        assert name is app.Record.name
        assert writer is app.Writer
        assert letter in "ab"
        assert app.clock("any", key=1) == 3
        app.read(app.Reader())

    @patch("app.poll", new=Mock(return_value=1))
    def test_fixture(self, writer, number):
        assert writer is app.Writer
        assert (number, app.poll()) == (7, 1)
        app.read(app.Reader())


@patch("app.poll")
@patch("app.Reader.read", Mock(return_value=4))
@patch("app.clock", Mock(side_effect=[1, 2, 3, 4]))
class MethodTest(IsolatedAsyncioTestCase):
    @patch("app.Writer", MagicMock())
    def setUp(self):
        app.read(app.Writer())

    def test_method(self, poll):
        assert poll is app.poll
        assert app.read(app.Reader()) == 4
        assert app.clock() in (1, 2)

    async def test_await(self, poll):
        poll.return_value = "mock"
        assert await app.poll() == "mock"
        assert app.read(app.Reader()) == 4
        assert app.clock() in (1, 2)


def answer(value):
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


class FunctionTest(IsolatedAsyncioTestCase):
    @patch("app.poll", MagicMock(side_effect=lambda: answer("mock")))
    async def test_await(self):
        assert await app.poll() == "mock"

    @patch("builtins.open", mock_open(read_data="text"))
    @patch("app.Reader")
    def test_open(self, reader):
        assert reader is app.Reader
        with open("anything") as file:
            assert file.read() == "text"


@patch("app.Writer.read", Mock(return_value=None))
@patch("app.Reader")
def test_function(reader, number):
    assert reader is app.Reader
    assert app.Writer().read(app.Record()) is None
"""

LAST = """\
import app


def test_alive():
    assert app.alive() == {alive}
"""


@pytest.mark.parametrize("choice", [0, 1])
def test_the_tests_get_what_they_got(tmp_path: Path, choice: int) -> None:
    before = _run(tmp_path / "before", SUITE, alive=7)
    assert before[-1].startswith("9 passed"), before
    fixed = _fixed(SUITE, choice)
    assert "Mock(return" not in fixed
    after = _run(tmp_path / "after", fixed, alive=0)
    assert after[-1].startswith("9 passed"), after


def _run(folder: Path, suite: str, alive: int) -> list[str]:
    files = {"app.py": APP, "test_app.py": suite, "test_last.py": LAST.format(alive=alive)}
    programs.write(folder, dict(files))
    return programs.run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".").lines


def _fixed(text: str, choice: int) -> str:
    """``text`` with every finding fixed: by the remedy of that rank where there are several."""
    while True:
        source = Source.from_bytes("test_app.py", text.encode())
        draft = fix.Draft(source, select(["MEM108", "MEM109"]), Settings())
        if not draft.outcome.findings:
            return text
        finding = draft.outcome.findings[0]
        offered = draft.offers([finding])[finding]
        text = draft.edited([offered[min(choice, len(offered) - 1)]]).source.text
