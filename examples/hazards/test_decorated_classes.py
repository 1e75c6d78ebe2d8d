"""Patches that are given their mock: every test of the class adds to its records.

A desk sends orders to a broker. The tests replace the broker's connection in decorators, and the
mocks that the decorators make stay as long as the process.
"""

import gc
import weakref
from unittest.mock import MagicMock, Mock, patch


class Order:
    """An order with its book: what a test would rather not keep."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.book = bytes(100_000)


class Connection:
    """The line to the broker."""

    def send(self, order: Order) -> str:
        """Send the order; the broker answers with its number."""
        raise ConnectionError(order.symbol)

    def is_open(self) -> bool:
        """Whether the broker listens."""
        return False


class Desk:
    """The code under test."""

    def __init__(self) -> None:
        self.connection = Connection()

    def place(self, order: Order) -> str:
        """Place the order while the broker listens."""
        return self.connection.send(order) if self.connection.is_open() else "closed"


sent: list[weakref.ref[Order]] = []


def place(symbol: str) -> str:
    """Place an order, and note it by a reference that keeps nothing alive."""
    order = Order(symbol)
    sent.append(weakref.ref(order))
    return Desk().place(order)


def orders_alive() -> int:
    """How many of the orders noted so far are still there."""
    gc.collect()
    return sum(order() is not None for order in sent)


@patch.object(Connection, "is_open", Mock(return_value=True))  # MEM108
@patch.object(Connection, "send", new=MagicMock(return_value="7"))  # MEM108
class TestSharedMocks:
    def test_bhp(self):
        sent.clear()
        assert place("BHP") == "7"
        assert orders_alive() == 1

    def test_csl(self):
        assert place("CSL") == "7"
        assert orders_alive() == 2

    def test_rio(self):
        assert place("RIO") == "7"
        assert orders_alive() == 3


@patch.object(Connection, "is_open", lambda connection: True)
@patch.object(Connection, "send", return_value="7")
class TestMocksOfTheirOwn:
    def test_bhp(self, send):
        sent.clear()
        assert place("BHP") == "7"
        assert send.call_count == 1

    def test_csl(self, send):
        assert orders_alive() == 0
        assert place("CSL") == "7"
        assert send.call_count == 1


@patch.object(Connection, "is_open", Mock(return_value=False))  # MEM109
def test_closed():
    assert place("BHP") == "closed"
