"""memlint inside pylint, run as users run it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from marks import Marks, marks
from programs import Run, flake8, messages, pylint, run, write
from suites import FINDINGS, LAMBDA, OPTIONS_SUITE, POSITIONS, SUITE

from memlint import rules

JSON = "--output-format=json2"
# The object in which each finding of the suite stands.
OBJECTS = {
    "MEM101": "TestFeed.consumer",
    "MEM201": "TestFeed.consumer.<lambda>",
    "MEM301": "TestFeed.test_batch",
    "MEM302": "TestFeed.test_batch",
    "MEM102": "writer",
    "MEM202": "test_decode.<lambda>",
    "MEM203": "test_decode.<lambda>",
}

LINES = f"""\
{LAMBDA}  # MEM201
{LAMBDA}  # pylint: disable=MEM201
{LAMBDA}  # pylint: disable=W9201
{LAMBDA}  # pylint: disable=side-effect-lambda-in-wide-scope
{LAMBDA}  # pylint: disable=memlint
{LAMBDA}  # pylint: disable=MEM101 # MEM201
# pylint: disable-next=MEM201
{LAMBDA}
{LAMBDA}  # MEM201
"""
BLOCKS = f"""\
def setup_module():
    # pylint: disable=MEM201
    {LAMBDA}
    if feed:
        {LAMBDA}


def setUpModule():
    {LAMBDA}  # MEM201
    if feed:
        # pylint: disable=side-effect-lambda-in-wide-scope
        {LAMBDA}
    {LAMBDA}  # MEM201


class TestFeed:  # pylint: disable=W9201
    {LAMBDA}

    class TestInner:
        def setup_class(self):
            {LAMBDA}


class TestOther:
    {LAMBDA}  # MEM201

    def setup_class(self):
        # pylint: disable=MEM201
        {LAMBDA}
        # pylint: enable=MEM201
        {LAMBDA}  # MEM201
"""
NESTED = """\
import functools
from unittest.mock import MagicMock, patch

import pytest


class TestOuter:
    class TestInner:
        @pytest.fixture(scope="class")
        @staticmethod
        def consumer():
            with (patch("app.Consumer")) as consumer:
                yield consumer

        class TestDeep:
            @functools.cache
            @functools.wraps(
                print
            )
            def setup_class(self):
                self.feed.side_effect = (lambda value:
                    value)

    async def test_batch(self):
        def batch():
            return [
                MagicMock(
                    name="feed",
                )
                for _ in range(3)
            ]

        batch()
"""
HELPERS = """\
from unittest import mock

PER_CLASS = "class"
COUNT = 1000
swap = mock.patch


class Feed(mock.MagicMock):
    pass


def make_feed():
    return Feed()
"""
USES = """\
import pytest
{imports}


@pytest.fixture(scope=PER_CLASS)
def rate():
    with swap("app.rate") as rate:  # MEM101[pylint]
        yield rate


@pytest.fixture
def own_rate():
    with swap("app.rate") as rate:
        yield rate


def test_feeds(feeds):
    for _ in range(3):
        feeds.append(Feed())  # MEM302[pylint]
    for _ in range(COUNT):
        feeds.append(make_feed())  # MEM301[pylint]
    feeds.extend([helpers.make_feed() for _ in feeds])  # MEM302[pylint]
    feeds.append(helpers.Feed())
"""
NAMES = "PER_CLASS, COUNT, Feed, make_feed, swap"
FOREIGN = {
    "test_beside.py": USES.format(imports=f"import helpers\nfrom helpers import {NAMES}"),
    "suite/test_absolute.py": USES.format(
        imports=f"from suite import helpers\nfrom suite.helpers import {NAMES}"
    ),
    "suite/test_relative.py": USES.format(
        imports=f"from . import helpers\nfrom .helpers import {NAMES}"
    ),
    "suite/unit/test_parent.py": USES.format(
        imports=f"from .. import helpers\nfrom ..helpers import {NAMES}"
    ),
    "suite/unit/test_inside.py": """\
def test_feeds(feeds):
    from suite.helpers import make_feed

    for _ in range(3):
        feeds.append(make_feed())  # MEM302[pylint]
""",
}
MARKED = {
    "test_lines.py": LINES,
    "test_blocks.py": BLOCKS,
    "test_module.py": f"# pylint: disable=MEM201\n{LAMBDA}\n\ndef setup_module():\n    {LAMBDA}\n",
    "test_all.py": f"{LAMBDA}  # pylint: disable=all\n",
    "test_skipped.py": f"# pylint: skip-file\n{LAMBDA}\n",
    **FOREIGN,
}
FILES = {
    "test_suite.py": SUITE,
    "test_broken.py": f"{LAMBDA}\ndef test(:\n",
    "test_nested.py": NESTED,
    **MARKED,
    **{name: text.encode(encoding) for name, (text, encoding) in POSITIONS.items()},
}
MODULES = {
    "helpers.py": HELPERS,
    "suite/__init__.py": "",
    "suite/helpers.py": HELPERS,
    "suite/unit/__init__.py": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("pylint"), {**FILES, **MODULES})


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, list[dict]]:
    """What pylint reports on each file, with all rules on."""
    ended = pylint(folder, "--enable=memlint,syntax-error", JSON, *FILES)
    found: dict[str, list[dict]] = {name: [] for name in FILES}
    for message in messages(ended):
        found[message["path"]].append(message)
    return found


def expected(folder: Path, *codes: str) -> list[dict]:
    """What pylint tells of the findings in the suite whose code starts with one of ``codes``."""
    return [
        {
            "type": "warning",
            "symbol": rules.find(found.code).name,
            "message": found.text,
            "messageId": f"W9{found.code[3:]}",
            "confidence": "HIGH",
            "module": "test_suite",
            "obj": OBJECTS[found.code],
            "line": found.line,
            "column": found.column - 1,
            "endLine": found.line,
            "endColumn": found.end_column - 1,
            "path": "test_suite.py",
            "absolutePath": str(folder / "test_suite.py"),
        }
        for found in FINDINGS
        if found.code.startswith(codes)
    ]


def ordered(found: list[dict]) -> list[dict]:
    return sorted(found, key=lambda message: (message["line"], message["column"]))


def marked(found: list[dict]) -> Marks:
    return Counter((message["line"], f"MEM{message['messageId'][2:]}") for message in found)


def test_messages(folder: Path, report: dict[str, list[dict]]) -> None:
    assert ordered(report["test_suite.py"]) == expected(folder, "MEM")


def test_flake8_agrees(folder: Path, report: dict[str, list[dict]]) -> None:
    found = [
        f"{m['path']}:{m['line']}:{m['column'] + 1}: MEM{m['messageId'][2:]} {m['message']}"
        for name in ("test_nested.py", "test_suite.py")
        for m in ordered(report[name])
    ]
    assert flake8(folder, "--select=MEM", "test_nested.py", "test_suite.py").lines == found


@pytest.mark.parametrize("name", MARKED)
def test_marks(report: dict[str, list[dict]], name: str) -> None:
    assert marked(report[name]) == marks(MARKED[name], "pylint")


@pytest.mark.parametrize("name", POSITIONS)
def test_positions(report: dict[str, list[dict]], name: str) -> None:
    text = POSITIONS[name][0].replace("\r\n", "\n").replace("\r", "\n")
    found = [(m["line"], m["column"], m["endLine"], m["endColumn"]) for m in ordered(report[name])]
    assert found == lambdas(text)


def lambdas(text: str) -> list[tuple[int, int, int, int]]:
    """Where ``text`` has lambdas, columns from 0 in UTF-8 bytes."""
    found = []
    for row, line in enumerate(text.split("\n"), start=1):
        before, name, after = line.encode().partition(b"lambda")
        if name:
            found.append((row, len(before), row, len(before + name + after)))
    return found


def test_objects(report: dict[str, list[dict]]) -> None:
    found = [
        (m["obj"], m["messageId"], m["line"], m["column"], m["endLine"], m["endColumn"])
        for m in ordered(report["test_nested.py"])
    ]
    assert found == [
        ("TestOuter.TestInner.consumer", "W9101", 12, 18, 12, 39),
        ("TestOuter.TestInner.TestDeep.setup_class.<lambda>", "W9201", 21, 41, 22, 25),
        ("TestOuter.test_batch.batch", "W9302", 27, 16, 29, 17),
    ]


def test_broken_file(report: dict[str, list[dict]]) -> None:
    (found,) = report["test_broken.py"]
    assert (found["symbol"], found["line"]) == ("syntax-error", 2)


def test_confidence(folder: Path, report: dict[str, list[dict]]) -> None:
    levels = {name: {m["confidence"] for m in found} for name, found in report.items()}
    assert levels == {
        name: {"INFERENCE"} if name in FOREIGN else {"HIGH"} if report[name] else set()
        for name in FILES
    }
    assert flake8(folder, "--select=MEM", *FOREIGN) == Run(0, [], [])


def test_inference_may_take_back(tmp_path: Path) -> None:
    text = """\
from unittest.mock import MagicMock
from helpers import MANY, ONE, Plain


def test_feeds(feeds):
    for _ in range(ONE):
        feeds.append(MagicMock())
    for _ in range(MANY):
        feeds.append(MagicMock())
    plain = Plain()
    plain.side_effect = lambda: 1
"""
    helpers = "ONE, MANY = 1, 1000\n\n\nclass Plain:\n    side_effect = None\n"
    write(tmp_path, {"test_it.py": text, "helpers.py": helpers})
    found = messages(pylint(tmp_path, "--enable=memlint", JSON, "test_it.py"))
    assert marked(found) == Counter([(9, "MEM301")])
    alone = flake8(tmp_path, "--select=MEM", "--format=%(row)d %(code)s", "test_it.py")
    assert alone.lines == ["7 MEM302", "9 MEM302", "11 MEM202"]


def test_hide_inferred(folder: Path) -> None:
    ended = pylint(folder, "--enable=memlint", "--confidence=HIGH", *FOREIGN, "test_suite.py", JSON)
    assert ordered(messages(ended)) == expected(folder, "MEM")


def test_parallel(folder: Path) -> None:
    names = ["test_suite.py", *MARKED]
    one, two = (pylint(folder, jobs, "--enable=memlint", JSON, *names) for jobs in ("-j1", "-j2"))
    assert messages(one) == messages(two)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_stdin(folder: Path, newline: str) -> None:
    text = SUITE.replace("\n", newline).encode()
    ended = pylint(folder, "--enable=memlint", JSON, "--from-stdin", "test_suite.py", stdin=text)
    assert ordered(messages(ended)) == expected(folder, "MEM")


def test_stdin_of_other_encoding(tmp_path: Path) -> None:
    text = f"# coding: latin-1\nname = '\N{PARTY POPPER}'; {LAMBDA}\n"
    arguments = ("--enable=memlint", JSON, "--from-stdin", "test_latin.py")
    (found,) = messages(pylint(tmp_path, *arguments, stdin=text.encode()))
    places = [tuple(found[key] for key in ("line", "column", "endLine", "endColumn"))]
    assert (places, found["obj"]) == (lambdas(text), "<lambda>")


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ("--enable=MEM202", ["MEM202"]),
        ("--enable=W9101,side-effect-lambda", ["MEM101", "MEM203"]),
        (
            "--enable=memlint --disable=MEM101,W9202",
            ["MEM102", "MEM201", "MEM203", "MEM3"],
        ),
    ],
)
def test_enable(folder: Path, arguments: str, codes: list[str]) -> None:
    ended = pylint(folder, *arguments.split(), JSON, "test_suite.py")
    assert ordered(messages(ended)) == expected(folder, *codes)


RULES = [rule for rule in rules.all_rules() if rule.code != "MEM001"]  # which pylint has itself
EVERY = {rule.code for rule in RULES}
ON = {rule.code for rule in RULES if rule.default}


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ("", ON),
        ("--enable=MEM202", {*ON, "MEM202"}),
        ("--enable=W9302", {*ON, "MEM302"}),
        ("--disable=MEM101", ON - {"MEM101"}),
        ("--disable=patch-context-in-wide-fixture", ON - {"MEM101"}),
        ("--enable=memlint", EVERY),
        ("--disable=memlint", set()),
        ("--disable=memlint --enable=MEM203", {"MEM203"}),
        ("--disable=W", set()),
        ("--enable=all", EVERY),
    ],
)
def test_enabled(tmp_path: Path, arguments: str, codes: set[str]) -> None:
    plugin = "--load-plugins=memlint"
    ended = run(tmp_path, "-m", "pylint", plugin, *arguments.split(), "--list-msgs-enabled")
    enabled = ended.lines[: ended.lines.index("Disabled messages:")]
    assert {line.strip() for line in enabled if "(W9" in line} == {
        f"{rule.name} (W9{rule.code[3:]})" for rule in RULES if rule.code in codes
    }


def test_only_default_rules_by_default(tmp_path: Path) -> None:
    text = f"feed.side_effect = lambda: 1  # MEM201\n\n\ndef test_feed():\n    {LAMBDA}\n"
    write(tmp_path, {"test_feed.py": text})
    ended = run(tmp_path, "-m", "pylint", "--load-plugins=memlint", JSON, "test_feed.py")
    found = [message for message in messages(ended) if message["messageId"].startswith("W9")]
    assert marked(found) == marks(text)


def test_enable_inline(tmp_path: Path) -> None:
    text = f"""\
from unittest.mock import MagicMock


def test_decode():
    # pylint: enable=MEM202
    MagicMock(side_effect=lambda: 1)  # MEM202
    MagicMock(side_effect=lambda: print())


def test_other():
    MagicMock(side_effect=lambda: 1)
    MagicMock(side_effect=lambda: print())  # pylint: enable=side-effect-lambda # MEM203
    {LAMBDA}


{LAMBDA}  # MEM201
"""
    write(tmp_path, {"test_inline.py": text})
    ended = pylint(tmp_path, "--enable=MEM201", JSON, "test_inline.py")
    assert marked(messages(ended)) == marks(text)


def test_useless_suppression(tmp_path: Path) -> None:
    text = f"""\
{LAMBDA}  # pylint: disable=MEM201
{LAMBDA}  # pylint: disable=MEM201,MEM202
feed = 1  # pylint: disable=MEM201
"""
    write(tmp_path, {"test_useless.py": text})
    ended = pylint(tmp_path, "--enable=memlint,useless-suppression", JSON, "test_useless.py")
    found = [(message["line"], message["message"]) for message in ordered(messages(ended))]
    assert found == [
        (2, "Useless suppression of 'side-effect-lambda-ignores-arguments'"),
        (3, "Useless suppression of 'side-effect-lambda-in-wide-scope'"),
    ]


def test_memlint_comments_count_and_noqa_does_not(tmp_path: Path) -> None:
    text = f"""\
{LAMBDA}  # MEM201
{LAMBDA}  # memlint: ignore
{LAMBDA}  # memlint: ignore[side-effect-lambda-in-wide-scope]
{LAMBDA}  # memlint: ignore[MEM101] # MEM201
{LAMBDA}  # noqa # MEM201
{LAMBDA}  # noqa: MEM201 # MEM201
feed.side_effect = (
    lambda value: value
)  # memlint: ignore[MEM2]
feed.side_effect = (
    lambda value: value  # MEM201
)  # noqa: MEM201
"""
    files = {
        "test_it.py": text,
        "test_file.py": f"{LAMBDA}\n# memlint: ignore-file\n",
        "test_rule.py": f"# memlint: ignore-file[MEM2]\n{LAMBDA}\n",
        "test_flake8.py": f"# flake8: noqa\n{LAMBDA}  # MEM201\n",
    }
    write(tmp_path, files)
    found = messages(pylint(tmp_path, "--enable=memlint,useless-suppression", JSON, *files))
    for name, content in files.items():
        assert marked([m for m in found if m["path"] == name]) == marks(content)


PATCH = (9, "MEM101")
MOCKS = (15, "MEM301")
FAKES = (17, "MEM301")


@pytest.mark.parametrize("config", ["", "pylintrc", "pyproject.toml"])
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"wide-scopes": "class,session"}, []),
        ({"mock-factories": "app.FakeFeed", "max-loop-mocks": "5"}, [PATCH, MOCKS, FAKES]),
    ],
)
def test_option(tmp_path: Path, config: str, options: dict[str, str], found: list) -> None:
    folder = write(tmp_path, {"test_options.py": OPTIONS_SUITE})
    arguments = [f"--memlint-{name}={value}" for name, value in options.items()]
    if config:
        write(folder, {config: configuration(config, options)})
        arguments = []
    ended = pylint(folder, "--enable=MEM101,MEM301", JSON, *arguments, "test_options.py")
    assert marked(messages(ended)) == Counter(found)


def configuration(config: str, options: dict[str, str]) -> str:
    """A configuration file with ``options`` in it."""
    if config == "pylintrc":
        lines = [f"memlint-{name} = {value}" for name, value in options.items()]
        return "\n".join(["[MEMLINT]", *lines])
    values = {
        name: value if value.isdigit() else value.split(",") for name, value in options.items()
    }
    lines = [f"memlint-{name} = {value}" for name, value in values.items()]
    return "\n".join(["[tool.pylint.memlint]", *lines])


def test_load_from_config(tmp_path: Path) -> None:
    text = """\
[tool.pylint.main]
load-plugins = ["memlint"]
disable = ["all"]
enable = ["MEM101", "side-effect-lambda"]
"""
    folder = write(tmp_path, {"test_suite.py": SUITE, "pyproject.toml": text})
    found = messages(run(folder, "-m", "pylint", JSON, "test_suite.py"))
    assert ordered(found) == expected(folder, "MEM101", "MEM203")


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (
            "wide-scopes=clas",
            "'clas' is no fixture scope (class, function, module, package, session)",
        ),
        ("max-loop-mocks=0", "expected a whole number from 1, not 0"),
    ],
)
@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_reject_option(folder: Path, jobs: str, option: str, problem: str) -> None:
    enabled = "--enable=memlint"
    ended = pylint(folder, jobs, enabled, f"--memlint-{option}", "test_suite.py", "test_wide.py")
    name = option.partition("=")[0]
    assert ended == Run(32, [], [f"memlint: --memlint-{name}: {problem}"])


CRASHING = """\
import sys

from pylint import run_pylint

from memlint import rules


def crash(fact, facts):
    raise ZeroDivisionError("no luck")


object.__setattr__(rules.find("MEM201"), "check", crash)
run_pylint()
"""


def test_survive_crashing_rule(tmp_path: Path) -> None:
    write(tmp_path, {"test_suite.py": SUITE, "test_wide.py": LAMBDA, "crashing.py": CRASHING})
    arguments = ("--load-plugins=memlint", "--disable=all", "--enable=memlint", JSON)
    ended = run(tmp_path, "crashing.py", *arguments, "test_suite.py", "test_wide.py")
    assert ended.errors == [
        f"memlint: MEM201 failed on {tmp_path / 'test_suite.py'}: ZeroDivisionError: no luck"
    ]
    found = messages(ended._replace(errors=[]))
    others = ("MEM1", "MEM202", "MEM203", "MEM3")
    assert ordered(found) == expected(tmp_path, *others)


NEIGHBOUR = """\
from pylint.checkers import BaseChecker


class Neighbour(BaseChecker):
    name = "neighbour"
    msgs = {"W8301": ("text", "translation-not-lazy", "As pylint-odoo has it.")}


def register(linter):
    linter.register_checker(Neighbour(linter))
"""


def test_allow_other_plugins(folder: Path) -> None:
    write(folder, {"neighbour.py": NEIGHBOUR})
    init = "--init-hook=import sys; sys.path.insert(0, '.')"
    plugins = "--load-plugins=neighbour,memlint"
    ended = pylint(folder, init, plugins, "--enable=MEM301", JSON, "test_suite.py")
    assert messages(ended) == expected(folder, "MEM301")
