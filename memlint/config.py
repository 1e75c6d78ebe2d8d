"""Settings: each option declared once here, registered and read by every host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memlint.model import Option
from memlint.names import SCOPES


class ConfigError(ValueError):
    """A setting that cannot be used, with its name."""


WIDE_SCOPES = Option(
    "wide-scopes",
    ("class", "module", "package", "session"),
    "fixture scopes that outlive a test",
)
MOCK_FACTORIES = Option(
    "mock-factories",
    (),
    "more names that make a mock when they are called: dotted, as imported",
)
MAX_LOOP_MOCKS = Option(
    "max-loop-mocks",
    1000,
    "how many mocks a loop must keep to be reported by MEM301",
)
OPTIONS = (WIDE_SCOPES, MOCK_FACTORIES, MAX_LOOP_MOCKS)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all options."""

    wide_scopes: tuple[str, ...] = ("class", "module", "package", "session")
    mock_factories: tuple[str, ...] = ()
    max_loop_mocks: int = 1000

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Settings:
        """Settings from values by option name; what is missing has its default.

        Raises `ConfigError` for a value of the wrong type or out of range.
        """
        settings = cls(
            _strings(WIDE_SCOPES, values),
            _strings(MOCK_FACTORIES, values),
            _positive(MAX_LOOP_MOCKS, values),
        )
        unknown = set(settings.wide_scopes) - SCOPES
        if unknown:
            known = ", ".join(sorted(SCOPES))
            raise ConfigError(f"wide-scopes: {min(unknown)!r} is no fixture scope ({known})")
        return settings


def _strings(option: Option, values: Mapping[str, object]) -> tuple[str, ...]:
    value = values.get(option.name, option.default)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ConfigError(f"{option.name}: expected a list of strings, not {value!r}")
    for item in value:
        if not isinstance(item, str):
            raise ConfigError(f"{option.name}: expected a list of strings, not {value!r}")
    return tuple(value)


def _positive(option: Option, values: Mapping[str, object]) -> int:
    value = values.get(option.name, option.default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{option.name}: expected a whole number from 1, not {value!r}")
    return value
