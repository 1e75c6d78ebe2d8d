"""Configuration: TOML tables, the search for them, the command line over them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import Run, run, write

from memlint.config import (
    CHECK_OPTIONS,
    KEYS,
    OPTIONS,
    ConfigError,
    Project,
    Setting,
    Settings,
    as_codes,
    resolve,
    show_settings,
)
from memlint.config.settings import FIX_GC_COLLECT
from memlint.rules import all_rules

RULES = all_rules()
EVERY = """\
[tool.other]
select = [
    "]", # [tool.memlint]
]
text = '''
[tool.memlint]
jobs = 1
'''

[tool.memlint]
# first, a comment
select = ["MEM1", "mocks-kept-in-loop"]
extend-select = [
    "MEM202",
    "ALL",
]
ignore = ["MEM102"]
exclude = ["tests/data"]
wide-scopes = ["session"]
"mock-factories" = ["app.make"]
max-loop-mocks = 5
stopall-bases = ["app.testing.Base"]
fix-gc-collect = true
baseline = "known/findings.json"
output-format = "sarif"
fix = true
unsafe-fixes = true
jobs = 3

[tool.memlint.per-file-ignores]
"tests/*.py" = ["MEM10"]
'conftest.py' = ["ALL"]
"""


def project_of(folder: Path, table: str) -> Project:
    write(folder, {"pyproject.toml": table})
    return resolve(folder, RULES)


def error_of(folder: Path, *configs: str, isolated: bool = False) -> str:
    """What is wrong, without the folder's name."""
    with pytest.raises(ConfigError) as raised:
        resolve(folder, RULES, isolated=isolated, configs=configs)
    return str(raised.value).replace(f"{folder}/", "")


def test_every_key(tmp_path: Path) -> None:
    place = f"{tmp_path}/pyproject.toml"
    assert project_of(tmp_path, EVERY) == Project(
        tmp_path,
        Settings(("session",), ("app.make",), 5, ("app.testing.Base",), True),
        ("MEM1", "MEM302"),
        ("MEM202", "ALL"),
        ("MEM102",),
        ("tests/data",),
        (
            ("tests/*.py", tuple(rule.code for rule in RULES if rule.code.startswith("MEM10"))),
            ("conftest.py", tuple(rule.code for rule in RULES)),
        ),
        baseline=tmp_path / "known" / "findings.json",
        output_format="sarif",
        fix=True,
        unsafe_fixes=True,
        jobs=3,
        sources={
            "select": f"{place}:12",
            "extend-select": f"{place}:13",
            "ignore": f"{place}:17",
            "exclude": f"{place}:18",
            "wide-scopes": f"{place}:19",
            "mock-factories": f"{place}:20",
            "max-loop-mocks": f"{place}:21",
            "stopall-bases": f"{place}:22",
            "fix-gc-collect": f"{place}:23",
            "baseline": f"{place}:24",
            "output-format": f"{place}:25",
            "fix": f"{place}:26",
            "unsafe-fixes": f"{place}:27",
            "jobs": f"{place}:28",
            "per-file-ignores": f"{place}:30",
        },
    )


def test_nothing_said(tmp_path: Path) -> None:
    assert project_of(tmp_path, "[tool.memlint]\n") == Project(tmp_path)
    assert Project(tmp_path).settings == Settings.of({}) == Settings()


def test_any_code_is_taken_where_none_is_known(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.memlint]\nselect = ['XYZ']\n", "a/b.py": ""})
    assert resolve(tmp_path / "a").select == ("XYZ",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tool.memlint.jobs = 0", 1),
        ("\n[tool]\nmemlint.fix = true\nmemlint.jobs = 0", 4),
        ("[tool]\nmemlint = {fix = true, jobs = 0}", 2),
        ("tool = {memlint = {jobs = 0}}", 1),
        ("[tool.memlint]\n\n'jobs' = 0", 3),
        ('["tool" . memlint]\n"jo\\u0062s" = 0', 2),
        ("[tool.memlint] # []\nselect = [\n  'MEM1', # ]\n  'jobs = 1',\n]\njobs = 0", 2),
        ("[tool.memlint]\r\nselect = []\r\njobs = 0\r\n", 3),
        ("[tool.memlint.per-file-ignores]\na = []\n[tool.memlint]\njobs = 0", 4),
        ("[[a]]\njobs = 1\n[[a]]\njobs = 1\n[tool.memlint]\njobs = 0", 6),
        ('a = """\n[tool.memlint]\njobs = 0"""\n[tool.memlint]\nfix=false\njobs = 0', 6),
        ("a = '''\n''']\n'''\n[tool.memlint]\njobs = 0", None),
        ("jobs = 0\n[tool.memlint.a]\njobs = 0\n", 2),
    ],
)
def test_lines(tmp_path: Path, text: str, line: int | None) -> None:
    """One bad value, or what is met before it, in every way TOML has to write a table."""
    write(tmp_path, {"pyproject.toml": text})
    error = error_of(tmp_path)
    if line is None:
        assert error == "pyproject.toml:2: Expected newline or end of document after a statement"
    else:
        assert error.startswith(f"pyproject.toml:{line}: [tool.memlint] ")


LIST = "expected a list of strings, not"
FORMATS = "full, concise, grouped, json, jsonl, github, gitlab, sarif, junit"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("max-loop-mock = 5", "max-loop-mock: no such option; did you mean max-loop-mocks?"),
        ("extend-exclude = []", "extend-exclude: no such option; did you mean extend-select?"),
        ("zzz = 1", "zzz: no such option"),
        ("select = 'MEM1'", f"select: {LIST} 'MEM1'"),
        ("extend-select = [1]", f"extend-select: {LIST} [1]"),
        ("ignore = ['MEM1', 'XYZ']", "ignore: no rule's code starts with 'XYZ'"),
        ("ignore = ['']", "ignore: no rule's code starts with ''"),
        (
            "select = ['patch-context-in-fixture']",
            "select: no rule's code starts with 'patch-context-in-fixture';"
            " did you mean patch-context-in-wide-fixture?",
        ),
        ("exclude = 'a'", f"exclude: {LIST} 'a'"),
        (
            "per-file-ignores = []",
            "per-file-ignores: expected a table of patterns and codes, not []",
        ),
        ("per-file-ignores.a = 'MEM1'", f"per-file-ignores.\"a\": {LIST} 'MEM1'"),
        (
            "per-file-ignores = {a = ['XYZ']}",
            "per-file-ignores.\"a\": no rule's code starts with 'XYZ'",
        ),
        ("fix-gc-collect = 1", "fix-gc-collect: expected true or false, not 1"),
        ("fix = 'yes'", "fix: expected true or false, not 'yes'"),
        ("unsafe-fixes = 0", "unsafe-fixes: expected true or false, not 0"),
        ("jobs = true", "jobs: expected a whole number from 1, not True"),
        ("baseline = ''", "baseline: expected a path, not ''"),
        ("baseline = 1", "baseline: expected a path, not 1"),
        ('baseline = "\\u0000"', r"baseline: expected a path, not '\x00'"),
        ("output-format = 'text'", f"output-format: expected one of {FORMATS}, not 'text'"),
        ("output-format = []", f"output-format: expected one of {FORMATS}, not []"),
    ],
)
def test_bad_values(tmp_path: Path, toml: str, message: str) -> None:
    write(tmp_path, {"pyproject.toml": f"# 1\n[tool.memlint]\n{toml}\n"})
    assert error_of(tmp_path) == f"pyproject.toml:3: [tool.memlint] {message}"
    write(tmp_path, {"memlint.toml": f"# 1\n{toml}\n"})
    assert error_of(tmp_path, "memlint.toml") == f"memlint.toml:2: {message}"
    assert error_of(tmp_path, toml, isolated=True) == f"--config: {message}"


def test_line_of_a_pattern(tmp_path: Path) -> None:
    table = "[tool.memlint.per-file-ignores]\n'a.py' = []\n'b.py' = ['XYZ']\n"
    write(tmp_path, {"pyproject.toml": table})
    expected = "per-file-ignores.\"b.py\": no rule's code starts with 'XYZ'"
    assert error_of(tmp_path) == f"pyproject.toml:3: [tool.memlint] {expected}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[tool.memlint\n", "1: Expected ']' at the end of a table declaration"),
        (b"\na = \n", "2: Invalid value"),
        (b"a = 1\n\na = 2\n", "3: Cannot overwrite a value"),
        (b"a = 1\nb = [\n1,\n\n", "3: Invalid value"),
        (b"a = 1\n\xff", "2: not UTF-8"),
        (b"\na = " + b"[" * 100_000, " nested too deep"),
        (b"\na = 2021-02-31\n", "2: Invalid date or datetime"),
        (b"[tool]\nmemlint = 3\n", "2: [tool.memlint] is no table"),
        (b"[[tool.memlint]]\n", "1: [tool.memlint] is no table"),
        (
            b"[tool.memlint]\njobs" + b".a" * 5000 + b" = 1",
            "2: [tool.memlint] jobs: expected a whole number from 1, not"
            " {'a': {'a': {'a': {'a': {'a': {'a': {...}}}}}}}",
        ),
    ],
)
def test_broken_files(tmp_path: Path, text: bytes, message: str) -> None:
    write(tmp_path, {"pyproject.toml": text})
    assert error_of(tmp_path) == f"pyproject.toml:{message}"


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("*.py", {"a.py", "tests/a.py", "tests/deep/a.py", "conftest.py", "[x]/a.py"}),
        ("tests/*.py", {"tests/a.py", "tests/deep/a.py"}),
        ("./tests/*.py", {"tests/a.py", "tests/deep/a.py"}),
        ("tests/**/a.py", {"tests/a.py", "tests/deep/a.py"}),
        ("**/a.py", {"a.py", "tests/a.py", "tests/deep/a.py", "[x]/a.py"}),
        ("**/deep/**/*.py", {"tests/deep/a.py"}),
        ("tests", set()),
        ("a.py", {"a.py", "tests/a.py", "tests/deep/a.py", "[x]/a.py"}),
        ("conftest.py", {"conftest.py"}),
        ("A.py", set()),
        ("!tests/*", {"a.py", "conftest.py", "[x]/a.py"}),
        ("!a.py", {"conftest.py"}),
        ("[[]x]/*", {"[x]/a.py"}),
        ("", set()),
        ("!" * 5000, {"a.py", "tests/a.py", "tests/deep/a.py", "conftest.py", "[x]/a.py"}),
    ],
)
def test_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, matching: set[str]
) -> None:
    """From the root on, wherever the command runs, and also where the root looks like a pattern."""
    paths = ("a.py", "tests/a.py", "tests/deep/a.py", "conftest.py", "[x]/a.py")
    root = write(tmp_path / "[ab]*", dict.fromkeys(paths, ""))
    project = Project(root, per_file_ignores=((pattern, ("MEM101",)),))
    monkeypatch.chdir(root / "tests")
    for names in (lambda path: f"../{path}", lambda path: str(root / path)):
        ignored = {path for path in paths if project.ignored_for(names(path)) == ("MEM101",)}
        assert ignored == matching


def test_ignored_by_several_patterns(tmp_path: Path) -> None:
    project = project_of(
        tmp_path, "[tool.memlint.per-file-ignores]\n'*.py'=['MEM101']\n'a*'=['MEM30']\n"
    )
    assert project.ignored_for("a.py") == ("MEM101", "MEM301", "MEM302", "MEM303")
    assert project.ignored_for("b.py") == ("MEM101",)
    assert project.ignored_for("b.pyi") == ()


class TestSearch:
    def test_the_nearest_table(self, tmp_path: Path) -> None:
        write(tmp_path, {"pyproject.toml": "[tool.memlint]\njobs = 2\n", "a/b/c.py": ""})
        write(tmp_path, {"a/pyproject.toml": "[tool.other]\n", "a/b/setup.cfg": "[flake8]\n"})
        assert resolve(tmp_path / "a" / "b", RULES).root == tmp_path
        write(tmp_path, {"a/pyproject.toml": "[tool.memlint]\n"})
        assert resolve(tmp_path / "a" / "b", RULES) == Project(tmp_path / "a")

    def test_isolated(self, tmp_path: Path) -> None:
        write(tmp_path, {"pyproject.toml": "nonsense", "setup.cfg": "nonsense"})
        assert resolve(tmp_path, RULES, isolated=True) == Project(tmp_path)

    @pytest.mark.parametrize(
        ("name", "text", "key"),
        [
            ("a/pyproject.toml", "[tool.memlint]\n{}", ""),
            ("a/memlint.toml", "{}", ""),
            ("a/other=1.toml", "{}", ""),
            ("a/setup.cfg", "[flake8]\n{}", "memlint-"),
            ("a/tox.ini", "[flake8]\n{}", "memlint_"),
            ("a/.flake8", "[flake8]\n{}", "memlint-"),
        ],
    )
    def test_given_file(self, tmp_path: Path, name: str, text: str, key: str) -> None:
        option = f"{key}max-loop-mocks".replace("-", "_" if key.endswith("_") else "-")
        write(tmp_path, {name: text.format(f"{option} = 7"), "pyproject.toml": "nonsense"})
        project = resolve(tmp_path, RULES, configs=[name])
        assert (project.root, project.settings.max_loop_mocks) == (tmp_path / "a", 7)
        place = f"{tmp_path / name}:{text.count(chr(10)) + 1}"
        assert project.sources == {"max-loop-mocks": place}

    @pytest.mark.parametrize(
        ("configs", "message"),
        [
            (["missing.toml"], "missing.toml: No such file or directory"),
            (["sub"], "sub: expected a .toml, .cfg, .ini or .flake8 file, or KEY=VALUE"),
            (["a.py"], "a.py: expected a .toml, .cfg, .ini or .flake8 file, or KEY=VALUE"),
            (["\0.toml"], "'\\x00.toml' cannot be a path"),
            (["folder.toml"], "folder.toml: Is a directory"),
            (["pyproject.toml"], "pyproject.toml: no [tool.memlint]"),
            (["setup.cfg"], "setup.cfg: no [flake8]"),
            (["tox.ini"], "tox.ini:1: expected a section first"),
            (["a.toml", "b.toml"], "--config: a.toml and b.toml: expected one file"),
        ],
    )
    def test_bad_files(self, tmp_path: Path, configs: list[str], message: str) -> None:
        write(tmp_path, {"pyproject.toml": "", "setup.cfg": "", "tox.ini": "[flake8", "a.py": ""})
        (tmp_path / "folder.toml").mkdir()
        (tmp_path / "sub").mkdir()
        assert error_of(tmp_path, *configs) == message

    def test_isolated_reads_no_file(self, tmp_path: Path) -> None:
        message = "--config: a.toml: --isolated reads no file"
        assert error_of(tmp_path, "a.toml", isolated=True) == message


class TestOverrides:
    def test_over_a_table(self, tmp_path: Path) -> None:
        configs = ["jobs=4", "select = ['MEM2']", "jobs=5", "per-file-ignores.'a.py'=['MEM30']"]
        write(tmp_path, {"pyproject.toml": EVERY})
        project = resolve(tmp_path, RULES, configs=configs)
        assert (project.jobs, project.select, project.fix) == (5, ("MEM2",), True)
        assert project.settings.max_loop_mocks == 5
        assert project.per_file_ignores == (("a.py", ("MEM301", "MEM302", "MEM303")),)
        assert project.sources["jobs"] == project.sources["select"] == "--config"
        assert project.sources["fix"] == f"{tmp_path}/pyproject.toml:26"

    def test_over_a_section(self, tmp_path: Path) -> None:
        section = "[flake8]\nignore = MEM1\nexclude = a\nper-file-ignores = b.py:MEM2\n"
        write(tmp_path, {"setup.cfg": section})
        project = resolve(tmp_path, RULES, configs=["exclude=['c']"])
        assert (project.exclude, project.excludes("a"), project.ignore) == (
            ("c",),
            False,
            ("MEM1",),
        )
        assert "MEM2" in project.ignored_for("b.py")
        project = resolve(tmp_path, RULES, configs=["per-file-ignores = {}", "ignore=[]"])
        assert (project.excludes("a"), project.ignored_for("b.py"), project.ignore) == (
            True,
            (),
            (),
        )

    def test_over_nothing(self, tmp_path: Path) -> None:
        project = resolve(tmp_path, RULES, isolated=True, configs=["baseline='known.json'"])
        assert project == Project(
            tmp_path, baseline=tmp_path / "known.json", sources={"baseline": "--config"}
        )

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("select=MEM1", "Invalid value"),
            ("=1", "Invalid statement"),
            ("jobs=", "Invalid value"),
        ],
    )
    def test_no_toml(self, tmp_path: Path, text: str, problem: str) -> None:
        assert error_of(tmp_path, text) == (
            f"--config: {text!r}: {problem};"
            " the value has to be TOML: a string in quotes, a list in brackets"
        )


def test_show_settings(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": "[tool.memlint]\nselect = []\nfix = true\nbaseline = 'b'\n"
            "per-file-ignores.'a\\\"' = ['MEM101']\n"
        },
    )
    shown = show_settings(resolve(tmp_path, RULES, configs=["wide-scopes=['class', 'module']"]))
    place = f"{tmp_path}/pyproject.toml"
    assert shown == [
        Setting("select", "[]", f"{place}:2"),
        Setting("extend-select", "[]", "default"),
        Setting("ignore", "[]", "default"),
        Setting("per-file-ignores", r'{ "a\\\"" = ["MEM101"] }', f"{place}:5"),
        Setting("exclude", "[]", "default"),
        Setting("wide-scopes", '["class", "module"]', "--config"),
        Setting("mock-factories", "[]", "default"),
        Setting("max-loop-mocks", "1000", "default"),
        Setting("stopall-bases", "[]", "default"),
        Setting("fix-gc-collect", "false", "default"),
        Setting("baseline", f'"{tmp_path}/b"', f"{place}:4"),
        Setting("output-format", None, "default"),
        Setting("fix", "true", f"{place}:3"),
        Setting("unsafe-fixes", "false", "default"),
        Setting("jobs", None, "default"),
    ]


def test_shown_settings_are_toml(tmp_path: Path) -> None:
    project = project_of(tmp_path, EVERY)
    shown = [f"{name} = {value}" for name, value, _ in show_settings(project)]
    again = resolve(tmp_path, RULES, isolated=True, configs=shown)
    assert [setting[:2] for setting in show_settings(again)] == [
        setting[:2] for setting in show_settings(project)
    ]
    assert len(shown) == len(KEYS) == 15


def test_names_and_beginnings() -> None:
    selectors = ["MEM3", "unused-suppression", "ALL", "MEM202"]
    assert as_codes(selectors, RULES) == ("MEM3", "MEM001", "ALL", "MEM202")


def test_a_table_of_toml_costs_no_other_import(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": EVERY})
    program = (
        "import sys, pathlib, memlint.config, memlint.rules as rules\n"
        "memlint.config.resolve(pathlib.Path.cwd(), rules.all_rules())\n"
        "print(*{'configparser', 'difflib', 'json', 'tomllib'} & {*sys.modules})"
    )
    assert run(tmp_path, "-c", program) == Run(0, ["tomllib"], [])


def test_options_of_fixes() -> None:
    assert FIX_GC_COLLECT in OPTIONS
    assert FIX_GC_COLLECT not in CHECK_OPTIONS
    assert {*OPTIONS} - {*CHECK_OPTIONS} == {FIX_GC_COLLECT}


PIECES = st.sampled_from(
    [
        *("[tool.memlint]\n", "[tool", ".memlint", "select", "per-file-ignores", "jobs"),
        *("]", "[[", ".", "=", "[", "'MEM1'", '"', '"""', "'''", "{", "}", ",", "\n", "\r"),
        *("#", "1", "true", "!"),
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


@settings(deadline=None, max_examples=1000)
@given(pieces=st.lists(PIECES | st.text(max_size=3), max_size=20))
def test_any_text(folder: Path, pieces: list[str]) -> None:
    text = "".join(pieces)
    (folder / "pyproject.toml").write_bytes(text.encode())
    with suppress(ConfigError):
        resolve(folder, RULES).ignored_for("a.py")
    with suppress(ConfigError):
        resolve(folder, RULES, isolated=True, configs=[text])


VALUES = st.recursive(
    st.integers(-1, 5).map(str)
    | st.booleans().map(lambda value: str(value).lower())
    | st.sampled_from(["'MEM1'", "'ALL'", "''", "'session'", "'full'", "1979-05-27", "nan"]),
    lambda values: (
        st.lists(values, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["a", "'*'", "'!'"]), values, max_size=2).map(
            lambda items: f"{{{', '.join(f'{key} = {value}' for key, value in items.items())}}}"
        )
    ),
    max_leaves=4,
)


@settings(deadline=None, max_examples=1000)
@given(table=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_any_values(folder: Path, table: dict[str, str]) -> None:
    """Every value is taken or refused at the line of its key."""
    rows = [f"{key} = {value}\n" for key, value in table.items()]
    (folder / "pyproject.toml").write_text("[tool.memlint]\n" + "".join(rows), "utf-8")
    try:
        project = resolve(folder, RULES)
    except ConfigError as error:
        place, title, key, *_ = str(error).replace(f"{folder}/", "").split(" ")
        line = list(table).index(key.split(".")[0].rstrip(":")) + 2
        assert (place, title) == (f"pyproject.toml:{line}:", "[tool.memlint]")
    else:
        assert [*project.sources] == [*table]
        project.ignored_for("a.py")
