"""Patchers that nothing stops: each test leaves a mock, or finds that of an earlier one."""

import os
from http import client
from unittest import TestCase
from unittest.mock import patch

import pytest


def fetch(path):
    """The code under test: it asks the host that the environment names."""
    connection = client.HTTPConnection(os.environ.get("QUOTES_HOST", "localhost"))
    connection.request("GET", path)
    return connection.getresponse().read()


class TestFetch(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.environ_patcher = patch.dict(os.environ, {"QUOTES_HOST": "quotes.test"})
        cls.environ_patcher.start()
        cls.addClassCleanup(cls.environ_patcher.stop)

    def setUp(self):
        self.connection_patcher = patch.object(client, "HTTPConnection")
        self.connection = self.connection_patcher.start()  # MEM103
        self.connection.return_value.getresponse.return_value.read.return_value = b"3.5"

    def tearDown(self):
        del self.connection_patcher

    def test_host(self):
        assert fetch("/BHP") == b"3.5"
        self.connection.assert_called_once_with("quotes.test")

    def test_path(self):
        fetch("/RIO")
        self.connection.return_value.request.assert_called_once_with("GET", "/RIO")


class TestFetchEverything(TestCase):
    def setUp(self):
        self.patchers = [
            patch.dict(os.environ, {"QUOTES_HOST": "all.test"}),
            patch.object(client, "HTTPConnection"),
        ]
        for patcher in self.patchers:
            patcher.start()

    def tearDown(self):
        for patcher in reversed(self.patchers):
            patcher.stop()

    def test_host(self):
        fetch("/BHP")
        client.HTTPConnection.assert_called_once_with("all.test")


@pytest.fixture
def connection():
    connection = patch.object(client, "HTTPConnection").start()  # MEM103[conftest]
    connection.return_value.getresponse.return_value.read.return_value = b"1.0"
    return connection


@pytest.fixture
def stopped_connection():
    patcher = patch.object(client, "HTTPConnection")
    yield patcher.start()
    patcher.stop()


@pytest.mark.parametrize("symbol", ["BHP", "RIO", "WDS"])
def test_fetch(connection, symbol):
    assert fetch(f"/{symbol}") == b"1.0"
    # This test's mock alone: those of the others are below it.
    connection.assert_called_once_with("localhost")


def test_fetch_once(stopped_connection):
    fetch("/BHP")
    stopped_connection.assert_called_once_with("localhost")


def test_a_test_that_nobody_cleans_up_after():
    getpid = patch("os.getpid", return_value=7).start()  # MEM103[conftest]
    assert os.getpid() == 7
    getpid.assert_called_once_with()
