"""Which places say what a project is: files, and the command line over them."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from pathlib import Path

from memlint.config import toml
from memlint.config.apply import Known, apply
from memlint.config.project import Project, absolute
from memlint.config.settings import ConfigError
from memlint.config.table import Table

_PYPROJECT = "pyproject.toml"
_INSIDE = ("tool", "memlint")
_COMMAND_LINE = "--config"


def resolve(
    start: Path,
    known: Known | None = None,
    *,
    isolated: bool = False,
    configs: Sequence[str] = (),
) -> Project:
    """The project around the folder ``start``.

    It is that of the nearest ``[tool.memlint]`` upward, without one that of the ``[flake8]``
    section which flake8 would use. ``isolated`` reads no file. Each of ``configs`` is the one
    file to read, or a ``KEY=VALUE`` in TOML that goes over it, the last one over the others.
    ``known`` is what codes and names may choose; None takes any.

    Raises `ConfigError`, with its place, for what cannot be read or used.
    """
    start = Path(absolute(start))
    files = [text for text in configs if _is_file(start, text)]
    if len(files) > 1:
        raise ConfigError(f"{_COMMAND_LINE}: {files[0]} and {files[1]}: expected one file")
    if files and isolated:
        raise ConfigError(f"{_COMMAND_LINE}: {files[0]}: --isolated reads no file")
    project = _project(start, known, isolated, files)
    for text in configs:
        if text not in files:
            project = apply(_override(text), project, known)
    return project


def _is_file(start: Path, text: str) -> bool:
    return "=" not in text or os.path.isfile(start / text)  # noqa: PTH113 - takes any text


def _project(start: Path, known: Known | None, isolated: bool, files: list[str]) -> Project:
    if isolated:
        return Project(start)
    if files:
        return _given(start / files[0], start, known)
    for folder in (start, *start.parents):
        file = folder / _PYPROJECT
        table = toml.read_table(file, _INSIDE) if os.path.isfile(file) else None  # noqa: PTH113
        if table is not None:
            return apply(table, Project(folder), known)
    from memlint.config import flake8_lookup, flake8_section

    section = flake8_lookup.find_section(start)
    return flake8_section.project_of(section, start, known) if section else Project(start)


def _given(file: Path, start: Path, known: Known | None) -> Project:
    """The project of a file that the user names, which has to say something."""
    if file.suffix == ".toml":
        inside = _INSIDE if file.name == _PYPROJECT else ()
        table = toml.read_table(file, inside)
        if table is None:
            raise ConfigError(f"{file}: no [{'.'.join(inside)}]")
        return apply(table, Project(file.parent), known)
    if file.suffix not in {".cfg", ".ini"} and file.name != ".flake8":
        raise ConfigError(f"{file}: expected a .toml, .cfg, .ini or .flake8 file, or KEY=VALUE")
    from memlint.config import flake8_lookup, flake8_section

    section = flake8_lookup.read_section(file)
    if section is None:
        raise ConfigError(f"{file}: no [flake8]")
    return flake8_section.project_of(section, start, known)


def _override(text: str) -> Table:
    try:
        values = toml.parse(text, f"{_COMMAND_LINE}: {text!r}", tell_line=False)
    except ConfigError as error:
        hint = "the value has to be TOML: a string in quotes, a list in brackets"
        raise ConfigError(f"{error}; {hint}") from None
    return Table(_COMMAND_LINE, "", values, {})
