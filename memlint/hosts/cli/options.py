"""How the command's options are declared and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from memlint import rules
from memlint.config import OPTIONS, Settings

Command = Callable[..., None]
Decorator = Callable[[Command], Command]


def codes_option(name: str, what: str) -> Decorator:
    """An option that takes rule codes, prefixes and names, separated by commas."""
    return click.option(name, multiple=True, metavar="CODES", callback=_codes, help=what)


def split(text: str) -> tuple[str, ...]:
    """The parts of a list whose separator is a comma."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _codes(_: click.Context, __: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(part for value in values for part in split(value))
    for code in codes:
        if not rules.select([code]):
            raise click.BadParameter(unknown(code))
    return codes


def unknown(code: str) -> str:
    """What is wrong with a code that no rule has."""
    return f"no rule's code starts with {code!r}"


def settings_options(command: Command) -> Command:
    """An option for each setting that rules read."""
    for option in reversed(OPTIONS):
        kind: Any = int if isinstance(option.default, int) else str
        metavar = "N" if kind is int else "NAMES"
        what = f"{option.help[0].upper()}{option.help[1:]}."
        command = click.option(f"--{option.name}", type=kind, metavar=metavar, help=what)(command)
    return command


def overridden(settings: Settings, values: dict[str, Any]) -> Settings:
    """``settings`` with what the command line changes in them. Raises `ConfigError`."""
    given: dict[str, object] = {}
    for option in OPTIONS:
        value = values[option.attribute]
        if isinstance(value, str):
            given[option.name] = split(value)
        elif value is not None:
            given[option.name] = value
    current = {option.name: getattr(settings, option.attribute) for option in OPTIONS}
    return Settings.of({**current, **given})
