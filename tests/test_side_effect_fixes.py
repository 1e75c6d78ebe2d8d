"""Fixed side effects answer as before: programs run with the real mocks, before and after."""

from __future__ import annotations

import asyncio
import inspect
from textwrap import dedent
from unittest.mock import Mock

import pytest

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

SAFE = {
    "factories": """
        class Account:
            def close(self, name): ...
            async def read(self, name): ...

        def run(answers):
            answers += ask(Mock(side_effect=lambda *args, **kwargs: 1))
            answers += ask(MagicMock(side_effect=lambda *args, **kwargs: None))
            answers += ask(MagicMock(wraps=print, side_effect=lambda *args, **kwargs: "x"))
            answers += ask(AsyncMock(side_effect=lambda *args, **kwargs: (1, -2)))
            answers += ask(AsyncMock(spec=Account.read, side_effect=lambda *args, **kwargs: True))
            answers += ask(create_autospec(Account, side_effect=lambda *args, **kwargs: 2))
            answers += ask(create_autospec(Account.close, side_effect=lambda *args, **kwargs: 3))
            answers += ask(create_autospec(Account.read, side_effect=lambda *args, **kwargs: 4))
    """,
    "patches": """
        import os

        def run(answers):
            with patch("os.getcwd", side_effect=lambda *args, **kwargs: 1) as mock:
                answers += ask(mock)
            with patch("os.getcwd", autospec=True, side_effect=lambda: 2) as mock:
                answers += [os.getcwd(), mock.mock_calls]
            with patch("os.getcwd", new_callable=AsyncMock, side_effect=lambda *a, **k: 3) as mock:
                answers += ask(mock)
            with patch.object(os, "getcwd", spec=True, side_effect=lambda *args, **k: 4) as mock:
                answers += ask(mock)
            with patch("os.path", **{"join.side_effect": lambda *args, **kwargs: "a/b"}):
                answers += ask(os.path.join)

            decorated(answers)

        @patch("os.getcwd", side_effect=lambda *args, **kwargs: 5)
        def decorated(answers, mock):
            answers += ask(mock)
    """,
    "properties": """
        def run(answers):
            poll = Mock()
            type(poll).size = PropertyMock(side_effect=lambda *args: 3)
            poll.size = 4
            answers.append(poll.size)
    """,
    "magic methods": """
        def run(answers):
            mock = MagicMock()
            mock.__len__.side_effect = lambda: 3
            mock.__getitem__.side_effect = lambda key: "row"
            mock.__enter__.side_effect = lambda: None
            mock.__lt__.side_effect = lambda other: True
            mock.__contains__.side_effect = lambda item: True
            answers += [len(mock), mock[1], mock < 3, 4 in mock]
            with mock as entered:
                answers.append(entered)
            answers.append(mock.mock_calls)
    """,
    "assignments": """
        def run(answers):
            mock = Mock()
            mock.side_effect = lambda *args, **kwargs: 1
            answers += ask(mock)
            mock.side_effect = lambda *args, **kwargs: None
            answers += ask(mock)
            mock.poll.side_effect = lambda *args, **kwargs: 2
            answers += ask(mock.poll)
            answers.append(mock.mock_calls)
    """,
    "earlier side effects": """
        def run(answers):
            mock = Mock(side_effect=OSError)
            mock.side_effect = lambda *args, **kwargs: 1
            answers += ask(mock)
            mock.poll.side_effect = [1, 2]
            mock.poll.side_effect = lambda *args, **kwargs: 2
            answers += ask(mock.poll)
            for number in range(3):
                mock.close.side_effect = lambda *args, **kwargs: 3
                answers += ask(mock.close)
                mock.close.side_effect = OSError
                answers += ask(mock.close)
            autospecced = create_autospec(len)
            autospecced.side_effect = [3]
            autospecced.side_effect = lambda value: 4
            answers.append(autospecced([]))
    """,
    "resets of calls": """
        def run(answers):
            mock = Mock()
            mock.poll.side_effect = lambda *args, **kwargs: 1
            answers += ask(mock.poll)
            mock.reset_mock()
            answers += ask(mock.poll)
    """,
    "configure_mock": """
        def run(answers):
            mock = Mock(**{"poll.side_effect": lambda *args, **kwargs: 1, "close.return_value": 2})
            answers += ask(mock.poll)
            mock.configure_mock(**{"seek.side_effect": lambda *args, **kwargs: 3})
            answers += ask(mock.seek)
            mock.side_effect = [4]
            mock.configure_mock(side_effect=lambda *args, **kwargs: 5)
            answers += ask(mock)
    """,
    "set-up": """
        class TimerTest:
            def setUp(self):
                self.timer = Mock(side_effect=lambda *args, **kwargs: 100.0)

            def test_it(self, answers):
                answers += ask(self.timer)
                self.timer.side_effect = lambda *args, **kwargs: 110.0
                answers += ask(self.timer)

        def run(answers):
            test = TimerTest()
            test.setUp()
            test.test_it(answers)
    """,
}

UNSAFE = {
    "fresh literals": """
        def run(answers):
            mock = Mock(side_effect=lambda *args, **kwargs: {"symbol": ["BHP"]})
            answers += ask(mock)
            mock.poll.side_effect = lambda *args, **kwargs: [1]
            answers += ask(mock.poll)
    """,
    "mock_open": """
        def run(answers):
            opened = mock_open(read_data="text")
            opened.side_effect = lambda *args, **kwargs: None
            answers += ask(opened)
    """,
    "mocks of others": """
        def run(answers):
            mock = Mock(side_effect=OSError)
            configure(mock)
            answers += ask(mock)

        def configure(mock):
            mock.side_effect = lambda *args, **kwargs: None
    """,
}

NAMED = {
    "late binding": """
        def run(answers):
            limit = 1
            mock = Mock(side_effect=lambda *args, **kwargs: (args, kwargs, limit, later))
            limit = 2
            later = 3
            answers += ask(mock)
    """,
    "defaults and loops": """
        def run(answers):
            mocks = []
            for number in range(3):
                mock = Mock()
                mock.side_effect = lambda *args, number=number, **kwargs: (number, len(mocks))
                mocks.append(mock)
            for mock in mocks:
                answers += ask(mock)
    """,
    "class bodies and decorators": """
        import os
        from unittest.mock import patch

        name = "module"

        class Consumer:
            name = "class"
            poll = Mock(side_effect=lambda *args, **kwargs: name)

            @patch("os.getcwd", side_effect=lambda: name)
            def cwd(self, mock):
                return os.getcwd()

        def run(answers):
            answers += ask(Consumer.poll)
            answers.append(Consumer().cwd())
    """,
    "several lines": """
        def run(answers):
            mock = Mock()
            mock.side_effect = (lambda *args, **kwargs:
                                len(args)
                                if args else
                                ''' kept
            as it is''')
            answers += ask(mock)
            mock.poll.side_effect = lambda *args, **kwargs: [
                key
                # every one
                for key in kwargs
            ]
            answers += ask(mock.poll)
    """,
    "methods": """
        class Consumer:
            def __init__(self):
                self.__size = 3

            def found(self):
                mock = Mock(side_effect=lambda *args, **kwargs: self.__size)
                return ask(mock)

        def run(answers):
            answers += Consumer().found()
    """,
    "coroutines": """
        async def value():
            return 1

        def run(answers):
            mock = AsyncMock(side_effect=lambda *args, **kwargs: value)
            answers += ask(mock)
    """,
    "one function for two": """
        def run(answers):
            sent = []
            for mock in (
                Mock(side_effect=lambda *args, **kwargs: sent.append(args)),
                MagicMock(side_effect=lambda *args, **kwargs: sent.append(args)),
            ):
                answers += ask(mock)
            answers.append(sent)
    """,
}


def ask(mock: Mock) -> list:
    """What calls of ``mock`` give, and what it recorded."""
    answers = [answer(mock), answer(mock, 1), answer(mock, 1, key=2)]
    return [*answers, mock.call_args, mock.call_count, mock.mock_calls]


def answer(mock: Mock, *args: object, **kwargs: object) -> object:
    try:
        value = mock(*args, **kwargs)
        return asyncio.run(value) if inspect.iscoroutine(value) else value
    except (OSError, TypeError) as error:
        return repr(error)


def answers(text: str) -> list:
    namespace: dict = {"ask": ask}
    exec(compile("from unittest.mock import *\n" + text, "program", "exec"), namespace)
    found: list = []
    namespace["run"](found)
    return [repr(value).partition(" at 0x")[0] for value in found]


def fixed(text: str, codes: list[str], *, unsafe: bool) -> fix.Fixed:
    text = "from unittest.mock import *\n" + text
    source = Source.from_bytes("tests/test_it.py", text.encode())
    return fix.fix_source(source, select(codes), Settings(), unsafe=unsafe)


@pytest.mark.parametrize("program", SAFE.values(), ids=SAFE)
def test_return_values_answer_as_the_lambdas_do(program: str) -> None:
    text = dedent(program)
    result = fixed(text, ["MEM202"], unsafe=False)
    assert "lambda" not in result.source.text
    assert {fix.safety for _, fix in result.applied} == {"safe"}
    assert answers(result.source.text) == answers(text)


@pytest.mark.parametrize("program", UNSAFE.values(), ids=UNSAFE)
def test_unsafe_return_values_that_nobody_changes(program: str) -> None:
    text = dedent(program)
    result = fixed(text, ["MEM202"], unsafe=True)
    assert "lambda" not in result.source.text
    assert {fix.safety for _, fix in result.applied} == {"unsafe"}
    assert answers(result.source.text) == answers(text)


@pytest.mark.parametrize("program", NAMED.values(), ids=NAMED)
def test_named_functions_answer_as_the_lambdas_do(program: str) -> None:
    text = dedent(program)
    result = fixed(text, ["MEM201", "MEM203"], unsafe=True)
    assert "lambda" not in result.source.text
    assert answers(result.source.text) == answers(text)


RESTORED = """
def restore(decoder):
    if hasattr(decoder, 'side_effect'):
        if not callable(decoder.side_effect):
            decoder.side_effect = lambda value, context: {"symbol": "BHP"}

def run(answers):
    decoder = Mock()
    for earlier in (None, [1, 2], OSError(), lambda *args: 3):
        decoder.side_effect = earlier
        restore(decoder)
        answers.append(decoder(b"", None))
"""


def test_the_plans_reset_restores_the_answer() -> None:
    result = fixed(RESTORED, ["MEM202"], unsafe=True)
    assert len(result.applied) == 1
    assert answers(result.source.text) == answers(RESTORED)
    assert answers(RESTORED) == [*["{'symbol': 'BHP'}"] * 3, "3"]
