"""How the command's options are declared, and what they change in a project's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from memlint.config import KEYS, OPTIONS, ConfigError, Project, resolve
from memlint.config.apply import apply
from memlint.config.selectors import as_codes
from memlint.config.table import Table
from memlint.hosts.cli.completion import complete_rules
from memlint.model import Option
from memlint.rules import all_rules

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

_COMMAND_LINE = "the command line"


def codes_option(name: str, what: str) -> Decorator:
    """An option that takes rule codes, prefixes and names, separated by commas."""
    return click.option(
        name,
        multiple=True,
        metavar="CODES",
        callback=_codes,
        help=what,
        shell_complete=complete_rules,
    )


def _codes(_: click.Context, __: click.Parameter, values: Sequence[str]) -> list[str]:
    selectors = [part for value in values for part in _split(value)]
    if values and not selectors:
        raise click.BadParameter("expected codes")
    try:
        return list(as_codes(selectors, all_rules()))
    except ConfigError as error:
        raise click.BadParameter(str(error)) from None


def per_file_option(name: str, what: str) -> Decorator:
    """An option that takes ``PATTERN:CODE``, several times or separated by commas."""
    return click.option(
        name, multiple=True, metavar="PATTERN:CODE,...", callback=_per_file, help=what
    )


def _per_file(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in (part for value in values for part in _split(value)):
        pattern, colon, code = part.rpartition(":")
        if not colon:
            raise click.BadParameter(f"{part!r}: expected PATTERN:CODE")
        try:
            found.setdefault(pattern, []).extend(as_codes([code], all_rules()))
        except ConfigError as error:
            raise click.BadParameter(str(error)) from None
    return found


def settings_options(command: Command) -> Command:
    """An option for each setting that rules and fixes read."""
    for option in reversed(OPTIONS):
        command = _setting(option)(command)
    return command


def _setting(option: Option) -> Decorator:
    what = f"{option.help[0].upper()}{option.help[1:]}."
    name = f"--{option.name}"
    if isinstance(option.default, bool):
        return click.option(f"{name}/--no-{option.name}", default=None, help=what)
    if isinstance(option.default, int):
        return click.option(name, type=int, metavar="N", help=what)
    return click.option(name, metavar="NAMES", callback=_names, help=what)


def _names(_: click.Context, __: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else _split(value)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def project_of(options: dict[str, Any]) -> Project:
    """The project around the current folder, with what the command line changes in it.

    Raises `ConfigError` for a file, and `click.UsageError` for an option that cannot be used.
    """
    known = all_rules()
    project = resolve(Path.cwd(), known, isolated=options["isolated"], configs=options["config"])
    table = Table(_COMMAND_LINE, "", dict(_given(project, options)), {})
    try:
        return apply(table, project, known)
    except ConfigError as error:
        raise click.UsageError(f"--{str(error).removeprefix(f'{_COMMAND_LINE}: ')}") from None


def _given(project: Project, options: dict[str, Any]) -> list[tuple[str, object]]:
    """The settings that the command line names, by key."""
    select, extended = options["select"], options["extend_select"]
    given: dict[str, object] = {}
    if select:
        given |= {"select": select, "extend-select": extended}
    elif extended:
        given["extend-select"] = [*project.extend_select, *extended]
    for key in ("ignore", "exclude"):
        if options[key]:
            given[key] = [*getattr(project, key), *options[key]]
    if options["per_file_ignores"]:
        given["per-file-ignores"] = options["per_file_ignores"]
    for key in KEYS:
        value = options.get(key.replace("-", "_"))
        if key not in _MERGED and value is not None:
            given[key] = value
    return list(given.items())


# What is not simply replaced; a baseline on the command line counts from the current folder.
_MERGED = frozenset(
    {"select", "extend-select", "ignore", "exclude", "per-file-ignores", "baseline"}
)
