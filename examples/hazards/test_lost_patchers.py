"""Patches that outlive their tests, because their patchers are lost."""

from unittest import TestCase
from unittest.mock import patch

import pytest


class Exchange:
    """What the tests patch: it sends orders."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, order: str) -> int:
        self.sent.append(order)
        return len(self.sent)

    def cancel(self, number: int) -> None:
        del self.sent[number - 1]


def trade(exchange: Exchange, *orders: str) -> list[int]:
    """What the tests test."""
    return [exchange.send(order) for order in orders]


class StopsTheMock(TestCase):
    """The cleanup is a call of the mock, so that each test adds a patch to those before it."""

    def setUp(self) -> None:
        self.send = patch.object(Exchange, "send", return_value=7).start()
        self.addCleanup(self.send.stop)  # MEM104

    def test_numbers(self) -> None:
        assert trade(Exchange(), "buy", "sell") == [7, 7]
        assert self.send.call_count == 2

    def test_no_orders(self) -> None:
        assert trade(Exchange()) == []
        self.send.assert_not_called()


class StopsTheMocks(TestCase):
    def setUp(self) -> None:
        patchers = [patch.object(Exchange, "send"), patch.object(Exchange, "cancel")]
        self.mocks = [patcher.start() for patcher in patchers]

    def tearDown(self) -> None:
        for mock in self.mocks:
            mock.stop()  # MEM104

    def test_nothing_is_sent(self) -> None:
        exchange = Exchange()
        trade(exchange, "buy")
        assert exchange.sent == []


@pytest.fixture
def send():
    send = patch.object(Exchange, "send", return_value=3)
    send = send.start()  # MEM105
    yield send
    send.stop()


@pytest.mark.parametrize("order", ["buy", "sell"])
def test_order(send, order):
    assert trade(Exchange(), order) == [3]
    send.assert_called_once_with(order)


class KeepsThePatcher(TestCase):
    """Harmless: the patch ends with each test."""

    def setUp(self) -> None:
        patcher = patch.object(Exchange, "send", return_value=5)
        self.addCleanup(patcher.stop)
        self.send = patcher.start()

    def test_number(self) -> None:
        assert trade(Exchange(), "buy") == [5]


@pytest.fixture
def feed():
    """A mock whose own `stop` is meant: the test asserts on it."""
    patcher = patch(f"{__name__}.Exchange")
    feed = patcher.start().return_value
    yield feed
    patcher.stop()


def test_feed_is_stopped(feed):
    feed.stop()
    feed.stop.assert_called_once_with()
