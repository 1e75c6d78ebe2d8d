"""The options that rules and fixes read: each declared once here, registered by every host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from reprlib import repr as shown

from memlint.model import Option
from memlint.names import SCOPES

Value = bool | int | tuple[str, ...]


class ConfigError(ValueError):
    """A setting that cannot be used, with its name and, where it has one, its place.

    ``keys`` lead to the setting within its table, where that is not by its name alone.
    """

    def __init__(self, message: str, keys: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all options."""

    wide_scopes: tuple[str, ...] = ("class", "module", "package", "session")
    mock_factories: tuple[str, ...] = ()
    max_loop_mocks: int = 1000
    stopall_bases: tuple[str, ...] = ()
    fix_gc_collect: bool = False

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Settings:
        """Settings from values by option name; what is missing has its default.

        Raises `ConfigError` for a value of the wrong type or out of range.
        """
        given = [option for option in OPTIONS if option.name in values]
        checked = {option.attribute: checked_value(option, values[option.name]) for option in given}
        return cls(**checked)  # type: ignore[arg-type]  # checked against the default's type


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
STOPALL_BASES = Option(
    "stopall-bases",
    _DEFAULTS.stopall_bases,
    "base classes of tests that stop every patch: dotted, as imported, or the last name alone",
)
FIX_GC_COLLECT = Option(
    "fix-gc-collect",
    _DEFAULTS.fix_gc_collect,
    "whether a fix of MEM101 also collects garbage after the stop",
    fixing=True,
)
OPTIONS = (WIDE_SCOPES, MOCK_FACTORIES, MAX_LOOP_MOCKS, STOPALL_BASES, FIX_GC_COLLECT)
CHECK_OPTIONS = tuple(option for option in OPTIONS if not option.fixing)


def checked_value(option: Option, value: object) -> Value:
    """``value`` as one of ``option``. Raises `ConfigError` where it cannot be one."""
    if isinstance(option.default, bool):
        return boolean(option.name, value)
    if isinstance(option.default, int):
        return positive(option.name, value)
    names = strings(option.name, value)
    for name in names if option in (MOCK_FACTORIES, STOPALL_BASES) else ():
        if not all(part.isidentifier() for part in name.split(".")):
            raise ConfigError(f"{option.name}: {shown(name)} is no dotted name")
    unknown = set(names) - SCOPES if option is WIDE_SCOPES else ()
    if unknown:
        known = ", ".join(sorted(SCOPES))
        raise ConfigError(f"{option.name}: {min(unknown)!r} is no fixture scope ({known})")
    return names


def strings(name: str, value: object) -> tuple[str, ...]:
    """``value`` as the strings of ``name``. Raises `ConfigError` for all but a list of them."""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ConfigError(f"{name}: expected a list of strings, not {shown(value)}")


def positive(name: str, value: object) -> int:
    """``value`` as the number of ``name``. Raises `ConfigError` for all but whole ones from 1."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ConfigError(f"{name}: expected a whole number from 1, not {shown(value)}")


def boolean(name: str, value: object) -> bool:
    """``value`` as the switch ``name``. Raises `ConfigError` for anything but a boolean."""
    if isinstance(value, bool):
        return value
    raise ConfigError(f"{name}: expected true or false, not {shown(value)}")
