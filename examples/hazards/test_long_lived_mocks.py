"""Mocks that outlive the tests they were made for: made at import, or kept on test classes."""

import unittest
from unittest.mock import Mock, patch


class Publisher:
    """Code under test: it sends messages through a transport, and tells a clock the time."""

    def __init__(self, transport, clock=None):
        self.transport = transport
        self.clock = clock

    def publish(self, messages):
        """Send every message; how many were sent."""
        for message in messages:
            self.transport.send(message)
        return len(messages)


TRANSPORT = Mock()  # MEM111
UNSET = Mock()


def test_publish():
    assert Publisher(TRANSPORT).publish([b"first", b"second"]) == 2


def test_calls_of_other_tests_are_there_as_well():
    Publisher(TRANSPORT).publish([b"third"])
    TRANSPORT.send.assert_called_with(b"third")


class TestClock:
    clock = Mock(return_value=0.0)  # MEM111

    def test_publish(self):
        assert Publisher(Mock(), self.clock).publish([b"first"]) == 1

    def test_time(self):
        assert Publisher(Mock(), self.clock).clock() == 0.0


def test_a_sentinel_is_no_hazard():
    assert Publisher(None).clock is not UNSET


class TestPublisher:
    def setup_method(self):
        self.transport = Mock()  # MEM112
        self.publisher = Publisher(self.transport)

    def test_publish(self):
        self.publisher.publish([b"first"])
        self.transport.send.assert_called_once_with(b"first")

    def test_publish_nothing(self):
        self.publisher.publish([])
        self.transport.send.assert_not_called()

    def test_patched(self):
        with patch.object(Publisher, "publish") as publish:
            self.publisher.publish([b"first"])
        publish.assert_called_once_with([b"first"])


class PublisherTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.transport = Mock()  # MEM112

    def setUp(self):
        self.clock = Mock()  # dropped with the instance

    def test_publish(self):
        publisher = Publisher(self.transport, self.clock)
        assert publisher.publish([b"first"]) == 1
