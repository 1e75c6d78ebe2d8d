"""``memlint rule``, ``memlint config`` and what shells complete."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memlint import config, explain
from memlint.hosts.cli import main
from memlint.hosts.cli.config import keys
from memlint.rules import all_rules, find

SCRIPT = Path(sys.executable).with_name("memlint")
CODES = [rule.code for rule in all_rules()]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="memlint")


def usage_error(command: str, arguments: str, message: str) -> tuple[int, str, str]:
    usage = f"Usage: memlint {command} [OPTIONS] {arguments}\n"
    return 2, "", f"{usage}Try 'memlint {command} --help' for help.\n\nError: {message}\n"


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


class TestRule:
    def test_table(self) -> None:
        lines = [
            f"{rule.code}  {'default' if rule.default else 'opt-in '}  {rule.name}\n"
            for rule in all_rules()
        ]
        assert outcome(call("rule")) == (0, "".join(lines), "")
        assert "MEM101  default  patch-context-in-wide-fixture\n" in lines
        assert "MEM302  opt-in   mocks-kept-in-loop\n" in lines

    @pytest.mark.parametrize("name", ["MEM101", "patch-context-in-wide-fixture"])
    def test_page(self, name: str) -> None:
        rule = find(name)
        assert rule is not None
        assert outcome(call("rule", name)) == (0, f"{explain.markdown(rule)}\n", "")
        assert explain.markdown(rule).startswith("# MEM101 patch-context-in-wide-fixture\n")

    def test_several_pages(self) -> None:
        pages = call("rule", "MEM301").stdout + call("rule", "MEM203").stdout
        assert outcome(call("rule", "MEM301", "MEM203")) == (0, pages, "")

    def test_all_pages(self) -> None:
        pages = "".join(f"{explain.markdown(rule)}\n" for rule in all_rules())
        assert outcome(call("rule", "--all")) == (0, pages, "")

    def test_all_and_one(self) -> None:
        expected = usage_error("rule", "[CODE...]", "--all takes no CODE")
        assert outcome(call("rule", "--all", "MEM101")) == expected

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("MEM010", "did you mean MEM401, MEM301, MEM201?"),
            ("mem302", "did you mean MEM302?"),
            ("MEM1", "did you mean MEM101, MEM102, MEM103?"),
            (
                "mock-kept-in-loop",
                "did you mean mocks-kept-in-loop, mock-kept-on-test-class, unbounded-mocks-in-loop?",
            ),
            ("XYZ", "`memlint rule` lists them"),
            ("", "`memlint rule` lists them"),
        ],
    )
    def test_unknown(self, name: str, hint: str) -> None:
        message = f"no rule {name!r}; {hint}"
        assert outcome(call("rule", name)) == usage_error("rule", "[CODE...]", message)

    def test_json(self) -> None:
        result = call("rule", "MEM302", "--output-format", "json")
        rule = find("MEM302")
        assert rule is not None
        assert json.loads(result.stdout) == {
            "code": "MEM302",
            "name": "mocks-kept-in-loop",
            "set": "opt-in",
            "summary": "Mocks made in a loop and kept.",
            "explanation": explain.markdown(rule),
            "fix": rule.fix is not None,
            "options": ["mock-factories"],
            "yields_to": sorted(rule.yields_to),
        }

    def test_json_of_several(self) -> None:
        several = json.loads(call("rule", "--output-format=json", "MEM301", "MEM101").stdout)
        assert [each["code"] for each in several] == ["MEM301", "MEM101"]
        for arguments in ([], ["--all"]):
            every = json.loads(call("rule", "--output-format=json", *arguments).stdout)
            assert [each["code"] for each in every] == CODES

    def test_json_says_which_rules_have_fixes(self) -> None:
        every = json.loads(call("rule", "--all", "--output-format=json").stdout)
        fixable = {each["code"] for each in every if each["fix"]}
        assert fixable == {"MEM001", *(rule.code for rule in all_rules() if rule.fix is not None)}


class TestConfig:
    def test_all(self) -> None:
        lines = [
            f"{key.name}\n    {key.meaning}\n    {key.type}; default: {key.default}\n"
            for key in keys()
        ]
        assert outcome(call("config")) == (0, "".join(lines), "")

    def test_defaults(self, tmp_path: Path) -> None:
        defaults = {key.name: key.default for key in keys()}
        assert list(defaults) == list(config.KEYS)
        in_words = {
            "select": "the default set",
            "baseline": "none",
            "output-format": "full",
            "jobs": "one for each core",
        }
        settings = config.show_settings(config.Project(tmp_path))
        assert defaults == {name: in_words.get(name, value) for name, value, _ in settings}
        assert {name for name, value, _ in settings if value is None} == set(in_words)

    def test_one(self) -> None:
        assert outcome(call("config", "max-loop-mocks")) == (
            0,
            "max-loop-mocks\n"
            "    how many mocks a loop must keep to be reported by MEM301\n"
            "    whole number from 1; default: 1000\n",
            "",
        )

    def test_json(self) -> None:
        scopes = {
            "name": "wide-scopes",
            "type": "list of names",
            "default": '["class", "module", "package", "session"]',
            "meaning": "fixture scopes that outlive a test",
        }
        one = call("config", "wide-scopes", "--output-format=json")
        assert json.loads(one.stdout) == scopes
        every = json.loads(call("config", "--output-format=json").stdout)
        assert scopes in every
        assert [each["name"] for each in every] == [key.name for key in keys()]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("wide-scope", "did you mean wide-scopes?"),
            ("Wide_Scopes", "did you mean wide-scopes?"),
            ("line-length", "`memlint config` lists them"),
        ],
    )
    def test_unknown(self, name: str, hint: str) -> None:
        message = f"no option {name!r}; {hint}"
        assert outcome(call("config", name)) == usage_error("config", "[OPTION...]", message)


def shell(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"there is no {name} here")


def completed(*command: str) -> list[str]:
    """The lines that a shell writes, with this environment's memlint first on PATH."""
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


LINES = [
    ("memlint rule MEM10", [f"MEM10{n}" for n in range(1, 10)]),
    ("memlint rule mocks-", ["mocks-kept-in-loop"]),
    ("memlint rule MEM101 MEM20", ["MEM201", "MEM202", "MEM203", "MEM204"]),
    ("memlint check --select MEM10", [f"MEM10{n}" for n in range(1, 10)]),
    ("memlint check --ignore MEM101,MEM20", [f"MEM101,MEM20{n}" for n in (1, 2, 3, 4)]),
    ("memlint doc", ["doctor"]),
    ("memlint rule nothing", []),
]


class TestCompletion:
    @shell("bash")
    @pytest.mark.parametrize(("line", "expected"), LINES)
    def test_bash(self, line: str, expected: list[str]) -> None:
        words = line.split()
        program = (
            'eval "$(memlint completion bash)"; complete -p memlint >/dev/null || exit 9;'
            f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _memlint_completion memlint;"
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        assert completed("bash", "--norc", "-c", program) == (expected or [""])

    @shell("fish")
    @pytest.mark.parametrize(("line", "expected"), [each for each in LINES if "," not in each[0]])
    def test_fish(self, line: str, expected: list[str]) -> None:
        """Not after a comma: click's script for fish takes a proposal to end there."""
        program = f"memlint completion fish | source; complete --do-complete '{line}'"
        lines = completed("fish", "--no-config", "-c", program)
        assert [found.partition("\t")[0] for found in lines] == expected

    @shell("zsh")
    @pytest.mark.parametrize(("line", "expected"), LINES)
    def test_zsh(self, line: str, expected: list[str]) -> None:
        """With the two builtins that would show the proposals printing them."""
        words = line.split()
        program = (
            "compdef() { }; compadd() { print -rl -- ${(P)5} };"
            "_describe() { print -rl -- ${(P)3} };"
            'eval "$(memlint completion zsh)";'
            f"words=({line}); CURRENT={len(words)}; _memlint_completion"
        )
        lines = completed("zsh", "-f", "-c", program)
        assert [found.partition(":")[0] for found in lines if found] == expected

    def test_another_shell(self) -> None:
        result = call("completion", "tcsh")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in result.stderr


@pytest.mark.parametrize("command", [[sys.executable, "-m", "memlint"], [SCRIPT]])
@pytest.mark.parametrize("name", ["check", "rule", "config", "doctor", "completion"])
def test_usage_names_the_command(command: list[str], name: str) -> None:
    done = subprocess.run(
        [*command, name, "--no-such"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"Usage: memlint {name} [OPTIONS]")
