"""memlint itself: which one runs, what is beside it, and whether its name is its own."""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distribution,
    entry_points,
    packages_distributions,
)
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import memlint
from memlint.doctor.check import Check
from memlint.doctor.program import Program, install, on_path

DISTRIBUTION = "flake8-memlint"
_PYTHON = Path(sys.executable)
_REINSTALL = f"{_PYTHON} -m pip install --force-reinstall --no-deps {DISTRIBUTION}"
_PACKAGE = Path(memlint.__file__).parent
_VERSION = re.compile(r"memlint, version (\S+)\s*")
_EXTRA = re.compile(r"(?P<name>[\w.-]+).*;\s*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")
_NOT_FOR_USERS = {"all", "dev"}


def checks(folder: Path) -> Iterator[Check]:
    """What is installed for this Python, and which command a shell in ``folder`` finds."""
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        yield Check(
            "memlint",
            "problem",
            f"{_this()} is not installed: flake8 does not see it",
            install(DISTRIBUTION, _PYTHON),
        )
    else:
        yield _installation(installed)
        yield _extras(installed)
    yield _name()
    yield check_command(folder)


def _this() -> str:
    return f"{memlint.__version__} in {_PACKAGE}, Python {platform.python_version()}"


def _installation(installed: Distribution) -> Check:
    source = _editable(installed)
    place = source / "memlint" if source else Path(str(installed.locate_file("memlint")))
    if place.resolve() != _PACKAGE.resolve():
        return Check(
            "memlint",
            "warning",
            f"{_this()}; but installed is {installed.version} in {place}",
            "look at PYTHONPATH and at the current folder, which hide the installed one",
        )
    how = "editable" if source else "installed"
    return Check("memlint", "ok", f"{_this()} ({_PYTHON}), {how}")


def _editable(installed: Distribution) -> Path | None:
    """The folder that an editable installation reads."""
    try:
        direct_url = json.loads(installed.read_text("direct_url.json") or "{}")
        if direct_url["dir_info"]["editable"]:
            return Path(url2pathname(unquote(urlsplit(direct_url["url"]).path)))
    except (ValueError, KeyError, TypeError):
        pass  # an installation from an index has no such file
    return None


def _extras(installed: Distribution) -> Check:
    """Which optional parts are there."""
    needed: dict[str, list[str]] = {}
    for requirement in installed.requires or ():
        named = _EXTRA.match(requirement)
        if named and named["extra"] not in _NOT_FOR_USERS:
            needed.setdefault(named["extra"], []).append(_present(named["name"]))
    parts = [f"{extra}: {', '.join(found)}" for extra, found in needed.items()]
    return Check("extras", "ok", "; ".join(parts) or "none")


def _present(name: str) -> str:
    try:
        return f"{name} {distribution(name).version}"
    except PackageNotFoundError:
        return f"no {name}"


def _name() -> Check:
    """Whether another distribution brings a module or a command of this name."""
    try:
        others = _others()
    except ValueError as error:
        return Check("name", "warning", f"what is installed here cannot be read: {error}")
    if not others:
        return Check(
            "name", "ok", "no other distribution here brings a module or command `memlint`"
        )
    names = " ".join(others)
    return Check(
        "name",
        "problem",
        f"another distribution brings a module or command `memlint`: {names}",
        f"run `{_PYTHON} -m pip uninstall {names}`, then `{_REINSTALL}`",
    )


def _another_way(program: Program) -> str:
    if program.is_of_this_environment:
        return f"run `{_REINSTALL}`"
    return f"put {_PYTHON.parent} before it on PATH"


def _others() -> list[str]:
    """The distributions but ours. Raises ValueError where one's metadata is no text."""
    modules = packages_distributions().get("memlint", ())
    scripts = entry_points(group="console_scripts", name="memlint")
    commands = (script.dist.name for script in scripts if script.dist is not None)
    return sorted({str(name) for name in (*modules, *commands)} - {DISTRIBUTION})


def check_command(folder: Path) -> Check:
    """Which command `memlint` is on PATH."""
    program = on_path("memlint")
    if program is None:
        return Check("command", "ok", f"no `memlint` on PATH; `{_PYTHON} -m memlint` works")
    said = program.says("--version", folder=folder)
    version = _VERSION.fullmatch(said.text)
    if version is None:
        return Check(
            "command",
            "problem",
            f"`memlint` on PATH is another program: {program}",
            f"{_another_way(program)}, or run `{_PYTHON} -m memlint`",
        )
    if version[1] != memlint.__version__:
        return Check(
            "command",
            "warning",
            f"`memlint` on PATH is version {version[1]}: {program}",
            install(f"{DISTRIBUTION}=={memlint.__version__}", program.python),
        )
    return Check("command", "ok", f"`memlint` on PATH: {program}")
