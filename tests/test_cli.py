"""The command: what it prints where, and its exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from memlint import __version__, rules
from memlint.facts import Facts
from memlint.hosts.cli import main
from memlint.model import Finding, Rule

FLOOD = "mocks without end made by MagicMock() in a loop and kept in 'queue'; use a plain stub"
KEPT = "MEM302 2 mocks made by Mock() in a loop and kept in 'x'; use a plain stub"
IGNORANT = (
    "lambda as side_effect ignores its arguments: every call runs it to return the same literal; "
    "use return_value"
)

# MEM301 is on by default, the others are not.
TEXT = """\
from unittest.mock import MagicMock


def test_flood(queue):
    while True:
        queue.append(MagicMock())


def test_clock(clock):
    clock.side_effect = lambda: 0
    clock.side_effect = lambda x: x
"""
LINES = {
    "MEM301": f"6:22: MEM301 {FLOOD}",
    "MEM202": f"10:25: MEM202 {IGNORANT}",
    "MEM203": "11:25: MEM203 lambda as side_effect; use a named function",
}
CLEAN = "from unittest.mock import MagicMock\n\nMagicMock().call()\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str | bytes) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def call(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return call("check", "--output-format", "concise", *arguments, stdin=stdin)


def outcome(result: Result) -> tuple[int, str, str]:
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def found(path: str, *codes: str) -> str:
    return "".join(f"{path}:{line}\n" for code, line in LINES.items() if code in codes)


def usage_error(command: str, message: str) -> tuple[int, str, str]:
    arguments = {"check": "[OPTIONS] [PATHS]...", "rule": "[OPTIONS] [CODE...]"}[command]
    usage = f"Usage: main {command} {arguments}\nTry 'main {command} --help' for help.\n\n"
    return 2, "", f"{usage}Error: {message}\n"


class TestExitStatus:
    def test_clean(self) -> None:
        write("test_it.py", CLEAN)
        assert outcome(check("test_it.py")) == (0, "", "0 hazards in 1 file\n")

    def test_nothing_to_check(self) -> None:
        assert outcome(check()) == (0, "", "0 hazards in 0 files\n")

    def test_findings(self) -> None:
        write("test_it.py", TEXT)
        expected = (1, found("test_it.py", "MEM301"), "1 hazard in 1 file\n")
        assert outcome(check("test_it.py")) == expected

    def test_exit_zero(self) -> None:
        write("test_it.py", TEXT)
        expected = (0, found("test_it.py", "MEM301"), "1 hazard in 1 file\n")
        assert outcome(check("--exit-zero", "test_it.py")) == expected

    def test_exit_zero_does_not_hide_errors(self) -> None:
        assert outcome(check("--exit-zero", "gone.py")) == (
            2,
            "",
            "memlint: gone.py: No such file or directory\n0 hazards in 0 files, 1 error\n",
        )

    def test_errors_outrank_findings(self) -> None:
        write("test_it.py", TEXT)
        assert outcome(check("gone.py", "test_it.py", "gone/too")) == (
            2,
            found("test_it.py", "MEM301"),
            "memlint: gone.py: No such file or directory\n"
            "memlint: gone/too: No such file or directory\n"
            "1 hazard in 1 file, 2 errors\n",
        )

    def test_no_such_option(self) -> None:
        expected = usage_error("check", "No such option '--nothing'.")
        code, stdout, stderr = outcome(check("--nothing"))
        assert (code, stdout) == expected[:2]
        assert stderr.splitlines()[0] == expected[2].splitlines()[0]

    def test_no_command(self) -> None:
        assert call().exit_code == 2
        assert "Keep Python test suites from eating memory." in call().output


class TestPaths:
    def test_the_current_folder_is_the_default(self) -> None:
        write("b.py", TEXT)
        write("a/test_it.py", TEXT)
        assert outcome(check()) == (
            1,
            found("b.py", "MEM301") + found("a/test_it.py", "MEM301"),
            "2 hazards in 2 files\n",
        )

    def test_paths_are_shown_as_given(self, project: Path) -> None:
        write("a/test_it.py", TEXT)
        for path in (
            "a/test_it.py",
            "./a/test_it.py",
            "a/../a/test_it.py",
            f"{project}/a/test_it.py",
        ):
            assert check(path).stdout == found(path, "MEM301")
        assert check(f"{project}").stdout == found(f"{project}/a/test_it.py", "MEM301")

    def test_several_paths(self) -> None:
        for name in ("a.py", "b.py", "c/d.py", "e.py"):
            write(name, TEXT)
        stdout = "".join(found(name, "MEM301") for name in ("c/d.py", "b.py", "a.py"))
        assert outcome(check("c", "b.py", "c/d.py", "a.py", "b.py")) == (
            1,
            stdout,
            "3 hazards in 3 files\n",
        )

    def test_a_named_file_needs_no_suffix(self) -> None:
        write("script", TEXT)
        assert check("script").stdout == found("script", "MEM301")
        assert check().stdout == ""

    def test_exclude(self) -> None:
        for name in ("a.py", "b/c.py", "b/d.py", "e/c.py"):
            write(name, TEXT)
        result = check("--exclude", "b/c.py", "--exclude", "/e")
        assert result.stdout == found("a.py", "MEM301") + found("b/d.py", "MEM301")

    def test_standard_input(self) -> None:
        result = check("-", stdin=TEXT.encode())
        assert outcome(result) == (1, found("-", "MEM301"), "1 hazard in 1 file\n")

    def test_standard_input_with_a_name(self) -> None:
        result = check("-", "--stdin-filename", "a/test_it.py", stdin=TEXT.encode())
        assert outcome(result) == (1, found("a/test_it.py", "MEM301"), "1 hazard in 1 file\n")

    def test_the_name_of_standard_input_counts(self) -> None:
        text = dedent("""
            import pytest
            from unittest.mock import MagicMock

            @pytest.fixture(scope="session")
            def consumer():
                return MagicMock()
        """)
        assert check("-", "--select", "MEM102", stdin=text.encode()).exit_code == 1
        result = check(
            "-", "--stdin-filename", "a/conftest.py", "--select", "MEM102", stdin=text.encode()
        )
        assert outcome(result) == (0, "", "0 hazards in 1 file\n")  # other files may reset it

    def test_standard_input_that_is_not_python(self) -> None:
        expected = "memlint: a.py:1:5: invalid syntax\n0 hazards in 1 file, 1 error\n"
        result = check("-", "--stdin-filename", "a.py", stdin=b"a = = 1\n")
        assert outcome(result) == (2, "", expected)

    def test_standard_input_is_alone(self) -> None:
        expected = usage_error("check", "`-` cannot be checked together with other paths")
        assert outcome(check("-", "a.py")) == expected


class TestSelection:
    @pytest.mark.parametrize(
        ("arguments", "codes"),
        [
            ([], "MEM301"),
            (["--select", "MEM2"], "MEM202 MEM203"),
            (["--select", "MEM202"], "MEM202"),
            (["--select", "MEM202,MEM301"], "MEM202 MEM301"),
            (["--select", " MEM202 ,, MEM301, "], "MEM202 MEM301"),
            (["--select", "MEM202", "--select", "MEM203"], "MEM202 MEM203"),
            (["--select", "MEM2,MEM3"], "MEM202 MEM203 MEM301"),
            (["--select", "MEM3"], "MEM301"),
            (["--extend-select", "MEM203"], "MEM203 MEM301"),
            (["--extend-select", "MEM203", "--extend-select", "MEM202"], "MEM202 MEM203 MEM301"),
            (["--extend-select", "MEM202,MEM203"], "MEM202 MEM203 MEM301"),
            (["--select", "MEM203", "--extend-select", "MEM202"], "MEM202 MEM203"),
            (["--ignore", "MEM301"], ""),
            (["--ignore", "MEM3"], ""),
            (["--ignore", "MEM1,MEM2"], "MEM301"),
            (["--ignore", "ALL"], ""),
            (["--select", "MEM2,MEM3", "--ignore", "MEM202,MEM30"], "MEM203"),
            (["--select", "MEM2", "--ignore", "MEM202", "--ignore", "MEM203"], ""),
            (["--ignore", "MEM2", "--extend-select", "MEM202"], "MEM202 MEM301"),
            (["--select", "MEM", "--ignore", "MEM2,MEM3", "--extend-select", "MEM202"], "MEM202"),
        ],
    )
    def test_codes(self, arguments: list[str], codes: str) -> None:
        write("test_it.py", TEXT)
        result = check(*arguments, "test_it.py")
        expected = found("test_it.py", *codes.split())
        assert (result.stdout, result.exit_code) == (expected, 1 if codes else 0)

    @pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
    @pytest.mark.parametrize("codes", ["", " , "])
    def test_no_code(self, option: str, codes: str) -> None:
        message = f"Invalid value for '{option}': expected codes"
        assert outcome(check(option, codes)) == usage_error("check", message)

    def test_all(self) -> None:
        write("test_it.py", TEXT)
        assert check("--select", "ALL").stdout == check("--select", "MEM").stdout != ""

    def test_a_rule_speaks_for_another_only_where_it_runs(self) -> None:
        write("test_it.py", TEXT)
        expected = f"test_it.py:6:22: MEM302 {FLOOD.replace(' without end', '')}\n"
        assert check("--select", "MEM302").stdout == expected
        assert check("--select", "MEM301,MEM302").stdout == found("test_it.py", "MEM301")

    @pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
    @pytest.mark.parametrize("codes", ["XYZ", "MEM9999", "MEM3,XYZ,MEM2"])
    def test_unknown_code(self, option: str, codes: str) -> None:
        write("test_it.py", TEXT)
        code = "XYZ" if "XYZ" in codes else codes
        message = f"Invalid value for '{option}': no rule's code starts with {code!r}"
        assert outcome(check(option, codes, "test_it.py")) == usage_error("check", message)

    @pytest.mark.parametrize(
        ("code", "meant"),
        [
            ("mem301", "MEM301"),
            ("mem3", "MEM3"),
            ("all", "ALL"),
            ("Mocks-Kept-In-Loop", "mocks-kept-in-loop"),
            ("mocks-kept", "mocks-kept-in-loop"),
        ],
    )
    def test_nearly_a_code(self, code: str, meant: str) -> None:
        message = (
            f"Invalid value for '--select': no rule's code starts with {code!r}; "
            f"did you mean {meant}?"
        )
        assert outcome(check("--select", code)) == usage_error("check", message)


class TestFormats:
    def test_full_is_the_default(self) -> None:
        write("test_it.py", TEXT)
        assert outcome(call("check", "test_it.py")) == (
            1,
            f"test_it.py:6:22: MEM301 {FLOOD}\n"
            "  |\n"
            "6 |         queue.append(MagicMock())\n"
            "  |                      ^^^^^^^^^^^\n"
            "\n",
            "1 hazard in 1 file\n",
        )

    def test_no_such_format(self) -> None:
        message = (
            "Invalid value for '--output-format': 'xml' is not one of 'full', 'concise', "
            "'grouped', 'json', 'jsonl', 'github', 'gitlab', 'sarif', 'junit'."
        )
        assert outcome(call("check", "--output-format", "xml")) == usage_error("check", message)

    def excerpts(self, text: str, code: str = "MEM3") -> list[str]:
        write("test_it.py", text)
        result = call("check", "--select", code, "test_it.py")
        assert result.exit_code == 1
        return result.stdout.splitlines()

    def test_tabs(self) -> None:
        text = "from mock import Mock\nif 1:\n\tx =\t[Mock()\tfor _ in range(2)]\n"
        assert self.excerpts(text) == [
            f"test_it.py:3:7: {KEPT}",
            "  |",
            "3 | \tx =\t[Mock()\tfor _ in range(2)]",
            "  | \t   \t ^^^^^^",
            "",
        ]

    def test_wide_and_combining_characters(self) -> None:
        line = "'😀日本e\u0301'; x = [Mock(name='😀') for _ in range(2)]"
        assert self.excerpts(f"from mock import Mock\n{line}\n") == [
            f"test_it.py:2:15: {KEPT}",
            "  |",
            f"2 | {line}",
            "  |                 ^^^^^^^^^^^^^^^",  # three wide ones, and one that takes no cell
            "",
        ]

    def test_an_expression_of_several_lines_is_marked_on_its_first(self) -> None:
        text = (
            "from mock import Mock\n" * 99 + "x = [Mock(  # so\n    name='x',\n) for _ in range(2)]"
        )
        assert self.excerpts(text) == [
            f"test_it.py:100:6: {KEPT}",
            "    |",
            "100 | x = [Mock(  # so",
            "    |      ^^^^^^^^^^^",
            "",
        ]

    def test_carriage_returns_and_form_feeds(self) -> None:
        text = "from mock import Mock\r\n\x0cx = [Mock() for _ in range(2)]\r\n"
        assert self.excerpts(text) == [
            f"test_it.py:2:7: {KEPT}",
            "  |",
            "2 | ␌x = [Mock() for _ in range(2)]",
            "  |       ^^^^^^",
            "",
        ]

    def test_related_places(self) -> None:
        text = dedent("""\
            import pytest
            from unittest.mock import patch

            @pytest.fixture(scope="module")
            def consumer():
                with (
                    patch("app.Consumer") as consumer,
                    patch.object(app, "Producer"),
                ):
                    yield consumer
        """)
        assert self.excerpts(text, "MEM101") == [
            "test_it.py:7:9: MEM101 module-scoped fixture 'consumer' yields inside"
            " patch('app.Consumer'): every call is kept until the module ends; start the patcher"
            " and stop it in a finally",
            "  |",
            '7 |         patch("app.Consumer") as consumer,',
            "  |         ^^^^^^^^^^^^^^^^^^^^^",
            "  = test_it.py:8:9: and inside patch.object(app, 'Producer')",
            "  = fix (unsafe): Start the patcher and stop it in a finally",
            "  = fix (unsafe): Set the fixture up for each test",
            "",
        ]

    def test_findings_stand_in_the_order_of_the_text(self) -> None:
        write("test_it.py", TEXT)
        stdout = check("--select", "MEM2,MEM3").stdout
        assert stdout == found("test_it.py", *LINES)
        assert stdout.count("\n") == 3


SETTINGS = """\
import pytest
from unittest.mock import MagicMock, patch
from app.testing import make_mock


@pytest.fixture(scope="class")
def of_class():
    with patch("app.A"):
        yield


@pytest.fixture(scope="session")
def of_session():
    with patch("app.B"):
        yield


def test_it():
    a = [make_mock() for _ in range(5)]
    b = [MagicMock() for _ in range(5)]
    c = [MagicMock() for _ in range(6)]
"""


class TestSettings:
    """The same settings from the command line and from pyproject.toml."""

    CASES = (
        ([], "", [8, 14]),
        (["--wide-scopes", "session"], "wide-scopes = ['session']", [14]),
        (["--wide-scopes", "class,module"], "wide-scopes = ['class', 'module']", [8]),
        (["--wide-scopes", ""], "wide-scopes = []", []),
        (["--max-loop-mocks", "6"], "max-loop-mocks = 6", [8, 14, 21]),
        (["--max-loop-mocks", "5"], "max-loop-mocks = 5", [8, 14, 20, 21]),
        (
            ["--mock-factories", "a, app.testing.make_mock", "--max-loop-mocks", "5"],
            "mock-factories = ['a', 'app.testing.make_mock']\nmax-loop-mocks = 5",
            [8, 14, 19, 20, 21],
        ),
    )

    @pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case[0]) or "default")
    def test_both_places(self, case: tuple[list[str], str, list[int]]) -> None:
        arguments, toml, expected = case
        write("test_it.py", SETTINGS)
        given = check("--select", "MEM101,MEM301", *arguments)
        write("pyproject.toml", f"[tool.memlint]\nselect = ['MEM101', 'MEM301']\n{toml}\n")
        configured = check()
        assert outcome(given) == outcome(configured)
        assert [int(line.split(":")[1]) for line in given.stdout.splitlines()] == expected

    def test_the_command_line_wins(self) -> None:
        write("test_it.py", SETTINGS)
        write("pyproject.toml", "[tool.memlint]\nmax-loop-mocks = 1\nwide-scopes = []\n")
        result = check("--select", "MEM101,MEM301", "--max-loop-mocks", "6")
        assert [line.split(":")[1] for line in result.stdout.splitlines()] == ["21"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["--max-loop-mocks", "0"],
                "--max-loop-mocks: expected a whole number from 1, not 0",
            ),
            (
                ["--max-loop-mocks", "many"],
                "Invalid value for '--max-loop-mocks': 'many' is not a valid integer.",
            ),
            (
                ["--wide-scopes", "class,klass"],
                "--wide-scopes: 'klass' is no fixture scope"
                " (class, function, module, package, session)",
            ),
        ],
    )
    def test_bad_values(self, arguments: list[str], message: str) -> None:
        assert outcome(check(*arguments)) == usage_error("check", message)

    def test_help_keeps_the_case_of_codes(self) -> None:
        lines = " ".join(call("check", "--help").stdout.split())
        assert "How many mocks a loop must keep to be reported by MEM301." in lines


class TestProject:
    @pytest.mark.parametrize(
        ("toml", "arguments", "codes"),
        [
            ("select = ['MEM202']", [], "MEM202"),
            ("select = ['MEM2', 'MEM301']", [], "MEM202 MEM203 MEM301"),
            ("select = []", [], ""),
            ("extend-select = ['MEM203']", [], "MEM203 MEM301"),
            ("ignore = ['MEM301']", [], ""),
            ("select = ['MEM2', 'MEM3']\nignore = ['MEM20']", [], "MEM301"),
            ("select = ['MEM202']", ["--select", "MEM203"], "MEM203"),
            ("select = ['MEM202']", ["--extend-select", "MEM203"], "MEM202 MEM203"),
            ("select = ['MEM2']", ["--ignore", "MEM202"], "MEM203"),
            ("extend-select = ['MEM203']", ["--select", "MEM202"], "MEM202"),
            ("extend-select = ['MEM203']", ["--extend-select", "MEM202"], "MEM202 MEM203 MEM301"),
            ("ignore = ['MEM202']", ["--select", "MEM2"], "MEM203"),
            ("ignore = ['MEM20']", ["--ignore", "MEM3", "--select", "MEM203,MEM3"], "MEM203"),
        ],
    )
    def test_selection(self, toml: str, arguments: list[str], codes: str) -> None:
        write("pyproject.toml", f"[tool.memlint]\n{toml}\n")
        write("test_it.py", TEXT)
        assert check(*arguments).stdout == found("test_it.py", *codes.split())

    def test_exclude_counts_from_its_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("pyproject.toml", "[tool.memlint]\nexclude = ['/a.py', 'b/c', '*_data.py']\n")
        for name in ("a.py", "b/a.py", "b/c/d.py", "b/e/f_data.py", "c/d.py"):
            write(name, TEXT)
        assert check().stdout == found("b/a.py", "MEM301") + found("c/d.py", "MEM301")
        assert check("b", "--exclude", "b/*.py").stdout == ""
        monkeypatch.chdir("b")
        assert check().stdout == found("a.py", "MEM301")

    def test_the_nearest_file_with_a_table_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("pyproject.toml", "[tool.memlint]\nselect = ['MEM202']\n")
        write("a/pyproject.toml", "[tool.other]\n")
        write("a/b/test_it.py", TEXT)
        monkeypatch.chdir("a/b")
        assert check().stdout == found("test_it.py", "MEM202")
        write("../pyproject.toml", "[tool.memlint]\n")
        assert check().stdout == found("test_it.py", "MEM301")

    @pytest.mark.parametrize("toml", ["", "tool = 3\n", "[tool]\n", "[memlint]\nx = 1\n"])
    def test_no_table(self, toml: str) -> None:
        write("pyproject.toml", toml)
        assert outcome(check()) == (0, "", "0 hazards in 0 files\n")

    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ("select = 'MEM101'", "select: expected a list of strings, not 'MEM101'"),
            ("select = [101]", "select: expected a list of strings, not [101]"),
            ("extend-select = 1", "extend-select: expected a list of strings, not 1"),
            ("ignore = {}", "ignore: expected a list of strings, not {}"),
            ("exclude = 'a'", "exclude: expected a list of strings, not 'a'"),
            ("wide-scopes = 'class'", "wide-scopes: expected a list of strings, not 'class'"),
            (
                "wide-scopes = ['test', 'class']",
                "wide-scopes: 'test' is no fixture scope"
                " (class, function, module, package, session)",
            ),
            ("mock-factories = true", "mock-factories: expected a list of strings, not True"),
            ("mock-factories = ['a.b', 'a-b']", "mock-factories: 'a-b' is no dotted name"),
            ("stopall-bases = ['a-b']", "stopall-bases: 'a-b' is no dotted name"),
            ("mock-factories = ['a..b']", "mock-factories: 'a..b' is no dotted name"),
            ("max-loop-mocks = '5'", "max-loop-mocks: expected a whole number from 1, not '5'"),
            ("max-loop-mocks = 0", "max-loop-mocks: expected a whole number from 1, not 0"),
            ("max-loop-mocks = true", "max-loop-mocks: expected a whole number from 1, not True"),
            ("max-loop-mocks = 1.5", "max-loop-mocks: expected a whole number from 1, not 1.5"),
            (
                "max_loop_mocks = 5",
                "max_loop_mocks: no such option; did you mean max-loop-mocks?",
            ),
        ],
    )
    def test_bad_tables(self, project: Path, toml: str, message: str) -> None:
        write("pyproject.toml", f"[tool.memlint]\n{toml}\n")
        write("test_it.py", TEXT)
        expected = f"memlint: {project}/pyproject.toml:2: [tool.memlint] {message}\n"
        assert outcome(check()) == (2, "", expected)

    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ("select = ['MEM1', 'XYZ']", "select: no rule's code starts with 'XYZ'"),
            ("extend-select = ['MEM9']", "extend-select: no rule's code starts with 'MEM9'"),
            ("ignore = ['']", "ignore: no rule's code starts with ''"),
        ],
    )
    def test_unknown_codes(self, project: Path, toml: str, message: str) -> None:
        write("pyproject.toml", f"[tool.memlint]\n{toml}\n")
        write("test_it.py", TEXT)
        expected = f"memlint: {project}/pyproject.toml:2: [tool.memlint] {message}\n"
        assert outcome(check()) == (2, "", expected)

    def test_no_table_but_a_value(self, project: Path) -> None:
        write("pyproject.toml", "tool.memlint = 3\n")
        expected = f"memlint: {project}/pyproject.toml:1: [tool.memlint] is no table\n"
        assert outcome(check()) == (2, "", expected)

    @pytest.mark.parametrize("toml", [b"[tool.memlint\n", b"a = \n", b"a=1;a=2\n", b"\xff"])
    def test_broken_files(self, project: Path, toml: bytes) -> None:
        write("pyproject.toml", toml)
        code, stdout, stderr = outcome(check())
        assert (code, stdout, stderr.count("\n")) == (2, "", 1)
        assert stderr.startswith(f"memlint: {project}/pyproject.toml:1: ")


class TestUnreadableFiles:
    """One line for each, and the other files are still checked."""

    def check_beside_others(self, name: str) -> str:
        """What is said about ``name``, a file among others."""
        write("a.py", TEXT)
        write("z.py", TEXT)
        code, stdout, stderr = outcome(check("a.py", name, "z.py"))
        assert (code, stdout) == (2, found("a.py", "MEM301") + found("z.py", "MEM301"))
        *messages, last = stderr.splitlines()
        assert len(messages) == 1
        assert last.startswith("2 hazards in ")
        assert last.endswith(" files, 1 error")
        return messages[0]

    def test_missing(self) -> None:
        message = self.check_beside_others("m.py")
        assert message == "memlint: m.py: No such file or directory"

    def test_dangling_link(self) -> None:
        Path("m.py").symlink_to("nowhere.py")
        message = self.check_beside_others("m.py")
        assert message == "memlint: m.py: No such file or directory"

    def test_link_in_a_circle(self) -> None:
        Path("m.py").symlink_to("m.py")
        message = self.check_beside_others("m.py")
        assert message == "memlint: m.py: Too many levels of symbolic links"

    def test_name_too_long(self) -> None:
        name = "m" * 300
        assert self.check_beside_others(name) == f"memlint: {name}: File name too long"

    def test_part_of_the_path_is_a_file(self) -> None:
        write("a.py", TEXT)
        assert self.check_beside_others("a.py/m.py") == "memlint: a.py/m.py: Not a directory"

    def test_empty_path(self) -> None:
        assert self.check_beside_others("") == "memlint: : No such file or directory"

    def test_no_permission(self) -> None:
        write("m.py", TEXT)
        Path("m.py").chmod(0)
        if os.access("m.py", os.R_OK):
            pytest.skip("this user may read everything")
        assert self.check_beside_others("m.py") == "memlint: m.py: Permission denied"

    @pytest.mark.parametrize(
        ("number", "reason"), [(5, "Input/output error"), (13, "Permission denied")]
    )
    def test_refused(self, number: int, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also where this user may read everything; an error of `read` has no name."""
        write("m.py", TEXT)
        read = Path.read_bytes

        def read_bytes(path: Path) -> bytes:
            if path.name == "m.py":
                raise OSError(number, reason)
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
        monkeypatch.setattr(os, "access", lambda path, _: path != "m.py")
        assert self.check_beside_others("m.py") == f"memlint: m.py: {reason}"

    @pytest.mark.parametrize(
        ("data", "place"),
        [
            (b"x = 'Mock \xe9'\n", "1:11: cannot decode byte 0xe9 as utf-8"),
            (b"\n\n\n\n\nx = 'Mock \xe9'\n", "6:11: cannot decode byte 0xe9 as utf-8"),
            (b"x = 1\r\ny = 2\r'\xc3\xa9', '\xff'\n", "3:7: cannot decode byte 0xff as utf-8"),
            (b"\xef\xbb\xbfx = '\xff'\n", "1:6: cannot decode byte 0xff as utf-8-sig"),
            (b"# coding: cp1252\nx = '\x81'\n", "2:6: cannot decode byte 0x81 as cp1252"),
            (b"# coding: ascii\nx = '\xc3\xa9'\n", "2:6: cannot decode byte 0xc3 as ascii"),
            (b"\n# vim: set fileencoding=nope :\n", "1:1: unknown encoding: nope"),
            (b"# coding: utf-16\nx = 1\n", "1:1: encoding problem: utf-16"),
            (b"\xef\xbb\xbf# coding: latin-1\n", "1:1: encoding problem: utf-8"),
            ("x = 1\n".encode("utf-16"), "1:1: cannot decode byte 0xff as utf-8"),
            (b"x = 1\ny = '\0'\n", "1:1: source code string cannot contain null bytes"),
        ],
    )
    def test_bad_bytes(self, data: bytes, place: str) -> None:
        write("m.py", data)
        assert self.check_beside_others("m.py") == f"memlint: m.py:{place}"

    def test_codec_of_no_text(self) -> None:
        write("m.py", "# coding: rot13\n")
        message = self.check_beside_others("m.py")
        assert message.startswith("memlint: m.py:1:1: 'rot13' is not a text encoding")

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("def f(:\n    pass\n", "1:7: invalid syntax"),
            ("x = 'é😀', $\n", "1:11: invalid syntax"),
            ("\x0cx = = 1\n", "1:6: invalid syntax"),
            ("x = 1\r\ny = )\r\n", "2:5: unmatched ')'"),
            ("x = 1\ry = )\r", "2:5: unmatched ')'"),
            ("x = (1,\n", "1:5: '(' was never closed"),
            ("\tx = 1\n", "1:1: unexpected indent"),
            ("if 1:\nx = 1\n", "2:1: expected an indented block after 'if' statement on line 1"),
            ("if 1:\n\tx\n        y\n", "3:1: inconsistent use of tabs and spaces in indentation"),
            ('x = """\n', "1:5: unterminated triple-quoted string literal (detected at line 1)"),
        ],
    )
    def test_no_python(self, text: str, place: str) -> None:
        write("m.py", text)
        assert self.check_beside_others("m.py") == f"memlint: m.py:{place}"

    def test_the_linted_file_may_warn(self) -> None:
        write("m.py", 'from mock import Mock\nx = "\\d" is 1\n')
        assert outcome(check("m.py")) == (0, "", "0 hazards in 1 file\n")

    DEEP = (
        "x = " + "(" * 5000 + "1" + ")" * 5000,
        "x = " + "[" * 5000 + "1" + "]" * 5000,
        "x = " + "f(" * 5000 + "1" + ")" * 5000,
        "x = " + "-" * 5000 + "1",
        "x = " + "not " * 5000 + "1",
        "x = " + "1 + " * 5000 + "1",
        "x = " + "1 ** " * 5000 + "1",
        "x = " + "1 and " * 5000 + "1",
        "x = " + "1 < " * 5000 + "1",
        "x = a" + ".b" * 5000,
        "x = a" + ".b()" * 5000,
        "x = a" + "[0]" * 5000,
        "x = " + "1 if a else " * 5000 + "1",
        "x = " + "lambda: " * 5000 + "1",
        "x = " + "'a' " * 5000,
        "if a: pass\n" + "elif a: pass\n" * 5000,
        "".join(f"{' ' * depth}if a:\n" for depth in range(5000)),
        "a0 = Mock\n" + "".join(f"a{n + 1} = a{n}\n" for n in range(5000)) + "a5000()",
        "a0 = Mock()\n" + "".join(f"a{n + 1} = a{n}.b\n" for n in range(5000)) + "a5000.c()",
        "class A0(Mock): pass\n" + "".join(f"class A{n + 1}(A{n}): pass\n" for n in range(5000)),
    )

    @pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:12].split("\n")[0])
    def test_deep_nesting(self, text: str) -> None:
        """How deep Python's own parser goes is not memlint's to say: one line, or clean."""
        write("a.py", TEXT)
        write("m.py", f"from unittest.mock import Mock\n{text}\n")
        write("z.py", TEXT)
        code, stdout, stderr = outcome(check("--select", "MEM2,MEM3", "a.py", "m.py", "z.py"))
        assert stdout == found("a.py", *LINES) + found("z.py", *LINES)
        if code == 1:
            assert stderr == "6 hazards in 2 of 3 files\n"
        else:
            message, last = stderr.splitlines()
            assert (code, last) == (2, "6 hazards in 2 of 3 files, 1 error")
            assert re.fullmatch(
                r"memlint: m\.py:(1:1: nested too deeply to be parsed"
                r"|2:\d+: too many nested parentheses"
                r"|102:1: too many levels of indentation)",
                message,
            )


class TestCrash:
    """A rule that fails on a file is reported, once, and stops nothing else."""

    @pytest.fixture(autouse=True)
    def crash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def check(_: object, facts: Facts) -> Iterator[Finding]:
            raise KeyError(facts.source.path)
            yield

        def all_rules() -> tuple[Rule, ...]:
            return tuple(replace(r, check=check) if r.code == "MEM301" else r for r in real)

        real = rules.all_rules()
        monkeypatch.setattr(rules, "all_rules", all_rules)

    def test_it_is_reported_once(self) -> None:
        for name in ("a.py", "b.py", "c.py"):
            write(name, TEXT)
        codes = ("MEM202", "MEM203")
        assert outcome(check("--extend-select", "MEM2")) == (
            2,
            found("a.py", *codes) + found("b.py", *codes) + found("c.py", *codes),
            "memlint: MEM301 failed on a.py: KeyError: 'a.py'\n6 hazards in 3 files, 1 error\n",
        )

    def test_it_is_no_error_where_the_rule_does_not_run(self) -> None:
        write("a.py", TEXT)
        assert check("--select", "MEM203").exit_code == 1


class TestEncodings:
    def test_output_that_the_terminal_has_no_characters_for(self) -> None:
        write("日本.py", "from mock import Mock\nx = [Mock(name='é😀') for _ in range(2)]\n")
        arguments = ["check", "--select", "MEM302", "日本.py"]
        result = CliRunner(charset="latin-1").invoke(main, arguments)
        assert result.exit_code == 1
        assert result.stdout_bytes.decode("latin-1").splitlines() == [
            f"\\u65e5\\u672c.py:2:6: {KEPT}",
            "  |",
            "2 | x = [Mock(name='é\\U0001f600') for _ in range(2)]",
            "  |      ^^^^^^^^^^^^^^^^",
            "",
        ]

    def test_names_that_are_no_text(self) -> None:
        name = os.fsdecode(b"caf\xe9.py")
        try:
            write(name, TEXT)
        except OSError:
            pytest.skip("this file system has no such names")
        assert outcome(check()) == (1, found("caf\\udce9.py", "MEM301"), "1 hazard in 1 file\n")

    @pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "euc-jp", "utf-8", "utf-8-sig"])
    def test_cookies(self, encoding: str) -> None:
        text = "日本" if encoding == "euc-jp" else "é"
        line = f"x = '{text}', [Mock() for _ in range(2)]"
        cookie = f"# coding: {encoding}\nfrom mock import Mock\n"
        write("m.py", f"{cookie}{line}\n".encode(encoding))
        result = call("check", "--select", "MEM302", "m.py")
        first, _, excerpt, mark, _ = result.stdout.splitlines()
        assert first.startswith(f"m.py:3:{line.index('Mock') + 1}: MEM302 ")
        assert excerpt == f"3 | {line}"
        assert mark.endswith("  ^^^^^^")


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_a_current_folder_that_is_gone(project: Path, command: str) -> None:
    Path("gone").mkdir()
    os.chdir("gone")
    (project / "gone").rmdir()
    message = "Error: the current folder cannot be used: No such file or directory\n"
    assert call(command).stderr.endswith(message)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(option: str) -> None:
    assert outcome(call(option)) == (0, f"memlint, version {__version__}\n", "")


SCRIPT = Path(sys.executable).with_name("memlint")


class TestProcess:
    """The command as a process of its own."""

    @pytest.mark.parametrize("command", [[sys.executable, "-m", "memlint"], [SCRIPT]])
    def test_both_names(self, command: list[str | Path]) -> None:
        write("test_it.py", TEXT)
        done = subprocess.run(
            [*command, "check", "--output-format=concise", "."],
            capture_output=True,
            check=False,
            text=True,
        )
        assert (done.returncode, done.stdout, done.stderr) == (
            1,
            found("test_it.py", "MEM301"),
            "1 hazard in 1 file\n",
        )

    def test_usage_names_the_command(self) -> None:
        done = subprocess.run([SCRIPT, "rule", "x"], capture_output=True, check=False, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Usage: memlint rule [OPTIONS] [CODE...]\n")

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    def test_a_page_on_a_terminal(self) -> None:
        terminal, inside = os.openpty()
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "60"}
        command = [SCRIPT, "rule", "MEM101"]
        with subprocess.Popen(
            command, stdout=inside, stderr=subprocess.PIPE, env=environment
        ) as process:
            os.close(inside)
            shown = b""
            with suppress(OSError):  # how Linux says that nobody writes any more
                while chunk := os.read(terminal, 4096):
                    shown += chunk
            os.close(terminal)
            assert process.communicate() == (None, b"")
        assert process.returncode == 0
        title = next(line for line in shown.decode().splitlines() if "MEM101" in line)
        assert "MEM101 patch-context-in-wide-fixture" in title
        assert "#" not in title

    def test_a_reader_that_goes_away(self) -> None:
        write("test_it.py", TEXT + "    clock.side_effect = lambda x: x\n" * 2000)
        with subprocess.Popen(
            [SCRIPT, "check", "--select=MEM203", "--output-format=concise"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == found("test_it.py", "MEM203")
            process.stdout.close()
            assert (process.stderr.read(), process.wait()) == ("", 1)

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
    @pytest.mark.parametrize(
        ("call", "status", "stdout", "stderr"),
        [
            ("check test_it.py >&-", 1, "", "1 hazard in 1 file\n"),
            ("check -q test_it.py --output-format concise 2>&-", 1, LINES["MEM301"], ""),
            ("check - <&-", 0, "", "0 hazards in 1 file\n"),
            ("check --fix - <&- >&- 2>&-", 0, "", ""),
            ("rule --all >&-", 0, "", ""),
            ("chek 2>&-", 2, "", ""),
        ],
    )
    def test_closed_streams(self, call: str, status: int, stdout: str, stderr: str) -> None:
        write("test_it.py", TEXT)
        done = subprocess.run(
            f"{SCRIPT} {call}", shell=True, capture_output=True, check=False, text=True
        )
        assert done.stderr == stderr
        assert done.stdout == (f"test_it.py:{stdout}\n" if stdout else "")
        assert done.returncode == status

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
    @pytest.mark.parametrize("call", ["check", "check --show-files", "rule --all", "check --help"])
    def test_a_disk_that_is_full(self, call: str) -> None:
        write("test_it.py", TEXT)
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [SCRIPT, *call.split()], stdout=full, stderr=subprocess.PIPE, check=False, text=True
            )
        assert (done.returncode, done.stderr) == (2, "memlint: No space left on device\n")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    @pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_an_interrupt_is_no_finding(self, sent: signal.Signals, status: int) -> None:
        os.mkfifo("m.py")
        with subprocess.Popen(
            [SCRIPT, "check", "m.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            with Path("m.py").open("wb"):  # waits until the command reads
                process.send_signal(sent)
                assert process.communicate() == ("", "")
            assert process.returncode == status


def test_an_interrupt_between_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object, __: Facts) -> Iterator[Finding]:
        raise KeyboardInterrupt
        yield

    interrupted = (replace(rules.all_rules()[1], check=interrupt),)
    monkeypatch.setattr(rules, "all_rules", lambda: interrupted)
    write("test_it.py", SETTINGS)
    assert outcome(check("test_it.py")) == (130, "", "")


def test_a_process_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = os.getpid()

    def die(_: object, __: Facts) -> Iterator[Finding]:
        if os.getpid() != asked:
            os._exit(1)
        yield from ()

    deadly = (replace(rules.all_rules()[1], check=die),)
    monkeypatch.setattr(rules, "all_rules", lambda: deadly)
    for number in range(100):
        write(f"test_{number:02}.py", SETTINGS)
    message = "memlint: a process died; what comes after the start may be unchecked\n"
    expected = (2, "", f"{message}0 hazards in 0 files, 1 error\n")
    assert outcome(check("--jobs", "2")) == expected
