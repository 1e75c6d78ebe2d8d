"""A project with what a table of memlint's own keys changes in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from reprlib import repr as shown
from typing import Any

from memlint.config.project import Project
from memlint.config.selectors import Selectable, as_codes, chosen
from memlint.config.settings import OPTIONS, ConfigError, boolean, checked_value, positive, strings
from memlint.config.table import Table, closest

Known = Sequence[Selectable]
Changes = dict[str, Any]  # attributes, and what they become

_FORMATS = "full concise grouped json jsonl github gitlab sarif junit"
OUTPUT_FORMATS = tuple(_FORMATS.split())


def apply(table: Table, project: Project, known: Known | None) -> Project:
    """``project`` with what ``table`` says; ``known`` is what codes may choose, None: anything.

    Raises `ConfigError`, with its place, for a key that is unknown or has a bad value.
    """
    for key, value in table.values.items():
        if key not in _KEYS:
            hint = closest(key, list(_KEYS))
            raise table.error(ConfigError(f"{key}: no such option{hint}"), key)
        try:
            changes = _KEYS[key](key, value, project, known)
        except ConfigError as error:
            raise table.error(error, key) from None
        sources = {**project.sources, key: table.place(key)}
        project = replace(project, **changes, sources=sources)
    return project


def codes(key: str, value: object, known: Known | None) -> tuple[str, ...]:
    """The codes that ``value`` lists for ``key``. Raises `ConfigError` where it does not."""
    selectors = strings(key, value)
    try:
        return selectors if known is None else as_codes(selectors, known)
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from None


def _setting(key: str, value: object, project: Project, _: Known | None) -> Changes:
    option = _OPTIONS[key]
    changed: Changes = {option.attribute: checked_value(option, value)}
    return {"settings": replace(project.settings, **changed)}


def _codes(key: str, value: object, _: Project, known: Known | None) -> Changes:
    return {key.replace("-", "_"): codes(key, value, known)}


def _exclude(key: str, value: object, project: Project, _: Known | None) -> Changes:
    return {"exclude": strings(key, value), "flake8": replace(project.flake8, exclude=())}


def _per_file_ignores(key: str, value: object, project: Project, known: Known | None) -> Changes:
    if not isinstance(value, dict):
        raise ConfigError(f"{key}: expected a table of patterns and codes, not {shown(value)}")
    entries = tuple(_per_file(key, pattern, listed, known) for pattern, listed in value.items())
    return {
        "per_file_ignores": entries,
        "flake8": replace(project.flake8, per_file_ignores=()),
    }


def _per_file(
    key: str, pattern: str, value: object, known: Known | None
) -> tuple[str, tuple[str, ...]]:
    """Full codes, which win over all that is selected."""
    try:
        ignored = codes(f'{key}."{pattern}"', value, known)
    except ConfigError as error:
        raise ConfigError(str(error), (key, pattern)) from None
    return pattern, ignored if known is None else chosen(ignored, known)


def _path(key: str, value: object, project: Project, _: Known | None) -> Changes:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f"{key}: expected a path, not {shown(value)}")
    return {key: project.root / value}


def _format(key: str, value: object, _: Project, __: Known | None) -> Changes:
    if value not in OUTPUT_FORMATS:
        formats = ", ".join(OUTPUT_FORMATS)
        raise ConfigError(f"{key}: expected one of {formats}, not {shown(value)}")
    return {"output_format": value}


def _switch(key: str, value: object, _: Project, __: Known | None) -> Changes:
    return {key.replace("-", "_"): boolean(key, value)}


def _number(key: str, value: object, _: Project, __: Known | None) -> Changes:
    return {key: positive(key, value)}


_OPTIONS = {option.name: option for option in OPTIONS}
_KEYS: dict[str, Callable[[str, object, Project, Known | None], Changes]] = {
    "select": _codes,
    "extend-select": _codes,
    "ignore": _codes,
    "per-file-ignores": _per_file_ignores,
    "exclude": _exclude,
    **dict.fromkeys(_OPTIONS, _setting),
    "baseline": _path,
    "output-format": _format,
    "fix": _switch,
    "unsafe-fixes": _switch,
    "jobs": _number,
}
KEYS = tuple(_KEYS)
