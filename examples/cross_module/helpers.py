"""What the suite calls its mocks; none of the names says so."""

from unittest import mock
from unittest.mock import MagicMock

PER_MODULE = "module"
swap = mock.patch
Recorder = MagicMock


class Feed(MagicMock):
    """A price feed that remembers what it was asked."""


def make_feed():
    return MagicMock()
