"""``memlint doctor``: real programs in real environments, and what it says of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from environments import Environment, other_memlint, write_script
from programs import write

from memlint import __version__, doctor
from memlint.doctor import editors, installation, program, ruff
from memlint.doctor.check import Check, Status
from memlint.doctor.installation import check_command
from memlint.doctor.linters import (
    OLDEST_FLAKE8,
    OLDEST_PYLINT,
    check_flake8,
    check_pylint,
    check_pytest,
    sample,
)
from memlint.doctor.program import Program, on_path
from memlint.hosts.cli import main
from memlint.rules import all_rules

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes programs of scripts")

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
NEEDS = ("click", "flake8", "pathspec")
DEFAULT = "MEM001 MEM101 MEM102 MEM103 MEM104 MEM105 MEM106 MEM201 MEM301 MEM303"
# What flake8 reads from its standard input has no name, and is no test file. MEM402 is silent by
# the side effects of the other hazards, which may end the poll.
NOT_IN_THE_SAMPLE = {"MEM107", "MEM110", "MEM111", "MEM112", "MEM402"}
SYSTEM = "/usr/bin:/bin"  # nothing of a linter is there, but what scripts are made of


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with memlint and flake8."""
    environment = Environment(tmp_path_factory.mktemp("ours"), *NEEDS)
    environment.add_memlint()
    return environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def run(
    environment: Environment, project: Path, *path: Path, arguments: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the doctor of an environment, with these folders on PATH."""
    hidden = {"PYTHONPATH", "NO_COLOR"}
    variables = {key: value for key, value in os.environ.items() if key not in hidden}
    variables |= {"PATH": os.pathsep.join(map(str, path)), "PYLINTHOME": str(project.parent)}
    return subprocess.run(
        [environment.python, "-m", "memlint", "doctor", *arguments],
        cwd=project,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def examined(environment: Environment, project: Path, *path: Path) -> dict[str, list[Any]]:
    """The checks by subject: statuses, messages and remedies."""
    done = run(environment, project, *path, arguments=("--output-format=json",))
    assert done.stderr == ""
    found: dict[str, list[Any]] = {}
    for check in json.loads(done.stdout):
        assert list(check) == ["subject", "status", "message", "remedy"]
        found.setdefault(check["subject"], []).append(
            (check["status"], check["message"], check["remedy"])
        )
    statuses = {status for checks in found.values() for status, _, _ in checks}
    assert done.returncode == ("problem" in statuses)
    return found


def here(name: str) -> Program:
    """A program of the environment that runs the tests."""
    found = on_path(str(Path(sys.executable).with_name(name)))
    assert found is not None
    return found


class TestInstallation:
    def test_all_is_well(self, ours: Environment, project: Path) -> None:
        python = sys.version.partition(" ")[0]
        assert examined(ours, project, ours.bin) == {
            "memlint": [
                (
                    "ok",
                    f"{__version__} in {ours.site / 'memlint'}, Python {python} ({ours.python}), "
                    "installed",
                    None,
                )
            ],
            "extras": [
                ("ok", "lsp: no pygls; pylint: no astroid, no pylint; pytest: no pytest", None)
            ],
            "name": [
                ("ok", "no other distribution here brings a module or command `memlint`", None)
            ],
            "command": [
                ("ok", f"`memlint` on PATH: {ours.bin / 'memlint'} (this environment)", None)
            ],
            "flake8": [
                (
                    "ok",
                    f"{version('flake8')} {ours.bin / 'flake8'} (this environment) "
                    f"sees memlint and reports {DEFAULT} here",
                    None,
                )
            ],
            "pylint": [("ok", "no `pylint` on PATH or in this environment", None)],
            "pytest": [("ok", "no `pytest` on PATH or in this environment", None)],
        }

    def test_an_environment_that_is_not_on_path(self, ours: Environment, project: Path) -> None:
        found = examined(ours, project, Path("/nowhere"))
        message = f"no `memlint` on PATH; `{ours.python} -m memlint` works"
        assert found["command"] == [("ok", message, None)]
        assert [status for status, _, _ in found["flake8"]] == ["ok"]

    def test_another_memlint(self, tmp_path: Path, project: Path) -> None:
        both = Environment(tmp_path / "both", *NEEDS)
        wheel = other_memlint(tmp_path)
        pip = [sys.executable, "-m", "pip", "--python", both.python, "install", "-q", "--no-index"]
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        subprocess.run([*pip, "--no-deps", wheel], check=True, env=environment)
        command = (both.bin / "memlint").read_text()
        both.add_memlint()
        found = examined(both, project, both.bin)
        assert found["name"] == [
            (
                "problem",
                "another distribution brings a module or command `memlint`: memlint",
                f"run `{both.python} -m pip uninstall memlint`, then "
                f"`{both.python} -m pip install --force-reinstall --no-deps flake8-memlint`",
            )
        ]
        assert [status for status, _, _ in found["command"]] == ["ok"]

        (both.bin / "memlint").write_text(command)
        (both.site / "memory_lint.py").write_text("def main():\n    print('memory lint 9.9')\n")
        (both.bin / "memlint").write_text(command.replace("from memlint ", "from memory_lint "))
        assert examined(both, project, both.bin)["command"] == [
            (
                "problem",
                f"`memlint` on PATH is another program: {both.bin / 'memlint'} (this environment)",
                f"run `{both.python} -m pip install --force-reinstall --no-deps flake8-memlint`, "
                f"or run `{both.python} -m memlint`",
            )
        ]

    @pytest.mark.parametrize(
        ("says", "expected", "remedy"),
        [
            (
                "memlint for C++",
                ("problem", "is another program"),
                f"put {BIN} before it on PATH, or run `{sys.executable} -m memlint`",
            ),
            (
                "memlint, version 0.0.1",
                ("warning", "is version 0.0.1"),
                f"install flake8-memlint=={__version__} in that environment",
            ),
        ],
    )
    def test_another_command(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        says: str,
        expected: tuple[Status, str],
        remedy: str,
    ) -> None:
        other = write_script(tmp_path / "memlint", f"#!/bin/sh\necho '{says}'\n")
        monkeypatch.setenv("PATH", str(tmp_path))
        status, message = expected
        shown = f"`memlint` on PATH {message}: {other} (of another environment)"
        assert check_command(tmp_path) == Check("command", status, shown, remedy)

    def test_metadata_that_is_no_text(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = {"x.dist-info/METADATA": b"\xff", "x.dist-info/RECORD": "memlint.py,,\n"}
        write(tmp_path, {**broken, "memlint.py": ""})
        monkeypatch.syspath_prepend(tmp_path)
        (name,) = (found for found in installation.checks(tmp_path) if found.subject == "name")
        assert name.status in {"warning", "problem"}

    def test_a_source_folder_in_front(self, ours: Environment, project: Path) -> None:
        (project / "memlint").symlink_to(ROOT / "memlint")
        status, message, remedy = examined(ours, project, ours.bin)["memlint"][0]
        assert status == "warning"
        installed = ours.site / "memlint"
        assert message.endswith(f"; but installed is {__version__} in {installed}")
        assert (
            remedy == "look at PYTHONPATH and at the current folder, which hide the installed one"
        )


class TestFlake8:
    def test_of_another_environment(self, ours: Environment, project: Path, tmp_path: Path) -> None:
        other = Environment(tmp_path / "other", *NEEDS)
        name = f"{version('flake8')} {other.bin / 'flake8'} (of {other.python})"
        path = (other.bin, ours.bin)
        own, of_path = examined(ours, project, *path)["flake8"]
        assert own[0] == "ok"
        assert of_path == (
            "problem",
            f"{name} does not see memlint",
            f"run `{other.python} -m pip install 'flake8-memlint'`",
        )
        other.add_memlint()
        assert examined(ours, project, *path)["flake8"] == [
            own,
            ("ok", f"{name} sees memlint and reports {DEFAULT} here", None),
        ]

    def test_a_plugin_that_cannot_be_loaded(self, tmp_path: Path) -> None:
        broken = Environment(tmp_path / "broken", "flake8")
        broken.add_plugin("flake8-broken", "no_such_module")
        flake8 = on_path(str(broken.bin / "flake8"))
        assert flake8 is not None
        assert check_flake8(flake8, tmp_path) == Check(
            "flake8",
            "problem",
            f"{flake8} fails: flake8.exceptions.FailedToLoadPlugin: Flake8 failed to load plugin "
            "\"flake8-broken\" due to No module named 'no_such_module'.",
            f"run `{flake8.path} --version` and mend what it complains about",
        )

    def test_a_plugin_that_fails_on_files(self, tmp_path: Path) -> None:
        broken = Environment(tmp_path / "broken", *NEEDS)
        broken.add_memlint()
        broken.add_plugin("flake8-broken", "broken")
        text = "class Plugin:\n    def __init__(self, tree): raise ValueError('no')\n"
        (broken.site / "broken.py").write_text(text)
        flake8 = on_path(str(broken.bin / "flake8"))
        assert flake8 is not None
        assert check_flake8(flake8, tmp_path) == Check(
            "flake8",
            "problem",
            f'{flake8} fails: -: "flake8-broken[XYZ]" failed during execution due to '
            "ValueError('no')",
            f"run `{flake8.path} --version` and mend what it complains about",
        )

    @pytest.mark.parametrize(
        ("section", "codes"),
        [
            ("select = E,W,F\n", ""),
            ("select = E,MEM3\n", "MEM301 MEM302 MEM303"),
            ("ignore = MEM\n", ""),
            ("ignore = MEM101, MEM301\n", DEFAULT.replace("MEM101 ", "").replace("MEM301 ", "")),
            ("extend-select = MEM202\n", f"{DEFAULT} MEM202"),
            ("per-file-ignores = tests/*:MEM\n", DEFAULT),
            ("quiet = 2\noutput-file = out.txt\nformat = pylint\n", DEFAULT),
        ],
    )
    def test_selection(self, project: Path, section: str, codes: str) -> None:
        (project / ".flake8").write_text(f"[flake8]\n{section}")
        flake8 = here("flake8")
        check = check_flake8(flake8, project)
        name = f"{version('flake8')} {flake8.path} (this environment) sees memlint"
        if codes:
            expected = Check(
                "flake8", "ok", f"{name} and reports {' '.join(sorted(codes.split()))} here"
            )
        else:
            expected = Check(
                "flake8",
                "warning",
                f"{name}, but its configuration here selects none of memlint's rules",
                "add MEM to `select` in flake8's configuration, or take it out of `ignore`",
            )
        assert check == expected
        assert [path.name for path in project.iterdir()] == [".flake8"]

    def test_a_configuration_that_it_refuses(self, project: Path) -> None:
        (project / "tox.ini").write_text("[flake8]\nmemlint-max-loop-mocks = x\n")
        flake8 = here("flake8")
        assert check_flake8(flake8, project) == Check(
            "flake8",
            "problem",
            f"{flake8} fails: --memlint-max-loop-mocks: expected a whole number from 1, not 'x'",
            f"run `{flake8.path} --version` and mend what it complains about",
        )

    @pytest.mark.parametrize(
        ("found", "status", "message"),
        [
            ("6.1.0", "problem", "is too old: memlint needs 7.0"),
            ("7.0.0", "warning", f"sees memlint 0.0.1; this is {__version__}"),
        ],
    )
    def test_old_ones(self, tmp_path: Path, found: str, status: str, message: str) -> None:
        report = {"version": found, "plugins": [{"plugin": "flake8-memlint", "version": "0.0.1"}]}
        old = write_script(tmp_path / "flake8", f"#!/bin/sh\necho '{json.dumps(report)}'\n")
        check = check_flake8(Program(old, None), tmp_path)
        assert (check.status, check.message) == (
            status,
            f"{found} {old} (of another environment) {message}",
        )
        assert check.remedy is not None

    @pytest.mark.parametrize("report", ["", "7.0", "[]", "null", '{"version": 7}'])
    def test_what_cannot_be_understood(self, tmp_path: Path, report: str) -> None:
        odd = write_script(tmp_path / "flake8", f"#!/bin/sh\necho '{report}'\n")
        check = check_flake8(Program(odd, None), tmp_path)
        assert check.status == "problem"
        assert check.message == (
            f"{odd} (of another environment) fails: it says nothing that can be understood"
        )

    def test_the_sample_has_every_rule_that_can_be_there(self, project: Path) -> None:
        (project / ".flake8").write_text("[flake8]\nselect = MEM\n")
        codes = " ".join(rule.code for rule in all_rules() if rule.code not in NOT_IN_THE_SAMPLE)
        assert f"reports {codes} here" in check_flake8(here("flake8"), project).message
        compile(sample(), "sample", "exec")


class TestPylint:
    @pytest.mark.parametrize(
        ("configuration", "status", "message"),
        [
            ("", "ok", "can load memlint; its configuration here does not"),
            ("load-plugins = memlint\n", "ok", "loads memlint here"),
            (
                "load-plugins = memlint\ndisable = all\n",
                "warning",
                "loads memlint here, but its configuration disables it",
            ),
        ],
    )
    def test_configuration(
        self, project: Path, configuration: str, status: str, message: str
    ) -> None:
        (project / ".pylintrc").write_text(f"[MAIN]\n{configuration}")
        pylint = here("pylint")
        check = check_pylint(pylint, project)
        assert (check.status, check.message) == (
            status,
            f"{version('pylint')} {pylint.path} (this environment) {message}",
        )
        assert (check.remedy is None) == (message == "loads memlint here")

    def test_of_an_environment_without_memlint(
        self, tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PYTHONPATH", raising=False)
        other = Environment(tmp_path / "other", "pylint")
        pylint = on_path(str(other.bin / "pylint"))
        assert pylint is not None
        assert check_pylint(pylint, project) == Check(
            "pylint",
            "warning",
            f"{version('pylint')} {pylint.path} (of {other.python}) cannot load memlint",
            f"run `{other.python} -m pip install 'flake8-memlint[pylint]'`",
        )

    def test_a_configuration_that_it_refuses(self, project: Path) -> None:
        (project / ".pylintrc").write_text("[MAIN]\njobs = many\n")
        pylint = here("pylint")
        message = "pylint: error: argument --jobs/-j: invalid int value: 'many'"
        assert check_pylint(pylint, project) == Check(
            "pylint",
            "problem",
            f"{pylint} fails: {message}",
            f"run `{pylint.path} --version` and mend what it complains about",
        )


def test_pytest_runs_nothing_of_the_project(project: Path) -> None:
    (project / "conftest.py").write_text("import pathlib\npathlib.Path('ran').touch()\n")
    program = here("pytest")
    assert check_pytest(program, project) == Check(
        "pytest", "ok", f"{version('pytest')} {program.path} (this environment)"
    )
    assert [path.name for path in project.iterdir()] == ["conftest.py"]


def test_a_shim_without_a_pytest(project: Path) -> None:
    text = "#!/bin/sh\necho 'shim: pytest: command not found\n\nSee the manual' >&2\nexit 127\n"
    shim = Program(write_script(project / "pytest", text), None)
    assert check_pytest(shim, project) == Check(
        "pytest",
        "warning",
        f"{shim.path} (of another environment) fails: shim: pytest: command not found",
        f"run `{shim.path} --version` and mend what it complains about",
    )


def test_oldest_versions() -> None:
    """Those of pyproject.toml."""
    needed = requires("flake8-memlint") or []
    assert f"flake8>={'.'.join(map(str, OLDEST_FLAKE8))}" in needed
    pylint = f"pylint>={'.'.join(map(str, OLDEST_PYLINT))}"
    assert any(requirement.startswith(f"{pylint};") for requirement in needed)


class TestPrograms:
    def test_one_that_does_not_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(program, "SECONDS", 0.1)
        slow = Program(write_script(tmp_path / "flake8", "#!/bin/sh\nsleep 5\n"), None)
        said = slow.says("--version", folder=tmp_path)
        assert said == ("", "it has not ended after 0.1 seconds")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("#!/no/such/python\n", "No such file or directory"),
            ("\x7fELF", "Exec format error"),
        ],
    )
    def test_one_that_does_not_start(self, tmp_path: Path, text: str, reason: str) -> None:
        broken = Program(write_script(tmp_path / "flake8", text), None)
        assert broken.says("--version", folder=tmp_path) == ("", reason)

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        odd = write_script(tmp_path / "flake8", "#!/bin/sh\nprintf 'a\\377'; exit 3\n")
        assert Program(odd, None).says(folder=tmp_path) == ("a\ufffd", "a\ufffd")
        silent = write_script(tmp_path / "pylint", "#!/bin/sh\nexit 3\n")
        assert Program(silent, None).says(folder=tmp_path) == ("", "exit status 3")

    @pytest.mark.parametrize(
        ("text", "python"),
        [
            ("#!/env/bin/python3.11\nimport x\n", "/env/bin/python3.11"),
            ("#!/env/bin/python -I\nimport x\n", "/env/bin/python"),
            ('#!/bin/sh\n\'\'\'exec\' "/an env/bin/python" "$0" "$@"\n', "/an env/bin/python"),
            ("#!/bin/sh\n'''exec' /long/bin/python \"$0\" \"$@\"\n", "/long/bin/python"),
            ("#!/usr/bin/env python3\nimport x\n", None),
            ("#!/bin/sh\necho python\n", None),
        ],
    )
    def test_whose_they_are(self, tmp_path: Path, text: str, python: str | None) -> None:
        script = write_script(tmp_path / "bin" / "flake8", text)
        link = tmp_path / "link"
        link.symlink_to(script)
        for path in (script, link):
            assert on_path(str(path)) == Program(path, Path(python) if python else None)
        beside = write_script(tmp_path / "bin" / "python", "")
        assert on_path(str(link)) == Program(link, Path(python) if python else beside)


STRIPPING = 'select = ["RUF100", "RUF102"]'


class TestRuff:
    @pytest.mark.parametrize(
        ("files", "status"),
        [
            ({"ruff.toml": f"lint.{STRIPPING}"}, "warning"),
            ({".ruff.toml": f"[lint]\n{STRIPPING}"}, "warning"),
            ({"pyproject.toml": f"[tool.ruff.lint]\n{STRIPPING}"}, "warning"),
            ({"pyproject.toml": f"[tool.ruff]\nlint.{STRIPPING}"}, "warning"),
            (
                {"pyproject.toml": f"[tool.ruff]\nlint.{STRIPPING}\n[tool.ruff.lint.mccabe]"},
                "warning",
            ),
            ({"pyproject.toml": f"[tool.ruff]\n{STRIPPING}\n[tool.ruff.lint.mccabe]"}, "warning"),
            ({"ruff.toml": STRIPPING}, "warning"),
            ({"ruff.toml": '[lint]\nextend-select = ["RUF1"]'}, "warning"),
            ({"ruff.toml": '[lint]\nselect = ["ALL"]\nexternal = ["V"]'}, "warning"),
            ({"ruff.toml": '[lint]\nselect = ["RUF"]\nignore = ["RUF1"]'}, "ok"),
            ({"ruff.toml": '[lint]\nselect = ["RUF1"]\nignore = ["RUF"]'}, "warning"),
            ({"ruff.toml": "line-length = 100"}, "ok"),
            ({"ruff.toml": '[lint]\nselect = ["E", "F"]'}, "ok"),
            ({"ruff.toml": f'[lint]\n{STRIPPING}\nexternal = ["MEM"]'}, "ok"),
            ({"ruff.toml": f'[lint]\n{STRIPPING}\nexternal = ["V", "M"]'}, "ok"),
            ({"ruff.toml": f'{STRIPPING}\nexternal = ["MEM"]'}, "ok"),
            (
                {"ruff.toml": 'extend = "base/x.toml"', "base/x.toml": f"lint.{STRIPPING}"},
                "warning",
            ),
            (
                {
                    "pyproject.toml": '[tool.ruff]\nextend = "x.toml"',
                    "x.toml": f'lint.{STRIPPING}\nlint.external = ["MEM"]',
                },
                "ok",
            ),
            (
                {
                    "ruff.toml": 'extend = "x.toml"\n[lint]\nexternal = ["V"]',
                    "x.toml": f'lint.{STRIPPING}\nlint.external = ["MEM"]',
                },
                "warning",
            ),
            (
                {
                    "ruff.toml": 'extend = "x.toml"\n[lint]\nselect = ["E"]',
                    "x.toml": f"lint.{STRIPPING}",
                },
                "ok",
            ),
            (
                {
                    "ruff.toml": '[lint]\nselect = ["E"]',
                    "pyproject.toml": f"[tool.ruff.lint]\n{STRIPPING}",
                },
                "ok",
            ),
        ],
    )
    def test_as_ruff_itself(self, project: Path, files: dict[str, str], status: str) -> None:
        write(project, {**files, "test_it.py": "import time  # noqa: MEM101\n"})
        (check,) = ruff.checks(project)
        assert check.status == status
        assert self._reports(project) == (status == "warning")
        if check.remedy is not None:
            self._follow(check.remedy)
            assert not self._reports(project)
            assert [check.status for check in ruff.checks(project)] == ["ok"]

    def _reports(self, project: Path) -> bool:
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode in {0, 1}, done.stderr
        return "MEM101" in done.stdout

    def _follow(self, remedy: str) -> None:
        """Do as the remedy says; a header that is not there yet is written, too."""
        said = re.fullmatch(
            r"write `(?P<line>.+)` (at the top|below `(?P<header>.+)`) in (?P<file>.+)", remedy
        )
        assert said is not None
        file = Path(said["file"])
        lines = [each for each in file.read_text().splitlines() if "external" not in each]
        if said["header"] is None:
            lines.insert(0, said["line"])
        elif said["header"] in lines:
            lines.insert(lines.index(said["header"]) + 1, said["line"])
        else:
            lines += [said["header"], said["line"]]
        file.write_text("\n".join(lines))

    def test_the_advice(self, project: Path) -> None:
        write(project, {"pyproject.toml": '[tool.ruff.lint]\nselect = ["RUF"]\nexternal = ["V"]'})
        file = project / "pyproject.toml"
        assert list(ruff.checks(project / "tests")) == [
            Check(
                "ruff",
                "warning",
                f"{file} selects RUF100 and RUF102, which report and strip `# noqa: MEM101`",
                f'write `external = ["V", "MEM"]` below `[tool.ruff.lint]` in {file}',
            )
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "lint = 1",
            "lint.select = 1",
            "extend = 1",
            'extend = "no"',
            "x",
            "\0",
            "lint.external = [1]",
        ],
    )
    def test_what_cannot_be_read(self, project: Path, text: str) -> None:
        write(project, {"ruff.toml": text})
        (check,) = ruff.checks(project)
        assert check.status == "warning"
        assert check.message.startswith("its configuration cannot be read: ")

    def test_no_configuration(self, project: Path) -> None:
        write(project, {"pyproject.toml": "[tool.memlint]\n"})
        assert list(ruff.checks(project)) == []

    def test_files_that_extend_each_other(self, project: Path) -> None:
        write(project, {"ruff.toml": 'extend = "x.toml"', "x.toml": 'extend = "ruff.toml"'})
        assert [check.status for check in ruff.checks(project)] == ["ok"]


class TestEditors:
    def settings(self, project: Path, text: str) -> list[tuple[str, str]]:
        write(project, {".vscode/settings.json": text})
        return [(check.status, check.message) for check in editors.checks(project / "tests")]

    def test_nothing_to_tell(self, project: Path) -> None:
        assert list(editors.checks(project)) == []
        assert self.settings(project, '{"editor.tabSize": 4}') == []

    @pytest.mark.parametrize(
        ("arguments", "leaves_out"),
        [
            ('["--select=E,F"]', True),
            ('["--select", "E9, F"]', True),
            ('["--select=E", "--select=MEM1"]', False),
            ('["--select=E,M"]', False),
            ('["--select=E", "--extend-select=MEM"]', False),
            ('["--max-line-length=100"]', False),
            ('["--select"]', True),
            ('"--select=E"', False),
        ],
    )
    def test_flake8_arguments(self, project: Path, arguments: str, leaves_out: bool) -> None:
        text = f'{{\n  // "flake8.args": [],\n  "flake8.args": {arguments}, /* of "us" */\n}}'
        file = project / ".vscode" / "settings.json"
        message = f"`flake8.args` in {file} selects none of memlint's rules"
        assert self.settings(project, text) == ([("warning", message)] if leaves_out else [])

    def test_the_flake8_of_the_extension(self, project: Path) -> None:
        file = project / ".vscode" / "settings.json"
        message = f"{file} makes VS Code run the flake8 that its extension brings"
        text = '{"flake8.importStrategy": "useBundled"}'
        assert self.settings(project, text) == [("warning", message)]
        assert self.settings(project, '{"flake8.importStrategy": "fromEnvironment"}') == []

    def test_paths(
        self, ours: Environment, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_script(project / "env/bin/flake8", f"#!{tmp_path}/other/bin/python\n")
        (tmp_path / "lib").symlink_to(ours.site.parent.parent)
        write_script(tmp_path / "bin/pylint", f"#!{tmp_path}/bin/python\n")
        monkeypatch.setenv("PATH", f"{tmp_path}/bin")
        setting = f"in {project / '.vscode' / 'settings.json'} is"
        text = '{"flake8.path": ["${workspaceFolder}/env/bin/flake8"], "pylint.path": ["pylint"]}'
        assert self.settings(project, text) == [
            (
                "warning",
                f"`flake8.path` {setting} of an environment that does not have memlint: "
                f"{tmp_path}/other",
            ),
            ("ok", f"`pylint.path` {setting} of an environment that has memlint: {tmp_path}"),
        ]
        text = f'{{"flake8.path": ["{here("flake8").path}"], "pylint.path": ["bin/pylint"]}}'
        assert self.settings(project, text) == [
            ("ok", f"`flake8.path` {setting} of this environment"),
            (
                "warning",
                f"`pylint.path` {setting} no program that can be found: {project}/bin/pylint",
            ),
        ]
        text = '{"flake8.path": ["${interpreter}", "-m", "flake8"], "pylint.path": [], "x": "//,]"}'
        assert self.settings(project, text) == []

    def test_a_user_who_is_not_there(self, project: Path) -> None:
        ((status, message),) = self.settings(project, '{"flake8.path": ["~nobody-here/flake8"]}')
        assert status == "warning"
        assert message.endswith(f"is no program that can be found: {project}/~nobody-here/flake8")

    @pytest.mark.parametrize("text", ["", "[]", '{"a": }', "{", "[" * 100_000])
    def test_what_cannot_be_read(self, project: Path, text: str) -> None:
        ((status, message),) = self.settings(project, text)
        file = project / ".vscode" / "settings.json"
        assert status == "warning"
        assert message.startswith(f"{file} cannot be read: ")

    def test_python_lsp_server(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        metadata = "Metadata-Version: 2.1\nName: python-lsp-server\nVersion: 1.14\n"
        write(tmp_path, {"python_lsp_server-1.14.dist-info/METADATA": metadata})
        monkeypatch.syspath_prepend(tmp_path)
        message = (
            "python-lsp-server 1.14 is in this environment; it runs the `flake8` on PATH where the "
            "editor sets `pylsp.plugins.flake8.enabled`"
        )
        assert list(editors.checks(tmp_path)) == [Check("pylsp", "ok", message)]


CHECKS = [
    Check("flake8", "ok", "sees memlint"),
    Check("ruff", "warning", "strips comments", "write a line"),
]


class TestCommand:
    def call(self, monkeypatch: pytest.MonkeyPatch, *checks: Check, **options: Any) -> Result:
        monkeypatch.setattr(doctor, "examine", lambda _: iter(checks))
        return CliRunner().invoke(main, ["doctor", *options.pop("arguments", ())], **options)

    def test_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.call(monkeypatch, *CHECKS)
        assert (result.exit_code, result.output) == (
            0,
            "ok       flake8: sees memlint\n"
            "warning  ruff: strips comments\n"
            "         write a line\n",
        )

    def test_a_problem(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.call(monkeypatch, Check("flake8", "problem", "fails"))
        assert (result.exit_code, result.output) == (1, "problem  flake8: fails\n")

    def test_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.call(monkeypatch, *CHECKS, arguments=["--output-format", "json"])
        assert result.exit_code == 0
        assert json.loads(result.output) == [asdict(check) for check in CHECKS]

    def test_color(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("FORCE_COLOR", "1")
        shown = self.call(monkeypatch, *CHECKS, color=True).output
        assert shown.startswith(
            "\x1b[32mok     \x1b[0m  flake8: sees memlint\n\x1b[33mwarning\x1b[0m"
        )
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b" not in self.call(monkeypatch, *CHECKS, color=True).output
