"""``--mock-call-limit``: real pytest runs in which mocks are called without end."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from programs import Run, run, write

# Reports go to a file: each test with its outcome, what failed, and the guard's section.
CONFTEST = """
import json
from pathlib import Path

def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        text = crash.message if crash else str(report.longrepr or "")
        said = [content for title, content in report.sections if title.startswith("Exceeded")]
        line = json.dumps([report.nodeid, report.when, report.outcome, text, said])
        with Path("reports.jsonl").open("a") as file:
            file.write(line + "\\n")
"""
HEAD = """\
import pytest
from unittest import mock
from unittest.mock import *

def forever(call):
    while True:
        call()
"""
ERROR = "memlint.runtime.guard.MockCallLimitError: "


def pytest_run(folder: Path, tests: str, *arguments: str, ini: str = "") -> Run:
    """Run pytest over one file of ``tests`` in ``folder``."""
    files = {"conftest.py": CONFTEST, "test_it.py": HEAD + tests, "pytest.ini": f"[pytest]\n{ini}"}
    write(folder, files)
    return run(folder, "-m", "pytest", "-p", "no:cacheprovider", *arguments)


def reports(folder: Path) -> list[list]:
    """What the run reported of each test, its bytes left out."""
    text = (folder / "reports.jsonl").read_text()
    return [
        json.loads(re.sub(r"hold [\d.,]+ [kM]B", "hold SIZE", line)) for line in text.splitlines()
    ]


def outcomes(folder: Path) -> dict[str, str]:
    """The outcome of each test by name."""
    return {node.partition("::")[2]: outcome for node, _, outcome, _, _ in reports(folder)}


def message(name: str, limit: int, called: str, made: str) -> str:
    return (
        f"{name} was called once too often: {limit + 1:,} recorded calls, which hold SIZE, where "
        f"mock_call_limit allows {limit:,}; called by {called}, made by {made}. "
        "Give it an answer that ends the loop, such as a finite side_effect, or use a stub."
    )


def test_an_endless_poll_fails_and_the_run_goes_on(tmp_path: Path) -> None:
    tests = """
def test_poll():
    consumer = MagicMock()
    consumer.poll.return_value = None
    while True:
        consumer.poll(timeout=1)

def test_next():
    MagicMock().poll()
"""
    ended = pytest_run(tmp_path, tests, "--mock-call-limit=1000")
    assert ended.status == 1
    said = message("mock.poll", 1000, "test_it.py:13", "test_it.py:10")
    assert reports(tmp_path) == [
        ["test_it.py::test_poll", "call", "failed", ERROR + said, [said]],
        ["test_it.py::test_next", "call", "passed", "", []],
    ]


def test_the_traceback_ends_at_the_call(tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, "def test_it():\n    forever(Mock())\n", "--mock-call-limit=5")
    assert not [line for line in ended.lines if "guard.py" in line and "Error" not in line]
    assert [line for line in ended.lines if re.match(r"test_it\.py:\d+:", line)] == [
        "test_it.py:9: ",
        "test_it.py:7: MockCallLimitError",
    ]


def test_code_that_swallows_exceptions_is_stopped(tmp_path: Path) -> None:
    tests = """
def test_it():
    m = Mock()
    while True:
        try:
            m()
        except Exception:
            pass
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    said = message("mock", 10, "test_it.py:13", "test_it.py:10")
    assert reports(tmp_path) == [["test_it.py::test_it", "call", "failed", ERROR + said, [said]]]


def test_code_that_swallows_everything_records_no_more_and_fails(tmp_path: Path) -> None:
    tests = """
def test_it():
    m = Mock()
    for _ in range(1000):
        try:
            m.a.b()
        except BaseException:
            pass
    assert len(m.mock_calls) == len(m.method_calls) == 10
    assert len(m.a.mock_calls) == len(m.a.b.call_args_list) == 10
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    said = message("mock.a.b", 10, "test_it.py:13", "test_it.py:10")
    assert reports(tmp_path) == [["test_it.py::test_it", "call", "failed", said, [said]]]


def test_what_fails_otherwise_says_it_too(tmp_path: Path) -> None:
    tests = """
def test_it():
    try:
        forever(Mock())
    except BaseException:
        raise ValueError("hidden")
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    said = message("mock", 10, "test_it.py:7", "test_it.py:11")
    assert reports(tmp_path) == [
        ["test_it.py::test_it", "call", "failed", "ValueError: hidden", [said]]
    ]


CALLS = {
    "Mock": "Mock()",
    "MagicMock": "MagicMock()",
    "child": "Mock().child.other",
    "return value": "Mock()()",
    "magic method": "MagicMock().__len__",
    "autospecced function": "create_autospec(lambda: None)",
    "autospecced method": "create_autospec(Path).cwd",
    "autospecced instance": "create_autospec(Path, instance=True).absolute",
    "wraps": "Mock(wraps=list)",
    "side effect": "Mock(side_effect=lambda: DEFAULT)",
    "PropertyMock": "PropertyMock()",
    "mock_open": "mock_open()",
    "backport": "backport.Mock()",
    "backport child": "backport.MagicMock().child",
}


def test_every_kind_of_mock(tmp_path: Path) -> None:
    import_line = "from pathlib import Path\nfrom mock import mock as backport\n"
    params = ", ".join(f"pytest.param(lambda: {call}, id={name!r})" for name, call in CALLS.items())
    tests = f"""
{import_line}
@pytest.mark.parametrize("make", [{params}])
def test_it(make):
    forever(make())
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=100")
    assert outcomes(tmp_path) == {f"test_it[{name}]": "failed" for name in CALLS}
    assert all("allows 100;" in report[3] for report in reports(tmp_path))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="ThreadingMock came with 3.13")
def test_threading_mock(tmp_path: Path) -> None:
    tests = "def test_it():\n    forever(ThreadingMock())\n"
    pytest_run(tmp_path, tests, "--mock-call-limit=100")
    said = message("mock", 100, "test_it.py:7", "test_it.py:9")
    assert reports(tmp_path) == [["test_it.py::test_it", "call", "failed", ERROR + said, [said]]]


def test_a_reset_starts_anew(tmp_path: Path) -> None:
    tests = """
@pytest.mark.parametrize("more", [0, 1])
def test_it(more):
    m = Mock()
    for _ in range(5):
        for _ in range(10 + more):
            m.child()
        m.reset_mock()
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    assert outcomes(tmp_path) == {"test_it[0]": "passed", "test_it[1]": "failed"}


def test_the_reset_of_a_child_is_not_one_of_its_parent(tmp_path: Path) -> None:
    tests = """
def test_it():
    m = Mock()
    while True:
        m.child()
        m.child.reset_mock()
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    said = message("mock.child", 10, "test_it.py:12", "test_it.py:10")
    assert reports(tmp_path) == [["test_it.py::test_it", "call", "failed", ERROR + said, [said]]]


def test_a_patch_names_its_decorator(tmp_path: Path) -> None:
    tests = """
@patch("time.sleep")
def test_decorated(sleep):
    forever(sleep)

def test_entered():
    with patch("time.sleep") as sleep:
        forever(sleep)
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    runner = "a decorator or the test runner"
    assert [report[4] for report in reports(tmp_path)] == [
        [message("sleep", 10, "test_it.py:7", runner)],
        [message("sleep", 10, "test_it.py:7", "test_it.py:14")],
    ]


def test_fixtures_and_teardowns(tmp_path: Path) -> None:
    tests = """
@pytest.fixture
def early():
    forever(Mock())

@pytest.fixture
def late():
    yield
    forever(Mock())

def test_early(early): pass
def test_late(late): pass
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    assert [report[:3] for report in reports(tmp_path)] == [
        ["test_it.py::test_early", "setup", "failed"],
        ["test_it.py::test_late", "call", "passed"],
        ["test_it.py::test_late", "teardown", "failed"],
    ]


def test_threads(tmp_path: Path) -> None:
    tests = """
import threading

def test_it():
    thread = threading.Thread(target=forever, args=[Mock()])
    thread.start()
    thread.join()
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    said = message("mock", 10, "test_it.py:7", "test_it.py:12")
    assert reports(tmp_path) == [["test_it.py::test_it", "call", "failed", said, [said]]]


def test_unittest(tmp_path: Path) -> None:
    tests = """
import unittest

class Test(unittest.TestCase):
    def test_it(self):
        forever(Mock())

    def test_part(self):
        with self.subTest():
            forever(Mock())

class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        m = AsyncMock()
        while True:
            await m()
"""
    pytest_run(tmp_path, tests, "--mock-call-limit=10")
    failed = {
        node.partition("::")[2] for node, _, outcome, *_ in reports(tmp_path) if outcome == "failed"
    }
    assert failed == {"Test::test_it", "Test::test_part", "AsyncTest::test_it"}


ASYNC = """
async def poll():
    m = AsyncMock()
    while True:
        await m()

@pytest.mark.asyncio
async def test_asyncio():
    await poll()

@pytest.mark.anyio
async def test_anyio(anyio_backend):
    await poll()

@pytest.mark.asyncio
async def test_task():
    import asyncio
    await asyncio.gather(poll(), poll())
"""


def test_async(tmp_path: Path) -> None:
    pytest_run(tmp_path, ASYNC, "--mock-call-limit=10")
    assert outcomes(tmp_path) == {
        "test_asyncio": "failed",
        "test_anyio[asyncio]": "failed",
        "test_anyio[trio]": "failed",
        "test_task": "failed",
    }
    said = message("mock", 10, "test_it.py:12", "test_it.py:10")
    assert {report[4][0] for report in reports(tmp_path)} == {said}


MANY = """
@pytest.mark.parametrize("number", range(20))
def test_it(number):
    if number % 2:
        forever(Mock())
"""


@pytest.mark.parametrize("arguments", [["-n", "4"], ["-p", "no:terminal"]], ids=" ".join)
def test_other_plugins(tmp_path: Path, arguments: list[str]) -> None:
    pytest_run(tmp_path, MANY, "--mock-call-limit=10", *arguments)
    assert outcomes(tmp_path) == {
        f"test_it[{number}]": "failed" if number % 2 else "passed" for number in range(20)
    }


def test_reruns(tmp_path: Path) -> None:
    tests = """
runs = []

def test_it():
    runs.append(0)
    if len(runs) < 3:
        forever(Mock())
"""
    ended = pytest_run(tmp_path, tests, "--mock-call-limit=10", "--reruns=2")
    assert " 1 passed, 2 rerun in " in ended.lines[-1]


LIMITS = """
def calls(number):
    m = Mock()
    for _ in range(number):
        m()

def test_5(): calls(5)
def test_6(): calls(6)

@pytest.mark.mock_call_limit(10)
def test_marked_10(): calls(10)

@pytest.mark.mock_call_limit(10)
def test_marked_11(): calls(11)

@pytest.mark.mock_call_limit(0)
def test_unlimited(): calls(1000)
"""


@pytest.mark.parametrize(
    ("arguments", "ini", "limit"),
    [
        (["--mock-call-limit=5"], "", 5),
        ([], "mock_call_limit = 5", 5),
        (["--mock-call-limit=6"], "mock_call_limit = 5", 6),
        (["--mock-call-limit=0"], "mock_call_limit = 5", 6),
        ([], "", 6),
    ],
)
def test_limits(tmp_path: Path, arguments: list[str], ini: str, limit: int) -> None:
    pytest_run(tmp_path, LIMITS, *arguments, ini=ini)
    assert outcomes(tmp_path) == {
        "test_5": "passed",
        "test_6": "passed" if limit == 6 else "failed",
        "test_marked_10": "passed",
        "test_marked_11": "failed",
        "test_unlimited": "passed",
    }


@pytest.mark.parametrize(
    ("arguments", "ini", "error"),
    [
        (["--mock-call-limit=-1"], "", "ERROR: mock_call_limit: -1 is less than 0"),
        ([], "mock_call_limit = many", "ERROR: mock_call_limit: 'many' is no whole number"),
    ],
)
def test_limits_of_no_use(tmp_path: Path, arguments: list[str], ini: str, error: str) -> None:
    ended = pytest_run(tmp_path, LIMITS, *arguments, ini=ini)
    assert ended.status == pytest.ExitCode.USAGE_ERROR
    assert error in ended.errors


@pytest.mark.parametrize("marker", ["()", "('3')", "(1, 2)", "(-1)", "(n=3)", "(True)"])
def test_markers_of_no_use(tmp_path: Path, marker: str) -> None:
    tests = f"@pytest.mark.mock_call_limit{marker}\ndef test_it(): pass\n"
    ended = pytest_run(tmp_path, tests)
    assert ended.status == pytest.ExitCode.USAGE_ERROR
    error = "ERROR: test_it.py::test_it: mock_call_limit takes one whole number from 0"
    assert error in ended.errors


def test_without_an_option_nothing_runs(tmp_path: Path) -> None:
    tests = """
import sys

def test_it(pytestconfig):
    ours = {name for name in sys.modules if name.partition(".")[0] == "memlint"}
    assert ours == {"memlint", "memlint.runtime", "memlint.runtime.plugin"}
    assert mock.CallableMixin._mock_call.__module__ == "unittest.mock"
    assert mock.NonCallableMock.__new__.__module__ == "unittest.mock"
    hooks = {
        name for name, caller in vars(pytestconfig.hook).items()
        if name.startswith("pytest_") and any(
            found.plugin.__name__ == "memlint.runtime.plugin"
            for found in caller.get_hookimpls() if hasattr(found.plugin, "__name__")
        )
    }
    assert hooks == {"pytest_addoption", "pytest_configure", "pytest_collection_modifyitems"}
"""
    pytest_run(tmp_path, tests)
    assert outcomes(tmp_path) == {"test_it": "passed"}


def test_afterwards_mocks_are_as_they_were(tmp_path: Path) -> None:
    program = """
import pytest, sys
from unittest import mock
before = mock.CallableMixin._mock_call, mock.NonCallableMock.__dict__["__new__"]
pytest.main(["-q", "--mock-call-limit=5"])
assert (mock.CallableMixin._mock_call, mock.NonCallableMock.__dict__["__new__"]) == before
"""
    write(tmp_path, {"test_it.py": "def test_it(): pass\n"})
    ended = run(tmp_path, "-c", program)
    assert ended.status == 0
