"""What a conftest.py says about the tests of other files, and who listens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import findings
from marks import Marks, marks
from programs import flake8, memlint, messages, pylint, run, write

from memlint import conftests, engine
from memlint.config import Settings
from memlint.facts.conftests import Conftest, ReadConftests
from memlint.rules import select
from memlint.source import Source

CLIENT = """\
import pytest
from unittest.mock import MagicMock


@pytest.fixture(scope="module")
def client():
    return MagicMock()
"""
RESET = """\
import pytest


@pytest.fixture(autouse=True)
def forget_calls(client):
    yield
    client.reset_mock()
"""
PATCHED = """\
import pytest
from unittest.mock import patch


@pytest.fixture(scope="module")
def client():
    with patch("app.Client") as client:
        yield client


@pytest.fixture(scope="module")
def writer():
    with patch("app.Writer") as writer:
        yield writer
"""
CHECK = ("check", "--isolated", "--output-format", "concise", "--quiet", "--exit-zero")


def held(*names: str) -> list[str]:
    """What is said where nothing resets the mock."""
    _, [finding] = findings(CLIENT, "MEM102")
    return [f"{name}:7:12: MEM102 {finding.message}" for name in names]


def project(folder: Path, files: dict[str, str | bytes]) -> Path:
    return write(folder / "project", {".git/HEAD": "", **files})


# Of each folder the name, and the conftest.py files around its test.
RESETTING = {
    "same/test_it.py": {"same/conftest.py": RESET},
    "parent/a/test_it.py": {"parent/conftest.py": RESET},
    "grandparent/a/b/test_it.py": {"grandparent/conftest.py": RESET},
    "between/a/b/test_it.py": {"between/a/conftest.py": RESET, "between/conftest.py": ""},
}
LEAVING = {
    "none/test_it.py": {},
    "sibling/a/test_it.py": {"sibling/b/conftest.py": RESET},
    "below/test_it.py": {"below/a/conftest.py": RESET},
    "other/test_it.py": {"other/conftest.py": RESET.replace("client", "writer")},
    "child/test_it.py": {
        "child/conftest.py": RESET.replace("client.reset_mock", "client.get.reset_mock")
    },
    "wide/test_it.py": {
        "wide/conftest.py": RESET.replace("autouse=True", "autouse=True, scope='class'")
    },
    "broken/test_it.py": {"broken/conftest.py": f"{RESET}a = = 1\n"},
    "binary/test_it.py": {"binary/conftest.py": b"\x00\xff" + RESET.encode()},
    "folder/test_it.py": {"folder/conftest.py/conftest.py": RESET},
    "name/test_it.py": {"name/conftest_.py": RESET},
}
PLACES = {name: dict(around) for name, around in (RESETTING | LEAVING).items()}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with every place of a conftest.py, below a folder that has one as well."""
    above = write(tmp_path_factory.mktemp("places"), {"conftest.py": RESET})
    files = {name: content for around in PLACES.values() for name, content in around.items()}
    return project(above, {**files, **dict.fromkeys(PLACES, CLIENT)})


def test_command(places: Path) -> None:
    assert memlint(places, *CHECK, *PLACES).lines == held(*LEAVING)


def test_pylint(places: Path) -> None:
    found = messages(pylint(places, "--enable=memlint", "--output-format=json2", *PLACES))
    assert [(each["path"], each["line"], each["messageId"]) for each in found] == [
        (name, 7, "W9102") for name in LEAVING
    ]
    assert {each["confidence"] for each in found} == {"HIGH"}


def test_flake8_knows_none(places: Path) -> None:
    assert sorted(flake8(places, "--select=MEM", *PLACES).lines) == sorted(held(*PLACES))


def test_broken_files_are_told_where_they_are_checked_themselves(places: Path) -> None:
    ended = memlint(places, *CHECK, "broken", "binary")
    assert ended.lines == held("broken/test_it.py", "binary/test_it.py")
    assert ended.errors == [
        "memlint: broken/conftest.py:8:5: invalid syntax",
        "memlint: binary/conftest.py:1:2: cannot decode byte 0xff as utf-8",
    ]


def test_an_unreadable_file(tmp_path: Path) -> None:
    folder = project(tmp_path, {"test_it.py": CLIENT})
    os.mkfifo(folder / "conftest.py")  # who opens it waits for ever
    assert memlint(folder, *CHECK, "test_it.py").lines == held("test_it.py")
    (folder / "conftest.py").unlink()
    (folder / "conftest.py").symlink_to("conftest.py")
    assert memlint(folder, *CHECK, "test_it.py").lines == held("test_it.py")


def test_a_notebook(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": CLIENT, "metadata": {}, "outputs": []}
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    files = {"a/conftest.py": RESET, "a/b/test_it.ipynb": notebook, "test_it.ipynb": notebook}
    ended = memlint(project(tmp_path, files), *CHECK)
    assert ended.lines == [
        line.replace("test_it.ipynb:", "test_it.ipynb:cell 1:") for line in held("test_it.ipynb")
    ]


def test_standard_input(tmp_path: Path) -> None:
    folder = project(tmp_path, {"conftest.py": RESET, "b/c.txt": ""})
    (tmp_path / "elsewhere").mkdir()

    def lines(*arguments: str) -> list[str]:
        return run(folder, "-m", "memlint", *CHECK, "-", *arguments, stdin=CLIENT.encode()).lines

    assert lines("--stdin-filename", "test_it.py") == []
    assert lines("--stdin-filename", "b/test_it.py") == []
    assert lines("--stdin-filename", "no/such/test_it.py") == []
    assert lines("--stdin-filename", "../elsewhere/test_it.py") == held("../elsewhere/test_it.py")
    assert lines() == held("-")


def test_several_processes(tmp_path: Path) -> None:
    silent = {f"a/test_{number}.py": CLIENT for number in range(100)}
    heard = [f"b/test_{number}.py" for number in range(100, 200)]
    files = {"a/conftest.py": RESET, **silent, **dict.fromkeys(heard, CLIENT)}
    assert memlint(project(tmp_path, files), *CHECK, "-j2").lines == held(*heard)


@pytest.mark.parametrize("mark", ["pyproject.toml", "pytest.ini", "setup.cfg", "setup.py"])
def test_a_project_without_repository(tmp_path: Path, mark: str) -> None:
    files = {"conftest.py": RESET, f"project/{mark}": "", "project/a/test_it.py": CLIENT}
    write(tmp_path, files)
    assert memlint(tmp_path, *CHECK, "project").lines == held("project/a/test_it.py")
    write(tmp_path, {"project/conftest.py": RESET})
    assert memlint(tmp_path, *CHECK, "project").lines == []


def test_a_repository_is_the_project_whatever_its_folders_configure(tmp_path: Path) -> None:
    files = {"conftest.py": RESET, "a/setup.cfg": "", "a/b/pytest.ini": "", "a/b/c/t.py": CLIENT}
    folder = project(tmp_path, files)
    assert memlint(folder / "a", *CHECK, "b").lines == []


def test_a_worktree_has_a_file_for_its_repository(tmp_path: Path) -> None:
    files = {"conftest.py": RESET, "project/.git": "gitdir: elsewhere", "project/t.py": CLIENT}
    write(tmp_path, files)
    assert memlint(tmp_path, *CHECK, "project").lines == held("project/t.py")


def test_no_project_at_all(tmp_path: Path) -> None:
    files = {"conftest.py": RESET, "a/conftest.py": RESET, "a/b/test_it.py": CLIENT}
    write(tmp_path, files)
    assert memlint(tmp_path / "a" / "b", *CHECK, "test_it.py").lines == held("test_it.py")
    assert memlint(tmp_path / "a", *CHECK, "b").lines == []
    # From elsewhere a file's own folder is all there is.
    file = tmp_path / "a" / "b" / "test_it.py"
    assert memlint(tmp_path / "a" / "..", *CHECK, str(file)).lines == []
    write(tmp_path, {"c/d.py": ""})
    assert memlint(tmp_path / "c", *CHECK, str(file)).lines == held(str(file))
    write(tmp_path, {"a/b/conftest.py": RESET})
    assert memlint(tmp_path / "c", *CHECK, str(file)).lines == []


def test_links(tmp_path: Path) -> None:
    """A folder is where its path says, for pytest too."""
    files = {"a/conftest.py": RESET, "real/test_it.py": CLIENT, "b/conftest.py": "", "c/d.py": ""}
    folder = project(tmp_path, files)
    (folder / "a" / "linked").symlink_to(folder / "real")
    (folder / "b" / "linked").symlink_to(folder / "real")
    (folder / "c" / "conftest.py").symlink_to(folder / "a" / "conftest.py")
    write(folder, {"c/test_it.py": CLIENT})
    names = ("a/linked/test_it.py", "b/linked/test_it.py", "c/test_it.py")
    assert [memlint(folder, *CHECK, name).lines for name in names] == [[], held(names[1]), []]


def around(file: Path, settings: Settings | None = None) -> tuple[Conftest, ...]:
    return conftests.around(str(file), settings or Settings())


def test_a_file_is_read_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self) or read_bytes(self))
    folder = project(tmp_path, {"conftest.py": "", "a/conftest.py": RESET})
    outer, inner = folder / "conftest.py", folder / "a" / "conftest.py"

    first = around(folder / "a" / "test_it.py")
    assert [len(each.resets) for each in first] == [0, 1]
    assert around(folder / "a" / "test_other.py") == first
    assert around(folder / "a" / "b" / "c" / "test_it.py") == first
    assert around(outer) == ()
    assert around(inner) == around(folder / "test_it.py") == first[:1]
    assert read == [outer, inner]

    write(folder, {"conftest.py": RESET, "a/conftest.py": RESET[:-2]})  # which no longer parses
    assert [each.stops_patches for each in around(folder / "a" / "t.py")] == [False, None]
    inner.unlink()
    assert [len(each.resets) for each in around(folder / "a" / "t.py")] == [1]
    write(folder, {"a/b/conftest.py": ""})
    assert [len(each.resets) for each in around(folder / "a" / "b" / "t.py")] == [1, 0]
    assert read == [outer, inner, outer, inner, folder / "a" / "b" / "conftest.py"]


def test_a_file_that_keeps_its_size_is_known_by_its_time(tmp_path: Path) -> None:
    folder = project(tmp_path, {"conftest.py": RESET})
    assert [len(each.resets) for each in around(folder / "t.py")] == [1]
    write(folder, {"conftest.py": RESET.replace("reset_mock", "resetmocks")})
    os.utime(folder / "conftest.py", ns=(0, 1))
    assert [len(each.resets) for each in around(folder / "t.py")] == [0]


def test_settings_count(tmp_path: Path) -> None:
    wide = RESET.replace("autouse=True", "autouse=True, scope='class'")
    folder = project(tmp_path, {"conftest.py": wide})
    for scopes, resets in [(("class", "module"), 0), (("module",), 1), (("class",), 0)]:
        [found] = around(folder / "t.py", Settings(wide_scopes=scopes))
        assert len(found.resets) == resets


def around_of(text: str) -> Conftest:
    source = Source.from_bytes("conftest.py", dedent(text).encode())
    return engine.find_facts(source, Settings()).as_conftest


def checked(text: str, read: ReadConftests, *codes: str) -> list[tuple[int, str]]:
    """The lines and codes found in ``text``."""
    source = Source.from_bytes("tests/test_it.py", dedent(text).encode())
    outcome = engine.check(source, select(codes), Settings(), None, read)
    assert outcome.crashes == ()
    return [(source.position(each.span.start)[0], each.code) for each in outcome.findings]


def unread() -> list[Conftest]:
    raise AssertionError("read")


def test_files_are_read_where_a_rule_has_to_know() -> None:
    text = """
        import pytest
        from unittest.mock import MagicMock, patch


        @pytest.fixture
        def client():
            with patch("app.Client") as client:
                yield client


        @pytest.fixture(scope="module")
        def number():
            return 1


        @pytest.fixture(scope="module")
        def writer():
            return MagicMock()


        def test_it(client, writer):
            client.send.side_effect = lambda value: value
            writer.reset_mock()
    """
    assert checked(text, unread, "MEM") == [(23, "MEM203")]


HELD = """
import pytest
from unittest.mock import MagicMock, patch
from app import errors

@pytest.fixture(scope="module")
def by_name():
    with patch("app.Client") as client:  # 8
        yield client

@pytest.fixture(scope="module")
def by_target():
    with patch("app.client.Client"):  # 13
        yield

class TestIt:
    @pytest.fixture(scope="class")
    def of_class(self):
        return MagicMock()  # 19

    @pytest.fixture(scope="class", autouse=True)
    def by_attribute(self, request):
        request.cls.consumer = MagicMock()
        with patch.object(errors, "report") as report:  # 24
            request.cls.report = report
            yield

@pytest.fixture(scope="module")
def by_mocker(module_mocker):
    module_mocker.patch("app.Writer")  # 30

@pytest.fixture(scope="session")
def in_list():
    return [MagicMock()]  # 34
"""
ALL = {8, 13, 19, 24, 30, 34}
FIXTURE = """
import pytest

@pytest.fixture(autouse=True)
def reset({parameters}):
    yield
    {reset}
"""


@pytest.mark.parametrize(
    ("parameters", "reset", "lines"),
    [
        ("by_name", "by_name.reset_mock()", {8}),
        ("by_name", "mock = by_name; mock.reset_mock()", {8}),
        ("by_name", "by_name.return_value.reset_mock()", set()),
        ("request", "request.addfinalizer(request.getfixturevalue('by_name').reset_mock)", {8}),
        ("", "import app; app.client.Client.reset_mock()", {13}),
        ("", "from app import client; client.Client.reset_mock()", {13}),
        ("", "from app.client import Client; Client.reset_mock()", {13}),
        ("", "from .app.client import Client; Client.reset_mock()", set()),
        ("", "from app import errors; errors.report.reset_mock()", {24}),
        ("of_class", "of_class.reset_mock()", {19}),
        ("request", "request.cls.report.reset_mock()", {24}),
        ("module_mocker", "module_mocker.resetall()", {30}),
        ("mocker", "mocker.resetall()", set()),
        ("in_list", "in_list[0].reset_mock()", {34}),
        ("in_list", "in_list.reset_mock()", set()),
        ("in_list", "for each in in_list: each.reset_mock()", {34}),
        ("other", "other.reset_mock()", set()),
    ],
)
def test_resets(parameters: str, reset: str, lines: set[int]) -> None:
    outer = around_of(FIXTURE.format(parameters=parameters, reset=reset))
    found = {line for line, _ in checked(HELD, lambda: [outer], "MEM101", "MEM102")}
    assert ALL - found == lines
    assert found <= ALL
    both = checked(HELD, lambda: [Conftest(), outer], "MEM101", "MEM102")
    assert {line for line, _ in both} == found


def test_a_reset_through_a_helper_and_another_fixture() -> None:
    outer = around_of("""
        import pytest

        def forget(mock):
            mock.reset_mock()

        @pytest.fixture
        def client(by_name):
            return by_name

        @pytest.fixture
        def reset(client):
            yield
            forget(client)
    """)
    assert (8, "MEM101") not in checked(HELD, lambda: [outer], "MEM101")


def test_a_nested_conftest_is_reset_by_an_outer_one(tmp_path: Path) -> None:
    patched = PATCHED[: PATCHED.index("\n\n@pytest.fixture", 80)]
    folder = project(tmp_path, {"a/conftest.py": patched})
    [line] = memlint(folder, *CHECK).lines
    assert line.startswith("a/conftest.py:7:10: MEM101 ")
    write(folder, {"conftest.py": RESET})
    assert memlint(folder, *CHECK).lines == []


STOPALL = "from unittest import mock\nimport pytest\n"
AUTOUSE = f"{STOPALL}@pytest.fixture(autouse=True)\ndef stop():\n"
ASKED = f"{STOPALL}@pytest.fixture\ndef stop():\n    yield\n    mock.patch.stopall()\n"
TEST = "def test_it(client):\n    client.get()\n"


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        # Each test's patches are stopped.
        (f"{AUTOUSE}    yield\n    mock.patch.stopall()\n", True),
        (f"{AUTOUSE}    mock.patch.stopall()\n", True),
        (f"{AUTOUSE}    def stop(): mock.patch.stopall()\n    yield\n    stop()\n", True),
        (
            "from mock import patch as p\nimport pytest\n@pytest.fixture(autouse=True)\n"
            "def stop(request):\n    request.addfinalizer(p.stopall)\n",
            True,
        ),
        (f"{STOPALL}def pytest_runtest_teardown(item):\n    mock.patch.stopall()\n", True),
        (
            f"{STOPALL}class Plugin:\n    def pytest_runtest_logfinish(self):\n"
            "        mock.patch.stopall()\n",
            True,
        ),
        (
            f"{AUTOUSE}    yield\n    stop_all()\ndef stop_all():\n    stop_now()\n"
            "def stop_now():\n    mock.patch.stopall()\n",
            True,
        ),
        (f"{AUTOUSE}    yield\n    stop_all()\nstop_all = mock.patch.stopall\n", True),
        (f"{ASKED}@pytest.fixture(autouse=True)\ndef clean(stop):\n    pass\n", True),
        (
            f"{ASKED}@pytest.fixture(autouse=True)\ndef clean(request):\n"
            "    request.getfixturevalue('stop')\n",
            True,
        ),
        (f"{AUTOUSE}    mock.patch.stopall()\n".replace("=True", "=CI"), True),
        # They are not.
        ("", False),
        (ASKED, False),
        (f"{AUTOUSE}    mock.patch.stopall()\n".replace("=True", "=False"), False),
        (f"{AUTOUSE}    mock.patch.stopall()\n".replace("(a", "(scope='module', a"), False),
        (f"{STOPALL}def pytest_sessionfinish(session):\n    mock.patch.stopall()\n", False),
        (f"{STOPALL}mock.patch.stopall()\n", False),
        (
            "import pytest\n@pytest.fixture(autouse=True)\ndef stop(mocker):\n    yield\n"
            "    mocker.stopall()\n",
            False,
        ),
        ("from __future__ import annotations\nfrom app import make\nmake()\n", False),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app import App\n", False),
        # Nobody knows.
        (f"{STOPALL}def stop():\n    mock.patch.stopall()\n", None),
        (
            f"{STOPALL}@pytest.fixture(autouse=True, **SCOPE)\ndef stop():\n"
            "    mock.patch.stopall()\n",
            None,
        ),
        ("pytest_plugins = PLUGINS\n", None),
        ("pytest_plugins = [f'{HERE}.fixtures']\n", None),
        ("for pytest_plugins in ['tests.fixtures']: ...\n", None),
    ],
)
def test_stopped_patches(text: str, stops: bool | None) -> None:
    assert stops_of(TEST, text) is stops
    assert stops_of(TEST, "", text, "") is stops


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("from .fixtures import *", (".fixtures",)),
        ("from ..fixtures.db import session  # noqa: F401", ("..fixtures.db",)),
        ("from . import session", (".__init__",)),
        ("from tests.fixtures import a, b, C", ("tests.fixtures",)),
        ("from tests.fixtures import a, b\na(b)", ()),
        ("from tests.fixtures import Client", ()),
        ("from tests.fixtures import a\ndef test(a): ...", ("tests.fixtures",)),
        ("from __future__ import annotations\nimport tests.fixtures", ()),
        ("pytest_plugins = 'tests.fixtures'", ("tests.fixtures",)),
        ("pytest_plugins: str = 'tests.fixtures'", ("tests.fixtures",)),
        ("A = 'a.b'\npytest_plugins = (A, 'c')", ("a.b", "c")),
        ("pytest_plugins = ['pytester', 'a']\nfrom a import *", ("a",)),
        ("def f():\n    from a import b", ()),
    ],
)
def test_modules_that_bring_fixtures(text: str, modules: tuple[str, ...]) -> None:
    assert around_of(text).modules == modules
    assert around_of(text).stops_patches is False


STOPPING_MODULE = f"{AUTOUSE}    yield\n    mock.patch.stopall()\n"


@pytest.mark.parametrize(
    ("text", "files", "stops"),
    [
        ("from .fixtures import *", {"tests/fixtures.py": STOPPING_MODULE}, True),
        ("from .fixtures import *", {"tests/fixtures/__init__.py": STOPPING_MODULE}, True),
        ("from . import stop", {"tests/__init__.py": STOPPING_MODULE}, True),
        ("from ..fixtures import stop", {"fixtures.py": STOPPING_MODULE}, True),
        ("from fixtures import stop", {"tests/fixtures.py": STOPPING_MODULE}, True),
        ("from tests.fixtures import stop", {"tests/fixtures.py": STOPPING_MODULE}, True),
        ("pytest_plugins = ['tests.fixtures']", {"tests/fixtures.py": STOPPING_MODULE}, True),
        (
            "from .a import *",
            {"tests/a.py": "from .b import stop\nfrom .a import *", "tests/b.py": STOPPING_MODULE},
            True,
        ),
        ("from .fixtures import *", {"tests/fixtures.py": ""}, False),
        ("from .fixtures import *", {"tests/fixtures.py": "a = = 1"}, None),
        ("from .fixtures import *", {"fixtures.py": ""}, None),
        ("from ...fixtures import *", {"../fixtures.py": ""}, None),
        ("from fixtures import *", {"../fixtures.py": ""}, None),
        ("from celery.fixtures import *", {}, None),
        ("pytest_plugins = ['../fixtures', 'a b', '', '\\0', '...']", {}, None),
        (
            "from .a0 import *",
            {f"tests/a{n}.py": f"from .a{n + 1} import *" for n in range(150)},
            None,
        ),
    ],
)
def test_modules_are_read(
    tmp_path: Path, text: str, files: dict[str, str], stops: bool | None
) -> None:
    folder = project(tmp_path, {"tests/conftest.py": text, **files})
    for name in ("tests/test_it.py", "tests/conftest.py"):
        source = Source.from_bytes(str(folder / name), TEST.encode())
        read = conftests.reader(source.path, Settings())
        facts = engine.find_facts(source, Settings(), read_conftests=read)
        assert facts.stops_patches is stops


def stops_of(test: str, *around: str) -> bool | None:
    source = Source.from_bytes("tests/test_it.py", test.encode())
    outer = [around_of(text) for text in around]
    return engine.find_facts(source, Settings(), read_conftests=lambda: outer).stops_patches


@pytest.mark.parametrize(
    ("test", "stops"),
    [
        ("def test_it(stop): ...", True),
        ("def test_it(*, stop): ...", True),
        ("import pytest\n@pytest.mark.usefixtures('stop')\ndef test_it(): ...", True),
        ("import pytest\npytestmark = [pytest.mark.usefixtures('a', 'stop')]", True),
        ("def test_it(request):\n    request.getfixturevalue('stop')", True),
        ("def test_it(clean): ...", True),
        ("def test_it(tidy): ...", True),
        ("def test_it(plain): ...", False),
        ("def test_it():\n    stop = 'stop'", False),
    ],
)
def test_tests_that_ask_for_it(test: str, stops: bool) -> None:
    inner = """
        import pytest

        @pytest.fixture
        def tidy(clean): ...

        @pytest.fixture
        def clean(stop): ...

        @pytest.fixture
        def plain(): ...
    """
    assert stops_of(test, ASKED, inner) is stops


def test_stopped_patches_in_the_file_itself() -> None:
    text = "from unittest.mock import patch\ndef tearDown():\n    patch.stopall()\n"
    own = engine.find_facts(Source.from_bytes("t.py", text.encode()), Settings())
    assert own.stops_patches is True
    other = engine.find_facts(Source.from_bytes("t.py", TEST.encode()), Settings())
    assert other.stops_patches is None
    assert stops_of(TEST) is False


def test_fixes_know_what_is_reset(tmp_path: Path) -> None:
    folder = project(tmp_path, {"conftest.py": RESET, "a/test_it.py": PATCHED})
    ended = memlint(folder, *CHECK, "--select=MEM101,MEM102", "--fix", "--unsafe-fixes", "a")
    assert ended.lines == ended.errors == []
    text = (folder / "a" / "test_it.py").read_text()
    assert text.startswith(PATCHED[: PATCHED.index("@pytest.fixture", 80)].rstrip())
    assert text.count(".start()") == text.count("with patch(") == 1
    assert text.count("reset_mock()") == 1


def test_no_patcher_is_started_where_all_are_stopped(tmp_path: Path) -> None:
    stopping = f"{AUTOUSE}    yield\n    mock.patch.stopall()\n"
    folder = project(tmp_path, {"test_it.py": PATCHED})
    diff = (*CHECK, "--select=MEM101", "--diff", "--unsafe-fixes", "test_it.py")
    assert '+    client_patcher = patch("app.Client")' in memlint(folder, *diff).lines
    write(folder, {"conftest.py": stopping})
    assert [line for line in memlint(folder, *diff).lines if line[:2] in ("+@", "-@", "+ ")] == [
        '-@pytest.fixture(scope="module")',
        "+@pytest.fixture",
        '-@pytest.fixture(scope="module")',
        "+@pytest.fixture",
    ]


STARTED = """\
import unittest
from unittest.mock import patch

import pytest


@pytest.fixture
def clock():
    patch("time.sleep").start()  # MEM103[conftest]


@pytest.fixture(scope="module")
def client():
    yield patch("app.Client").start()  # MEM103[conftest]


def test_it(clock):
    patch("app.connect").start()  # MEM103[conftest]


class TestPlain:
    def setup_method(self):
        patch("app.connect").start()  # MEM103[conftest]


class TestOfUnittest(unittest.TestCase):
    def setUp(self):
        patch("app.connect").start()  # MEM103

    @pytest.fixture(autouse=True)
    def app(self):
        patch("app.App").start()  # MEM103[conftest]
"""
STOP = f"{AUTOUSE}    yield\n    mock.patch.stopall()\n"
# Of each folder its conftest.py, and whose marks the command and pylint find.
STOPPING = {
    "a_none": ({}, "pylint"),
    "b_stopping": ({"b_stopping/conftest.py": STOP}, None),
    "c_to_be_asked": ({"c_to_be_asked/conftest.py": ASKED}, "pylint"),
    "d_unknown": ({"d_unknown/conftest.py": "pytest_plugins = 'd.fixtures'"}, "flake8"),
    "e_broken": ({"e_broken/conftest.py": "a = = 1"}, "flake8"),
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {name: text for around, _ in STOPPING.values() for name, text in around.items()}
    tests = {f"{folder}/test_it.py": STARTED for folder in STOPPING}
    return project(tmp_path_factory.mktemp("started"), files | tests)


def marked(host_of: Callable[[str], str | None]) -> dict[str, Marks]:
    hosts = {folder: host_of(folder) for folder in STOPPING}
    return {folder: marks(STARTED, host) if host else Marks() for folder, host in hosts.items()}


def by_folder(lines: list[str]) -> dict[str, Marks]:
    found = {folder: Marks() for folder in STOPPING}
    for line in lines:
        name, row, _, text = line.split(":", 3)
        found[name.partition("/")[0]][int(row), text.split()[0]] += 1
    return found


def test_started_patchers_in_the_command(started: Path) -> None:
    files = [f"{folder}/test_it.py" for folder in STOPPING]
    ended = memlint(started, *CHECK, "--select=MEM102,MEM103", *files)
    assert by_folder(ended.lines) == marked(lambda folder: STOPPING[folder][1])


def test_started_patchers_in_pylint(started: Path) -> None:
    form = "--msg-template={path}:{line}:0:{msg_id}"
    files = [f"{folder}/test_it.py" for folder in STOPPING]
    ended = pylint(started, "--enable=W9102,W9103", form, *files)
    lines = [line.replace("W9", "MEM") for line in ended.lines if not line.startswith("*")]
    assert by_folder(lines) == marked(lambda folder: STOPPING[folder][1])


def test_started_patchers_in_flake8(started: Path) -> None:
    files = [f"{folder}/test_it.py" for folder in STOPPING]
    ended = flake8(started, "--select=MEM102,MEM103", *files)
    assert by_folder(ended.lines) == marked(lambda _: "flake8")


def test_standard_input_from_nowhere(started: Path) -> None:
    ended = run(started, "-m", "memlint", *CHECK, "--select=MEM103", "-", stdin=STARTED.encode())
    rows = Marks((int(line.split(":")[1]), "MEM103") for line in ended.lines)
    assert rows == marks(STARTED, "flake8")


def test_no_fix_where_patches_are_stopped(started: Path) -> None:
    for folder, (_, host) in STOPPING.items():
        ended = memlint(started, *CHECK, "--diff", "--unsafe-fixes", "--select=MEM103", folder)
        assert bool(ended.lines) == (host is not None)
