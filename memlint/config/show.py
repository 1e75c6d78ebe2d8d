"""Every setting of a project, as users are shown them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from memlint.config.apply import KEYS
from memlint.config.project import Project
from memlint.config.settings import OPTIONS

DEFAULT = "default"
_OPTIONS = {option.name: option.attribute for option in OPTIONS}


class Setting(NamedTuple):
    """A setting: its value as TOML, None where it has none, and where it was set."""

    name: str
    value: str | None
    source: str


def show_settings(project: Project) -> list[Setting]:
    """All settings of ``project``, in the order of the documentation."""
    return [
        Setting(key, _toml(_value(project, key)), project.sources.get(key, DEFAULT)) for key in KEYS
    ]


def _value(project: Project, key: str) -> object:
    if key in _OPTIONS:
        return getattr(project.settings, _OPTIONS[key])
    if key == "exclude":
        return (*project.exclude, *project.flake8.exclude)
    if key == "per-file-ignores":
        return dict((*project.per_file_ignores, *project.flake8.per_file_ignores))
    return getattr(project, key.replace("-", "_"))


def _toml(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        items = ", ".join(f"{_string(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_string, value))}]"
    if isinstance(value, str | Path):
        return _string(str(value))
    return str(value).lower()


def _string(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
