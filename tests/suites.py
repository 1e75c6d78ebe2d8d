"""Test files with known findings, for the tests of the programs."""

from __future__ import annotations

from typing import NamedTuple

from conftest import findings

SUITE = """\
from unittest.mock import MagicMock, patch

import pytest


class TestFeed:
    @pytest.fixture(scope="class")
    def consumer(self):
        with patch("app.Consumer") as consumer:
            consumer.decode.side_effect = lambda value: value.upper()
            yield consumer

    def test_batch(self, batch):
        for _ in range(2000):
            batch.append(MagicMock())
        batch.feeds = [MagicMock() for _ in range(3)]


@pytest.fixture(scope="module")
def writer():
    writer = MagicMock()
    return writer


def test_decode():
    decode = MagicMock(side_effect=lambda value: None)
    decode.side_effect = lambda value: value.upper()
"""


class Found(NamedTuple):
    """A finding: line and columns from 1, the end exclusive."""

    line: int
    column: int
    end_column: int
    code: str

    @property
    def text(self) -> str:
        """What the engine has to say about it."""
        return _TEXTS[self.code]


_TEXTS = {finding.code: finding.message for finding in findings(SUITE)[1]}

FINDINGS = [
    Found(9, 14, 35, "MEM101"),
    Found(10, 43, 70, "MEM201"),
    Found(15, 26, 37, "MEM301"),
    Found(16, 24, 35, "MEM302"),
    Found(21, 14, 25, "MEM102"),
    Found(26, 36, 54, "MEM202"),
    Found(27, 26, 53, "MEM203"),
]
DEFAULT = ("MEM101", "MEM102", "MEM201", "MEM301")

OPTIONS_SUITE = """\
from unittest.mock import MagicMock, patch

import pytest
from app import FakeFeed


@pytest.fixture(scope="module")
def rate():
    with patch("app.rate") as rate:
        yield rate


def test_feeds(feeds):
    for _ in range(5):
        feeds.append(MagicMock())
    for _ in range(1000):
        feeds.append(FakeFeed())
"""

LAMBDA = "feed.side_effect = lambda value: value"

# Files that hold nothing but lambdas of MEM201, and their encodings.
POSITIONS = {
    "test_bom.py": (f"{LAMBDA}\nname = '\u00e9'; {LAMBDA}\n", "utf-8-sig"),
    "test_cr.py": (f"name = 1\r{LAMBDA}\r", "utf-8"),
    "test_crlf.py": (f"name = '''\r\n\u00e9'''; {LAMBDA}\r\n", "utf-8"),
    "test_form_feed.py": (
        f"\f\n\f{LAMBDA}\nname = ' \f\v\x1c\x85\u2028'; {LAMBDA}\n\f\n  \f\n{LAMBDA}\n",
        "utf-8",
    ),
    "test_latin.py": (f"# coding: latin-1\nname = '\u00e9\u00fc'; {LAMBDA}\n", "latin-1"),
    "test_no_newline.py": (f"name = '\N{PARTY POPPER}'\n{LAMBDA}", "utf-8"),
    "test_wide.py": (f"name = '\N{PARTY POPPER}\u6f22'; {LAMBDA}\n", "utf-8"),
}

# The marked lambdas are those that no comment suppresses, the marked comments those without use.
NOQA = f"""\
{LAMBDA}  # MEM201
{LAMBDA}  # noqa
{LAMBDA}  # NoQA: MEM201
{LAMBDA}  # noqa: MEM2
{LAMBDA}  # noqa:E501,MEM201
{LAMBDA}  # noqa: MEM101 # MEM201 MEM001
{LAMBDA}  # noqa: E501 # MEM201
feed.side_effect = lambda value: (  # noqa: MEM201
    value
)
feed.side_effect = lambda value: (
    value
)  # noqa: MEM201
feed.side_effect = lambda value: (  # MEM201
    value  # noqa: MEM201 # MEM001
)
feed.side_effect = lambda value: \\
    value  # noqa: MEM201
feed.side_effect = (  # memlint: ignore[MEM201]
    lambda value: value
)
{LAMBDA}  # memlint: ignore
{LAMBDA}  # memlint: ignore[side-effect-lambda-in-wide-scope]
{LAMBDA}  # memlint: ignore[MEM101] # MEM201 MEM001
if feed:  # memlint: ignore[MEM2] # MEM001
    {LAMBDA}  # MEM201
"""
