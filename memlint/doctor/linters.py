"""flake8, pylint and pytest: whether those on PATH and of this environment see memlint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from memlint import __version__, explain
from memlint.doctor.check import Check
from memlint.doctor.installation import DISTRIBUTION
from memlint.doctor.program import Program, find, install
from memlint.rules import all_rules

PREFIX = "MEM"
OLDEST_FLAKE8 = (7, 0)
OLDEST_PYLINT = (3, 3)
_PYLINT = re.compile(r"^pylint (\S+)", re.MULTILINE)
_STATISTIC = re.compile(r"^\d+ +([A-Z]+\d+) ", re.MULTILINE)
# Configuration that writes reports to a file must not do so here, and quiet ones have to talk.
_ALOUD = ("--output-file=", "--statistics", "-j1")


def checks(folder: Path) -> Iterator[Check]:
    """What the linters see that a user would run in ``folder``."""
    programs: dict[str, Callable[[Program, Path], Check]] = {
        "flake8": check_flake8,
        "pylint": check_pylint,
        "pytest": check_pytest,
    }
    for name, look in programs.items():
        found = find(name)
        for program in found:
            yield look(program, folder)
        if not found:
            yield Check(name, "ok", f"no `{name}` on PATH or in this environment")


def check_flake8(program: Program, folder: Path) -> Check:
    """Whether a flake8 sees memlint, and reports what it finds, in ``folder``."""
    said = program.says("--bug-report", folder=folder)
    report = _report(said.text)
    if report is None:
        return _failure("flake8", program, said.error)
    version, plugins = report
    name = f"{version} {program}"
    if _numbers(version) < OLDEST_FLAKE8:
        return _too_old("flake8", name, program, OLDEST_FLAKE8)
    if DISTRIBUTION not in plugins:
        remedy = install(DISTRIBUTION, program.python)
        return Check("flake8", "problem", f"{name} does not see memlint", remedy)
    if plugins[DISTRIBUTION] != __version__:
        remedy = install(f"{DISTRIBUTION}=={__version__}", program.python)
        seen = f"{name} sees memlint {plugins[DISTRIBUTION]}; this is {__version__}"
        return Check("flake8", "warning", seen, remedy)
    return _flake8_selection(name, program, folder)


def _report(text: str) -> tuple[str, dict[str, str]] | None:
    """flake8's version and those of its plugins."""
    try:
        report = json.loads(text)
        plugins = {plugin["plugin"]: plugin["version"] for plugin in report["plugins"]}
        return str(report["version"]), plugins
    except (ValueError, TypeError, KeyError):
        return None


def _flake8_selection(name: str, program: Program, folder: Path) -> Check:
    """Whether the configuration leaves any rule on: flake8 is given hazards of most."""
    said = program.says(*_ALOUD, "-", folder=folder, stdin=sample())
    reported = _STATISTIC.findall(said.text)
    ours = sorted(code for code in reported if code.startswith(PREFIX))
    if ours:
        return Check("flake8", "ok", f"{name} sees memlint and reports {' '.join(ours)} here")
    if said.error and not reported:
        return _failure("flake8", program, said.error)
    return Check(
        "flake8",
        "warning",
        f"{name} sees memlint, but its configuration here selects none of memlint's rules",
        "add MEM to `select` in flake8's configuration, or take it out of `ignore`",
    )


def sample() -> str:
    """Python code with the hazards of all pages: most rules report one in it."""
    blocks = (block for rule in all_rules() for block in explain.blocks(rule))
    return "\n\n".join(block.code for block in blocks if block.kind == "bad")


def check_pylint(program: Program, folder: Path) -> Check:
    """Whether a pylint can load memlint, and does so in ``folder``."""
    version = _PYLINT.search(program.says("--version", folder=folder).text)
    configured = program.says("--list-msgs-enabled", folder=folder)
    if version is None or "Enabled messages" not in configured.text:
        return _failure("pylint", program, configured.error)
    name = f"{version[1]} {program}"
    if _numbers(version[1]) < OLDEST_PYLINT:
        return _too_old("pylint", name, program, OLDEST_PYLINT)
    enabled, _, disabled = configured.text.partition("Disabled messages")
    if _names_rule(enabled):
        return Check("pylint", "ok", f"{name} loads memlint here")
    if _names_rule(disabled):
        seen = f"{name} loads memlint here, but its configuration disables it"
        return Check("pylint", "warning", seen, "add memlint to `enable` in its configuration")
    asked = program.says("--load-plugins=memlint", "--list-msgs-enabled", folder=folder)
    if not _names_rule(asked.text):
        remedy = install(f"{DISTRIBUTION}[pylint]", program.python)
        return Check("pylint", "warning", f"{name} cannot load memlint", remedy)
    return Check(
        "pylint",
        "ok",
        f"{name} can load memlint; its configuration here does not",
        "to see memlint's findings in pylint, add memlint to `load-plugins`",
    )


def _names_rule(text: str) -> bool:
    return any(f" {rule.name} (" in text for rule in all_rules())


def check_pytest(program: Program, _: Path) -> Check:
    """Which pytest is there: run in an empty folder, since it would import a project's files."""
    with TemporaryDirectory() as empty:
        said = program.says("--version", folder=Path(empty))
    version = re.match(r"pytest (\S+)", said.text)
    if version is None:
        failure = _failure("pytest", program, said.error)
        return replace(failure, status="warning")
    return Check("pytest", "ok", f"{version[1]} {program}")


def _failure(name: str, program: Program, error: str) -> Check:
    return Check(
        name,
        "problem",
        f"{program} fails: {error or 'it says nothing that can be understood'}",
        f"run `{program.path} --version` and mend what it complains about",
    )


def _too_old(name: str, shown: str, program: Program, oldest: tuple[int, ...]) -> Check:
    needed = ".".join(map(str, oldest))
    remedy = install(f"{name}>={needed}", program.python)
    return Check(name, "problem", f"{shown} is too old: memlint needs {needed}", remedy)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
