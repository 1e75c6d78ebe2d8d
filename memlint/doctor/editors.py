"""Editors: what their settings in the project, and their servers in this environment, say."""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, distributions
from itertools import pairwise
from pathlib import Path
from typing import Any

from memlint.doctor.check import Check
from memlint.doctor.installation import DISTRIBUTION
from memlint.doctor.program import install, on_path
from memlint.rules import all_rules

_SETTINGS = Path(".vscode", "settings.json")
# Comments and the commas that nothing follows are no JSON; a string may hold what looks like them.
_COMMENT = re.compile(r'(?P<string>"(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMA = re.compile(r'(?P<string>"(?:\\.|[^"\\])*")|,(?=\s*[\]}])')


def checks(folder: Path) -> Iterator[Check]:
    """What can be told without asking an editor; nothing where there is nothing to tell."""
    files = (parent / _SETTINGS for parent in (folder, *folder.parents))
    file = next(filter(os.path.isfile, files), None)
    if file is not None:
        yield from _vs_code(file)
    yield from _pylsp()


def _vs_code(file: Path) -> Iterator[Check]:
    try:
        settings = _read(file)
    except (OSError, ValueError, RecursionError) as error:
        yield Check("VS Code", "warning", f"{file} cannot be read: {error}")
        return
    for linter in ("flake8", "pylint"):
        command = _strings(settings.get(f"{linter}.path"))
        if command and "${" not in (path := _resolved(command[0], file.parent.parent)):
            yield _path(f"`{linter}.path` in {file}", path)
    if _leaves_out(_strings(settings.get("flake8.args"))):
        yield Check(
            "VS Code",
            "warning",
            f"`flake8.args` in {file} selects none of memlint's rules",
            "add MEM to its `--select`",
        )
    if settings.get("flake8.importStrategy") == "useBundled" and "flake8.path" not in settings:
        yield Check(
            "VS Code",
            "warning",
            f"{file} makes VS Code run the flake8 that its extension brings",
            'set `"flake8.importStrategy": "fromEnvironment"`: there the plugins are',
        )


def _read(file: Path) -> dict[str, Any]:
    """JSON as VS Code reads it. Raises ValueError for what is none."""
    text = file.read_text("utf-8")
    for loose in (_COMMENT, _COMMA):
        text = loose.sub(lambda match: match["string"] or "", text)
    settings = json.loads(text)
    if not isinstance(settings, dict):
        raise ValueError("no table of settings")
    return settings


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _resolved(path: str, workspace: Path) -> str:
    """A bare name is looked up by the system; of VS Code's variables only one is known here."""
    path = path.replace("${workspaceFolder}", str(workspace))
    if Path(path).name == path:
        return path
    return str(workspace / os.path.expanduser(path))  # noqa: PTH111 - nobody's is no error


def _path(setting: str, path: str) -> Check:
    """Whether memlint is installed where a program is: the program itself is not run."""
    program = on_path(path)
    if program is None or program.python is None:
        return Check("VS Code", "warning", f"{setting} is no program that can be found: {path}")
    if program.is_of_this_environment:
        return Check("VS Code", "ok", f"{setting} is of this environment")
    home = program.python.parent.parent
    folders = [str(found) for found in home.glob("[Ll]ib/**/site-packages")]
    if any(distributions(name=DISTRIBUTION, path=folders)):
        return Check("VS Code", "ok", f"{setting} is of an environment that has memlint: {home}")
    return Check(
        "VS Code",
        "warning",
        f"{setting} is of an environment that does not have memlint: {home}",
        install(DISTRIBUTION, program.python),
    )


def _leaves_out(arguments: Sequence[str]) -> bool:
    """Whether ``--select`` chooses no rule."""
    chosen: str | None = None
    for argument, following in pairwise((*arguments, "")):
        if argument == "--select":
            chosen = following
        elif argument.startswith("--select="):
            chosen = argument.removeprefix("--select=")
    if chosen is None or any(argument.startswith("--extend-select") for argument in arguments):
        return False
    codes = tuple(re.findall(r"\w+", chosen))
    return not any(rule.code.startswith(codes) for rule in all_rules())


def _pylsp() -> Iterator[Check]:
    try:
        version = distribution("python-lsp-server").version
    except PackageNotFoundError:
        return
    yield Check(
        "pylsp",
        "ok",
        f"python-lsp-server {version} is in this environment; it runs the `flake8` on PATH "
        "where the editor sets `pylsp.plugins.flake8.enabled`",
    )
