"""The `[flake8]` section: what the command finds by it is what flake8 finds."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import chdir, suppress
from pathlib import Path

import pytest
from flake8.exceptions import ExecutionError
from flake8.options.config import _find_config_file
from flake8.style_guide import Decision, StyleGuideManager
from flake8.utils import parse_files_to_codes_mapping
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import run, write
from suites import OPTIONS_SUITE, SUITE

from memlint import engine, noqa
from memlint.config import ConfigError, Flake8Files, Project, Settings, flake8_ignores, resolve
from memlint.config.flake8_lookup import find_section
from memlint.rules import all_rules, select
from memlint.source import Source

FILES = ("setup.cfg", "tox.ini", ".flake8")
OPT_IN = [rule.code for rule in all_rules() if not rule.default]
TREE = {
    "test_top.py": SUITE,
    "unit/test_a.py": SUITE,
    "unit/deep/test_b.py": SUITE,
    "data/test_c.py": SUITE,
    "data.egg/test_d.py": SUITE,
    "unit/test_options.py": OPTIONS_SUITE,
    "unit/test_unused.py": "from unittest.mock import Mock\n\nFEED = Mock()  # noqa: MEM101\n",
}


def rules_for(project: Project, path: str) -> tuple:
    ignored = (*project.ignore, *project.ignored_for(path))
    return select(project.select, project.extend_select, ignored)


def walk(project: Project, folder: str) -> Iterator[str]:
    """The Python files that the project's section does not leave out, as the paths flake8 shows."""
    if project.excludes(folder):
        return
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from walk(project, entry.path)
        elif entry.name.endswith(".py") and not project.excludes(entry.path):
            yield entry.path


def found(project: Project) -> list[str]:
    """What memlint finds in the current folder, in flake8's words and order."""
    lines = []
    for path in sorted(walk(project, ".")):
        source = Source.from_bytes(path, Path(path).read_bytes())
        outcome = engine.check(source, rules_for(project, path), project.settings)
        assert outcome.crashes == ()
        for finding in noqa.unsuppressed(source, outcome.findings, outcome.ran):
            row, column = source.position(finding.span.start)
            lines.append(f"{path}:{row}:{column + 1}: {finding.code} {finding.message}")
    return lines


# Each with how many findings it leaves: a comparison of nothing with nothing shows nothing.
SECTIONS = {
    "nothing said": ("", 18),
    "without memlint": ("select = E,W\nmax-line-length = 100", 0),
    "nothing selected": ("select =", 0),
    "all": ("select = MEM", 31),
    "one and others": ("select = E9,MEM1,\n  MEM202 W6", 13),
    "a beginning shorter than ours": ("extend-select = M", 31),
    "extended": ("extend-select = MEM202", 22),
    "extended without memlint": ("select = E\nextend-select = MEM3", 9),
    "ignore replaces the default": ("ignore = E203", 18),
    "ignored": ("ignore = MEM1, W503", 8),
    "the longer one wins": ("select = MEM2,MEM301\nignore = MEM, MEM20", 4),
    "an opt-in rule's code is in the default": ("extend-select=MEM2\nextend-ignore=MEM", 4),
    "and is not": ("extend-select=MEM2\nignore=MEM", 12),
    "underscores": ("extend_select = MEM302\nextend_ignore = MEM101,MEM2", 13),
    "the later form counts": ("extend-select = MEM3\nextend_select = MEM202", 22),
    "options": ("memlint-max-loop-mocks = 5\nmemlint_mock_factories =\n  app.FakeFeed", 20),
    "wide scopes": ("memlint-wide-scopes = session,\n  class\n", 13),
    "excluded name": ("exclude = unit", 12),
    "excluded path": ("exclude = unit/deep, ./data/", 14),
    "excluded pattern": ("exclude = */test_[ac].py\nextend-exclude = data.*", 10),
    "more excluded": ("extend-exclude = */deep/*,test_top.py", 10),
    "everything excluded": ("exclude = .", 0),
    "per file": ("per-file-ignores =\n  unit/*:MEM1\n  test_top.py: MEM201,E501", 11),
    "the longest pattern alone": ("per-file-ignores = unit/*:MEM unit/deep/*: MEM301,W1", 11),
    "one that says nothing of memlint": ("per-file-ignores = */test_*:MEM */unit/test_a.py:E1", 4),
    "selected longer than ignored": ("select = MEM10\nper-file-ignores = *.py: MEM", 9),
    "opt-in and per file": ("extend-select = MEM202\nper-file-ignores = unit/*: MEM2", 18),
    "defaults": ("[DEFAULT]\nselect = MEM3\n", 9),
    "another section": ("[flake8:local-plugins]\n[DEFAULT]\n", 18),
}


IN_HOME = "import os, sys, flake8.main.cli as cli; os.environ['HOME'] = sys.argv.pop(); cli.main()"


OF_PATHS = [
    name for name, (section, _) in SECTIONS.items() if "exclude" in section or ":" in section
]


@pytest.mark.parametrize(
    ("name", "place"), [*((name, ".") for name in SECTIONS), *((name, "unit") for name in OF_PATHS)]
)
def test_same_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    section, count = SECTIONS[name]
    write(tmp_path / "project", {**TREE, "setup.cfg": f"[flake8]\n{section}\n"})
    folder = tmp_path / "project" / place
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = run(folder, "-c", IN_HOME, "-j1", ".", str(tmp_path))
    expected = [line for line in ended.lines if " MEM" in line]
    assert found(resolve(Path.cwd(), all_rules())) == expected
    if place == ".":
        assert ended.errors == []
        assert len(expected) == count


def rewritten(file: Path, section: str) -> Project:
    file.write_text(f"[flake8]\n{section}\n", "utf-8")
    return resolve(file.parent, all_rules())


BEGINNINGS = st.lists(
    st.sampled_from(["M", "ME", "MEM", "MEM1", "MEM10", "MEM101", "MEM2", "MEM20", "MEM202", "E"]),
    max_size=3,
)
MAYBE = st.none() | BEGINNINGS
PATTERNS = st.sampled_from(["a.py", "*.py", "sub/*.py", "./sub/a.py", "*/sub/*", "b*", "sub/", "/"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The current folder, in which hypothesis may write."""
    folder = tmp_path_factory.mktemp("config")
    with chdir(folder):
        yield folder


@pytest.mark.usefixtures("folder")
@settings(deadline=None, max_examples=600)
@given(MAYBE, MAYBE, MAYBE, MAYBE, st.lists(st.tuples(PATTERNS, BEGINNINGS), max_size=3))
def test_flake8_decides_the_same(
    selected: list[str] | None,
    extended: list[str] | None,
    ignored: list[str] | None,
    more_ignored: list[str] | None,
    per_file: list[tuple[str, list[str]]],
) -> None:
    """The project's selection against flake8's own classes."""
    said = {
        "select": selected,
        "extend-select": extended,
        "ignore": ignored,
        "extend-ignore": more_ignored,
    }
    lines = [f"{key} = {','.join(value)}" for key, value in said.items() if value is not None]
    mapping = "\n".join(f"  {pattern}: {','.join(codes)}" for pattern, codes in per_file if codes)
    folder = Path.cwd()  # from which flake8 counts these patterns
    section = "\n".join([*lines, f"per-file-ignores =\n{mapping}"])
    project = rewritten(folder / "setup.cfg", section)
    options = Namespace(
        select=selected,
        extend_select=extended,
        ignore=ignored,
        extend_ignore=more_ignored,
        per_file_ignores=mapping,
        extended_default_select=["C90", "E", "F", "MEM", "W"],
        extended_default_ignore=OPT_IN,
    )
    guides = StyleGuideManager(options, formatter=None)
    wanted = tuple((selected or []) + (extended or []))
    for path in ("a.py", "sub/a.py", "./sub/b.py", str(folder / "b" / "c.py")):
        guide = guides.style_guide_for(path)
        expected = [
            rule.code
            for rule in all_rules()
            if (rule.default or rule.code.startswith(wanted))
            and guide.should_report_error(rule.code) is Decision.Selected
        ]
        assert [rule.code for rule in rules_for(project, path)] == expected


@settings(deadline=None, max_examples=1000)
@given(st.text(st.sampled_from("aA1:, \n*/.")) | st.text())
def test_flake8_reads_the_same_mapping(text: str) -> None:
    try:
        expected = [(file, tuple(codes)) for file, codes in parse_files_to_codes_mapping(text)]
    except ExecutionError:
        with pytest.raises(ConfigError):
            flake8_ignores.parse(text)
    else:
        assert flake8_ignores.parse(text) == expected


def same_file(start: Path) -> Path | None:
    """The file that both find, from ``start``."""
    table = find_section(start)
    found = _find_config_file(str(start))
    assert (table.origin if table else None) == found
    return Path(found) if found else None


class TestLookup:
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))

    @pytest.mark.parametrize("present", [FILES, FILES[1:], FILES[2:]])
    def test_order_in_a_folder(self, tmp_path: Path, present: tuple[str, ...]) -> None:
        write(tmp_path, dict.fromkeys((f"a/{name}" for name in present), "[flake8]\n"))
        assert same_file(tmp_path / "a") == tmp_path / "a" / present[0]

    @pytest.mark.parametrize(
        "text",
        ["", "[tox]\n[flake8x]\n", "key = 1\n", "[tox]\nnonsense\n", "\ufeff[flake8]\n", b"\xff"],
    )
    def test_files_that_say_nothing(self, tmp_path: Path, text: str | bytes) -> None:
        write(tmp_path, {"a/b/setup.cfg": text, "a/tox.ini": "[flake8]\n"})
        (tmp_path / "a" / "b" / "tox.ini").mkdir()
        assert same_file(tmp_path / "a" / "b") == tmp_path / "a" / "tox.ini"

    def test_local_plugins_are_a_section(self, tmp_path: Path) -> None:
        files = {"a/b/tox.ini": "[flake8:local-plugins]\n", "a/tox.ini": "[flake8]\nselect=E\n"}
        write(tmp_path, files)
        assert same_file(tmp_path / "a" / "b") == tmp_path / "a" / "b" / "tox.ini"
        assert resolve(tmp_path / "a" / "b", all_rules()).select is None

    def test_home_is_not_looked_into_from_below(self, tmp_path: Path) -> None:
        write(tmp_path, {"setup.cfg": "[flake8]\nselect = E\n", "a/b/c.py": ""})
        assert same_file(tmp_path / "a" / "b") is None
        assert same_file(tmp_path) == tmp_path / "setup.cfg"

    def test_table_of_memlint_comes_first(self, tmp_path: Path) -> None:
        flake8 = "[flake8]\nselect = MEM2\n"
        write(tmp_path, {"a/pyproject.toml": "[tool.memlint]\n", "a/b/setup.cfg": flake8})
        assert resolve(tmp_path / "a" / "b", all_rules()) == Project(tmp_path / "a")
        write(tmp_path, {"a/pyproject.toml": "[tool.other]\n"})
        assert resolve(tmp_path / "a" / "b", all_rules()).select == ("MEM2",)


def test_all_that_is_taken(tmp_path: Path) -> None:
    section = """select = E,MEM1
extend-select = MEM202
ignore = E203, MEM102
extend-ignore = W6, MEM3
per-file-ignores =
    a/*.py: E1,MEM101
    b.py: F401
exclude = .git, a/b/
extend_exclude = *.egg
max-line-length = 100
memlint-max-loop-mocks = 1_0
memlint_wide_scopes = session module
memlint-fix-gc-collect = Yes
"""
    place = tmp_path / "setup.cfg"
    assert rewritten(place, section) == Project(
        tmp_path,
        Settings(("session", "module"), (), 10, fix_gc_collect=True),
        ("MEM1",),
        ("MEM202",),
        ("MEM102", "MEM3"),
        flake8=Flake8Files(
            (".git", f"{tmp_path}/a/b", "*.egg"),
            ((f"{tmp_path}/a/*.py", ("MEM101",)), ("b.py", ())),
        ),
        sources={
            "select": f"{place}:2",
            "extend-select": f"{place}:3",
            "ignore": f"{place}:4, {place}:5",
            "per-file-ignores": f"{place}:6",
            "exclude": f"{place}:9, {place}:10",
            "max-loop-mocks": f"{place}:12",
            "wide-scopes": f"{place}:13",
            "fix-gc-collect": f"{place}:14",
        },
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "memlint-max-loop-mock = 5",
            "2: [flake8] memlint-max-loop-mock: no such option;"
            " did you mean memlint-max-loop-mocks?",
        ),
        ("memlint_all = 5", "2: [flake8] memlint_all: no such option"),
        (
            "\nmemlint-max-loop-mocks = many",
            "3: [flake8] memlint-max-loop-mocks: expected a whole number from 1, not 'many'",
        ),
        (
            "memlint_max_loop_mocks =",
            "2: [flake8] memlint-max-loop-mocks: expected a whole number from 1, not ''",
        ),
        (
            "memlint-fix-gc-collect = 2",
            "2: [flake8] memlint-fix-gc-collect: expected true or false, not '2'",
        ),
        (
            "memlint-wide-scopes = klass",
            "2: [flake8] memlint-wide-scopes: 'klass' is no fixture scope"
            " (class, function, module, package, session)",
        ),
        ("a = 1\nselect = E,MEM9", "3: [flake8] select: no rule's code starts with 'MEM9'"),
        ("extend_ignore = MEMO", "2: [flake8] extend-ignore: no rule's code starts with 'MEMO'"),
        (
            "per-file-ignores =\n  a.py: MEM9",
            "2: [flake8] per-file-ignores: no rule's code starts with 'MEM9'",
        ),
        (
            "per-file-ignores = a.py",
            "2: [flake8] per-file-ignores: no codes at its end; expected files, a colon, and codes",
        ),
        (
            "per-file-ignores = a.py: mem",
            "2: [flake8] per-file-ignores: no codes at its end; expected files, a colon, and codes",
        ),
        (
            "per-file-ignores = a.py::E1",
            "2: [flake8] per-file-ignores: ':' stands where it cannot;"
            " expected files, a colon, and codes",
        ),
        ("nonsense", "2: neither a section nor an option"),
        ("a = 1\n[flake8]", "3: a second section [flake8]"),
        ("a = 1\nb = 2\nA = 1", "4: [flake8] a: given twice"),
    ],
)
def test_bad_sections(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rewritten(tmp_path / "setup.cfg", text)
    assert str(raised.value) == f"{tmp_path}/setup.cfg:{message}"


def test_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, {"tox.ini": b"[flake8]\n\na = \xff\n"})
    with pytest.raises(ConfigError) as raised:
        resolve(tmp_path, all_rules())
    assert str(raised.value) == f"{tmp_path}/tox.ini:3: not UTF-8"


PIECES = st.sampled_from(
    ["[flake8]", "[a", "select", "=", ":", "MEM1", "memlint-", "jobs", " ", "\n", "\r", "#", ";"]
)


@settings(deadline=None, max_examples=1000)
@given(pieces=st.lists(PIECES | st.text(max_size=3), max_size=20))
def test_any_text(folder: Path, pieces: list[str]) -> None:
    with suppress(ConfigError):
        rewritten(folder / "setup.cfg", "".join(pieces))
