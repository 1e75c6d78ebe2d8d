"""MEM103 and base classes of other modules: the option, and what pylint's inference follows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from conftest import lines
from programs import flake8, memlint, messages, pylint, write

from memlint.config import Settings

BASES = """\
import abc
import logging
import unittest
from unittest import mock
from unittest.mock import patch

from lib import cleaning
from lib.cleaning import Cleaner, clean, register
from missing import unknown

logger = logging.getLogger(__name__)
PATCHERS = []


class Plain(unittest.TestCase):
    def setUp(self):
        super().setUp()
        logger.info("set up")
        self.config = {"patcher": 1}
        self.addCleanup(self.config.clear)

    def tearDown(self):
        for patcher in self.patchers:
            patcher.stop()


class Derived(Plain, metaclass=abc.ABCMeta):
    pass


class Registering(Derived):
    def setUp(self):
        super().setUp()
        self.addCleanup(mock.patch.stopall)


class BelowRegistering(Registering):
    pass


class Calling(unittest.TestCase):
    def tearDown(self):
        patch.stopall()


class ByFunction(unittest.TestCase):
    def tearDown(self):
        clean()


class ByModule(unittest.TestCase):
    def tearDown(self):
        cleaning.clean_all()


class ByArgument(unittest.TestCase):
    def setUp(self):
        self.addCleanup(clean)


class ByRegistering(unittest.TestCase):
    def setUp(self):
        register(self)


class ByObject(unittest.TestCase):
    def setUp(self):
        Cleaner().setup(self)


class ByUnknown(unittest.TestCase):
    def setUp(self):
        unknown(self)


class WithAttribute(unittest.TestCase):
    def tearDown(self):
        self.patcher.stop()


class WithAnyAttribute(unittest.TestCase):
    def tearDown(self):
        for name in self.names:
            getattr(self, name).stop()


class OfUnknown(unknown.Base):
    pass


class Mixin:
    def tearDown(self):
        super().tearDown()


class StoppingMixin:
    def tearDown(self):
        patch.stopall()
        super().tearDown()


class Alone:
    def setup_method(self):
        self.config = {}


Alias = Plain
"""
CLEANING = """\
from unittest import mock


def clean():
    clean_all()


def clean_all():
    mock.patch.stopall()


def register(test):
    test.addCleanup(clean_all)


class Cleaner:
    def setup(self, test):
        test.addCleanup(mock.patch.stopall)
"""
HEAD = """\
import unittest
from unittest.mock import patch

from lib import bases
from lib.bases import *


"""
CLASS = """\
class TestFeed({bases}):
    def setUp(self):
        self.patcher = patch("app.Feed")
        self.patcher.start()
        self.patchers = [patch("app.Other")]
        self.patchers[0].start()
        patch("app.Third").start()

    def test_feed(self):
        pass
"""
ATTRIBUTE, LISTED, LOCAL = 11, 13, 14
REPORTED = {
    "bases.Plain": [ATTRIBUTE, LOCAL],
    "bases.Derived": [ATTRIBUTE, LOCAL],
    "bases.Alias": [ATTRIBUTE, LOCAL],
    "bases.Plain, unittest.TestCase": [ATTRIBUTE, LOCAL],
    "bases.Mixin, unittest.TestCase": [ATTRIBUTE, LISTED, LOCAL],
    "bases.Mixin, bases.Derived": [ATTRIBUTE, LOCAL],
    "bases.WithAttribute": [LISTED, LOCAL],
    "bases.WithAnyAttribute": [LOCAL],
    "bases.Registering": [],
    "bases.BelowRegistering": [],
    "bases.Calling": [],
    "bases.ByFunction": [],
    "bases.ByModule": [],
    "bases.ByArgument": [],
    "bases.ByRegistering": [],
    "bases.ByObject": [],
    "bases.ByUnknown": [],
    "bases.OfUnknown": [],
    "bases.StoppingMixin, bases.Derived": [],
    "bases.Derived, missing.Mixin": [],
    "bases.Nothing": [],
    "bases.logger": [],
    "bases.make()": [],
}


def name_of(bases: str) -> str:
    return "test_" + "".join(char if char.isalnum() else "_" for char in bases) + ".py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = {"__init__.py": "", "bases.py": BASES, "cleaning.py": CLEANING}
    files = {name_of(bases): HEAD + CLASS.format(bases=bases) for bases in REPORTED}
    files.update({f"lib/{name}": text for name, text in library.items()})
    return write(tmp_path_factory.mktemp("bases"), files)


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, list[dict]]:
    """What pylint reports on each file."""
    names = list(map(name_of, REPORTED))
    found: dict[str, list[dict]] = {name: [] for name in names}
    for message in messages(pylint(folder, "--enable=MEM103", "--output-format=json2", *names)):
        found[message["path"]].append(message)
    return found


@pytest.mark.parametrize("bases", REPORTED)
def test_inference_follows_bases(report: dict[str, list[dict]], bases: str) -> None:
    found = report[name_of(bases)]
    assert sorted(message["line"] for message in found) == REPORTED[bases]
    assert {message["confidence"] for message in found} <= {"INFERENCE"}


def test_no_other_host_knows_the_bases(folder: Path) -> None:
    names = list(map(name_of, REPORTED))
    assert flake8(folder, "--select=MEM103", *names).lines == []
    assert memlint(folder, "check", "--select=MEM103", *names)[:2] == (0, [])


def test_a_class_that_the_file_knows_is_certain(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": HEAD + CLASS.format(bases="unittest.TestCase")})
    ended = pylint(tmp_path, "--enable=MEM103", "--output-format=json2", "test_it.py")
    found = [(message["line"], message["confidence"]) for message in messages(ended)]
    assert found == [(ATTRIBUTE, "HIGH"), (LISTED, "HIGH"), (LOCAL, "HIGH")]


def test_pytest_classes_have_bases_as_well(tmp_path: Path) -> None:
    text = """\
from unittest.mock import patch

from bases import Alone, Stopping


class TestFeed(Alone):
    def setup_method(self):
        super().setup_method()
        patch("app.Feed").start()

    def test_feed(self):
        pass


class TestOther(Stopping):
    def test_other(self):
        patch("app.Other").start()
"""
    bases = """\
from unittest.mock import patch


class Alone:
    def setup_method(self):
        self.config = {}


class Stopping(Alone):
    def teardown_method(self):
        patch.stopall()
"""
    write(tmp_path, {"test_it.py": text, "bases.py": bases})
    ended = pylint(tmp_path, "--enable=MEM103", "--output-format=json2", "test_it.py")
    assert [message["line"] for message in messages(ended)] == [9]


LOCAL_BASE = """\
import unittest
from unittest.mock import patch


class Base(unittest.TestCase):
    def setUp(self):
        install(self)


class TestFeed(Base):
    def test_feed(self):
        patch("app.Feed").start()


class TestOther(unittest.TestCase):
    def test_other(self):
        patch("app.Other").start()
"""


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), [12, 17]),
        (("Base",), [17]),
        (("app.Base",), [12, 17]),
        (("ase",), [12, 17]),
        (("TestCase",), []),
        (("unittest.TestCase",), []),
        (("app.Other", "Base"), [17]),
    ],
)
def test_option(names: tuple[str, ...], found: list[int]) -> None:
    settings = Settings(stopall_bases=names)
    expected = Counter({(line, "MEM103"): 1 for line in found})
    assert lines(LOCAL_BASE, "MEM103", settings=settings) == expected


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lib.bases.Derived", []),
        ("Plain", []),
        ("lib.bases.Plain", []),
        ("bases.Calling", [ATTRIBUTE, LOCAL]),
    ],
)
def test_option_names_an_inferred_base(folder: Path, name: str, found: list[int]) -> None:
    option = f"--memlint-stopall-bases={name}"
    arguments = ("--enable=MEM103", "--output-format=json2", option, name_of("bases.Derived"))
    assert [message["line"] for message in messages(pylint(folder, *arguments))] == found


def test_option_of_each_host(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": LOCAL_BASE})
    place = "test_it.py:17:"
    ended = flake8(tmp_path, "--select=MEM103", "--memlint-stopall-bases=Base", "test_it.py")
    assert [line[: len(place)] for line in ended.lines] == [place]
    arguments = ("--select=MEM103", "--stopall-bases=Base", "--output-format=concise")
    ended = memlint(tmp_path, "check", *arguments, "test_it.py")
    assert [line[: len(place)] for line in ended.lines if line.startswith("test")] == [place]
