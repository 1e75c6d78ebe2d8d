"""Fixed patchers run under pytest: what was left over before ends with each test."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import programs

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

RULES = select(["MEM104", "MEM105"])

APP = """\
def get():
    return "real"


def post():
    return "real"
"""

# How many patches are active after each test, but for pytest-mock's own.
CONFTEST = """\
from unittest import mock


def pytest_runtest_logfinish(nodeid, location):
    names = [patch.attribute for patch in mock._patch._active_patches]
    print()
    print(nodeid, "left", sum(not name.startswith("assert_") for name in names))
"""

IMPORTS = """\
import app
import atexit
import pytest
from contextlib import ExitStack
from unittest import TestCase
from unittest.mock import patch

"""

MODULES = {
    "cleanup": """
        class GetTest(TestCase):
            def setUp(self):
                patcher = patch("app.get", return_value=1)
                self.get = patcher.start()
                self.addCleanup(self.get.stop)
                patcher = patch("app.post", return_value=2)
                self.post = patcher.start()
                self.addCleanup(self.post.stop)

            def test_first(self):
                assert (app.get(), app.post()) == (1, 2)

            def test_second(self):
                assert app.get() == 1
                self.get.assert_called_once_with()
        """,
    "nameless": """
        class GetTest(TestCase):
            def setUp(self):
                self.mock_get = patch("app.get", return_value=1).start()
                self.mock_post = patch("app.post", return_value=2).start()
                self.addCleanup(self.mock_get.stop)
                self.addCleanup(lambda: self.mock_post.stop())

            def test_first(self):
                assert (app.get(), app.post()) == (1, 2)
        """,
    "tear_down": """
        class Base(TestCase):
            @classmethod
            def setUpClass(cls):
                cls.post = patch("app.post", return_value=2).start()

            def setUp(self):
                patcher = patch("app.get", return_value=1)
                self.get = patcher.start()

            @classmethod
            def tearDownClass(cls):
                cls.post.stop()

        class GetTest(Base):
            def tearDown(self):
                self.get.stop()

            def test_first(self):
                assert (app.get(), app.post()) == (1, 2)
        """,
    "fixtures": """
        @pytest.fixture
        def get():
            get = patch("app.get", return_value=1).start()
            yield get
            get.stop()

        @pytest.fixture
        def post(request):
            patcher = patch("app.post", return_value=2)
            post = patcher.start()

            def end():
                post.stop()

            request.addfinalizer(end)
            return post

        @pytest.fixture
        def entered():
            patcher = patch("app.get", return_value=3)
            get = patcher.__enter__()
            yield
            get.__exit__(None, None, None)

        @pytest.mark.parametrize("value", [1, 2])
        def test_mocks(get, post, value):
            assert (app.get(), app.post()) == (1, 2)
            get.assert_called_once_with()

        def test_entered(entered):
            assert app.get() == 3
        """,
    "chain": """
        class GetTest(TestCase):
            def setUp(self):
                self.addCleanup(patch("app.get", return_value=1).start().stop)

            def test_first(self):
                assert app.get() == 1

        def test_stack():
            with ExitStack() as stack:
                post = patch("app.post", return_value=2).start()
                stack.callback(post.stop)
                assert app.post() == 2
            assert post.call_count == 1
        """,
    "overwritten": """
        @pytest.fixture
        def mock_get():
            mock_get = patch("app.get")
            mock_get = mock_get.start()
            mock_get.return_value = 1
            yield mock_get
            mock_get.stop()

        def test_get(mock_get):
            assert app.get() == 1
            mock_get.assert_called_once_with()

        class PostTest(TestCase):
            def setUp(self):
                self.post = patch("app.post", return_value=2)
                self.post = self.post.start()
                patcher = patch("app.get", return_value=3)
                patcher = patcher.start()
                self.addCleanup(patcher.stop)
                self.get = patcher

            def tearDown(self):
                self.post.stop()

            def test_post(self):
                assert (app.get(), app.post()) == (3, 2)
                self.get.assert_called_once_with()
        """,
    "alias": """
        class GetTest(TestCase):
            def setUp(self):
                get = patch("app.get", return_value=1)
                self.get = get = get.start()
                get.name = "get"

            def tearDown(self):
                self.get.stop()

            def test_get(self):
                assert app.get() == 1
                assert self.get.name == "get"
        """,
}


@dataclass(frozen=True)
class Ended:
    """What pytest said of all modules, and how many patches were left after each of them."""

    outcomes: Counter[str]
    left: list[int]


def run(folder: Path, modules: dict[str, str]) -> Ended:
    """Run the modules, by their names and in their order, in one process."""
    files = {
        f"test_{number}_{name}.py": text for number, (name, text) in enumerate(modules.items())
    }
    project = programs.write(
        folder, {"app.py": APP, "conftest.py": CONFTEST, "pytest.ini": "", **files}
    )
    ended = programs.run(project, "-m", "pytest", "-q", "-s", "-rA", "--tb=no")
    outcomes = Counter(line.split()[0] for line in ended.lines if re.match("PASS|FAIL|ERR", line))
    found = (re.match(r"(test_\w+\.py)::.* left (\d+)$", line) for line in ended.lines)
    left = {match[1]: int(match[2]) for match in found if match}
    assert list(left) == list(files)
    return Ended(outcomes, list(left.values()))


def fixed(text: str, *, unsafe: bool = True) -> str:
    """The text after all fixes, which leave nothing to be found, or after the safe ones."""
    source = Source.from_bytes("test_it.py", text.encode())
    result = fix.fix_source(source, RULES, Settings(), unsafe=unsafe)
    assert result.refused == ()
    findings = fix.Draft(result.source, RULES, Settings()).outcome.findings
    assert not unsafe or findings == ()
    return result.source.text


def test_what_was_left_over_ends(tmp_path: Path) -> None:
    texts = {name: IMPORTS + dedent(module) for name, module in MODULES.items()}
    before = run(tmp_path / "before", texts)
    after = run(tmp_path / "after", {name: fixed(text) for name, text in texts.items()})
    assert before.outcomes == after.outcomes == {"PASSED": 12}
    assert before.left == [4, 6, 8, 12, 14, 17, 18]
    assert after.left == [0] * len(MODULES)


def test_a_patcher_without_a_name_is_left_alone_unless_told() -> None:
    for name in ("nameless", "chain", "overwritten", "alias"):
        text = IMPORTS + dedent(MODULES[name])
        assert fixed(text, unsafe=False) == text
    assert fixed(IMPORTS + dedent(MODULES["cleanup"]), unsafe=False).count("patcher.stop") == 2
