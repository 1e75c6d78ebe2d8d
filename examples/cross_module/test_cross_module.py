"""Hazards behind imported names: only pylint, which infers across modules, can see them."""

import pytest
import quotes
from helpers import PER_MODULE, Feed, Recorder, make_feed, swap


@pytest.fixture(scope=PER_MODULE)
def even_rate():
    with swap("quotes.rate") as rate:  # MEM101[pylint]
        rate.return_value = 1.0
        yield rate


@pytest.fixture
def double_rate():
    with swap("quotes.rate") as rate:
        rate.return_value = 2.0
        yield rate


def test_lowest_price_of_subclassed_feeds():
    feeds = []
    for price in (3.0, 1.0, 2.0):
        feed = Feed()  # MEM302[pylint]
        feed.return_value = price
        feeds.append(feed)
    assert quotes.best(feeds, "BHP") == 1.0


def test_every_aliased_feed_is_asked_once():
    feeds = []
    for _ in range(3):
        feed = Recorder(return_value=1.0)  # MEM302[pylint]
        feeds.append(feed)
    quotes.best(feeds, "BHP")
    for feed in feeds:
        feed.assert_called_once_with("BHP")


def test_feeds_from_a_factory():
    feeds = []
    for price in range(4, 8):
        feed = make_feed()  # MEM302[pylint]
        feed.return_value = price
        feeds.append(feed)
    assert quotes.best(feeds, "BHP") == 4


def test_one_feed_at_a_time():
    for price in range(1, 4):
        feed = make_feed()
        feed.return_value = price
        assert quotes.best([feed], "BHP") == price


def test_even_rate(even_rate):
    assert quotes.convert(45.5, "USD") == 45.5
    even_rate.assert_called_with("USD")


def test_double_rate(double_rate):
    assert quotes.convert(45.5, "USD") == 91.0
    double_rate.assert_called_once_with("USD")
