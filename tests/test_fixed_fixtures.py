"""Fixed fixtures run under pytest: patches end in order, tests see what they saw, no call stays."""

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

APP = """\
class Consumer:
    def poll(self, data):
        return "real"


class Writer:
    pass


def clock(data):
    return "real"
"""

CONFTEST = """\
from contextlib import contextmanager
from unittest import mock

LOG = open("log.txt", "w", buffering=1)


def logged(method):
    original = getattr(mock._patch, method)

    def call(self):
        if not self.attribute.startswith("assert_"):  # those are pytest-mock's
            print(method, self.attribute, file=LOG)
        return original(self)

    setattr(mock._patch, method, call)


def pytest_configure():
    logged("start")
    logged("stop")


def pytest_runtest_logstart(nodeid, location):
    print(nodeid, file=LOG)


@contextmanager
def lock():
    print("enter lock", file=LOG)
    try:
        yield
    finally:
        print("leave lock", file=LOG)
"""

IMPORTS = """\
import app
import pytest
from conftest import lock
from contextlib import AsyncExitStack, ExitStack
from types import SimpleNamespace
from unittest.mock import DEFAULT, AsyncMock, MagicMock, Mock, patch

"""


def module(fixture: str, tests: str) -> str:
    """A test module."""
    return IMPORTS + dedent(fixture) + "\n\n" + dedent(tests)


def fixed(text: str, *codes: str, settings: Settings | None = None) -> str:
    """The text after the fixes of the rules, which leave nothing to be found."""
    rules = select(codes)
    source = Source.from_bytes("test_it.py", text.encode())
    result = fix.fix_source(source, rules, settings or Settings(), unsafe=True)
    assert result.refused == ()
    assert result.applied
    assert fix.Draft(result.source, rules, Settings()).outcome.findings == ()
    return result.source.text


@dataclass(frozen=True)
class Ended:
    """What pytest said of modules, each with an app of its own, and what these logged."""

    outcomes: dict[str, Counter[str]]
    log: dict[str, list[str]]


def run(folder: Path, modules: dict[str, str]) -> Ended:
    """Run the test modules, by their names."""
    files = {"conftest.py": CONFTEST, "pytest.ini": "[pytest]\nasyncio_mode = auto\n"}
    for name, text in modules.items():
        own = text.replace("import app\n", f"import app_{name} as app\n")
        files[f"app_{name}.py"] = APP
        files[f"test_{name}.py"] = own.replace('"app', f'"app_{name}')
    project = programs.write(folder / "project", dict(files))
    alone = ("-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider")
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in modules}
    for line in programs.run(project, *alone).lines:
        if found := re.match(r"(PASSED|FAILED|ERROR) test_(\w+)\.py", line):
            outcomes[found[2]][found[1].lower()] += 1
    log: dict[str, list[str]] = {name: [] for name in modules}
    lines = log.setdefault("", [])
    for line in (project / "log.txt").read_text("utf-8").splitlines():
        if found := re.match(r"test_(\w+)\.py", line):
            lines = log[found[1]]
        else:
            lines.append(line)
    return Ended(outcomes, log)


FAILING = {
    "items": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with patch("app.Consumer") as a, patch("app.Writer"), patch("app.missing") as c:
                yield a, c
        """,
        ["start Consumer", "start Writer", "start missing", "stop Writer", "stop Consumer"],
    ),
    "other_items": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with lock(), patch("app.Consumer") as a, lock(), patch("app.missing") as c:
                yield a, c
        """,
        [
            *("enter lock", "start Consumer", "enter lock", "start missing"),
            *("leave lock", "stop Consumer", "leave lock"),
        ],
    ),
    "nested": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with patch("app.Consumer") as a:
                with lock():
                    with patch("app.missing"):
                        yield a
        """,
        ["start Consumer", "enter lock", "start missing", "leave lock", "stop Consumer"],
    ),
    "named": (
        """
        consumer_patcher = patch("app.Consumer")

        @pytest.fixture(scope="module")
        def mocks():
            patcher = patch("app.missing")
            with consumer_patcher as a, patcher:
                yield a
        """,
        ["start Consumer", "start missing", "stop Consumer"],
    ),
    "targets": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with patch("app.Consumer") as (a, b), patch("app.Writer"):
                yield a
        """,
        ["start Consumer", "stop Consumer"],
    ),
    "body": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with patch("app.Consumer"), patch("app.Writer"):
                yield 1 / 0
        """,
        ["start Consumer", "start Writer", "stop Writer", "stop Consumer"],
    ),
    "stack": (
        """
        @pytest.fixture(scope="module")
        def mocks():
            with ExitStack() as stack:
                a = stack.enter_context(patch("app.Consumer"))
                stack.enter_context(lock())
                for patcher in [patch("app.Writer"), patch("app.missing")]:
                    stack.enter_context(patcher)
                yield a
        """,
        [
            *("start Consumer", "enter lock", "start Writer", "start missing"),
            *("stop Writer", "leave lock", "stop Consumer"),
        ],
    ),
    "async": (
        """
        @pytest.fixture(scope="module")
        async def mocks():
            async with AsyncExitStack() as stack:
                stack.enter_context(patch("app.Consumer"))
                with patch("app.Writer"), patch("app.missing"):
                    yield
        """,
        ["start Consumer", "start Writer", "start missing", "stop Writer", "stop Consumer"],
    ),
}


FAILING_TESTS = """
    async def test_mocks(mocks):
        pass


    def test_app():
        assert (app.Consumer.__name__, app.Writer.__name__) == ("Consumer", "Writer")
    """


def test_a_failure_stops_what_is_started(tmp_path: Path) -> None:
    modules = {
        name: fixed(module(fixture, FAILING_TESTS), "MEM101")
        for name, (fixture, _) in FAILING.items()
    }
    ended = run(tmp_path, modules)
    assert ended.log == {"": [], **{name: log for name, (_, log) in FAILING.items()}}
    assert ended.outcomes == {name: Counter(error=1, passed=1) for name in FAILING}


GROWING = {
    "with_root": """
        @pytest.fixture(scope="module")
        def root():
            with patch("app.Consumer") as consumer:
                consumer.return_value.poll.return_value = 3
                yield consumer
        """,
    "with_child": """
        @pytest.fixture(scope="module")
        def child():
            with patch("app.Consumer") as consumer, patch("app.Writer"):
                consumer.return_value.poll.return_value = 3
                yield consumer.return_value
        """,
    "with_nothing": """
        @pytest.fixture(scope="module", autouse=True)
        def nothing():
            with patch("app.Consumer", **{"return_value.poll.return_value": 3}):
                yield
        """,
    "stack": """
        @pytest.fixture(scope="session")
        def stack():
            with ExitStack() as stack:
                stack.enter_context(patch("app.Writer"))
                consumer = stack.enter_context(patch("app.Consumer"))
                consumer.return_value.poll.return_value = 3
                yield
        """,
    "asynchronous": """
        @pytest.fixture(scope="session")
        async def child():
            with patch("app.Consumer") as consumer:
                consumer.return_value.poll.side_effect = lambda data: 3
                yield consumer.return_value
        """,
    "mocker": """
        @pytest.fixture(scope="package")
        def hidden(package_mocker):
            package_mocker.patch("app.Consumer", **{"return_value.poll.return_value": 3})
        """,
    "parameters": """
        @pytest.fixture(scope="module", params=[3])
        def instance(request):
            with patch("app.Consumer") as consumer:
                consumer.return_value.poll.return_value = request.param
                yield consumer.return_value
        """,
    "multiple": """
        @pytest.fixture(scope="module")
        def mocks():
            patcher = patch.multiple("app", Consumer=DEFAULT, Writer=DEFAULT)
            mocks = patcher.start()
            mocks["Consumer"].return_value.poll.return_value = 3
            yield mocks
            patcher.stop()
        """,
    "given": """
        @pytest.fixture(scope="module")
        def given():
            consumer = MagicMock()
            consumer.return_value.poll.return_value = 3
            with patch("app.Consumer", consumer):
                yield
        """,
    "held": """
        @pytest.fixture(scope="module")
        def held():
            patcher = patch("app.Consumer")
            consumer = patcher.start()
            consumer.return_value.poll.return_value = 3
            yield SimpleNamespace(consumer=consumer)
            patcher.stop()
        """,
    "assigned": """
        @pytest.fixture(scope="module")
        @patch("app.Writer")
        def assigned(writer):
            writer.return_value.poll.return_value = 3
            app.Consumer = writer
            return writer.return_value
        """,
}
GROWING_TESTS = """
    def test_nothing_is_patched_for_tests_that_do_not_ask(request):
        assert isinstance(app.Consumer, type) == ({name!r} not in request.fixturenames)


    @pytest.mark.parametrize("number", range(30))
    async def test_calls({name}, number):
        assert app.Consumer.mock_calls == []
        app.Consumer(number)
        app.Consumer.return_value.poll(b"data")
        assert len(app.Consumer.mock_calls) == 2


    class TestOther:
        def test_other(self):
            assert app.Consumer.mock_calls == []
            assert app.Consumer.return_value.poll("data") == 3
    """


def test_each_test_starts_with_an_empty_history(tmp_path: Path) -> None:
    before = {}
    for name, fixture in GROWING.items():
        (requested,) = re.findall(r"def (\w+)", fixture)
        before[name] = module(fixture, GROWING_TESTS.format(name=requested))
    growing = {name: Counter(passed=2, failed=30) for name in GROWING}
    assert run(tmp_path / "before", before).outcomes == growing
    after = {name: fixed(text, "MEM101", "MEM102") for name, text in before.items()}
    silent = {name: Counter(passed=32) for name in GROWING}
    assert run(tmp_path / "after", after).outcomes == silent


ORDERED = """
    @pytest.fixture(scope="module", autouse=True)
    def first():
        with patch("app.Writer"):
            yield


    @pytest.fixture(scope="module")
    def application():
        return app.Consumer


    class TestConsumer:
        @pytest.fixture(scope="class")
        def consumer(self):
            with patch("app.Consumer") as consumer:
                yield consumer.return_value

        @pytest.fixture(scope="class")
        def clock(self):
            with patch("app.clock") as clock:
                yield clock

        @pytest.fixture
        def consuming(self, clock, consumer):
            return consumer

        def test_application(self, application):
            pass

        def test_consuming(self, consuming):
            pass

        def test_consumer(self, consumer, clock):
            pass
    """


def test_set_up_is_for_the_same_tests_in_the_same_order(tmp_path: Path) -> None:
    before = module(ORDERED, "")
    after = fixed(before, "MEM101", "MEM102")
    plans = []
    for name, text in {"before": before, "after": after}.items():
        files = {"conftest.py": CONFTEST, "app.py": APP, "test_it.py": text}
        project = programs.write(tmp_path / name, dict(files))
        ended = programs.run(project, "-m", "pytest", "--setup-plan", "-p", "no:cacheprovider")
        steps = [re.match(r" +(SETUP|TEARDOWN) +\w (\w+)", line) for line in ended.lines]
        plans.append([step.groups() for step in steps if step])
    old, new = plans
    assert len(old) == 10
    assert [step for step in new if re.search("reset|roots|request", step[1]) is None] == old


COLLECTING = """
    @pytest.fixture(scope="module")
    def items():
        with patch("app.Consumer"), lock(), patch("app.Writer") as writer:
            yield writer


    @pytest.fixture(scope="module")
    def stack():
        with ExitStack() as stack:
            stack.enter_context(patch("app.Consumer"))
            yield stack.enter_context(patch("app.Writer"))
    """
COLLECTED = """
    @pytest.fixture(scope="module")
    def items():
        consumer_patcher = patch("app.Consumer")
        consumer_patcher.start()
        try:
            with lock():
                writer_patcher = patch("app.Writer")
                writer = writer_patcher.start()
                try:
                    yield writer
                finally:
                    writer_patcher.stop()
        finally:
            consumer_patcher.stop()
            gc.collect()


    @pytest.fixture(scope="module")
    def stack():
        with ExitStack() as stack:
            consumer_patcher = patch("app.Consumer")
            consumer_patcher.start()
            stack.callback(gc.collect)
            stack.callback(consumer_patcher.stop)
            writer_patcher = patch("app.Writer")
            mock_writer = writer_patcher.start()
            stack.callback(writer_patcher.stop)
            yield mock_writer
    """


def test_garbage_is_collected_once_after_the_last_stop() -> None:
    settings = Settings(fix_gc_collect=True)
    text = fixed(module(COLLECTING, ""), "MEM101", settings=settings)
    assert text == module(COLLECTED, "").replace("import app\n", "import app\nimport gc\n")


def test_line_endings_stay() -> None:
    for code, before in (("MEM101", COLLECTING), ("MEM102", COLLECTED)):
        text = module(before, "")
        lines = fixed(text, code).replace("\n", "\r\n")
        assert fixed(text.replace("\n", "\r\n"), code) == lines
