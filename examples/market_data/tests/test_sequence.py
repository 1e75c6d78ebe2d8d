"""The sequence tracker, fed by mocks that outlive their tests."""

import unittest
from unittest import mock

import pytest
from market_data.sequence import EventKind, SequenceEvent, SequenceTracker

venue = mock.MagicMock()  # MEM111
venue.next_number.side_effect = lambda last: last + 1  # MEM201


@pytest.fixture(scope="module")
def listener():
    """Made once, reset before each test."""
    return mock.MagicMock()


@pytest.fixture(autouse=True)
def fresh_listener(listener):
    listener.reset_mock()


@pytest.fixture
def tracker(listener):
    return SequenceTracker(window=100, listener=listener)


def test_first_number_is_in_order(tracker, listener):
    assert tracker.check_sequence("asx", "BHP", 500) is None
    listener.assert_not_called()


def test_venue_that_counts_up(tracker, listener):
    number = 1
    for _ in range(20):
        assert tracker.check_sequence("asx", "BHP", number) is None
        number = venue.next_number(number)
    listener.assert_not_called()


def test_gap(tracker, listener):
    tracker.check_sequence("asx", "BHP", 1)
    event = tracker.check_sequence("asx", "BHP", 5)
    assert event == SequenceEvent(EventKind.GAP, "asx", "BHP", expected=2, received=5)
    assert event.missing == 3
    listener.assert_called_once_with(event)


def test_order_after_a_gap(tracker):
    tracker.check_sequence("asx", "BHP", 1)
    tracker.check_sequence("asx", "BHP", 5)
    assert tracker.check_sequence("asx", "BHP", 6) is None


@pytest.mark.parametrize("number", [900, 950, 1000])
def test_duplicate(tracker, number):
    tracker.check_sequence("asx", "BHP", 1000)
    event = tracker.check_sequence("asx", "BHP", number)
    assert (event.kind, event.missing) == (EventKind.DUPLICATE, 0)


def test_duplicate_does_not_move_the_sequence(tracker):
    tracker.check_sequence("asx", "BHP", 10)
    tracker.check_sequence("asx", "BHP", 8)
    assert tracker.check_sequence("asx", "BHP", 11) is None


def test_instruments_are_independent(tracker):
    tracker.check_sequence("asx", "BHP", 10)
    assert tracker.check_sequence("asx", "CBA", 70) is None
    assert tracker.check_sequence("cboe", "BHP", 30) is None
    assert tracker.check_sequence("asx", "BHP", 11) is None


def test_tracker_without_listener():
    tracker = SequenceTracker()
    tracker.check_sequence("asx", "BHP", 1)
    assert tracker.check_sequence("asx", "BHP", 3).kind is EventKind.GAP


def test_each_tracker_has_its_own_listener():
    listeners = [mock.MagicMock(side_effect=lambda event: None) for _ in range(3)]  # MEM202 MEM302
    for missing, listener in enumerate(listeners, start=1):
        tracker = SequenceTracker(listener=listener)
        tracker.check_sequence("asx", "BHP", 1)
        tracker.check_sequence("asx", "BHP", 2 + missing)
    assert [listener.call_args.args[0].missing for listener in listeners] == [1, 2, 3]


def test_listener_for_each_gap():
    for width in range(1, 4):
        listener = mock.MagicMock()
        tracker = SequenceTracker(listener=listener)
        tracker.check_sequence("asx", "BHP", 1)
        tracker.check_sequence("asx", "BHP", 2 + width)
        assert listener.call_args.args[0].missing == width


def test_failing_listener_is_not_hidden():
    tracker = SequenceTracker(listener=mock.Mock(side_effect=ConnectionError("pager is away")))
    tracker.check_sequence("asx", "BHP", 1)
    with pytest.raises(ConnectionError, match="pager is away"):
        tracker.check_sequence("asx", "BHP", 3)


class TestReset:
    opening = mock.MagicMock(side_effect=lambda: 1)  # MEM111 MEM201

    def test_number_far_behind(self, tracker):
        tracker.check_sequence("asx", "BHP", 5000)
        event = tracker.check_sequence("asx", "BHP", self.opening())
        assert (event.kind, event.missing) == (EventKind.RESET, 0)

    def test_order_after_a_reset(self, tracker):
        tracker.check_sequence("asx", "BHP", 5000)
        tracker.check_sequence("asx", "BHP", self.opening())
        assert tracker.check_sequence("asx", "BHP", 2) is None

    def test_number_just_outside_the_window(self, tracker):
        tracker.check_sequence("asx", "BHP", 1000)
        assert tracker.check_sequence("asx", "BHP", 899).kind is EventKind.RESET


class TestReplayedSession(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.archive = mock.MagicMock()
        cls.archive.session.side_effect = lambda count: range(1, count + 1)  # MEM201

    @classmethod
    def tearDownClass(cls):
        del cls.archive

    def test_whole_session(self):
        tracker = SequenceTracker()
        events = [tracker.check_sequence("asx", "BHP", n) for n in self.archive.session(50)]
        assert set(events) == {None}

    def test_session_seen_before(self):
        tracker = SequenceTracker()
        tracker.check_sequence("asx", "BHP", 50)
        events = [tracker.check_sequence("asx", "BHP", n) for n in self.archive.session(50)]
        assert {event.kind for event in events} == {EventKind.DUPLICATE}
