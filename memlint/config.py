"""Settings: each option declared once here, registered and read by every host."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memlint.model import Option
from memlint.names import SCOPES


class ConfigError(ValueError):
    """A setting that cannot be used, with its name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all options that rules read."""

    wide_scopes: tuple[str, ...] = ("class", "module", "package", "session")
    mock_factories: tuple[str, ...] = ()
    max_loop_mocks: int = 1000

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Settings:
        """Settings from values by option name; what is missing has its default.

        Raises `ConfigError` for a value of the wrong type or out of range.
        """
        settings = cls(
            _strings(WIDE_SCOPES.name, values.get(WIDE_SCOPES.name, WIDE_SCOPES.default)),
            _strings(MOCK_FACTORIES.name, values.get(MOCK_FACTORIES.name, MOCK_FACTORIES.default)),
            _positive(MAX_LOOP_MOCKS.name, values.get(MAX_LOOP_MOCKS.name, MAX_LOOP_MOCKS.default)),
        )
        unknown = set(settings.wide_scopes) - SCOPES
        if unknown:
            known = ", ".join(sorted(SCOPES))
            raise ConfigError(f"wide-scopes: {min(unknown)!r} is no fixture scope ({known})")
        return settings


_DEFAULTS = Settings()

WIDE_SCOPES = Option("wide-scopes", _DEFAULTS.wide_scopes, "fixture scopes that outlive a test")
MOCK_FACTORIES = Option(
    "mock-factories",
    _DEFAULTS.mock_factories,
    "more names that make a mock when they are called: dotted, as imported",
)
MAX_LOOP_MOCKS = Option(
    "max-loop-mocks",
    _DEFAULTS.max_loop_mocks,
    "how many mocks a loop must keep to be reported by MEM301",
)
OPTIONS = (WIDE_SCOPES, MOCK_FACTORIES, MAX_LOOP_MOCKS)


@dataclass(frozen=True, slots=True)
class Project:
    """What a project says about itself: which rules, which files, which settings."""

    root: Path
    settings: Settings = Settings()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def find_project(start: Path) -> Project:
    """The project around ``start``: the nearest ``pyproject.toml`` with a ``[tool.memlint]``.

    Raises `ConfigError`, with the file's path, for what cannot be read or used.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            table = _table(file)
            if table is not None:
                return _project(folder, file, table)
    return Project(start)


def _table(file: Path) -> Mapping[str, object] | None:
    try:
        tool = tomllib.loads(file.read_text("utf-8")).get("tool", {})
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None
    table = tool.get("memlint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{file}: [tool.memlint] is no table")
    return table


def _project(root: Path, file: Path, table: Mapping[str, object]) -> Project:
    names = {*_CHOICES, *(option.name for option in OPTIONS)}
    try:
        for name in table:
            if name not in names:
                raise ConfigError(f"{name}: no such option")
        return Project(
            root,
            Settings.of(table),
            _strings("select", table["select"]) if "select" in table else None,
            *(_strings(name, table.get(name, ())) for name in _CHOICES[1:]),
        )
    except ConfigError as error:
        raise ConfigError(f"{file}: [tool.memlint] {error}") from None


_CHOICES = ("select", "extend-select", "ignore", "exclude")


def _strings(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ConfigError(f"{name}: expected a list of strings, not {value!r}")


def _positive(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ConfigError(f"{name}: expected a whole number from 1, not {value!r}")
