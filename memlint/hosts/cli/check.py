"""``memlint check``: report memory hazards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from memlint import rules
from memlint.checking import Plan, Result, check_bytes, check_files
from memlint.config import OPTIONS, ConfigError, Project, Settings, find_project
from memlint.discovery import find_files
from memlint.report import text

_CLEAN, _FINDINGS, _ERROR = range(3)
_FORMATS = {"concise": text.concise, "full": text.full}
_STDIN = "-"


class _ConfigFailure(click.ClickException):
    """A configuration file that cannot be used."""

    exit_code = _ERROR

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(f"memlint: {self.message}", file, err=True)


def _codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The rule codes and prefixes in comma-separated lists."""
    codes = tuple(part.strip() for value in values for part in value.split(",") if part.strip())
    for code in codes:
        if not rules.select([code]):
            raise click.BadParameter(_unknown(code))
    return codes


def _codes_option(name: str, what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(name, multiple=True, metavar="CODES", callback=_codes, help=what)


def _settings_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        kind: Any = int if isinstance(option.default, int) else str
        metavar = "N" if kind is int else "NAMES"
        what = f"{option.help[0].upper()}{option.help[1:]}."
        command = click.option(f"--{option.name}", type=kind, metavar=metavar, help=what)(command)
    return command


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@_codes_option("--select", "Run only these rules.")
@_codes_option("--extend-select", "Run these rules as well.")
@_codes_option("--ignore", "Do not run these rules.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave matching paths out.")
@_settings_options
@click.option(
    "--output-format", type=click.Choice(list(_FORMATS)), default="full", show_default=True
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where hazards were found.")
@click.option("--stdin-filename", metavar="PATH", help="The name of what is read from `-`.")
def check(  # noqa: PLR0913, PLR0917 - one for each option
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    output_format: str,
    exit_zero: bool,
    stdin_filename: str | None,
    **values: str | int | None,
) -> None:
    """Report memory hazards in Python files.

    PATHS are files and folders, the current folder where none is given; `-` reads standard input.
    Exits with 0 where nothing was found, 1 where hazards were, 2 where the call or a file was bad.
    """
    project = _project(values)
    chosen = rules.select(
        select or project.select,
        extend_select if select else (*project.extend_select, *extend_select),
        (*project.ignore, *ignore),
    )
    plan = Plan(tuple(rule.code for rule in chosen), project.settings)
    run = _Run()
    if _STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` cannot be checked together with other paths")
        data = sys.stdin.buffer.read()
        results: Iterable[Result] = (check_bytes(stdin_filename or _STDIN, data, plan),)
    else:
        excluded = (*project.exclude, *exclude)
        files = find_files(paths or (".",), excluded, project.root, run.fail_on_os)
        results = check_files(files, plan, jobs=1)
    for piece in _FORMATS[output_format](run.watched(results)):
        click.echo(piece, nl=False)
    run.finish()
    sys.exit(_ERROR if run.failed else _FINDINGS if run.found and not exit_zero else _CLEAN)


class _Run:
    """One run of the command: counts what was found and what failed."""

    def __init__(self) -> None:
        self._crashed: set[str] = set()
        self._files = 0
        self.found = 0
        self.failed = 0

    def watched(self, results: Iterable[Result]) -> Iterator[Result]:
        """``results``, counted, their errors told."""
        for result in results:
            self._files += result.checked
            self.found += len(result.diagnostics)
            for code, message in result.crashes:
                if code not in self._crashed:
                    self._crashed.add(code)
                    self._fail(message)
            for message in result.errors:
                self._fail(message)
            yield result

    def fail_on_os(self, error: OSError) -> None:
        """Say that a file or a folder cannot be read."""
        self._fail(f"{error.filename}: {error.strerror}")

    def _fail(self, message: str) -> None:
        self.failed += 1
        click.echo(f"memlint: {message}", err=True)

    def finish(self) -> None:
        """Say how it went, beside the findings."""
        hazards = _count(self.found, "hazard")
        errors = f", {_count(self.failed, 'error')}" if self.failed else ""
        click.echo(f"{hazards} in {_count(self._files, 'file')}{errors}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _project(values: dict[str, str | int | None]) -> Project:
    """The project's configuration, with what the command line changes in it."""
    try:
        project = find_project(Path.cwd())
        _check_codes(project)
    except ConfigError as error:
        raise _ConfigFailure(str(error)) from None
    try:
        return replace(project, settings=_overridden(project.settings, values))
    except ConfigError as error:
        raise click.UsageError(f"--{error}") from None


def _check_codes(project: Project) -> None:
    chosen = {
        "select": project.select or (),
        "extend-select": project.extend_select,
        "ignore": project.ignore,
    }
    for name, codes in chosen.items():
        for code in codes:
            if not rules.select([code]):
                file = project.root / "pyproject.toml"
                raise ConfigError(f"{file}: [tool.memlint] {name}: {_unknown(code)}")


def _unknown(code: str) -> str:
    return f"no rule's code starts with {code!r}"


def _overridden(settings: Settings, values: dict[str, str | int | None]) -> Settings:
    given: dict[str, object] = {}
    for option in OPTIONS:
        value = values[option.attribute]
        if isinstance(value, str):
            given[option.name] = [part.strip() for part in value.split(",") if part.strip()]
        elif value is not None:
            given[option.name] = value
    current = {option.name: getattr(settings, option.attribute) for option in OPTIONS}
    return Settings.of({**current, **given})
