"""What a `conftest.py` of the same or a parent folder puts back is not reported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from memlint import conftests, engine
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

MODULE = """\
import sys
from unittest.mock import Mock
from app import client

sys.modules["driver"] = Mock()
client.send = Mock()
"""
BOTH = {(5, "MEM107"): 1, (6, "MEM110"): 1}
PUT_BACK = """\
import sys
from app import client

def pytest_runtest_setup(item):
    sys.modules.pop("driver", None)
    client.send = None
"""
RESET = """\
import pytest
from app import client
import driver

@pytest.fixture(autouse=True)
def forget():
    yield
    client.send.reset_mock()
    driver.reset_mock()
"""
AT_IMPORT = 'import sys\nsys.modules.pop("driver", None)\n'
OTHERS = 'import sys\nfrom app import client\ndef f():\n    del sys.modules["bus"], client.close\n'
BROKEN = "def:"


def lines(text: str, *codes: str, path: str = "tests/test_it.py") -> dict[tuple[int, str], int]:
    """The lines and codes of the findings of a host that reads the conftest.py files around."""
    source, settings = Source.from_bytes(path, text.encode()), Settings()
    read = conftests.reader(path, settings)
    outcome = engine.check(source, select(codes), settings, None, read)
    assert outcome.crashes == ()
    return {(source.position(f.span.start)[0], f.code): 1 for f in outcome.findings}


def found(folder: Path, **files: str) -> dict[tuple[int, str], int]:
    """The lines and codes in `tests/unit/test_it.py`, beside ``files`` by their folders."""
    unit = folder / "tests" / "unit"
    unit.mkdir(parents=True)
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", "/") / "conftest.py").write_text(text)
    return lines(MODULE, "MEM107", "MEM110", path=str(unit / "test_it.py"))


@pytest.mark.parametrize("place", ["tests_unit", "tests"])
@pytest.mark.parametrize("text", [PUT_BACK, RESET], ids=["put back", "reset"])
def test_silent(tmp_path: Path, text: str, place: str) -> None:
    assert found(tmp_path, **{place: text}) == {}


@pytest.mark.parametrize("text", [AT_IMPORT, OTHERS, BROKEN, ""])
def test_other_conftests(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, tests=text) == BOTH


def test_above_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (tmp_path / "conftest.py").write_text(PUT_BACK)
    assert found(project) == BOTH


def test_a_conftest_is_read_again_when_it_changes(tmp_path: Path) -> None:
    assert found(tmp_path, tests=PUT_BACK) == {}
    conftest = tmp_path / "tests" / "conftest.py"
    conftest.write_text("")
    os.utime(conftest, ns=(1, 1))
    path = str(tmp_path / "tests" / "unit" / "test_it.py")
    assert lines(MODULE, "MEM107", "MEM110", path=path) == BOTH


def test_the_file_itself_is_no_conftest_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "conftest.py"
    text = f"{MODULE}\ndef pytest_runtest_setup():\n    pass\n"
    path.write_text(text + "    client.send = None\n")
    assert lines(text, "MEM107", "MEM110", path=str(path)) == BOTH


def test_a_folder_called_conftest(tmp_path: Path) -> None:
    (tmp_path / "tests" / "conftest.py").mkdir(parents=True)
    assert lines(MODULE, "MEM107", "MEM110", path=str(tmp_path / "tests" / "test_it.py")) == BOTH


def test_a_path_that_is_none() -> None:
    assert lines(MODULE, "MEM107", "MEM110", path="tests/test_\0.py") == BOTH


def test_folders_above_the_working_directory_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "tests" / "project"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    for path in ("app.py", str(project / "app.py")):
        assert lines(MODULE, "MEM107", "MEM110", path=path) == {}
    for path in ("test_app.py", str(project / "test_app.py"), str(project / "test" / "app.py")):
        assert lines(MODULE, "MEM107", "MEM110", path=path) == BOTH


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert lines(MODULE, "MEM107", "MEM110") == BOTH


RESET_BY_NAME = """\
import pytest
from app import client

@pytest.fixture(autouse=True)
def forget():
    yield
    client.send.reset_mock()
"""
SHARED = """\
import unittest
from unittest.mock import Mock, patch

@patch("app.client.send", Mock())
class TestIt(unittest.TestCase):
    def test_it(self):
        pass
"""
STOPALL = """\
import pytest
from unittest.mock import patch

@pytest.fixture(autouse=True)
def stop():
    yield
    patch.stopall()
"""
LOST = """\
from unittest.mock import patch

def test_stop(request):
    send = patch("app.client.send").start()
    request.addfinalizer(send.stop)

def test_overwritten():
    send = patch("app.client.send")
    send = send.start()
"""


@pytest.mark.parametrize(
    ("text", "conftest", "left"),
    [
        (SHARED, RESET_BY_NAME, {}),
        (SHARED, STOPALL, {(4, "MEM108"): 1}),
        (LOST, STOPALL, {}),
        (LOST, RESET_BY_NAME, {(5, "MEM104"): 1, (9, "MEM105"): 1}),
    ],
)
def test_other_rules(
    tmp_path: Path, text: str, conftest: str, left: dict[tuple[int, str], int]
) -> None:
    (tmp_path / "conftest.py").write_text(conftest)
    path = str(tmp_path / "test_it.py")
    assert lines(text, "MEM104", "MEM105", "MEM108", path=path) == left
