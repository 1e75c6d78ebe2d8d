"""Exceptions that are made once, and raised again and again."""

from unittest.mock import MagicMock, patch

import pytest


class QuoteService:
    """The code under test: asks a remote service, and remembers the last answers."""

    def __init__(self, remote):
        self.remote = remote
        self.last = {}

    def quote(self, symbol):
        page = bytearray(100_000)
        try:
            self.last[symbol] = self.remote.fetch(symbol, page)
        except ConnectionError:
            return self.last.get(symbol)
        return self.last[symbol]


def connect(host):
    return host


def open_session(host):
    try:
        return connect(host)
    except OSError:
        return None


@pytest.fixture(scope="module")
def unreachable():
    """Every test that asks leaves its frames, its page included, in the one exception."""
    remote = MagicMock()  # MEM102
    remote.fetch.side_effect = ConnectionError("unreachable")  # MEM204
    return remote


@pytest.mark.parametrize("symbol", ["BHP", "CBA", "RIO"])
def test_no_quote_while_unreachable(unreachable, symbol):
    assert QuoteService(unreachable).quote(symbol) is None


@patch(f"{__name__}.connect", side_effect=TimeoutError())  # MEM204
def test_no_session_after_a_timeout(mock_connect):
    assert open_session("exchange") is None
    mock_connect.assert_called_once_with("exchange")


@patch(f"{__name__}.connect", side_effect=OSError(111, "refused"))  # MEM204
def test_no_session_when_refused(mock_connect):
    assert open_session("exchange") is None
    mock_connect.assert_called_once_with("exchange")
