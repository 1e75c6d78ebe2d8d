"""The command: ``memlint check`` and ``memlint rule``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

import click

from memlint import __version__, engine, noqa, rules
from memlint.config import OPTIONS, ConfigError, Project, Settings, find_project
from memlint.discovery import find_files
from memlint.model import Finding, Rule
from memlint.report import text
from memlint.source import Source, SourceError

_CLEAN, _FINDINGS, _ERROR = range(3)
_INTERRUPTED = 130
_FORMATS = {"concise": text.concise, "full": text.full}
_STDIN = "-"


class _ConfigFailure(click.ClickException):
    """A configuration file that cannot be used."""

    exit_code = _ERROR

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(f"memlint: {self.message}", file, err=True)


class _Group(click.Group):
    """Tells an interrupted run from one that found hazards."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="memlint")
def main() -> None:
    """Keep Python test suites from eating memory."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # names and code may hold anything


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


@main.command()
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
    run = _Run(chosen, project.settings, _FORMATS[output_format])
    if _STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` cannot be checked together with other paths")
        run.check_text(stdin_filename or _STDIN, sys.stdin.buffer.read())
    else:
        excluded = (*project.exclude, *exclude)
        for path in find_files(paths or (".",), excluded, project.root, run.fail_on_os):
            run.check_file(path)
    run.finish()
    sys.exit(_ERROR if run.failed else _FINDINGS if run.found and not exit_zero else _CLEAN)


@main.command()
@click.argument("names", nargs=-1, metavar="[CODE...]")
def rule(names: tuple[str, ...]) -> None:
    """Print the pages of rules, or a table of all of them."""
    if not names:
        for each in rules.all_rules():
            click.echo(f"{each.code}  {'default' if each.default else 'opt-in '}  {each.name}")
    for name in names:
        found = rules.find(name)
        if found is None:
            raise click.UsageError(f"no rule {name!r}; `memlint rule` lists them")
        _print_page(found)


class _Run:
    """One run of the command: counts what was found and what failed."""

    def __init__(
        self,
        chosen: Sequence[Rule],
        settings: Settings,
        render: Callable[[Source, Finding], str],
    ) -> None:
        self._rules = chosen
        self._settings = settings
        self._render = render
        self._crashed: set[str] = set()
        self._files = 0
        self.found = 0
        self.failed = 0

    def check_file(self, path: str) -> None:
        """Check one file."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            self._fail(f"{path}: {error.strerror}")
        else:
            self.check_text(path, data)

    def check_text(self, path: str, data: bytes) -> None:
        """Check what a file called ``path`` holds."""
        self._files += 1
        try:
            for line in self._lines(path, data):
                click.echo(line)
        except SourceError as error:
            self._fail(str(error))

    def _lines(self, path: str, data: bytes) -> Iterator[str]:
        source = Source.from_bytes(path, data)
        if not engine.may_hit(source.text, self._settings):
            return
        outcome = engine.check(source, self._rules, self._settings)
        for crash in outcome.crashes:
            if crash.rule.code not in self._crashed:
                self._crashed.add(crash.rule.code)
                self._fail(str(crash).removeprefix("memlint: "))
        for finding in noqa.unsuppressed(source, outcome.findings, outcome.ran):
            self.found += 1
            yield self._render(source, finding)

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


def _print_page(found: Rule) -> None:
    from memlint import explain

    page = explain.markdown(found)
    if not sys.stdout.isatty():
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))
