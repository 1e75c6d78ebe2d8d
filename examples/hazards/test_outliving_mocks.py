"""A service that asks a feed for quotes, tested with mocks that outlive their tests."""

from dataclasses import dataclass
from unittest.mock import MagicMock, Mock

import pytest

pytest.importorskip("pytest_mock", reason="these tests patch through pytest-mock")


class Feed:
    """Where quotes come from."""

    def latest(self, symbol):
        raise ConnectionError(f"no market for {symbol} today")


@dataclass
class QuoteService:
    """Answers with the latest price, and with the last known one where the feed is down."""

    feed: Feed
    known: dict

    def price(self, symbol):
        try:
            self.known[symbol] = self.feed.latest(symbol)
        except ConnectionError:
            return self.known.get(symbol)
        return self.known[symbol]


class TestQuoteService:
    @pytest.fixture
    def latest(self, class_mocker):
        """Each test patches once more; all of it is undone when the class ends."""
        return class_mocker.patch.object(Feed, "latest", return_value=41.5)  # MEM106

    @pytest.fixture
    def service(self):
        return QuoteService(Feed(), {})

    def test_price_comes_from_the_feed(self, service, latest):
        assert service.price("BHP") == 41.5
        latest.assert_called_once_with("BHP")

    def test_last_price_is_known(self, service, latest):
        service.price("BHP")
        latest.side_effect = ConnectionError
        assert service.price("BHP") == 41.5

    def test_feed_is_asked_each_time(self, service, latest, session_mocker):
        price = session_mocker.spy(service, "price")  # MEM106
        service.price("BHP")
        service.price("BHP")
        assert price.call_count == latest.call_count == 2

    def test_patches_of_the_test_itself(self, service, mocker, session_mocker):
        mocker.patch.object(Feed, "latest", session_mocker.stub("latest"))
        service.price("BHP")


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (Mock(latest=Mock(return_value=41.5)), 41.5),  # MEM113
        pytest.param(Mock(latest=Mock(side_effect=ConnectionError)), None, id="down"),  # MEM113
    ],
)
def test_price_of_feed(feed, expected):
    assert QuoteService(feed, {}).price("BHP") == expected
    feed.latest.assert_called_once_with("BHP")


@pytest.mark.parametrize("make_feed", [Mock, MagicMock, lambda: Mock(spec=Feed)])
def test_any_price_is_remembered(make_feed):
    feed = make_feed()
    service = QuoteService(feed, {})
    assert service.price("BHP") is service.known["BHP"]


def test_symbol_of_an_order():
    order = MagicMock  # MEM303
    order.symbol_of_order = "BHP"
    feed = Mock()
    feed.latest.return_value = 41.5
    assert QuoteService(feed, {}).price(order.symbol_of_order) == 41.5


def test_class_of_an_order():
    desk = Mock()
    desk.make_order = MagicMock
    assert desk.make_order() is not desk.make_order()
