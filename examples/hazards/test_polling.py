"""A clock and a queue that record every call of a loop."""

import time
from unittest.mock import MagicMock, patch


class Feed:
    """Asks a source for messages until it was idle for a while."""

    idle_limit = 500

    def __init__(self, source):
        self.source = source
        self.messages = []

    def run(self):
        idle = 0
        while idle < self.idle_limit:
            message = self.source.poll(1.0)
            if message is None:
                idle += 1
                time.sleep(0.1)
            else:
                self.messages.append(message)


def test_nothing_comes():
    """The mocks keep 1,000 calls; and calls without end once the code forgets its limit."""
    with patch("time.sleep"):  # MEM401
        source = MagicMock()
        source.poll.return_value = None  # MEM402
        feed = Feed(source)
        feed.run()
    assert feed.messages == []
