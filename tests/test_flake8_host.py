"""memlint inside flake8, run as users run it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flake8.options.parse_args import parse_args
from marks import Marks, marks
from programs import Run, flake8, run, write
from suites import DEFAULT, FINDINGS, LAMBDA, NOQA, OPTIONS_SUITE, POSITIONS, SUITE

from memlint import __version__
from memlint.hosts.flake8 import Plugin

CONFIGS = ("setup.cfg", "tox.ini", ".flake8")


def reported(*codes: str, path: str = "test_suite.py") -> list[str]:
    """What flake8 writes of the findings in the suite whose code starts with one of ``codes``."""
    return [
        f"{path}:{found.line}:{found.column}: {found.code} {found.text}"
        for found in FINDINGS
        if found.code.startswith(codes)
    ]


def places(ended: Run) -> list[tuple[str, int, int, str]]:
    """Where flake8 found what, without the text."""
    split = (line.split(":", 3) for line in ended.lines)
    return [(path, int(row), int(col), text.split()[0]) for path, row, col, text in split]


def lambdas(path: str, text: str) -> list[tuple[str, int, int, str]]:
    """Where ``text`` has lambdas, as `places` tells it."""
    return [
        (path, row, line.index("lambda") + 1, "MEM201")
        for row, line in enumerate(text.split("\n"), start=1)
        if "lambda" in line
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {"test_suite.py": SUITE})


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ("", DEFAULT),
        ("--select=MEM", ["MEM"]),
        ("--select=MEM2", ["MEM2"]),
        ("--select=MEM202,MEM101", ["MEM101", "MEM202"]),
        ("--select=E,F,W", []),
        ("--extend-select=MEM202", [*DEFAULT, "MEM202"]),
        ("--extend-select=MEM", ["MEM"]),
        ("--ignore=E203", DEFAULT),
        ("--extend-ignore=E203", DEFAULT),
        ("--extend-ignore=MEM1", ["MEM201", "MEM301"]),
        ("--select=MEM --ignore=MEM2", ["MEM1", "MEM3"]),
        ("--select=MEM --extend-ignore=MEM203", ["MEM1", "MEM3", "MEM201", "MEM202"]),
    ],
)
def test_select(folder: Path, arguments: str, codes: list[str]) -> None:
    ended = flake8(folder, *arguments.split(), "test_suite.py")
    found = reported(*codes)
    assert ended == Run(1 if found else 0, found, [])


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    ("setting", "codes"),
    [
        ("ignore = E203", DEFAULT),
        ("extend-ignore = E203", DEFAULT),
        ("select = MEM", ["MEM"]),
        ("ignore = E203\nextend-select = MEM3", [*DEFAULT, "MEM302"]),
        ("select = MEM\nper-file-ignores = test_s*.py:MEM1,MEM203", ["MEM201", "MEM202", "MEM3"]),
    ],
)
def test_select_in_config(folder: Path, config: str, setting: str, codes: list[str]) -> None:
    write(folder, {config: f"[flake8]\n{setting}\n"})
    assert flake8(folder, "test_suite.py") == Run(1, reported(*codes), [])


PATCH = ("test_options.py", 9, 10, "MEM101")
MOCKS = ("test_options.py", 15, 22, "MEM301")
FAKES = ("test_options.py", 17, 22, "MEM301")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], [PATCH]),
        (["wide-scopes=class,session"], []),
        (["mock-factories=app.FakeFeed"], [PATCH, FAKES]),
        (["max-loop-mocks=5"], [PATCH, MOCKS]),
    ],
)
def test_option(tmp_path: Path, options: list[str], found: list) -> None:
    write(tmp_path, {"test_options.py": OPTIONS_SUITE})
    arguments = [f"--memlint-{option}" for option in options]
    assert places(flake8(tmp_path, *arguments, "test_options.py")) == found


@pytest.mark.parametrize("config", CONFIGS)
def test_option_in_config(tmp_path: Path, config: str) -> None:
    text = """\
[flake8]
memlint-wide-scopes = class, session
memlint_mock_factories =
    app.Other,
    FakeFeed
memlint-max-loop-mocks = 6
"""
    folder = write(tmp_path, {"test_options.py": OPTIONS_SUITE, config: text})
    assert places(flake8(folder, "test_options.py")) == [FAKES]
    assert places(flake8(folder, "--memlint-max-loop-mocks=5", "test_options.py")) == [MOCKS, FAKES]


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (
            "wide-scopes=class,clas",
            "'clas' is no fixture scope (class, function, module, package, session)",
        ),
        ("max-loop-mocks=0", "expected a whole number from 1, not 0"),
        ("max-loop-mocks=many", "expected a whole number from 1, not 'many'"),
    ],
)
@pytest.mark.parametrize("config", [None, "setup.cfg"])
def test_reject_option(folder: Path, config: str | None, option: str, problem: str) -> None:
    if config:
        write(folder, {config: f"[flake8]\nmemlint-{option}\n"})
    ended = flake8(folder, "test_suite.py", *([] if config else [f"--memlint-{option}"]))
    name = option.partition("=")[0]
    critical = "There was a critical error during execution of Flake8:"
    assert ended == Run(1, [critical, f"--memlint-{name}: {problem}"], [])


def rows(ended: Run) -> Marks:
    """The lines, from 1, and codes that flake8 found in a single file."""
    return Marks((row, code) for _, row, _, code in places(ended))


def test_noqa(tmp_path: Path) -> None:
    files = {"test_file.py": f"# flake8: noqa\n{LAMBDA}\n", "test_line.py": NOQA}
    write(tmp_path, files)
    assert places(flake8(tmp_path, "--select=MEM", "test_file.py")) == []
    assert rows(flake8(tmp_path, "--select=MEM", "test_line.py")) == marks(NOQA)


def test_disable_noqa(tmp_path: Path) -> None:
    """What flake8 calls noqa loses its effect, and is no concern of MEM001; memlint's own stays."""
    text = f"""\
{LAMBDA}  # noqa
{LAMBDA}  # noqa: MEM201
feed.side_effect = (
    lambda value: value
)  # noqa: MEM201
feed.side_effect = (
    lambda value: value
)  # memlint: ignore[MEM201]
x = 1  # noqa: MEM201
x = 1  # memlint: ignore[MEM201]
# flake8: noqa
"""
    write(tmp_path, {"test_it.py": text})
    ended = flake8(tmp_path, "--select=MEM", "--disable-noqa", "test_it.py")
    found = [(row, code) for _, row, _, code in places(ended)]
    assert found == [(1, "MEM201"), (2, "MEM201"), (4, "MEM201"), (10, "MEM001")]


ALL_UNUSED = [(1, 16), (2, 16), (3, 16), (4, 26), (5, 9)]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("--select=MEM", ALL_UNUSED),
        ("--select=MEM --disable-noqa", [(4, 26), (5, 9)]),
        ("--select=MEM --ignore=MEM001", []),
        ("--select=MEM --extend-ignore=MEM101", [(2, 16), (3, 16), (4, 26)]),
        ("--select=MEM --per-file-ignores=test_*:MEM101", [(2, 16), (3, 16), (4, 26)]),
        ("--select=MEM --per-file-ignores=other.py:MEM101", ALL_UNUSED),
        ("--select=MEM001,MEM101", [(1, 16), (4, 26)]),
        ("--select=MEM0", [(4, 26)]),
        ("--select=MEM101", []),
        ("--select=E,F", []),
        ("", [(1, 16), (4, 26)]),
        ("--ignore=E203", [(1, 16), (4, 26)]),
        ("--extend-select=MEM202", [(1, 16), (2, 16), (4, 26)]),
        ("--extend-select=MEM", ALL_UNUSED),
    ],
)
def test_unused_where_the_rule_ran(tmp_path: Path, arguments: str, found: list) -> None:
    """A comment is unused only where flake8 would have reported what it names."""
    text = """\
x = 1  # noqa: MEM101
x = 1  # noqa: MEM202
x = 1  # noqa: MEM2,E501
x = 1  # memlint: ignore[MEM999]
x = 1;  # memlint: ignore
"""
    write(tmp_path, {"test_it.py": text})
    ended = flake8(tmp_path, *arguments.split(), "test_it.py")
    unused = [(row, col) for _, row, col, code in places(ended) if code == "MEM001"]
    assert unused == found


def test_parallel(tmp_path: Path) -> None:
    names = [f"test_{number}.py" for number in range(8)]
    write(tmp_path, dict.fromkeys(names, SUITE))
    write(tmp_path, {"setup.cfg": "[flake8]\nignore = E203\nextend-select = MEM202\n"})
    one, two = (flake8(tmp_path, jobs, *names) for jobs in ("-j1", "-j2"))
    assert one == two
    assert one.lines == [line for name in names for line in reported(*DEFAULT, "MEM202", path=name)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_stdin(tmp_path: Path, newline: str) -> None:
    ended = flake8(
        tmp_path,
        "--select=MEM",
        "--stdin-display-name=tests/test_suite.py",
        "-",
        stdin=SUITE.replace("\n", newline).encode(),
    )
    assert ended == Run(1, reported("MEM", path="tests/test_suite.py"), [])


def test_show_source(tmp_path: Path) -> None:
    lines = [
        f"def setup_module():\n\t{LAMBDA}",
        f"name = '\N{PARTY POPPER}\u00e9\u6f22'; {LAMBDA}",
        f"if feed:\n    name\t=\t'\N{PARTY POPPER}';\t{LAMBDA}",
    ]
    write(tmp_path, {f"test_{number}.py": f"{line}\n" for number, line in enumerate(lines)})
    ended = flake8(tmp_path, "--select=MEM", "--show-source")
    assert len(ended.lines) == 3 * len(lines)
    for line, (source, caret) in zip(
        lines, zip(ended.lines[1::3], ended.lines[2::3], strict=True), strict=True
    ):
        assert source == line.rpartition("\n")[2]
        before = source[: source.index("lambda")]
        assert caret == "".join(char if char.isspace() else " " for char in before) + "^"


def test_positions(tmp_path: Path) -> None:
    write(tmp_path, {name: text.encode(encoding) for name, (text, encoding) in POSITIONS.items()})
    found = [
        place
        for name, (text, _) in POSITIONS.items()
        for place in lambdas(name, text.replace("\r\n", "\n").replace("\r", "\n"))
    ]
    assert places(flake8(tmp_path, "--select=MEM", *POSITIONS)) == found


def test_syntax_error(folder: Path) -> None:
    write(folder, {"test_broken.py": f"{LAMBDA}\ndef test(:\n"})
    ended = flake8(folder, "--select=MEM,E999", "test_broken.py", "test_suite.py")
    assert (ended.status, ended.errors) == (1, [])
    assert ended.lines[0].startswith("test_broken.py:2:")
    assert " E999 SyntaxError" in ended.lines[0]
    assert ended.lines[1:] == reported("MEM")


CRASHING = """\
import sys

from flake8.main.cli import main

from memlint import rules


def crash(fact, facts):
    raise ZeroDivisionError("no luck")


object.__setattr__(rules.find("MEM201"), "check", crash)
sys.exit(main())
"""


def test_survive_crashing_rule(folder: Path) -> None:
    write(folder, {"test_second.py": SUITE, "crashing.py": CRASHING})
    ended = run(folder, "crashing.py", "-j1", "--select=MEM", "test_suite.py", "test_second.py")
    others = ("MEM1", "MEM202", "MEM203", "MEM3")
    assert ended.status == 1
    assert ended.lines == [
        line
        for path in ("test_second.py", "test_suite.py")
        for line in reported(*others, path=path)
    ]
    assert ended.errors == ["memlint: MEM201 failed on test_suite.py: ZeroDivisionError: no luck"]


def test_version(tmp_path: Path) -> None:
    assert f"flake8-memlint: {__version__}," in " ".join(flake8(tmp_path, "--version").lines)


def test_leave_the_tree_alone() -> None:
    class Strict(Plugin):
        pass

    _, options = parse_args(["--isolated", "--select=MEM"])
    Strict.parse_options(options)
    tree = ast.parse(SUITE)
    before = snapshot(tree)
    found = [text for *_, text, _ in Strict(tree, SUITE.splitlines(True), "t.py").run()]
    assert found == [f"{found.code} {found.text}" for found in FINDINGS]
    assert snapshot(tree) == before


def snapshot(tree: ast.Module) -> tuple[str, list[list[str]]]:
    """All that can be seen of a tree, foreign attributes included."""
    return ast.dump(tree, include_attributes=True), [sorted(vars(node)) for node in ast.walk(tree)]
