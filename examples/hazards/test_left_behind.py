"""Mocks that outlive their file: in the table of modules, and on a module of the library."""

import importlib
import sys
import webbrowser
from types import ModuleType
from unittest import TestCase
from unittest.mock import MagicMock, patch

import pytest

# There is no serial port where the tests run, and the driver needs one to be imported.
sys.modules["serial_driver"] = MagicMock()  # MEM107
for name in ("serial_driver.bus", "serial_driver.errors"):
    sys.modules[name] = MagicMock()  # MEM107

webbrowser.open = MagicMock(return_value=True)  # MEM110


class Printer:
    """What is tested: it imports its driver when it is used."""

    def write(self, text: str) -> int:
        """Send ``text``; how much of it was sent."""
        driver = importlib.import_module("serial_driver")
        return driver.write(text)

    def show_help(self) -> bool:
        """Open the page that explains the lights."""
        return webbrowser.open("https://printer.example/help")


def test_write() -> None:
    Printer().write("label")
    sys.modules["serial_driver"].write.assert_called_with("label")


def test_help() -> None:
    assert Printer().show_help()


class HelpTest(TestCase):
    """Puts back what it finds."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.get = webbrowser.get
        webbrowser.get = MagicMock()

    @classmethod
    def tearDownClass(cls) -> None:
        webbrowser.get = cls.get

    def test_help(self) -> None:
        assert webbrowser.get("firefox")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A driver that records nothing, for one test."""
    stub = ModuleType("serial_driver")
    stub.write = len
    monkeypatch.setitem(sys.modules, "serial_driver", stub)
    return stub


def test_write_to_a_stub(stub: ModuleType) -> None:
    assert Printer().write("label") == stub.write("label")


def test_help_without_a_browser() -> None:
    with patch.object(webbrowser, "open", return_value=False):
        assert not Printer().show_help()
