"""``memlint check``: report memory hazards, and fix them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from memlint import baseline, rules
from memlint.checking import Action, Plan, Result, check_bytes, check_files
from memlint.config import ConfigError, Project, find_project
from memlint.discovery import find_files
from memlint.hosts.cli.options import codes_option, overridden, settings_options, unknown
from memlint.hosts.cli.run import Run, with_progress
from memlint.hosts.cli.terminal import style_for
from memlint.report import FORMATS
from memlint.report.view import View, unstyled

_CLEAN, _FINDINGS, _ERROR = range(3)
_STDIN = "-"


class _Failure(click.ClickException):
    """A configuration or a baseline that cannot be used."""

    exit_code = _ERROR

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(f"memlint: {self.message}", file, err=True)


class _Check(click.Command):
    """Takes a reason for ``--add-noqa`` only after an equals sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = ["--add-noqa=" if argument == "--add-noqa" else argument for argument in args]
        return super().parse_args(ctx, args)


@click.command(cls=_Check)
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@codes_option("--select", "Run only these rules.")
@codes_option("--extend-select", "Run these rules as well.")
@codes_option("--ignore", "Do not run these rules.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave matching paths out.")
@click.option("--fix", is_flag=True, help="Apply safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply, or show, unsafe fixes as well.")
@click.option("--diff", is_flag=True, help="Show what fixes would change; write nothing.")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were applied.")
@click.option("--add-noqa", metavar="[REASON]", help="Silence every finding with a comment.")
@click.option("--baseline", "known", metavar="FILE", help="Report what is not in this baseline.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to a baseline.")
@settings_options
@click.option(
    "--output-format", type=click.Choice(list(FORMATS)), default="full", show_default=True
)
@click.option("-o", "--output-file", metavar="FILE", help="Write the report to this file.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where hazards were found.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes; one for each core."
)
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("--stdin-filename", metavar="PATH", help="The name of what is read from `-`.")
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Report memory hazards in Python files and notebooks.

    PATHS are files and folders, the current folder where none is given; `-` reads standard input.
    Exits with 0 where nothing was found, 1 where hazards were, 2 where the call or a file was bad.
    """
    _reject_contradictions(paths, options)
    project = _project(options)
    run = Run(dry=options["diff"])
    if options["show_files"]:
        for path in _files(paths, project, options, run):
            click.echo(path)
        sys.exit(_ERROR if run.failed else _CLEAN)
    plan = _plan(project, options)
    results = run.watched(_results(paths, project, plan, options, run))
    if options["write_baseline"] is not None:
        _write_baseline(options["write_baseline"], results)
    else:
        _report(results, plan, options, beside=_STDIN in paths and plan.writes)
    if options["show_fixes"]:
        run.show_fixes()
    run.finish()
    sys.exit(_status(run, plan, options))


def _reject_contradictions(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    if _STDIN in paths and len(paths) > 1:
        raise click.UsageError("`-` cannot be checked together with other paths")
    actions = {
        "--add-noqa": options["add_noqa"] is not None,
        "--diff": options["diff"],
        "--fix": options["fix"],
        "--write-baseline": options["write_baseline"] is not None,
    }
    given = [name for name, is_given in actions.items() if is_given]
    if len(given) > 1 and given != ["--diff", "--fix"]:
        raise click.UsageError(f"{given[0]} and {given[1]} cannot be used together")


def _action(options: dict[str, Any]) -> Action:
    if options["add_noqa"] is not None:
        return "noqa"
    if options["diff"]:
        return "diff"
    return "fix" if options["fix"] else "check"


def _plan(project: Project, options: dict[str, Any]) -> Plan:
    select, extend_select = options["select"], options["extend_select"]
    chosen = rules.select(
        select or project.select,
        extend_select if select else (*project.extend_select, *extend_select),
        (*project.ignore, *options["ignore"]),
    )
    return Plan(
        tuple(rule.code for rule in chosen),
        project.settings,
        _action(options),
        unsafe=options["unsafe_fixes"],
        offers=FORMATS[options["output_format"]].offers and options["write_baseline"] is None,
        baseline=_baseline(options["known"]),
        reason=options["add_noqa"] or "",
    )


def _baseline(path: str | None) -> baseline.Baseline | None:
    try:
        return None if path is None else baseline.read(Path(path))
    except baseline.BaselineError as error:
        raise _Failure(str(error)) from None


def _write_baseline(path: str, results: Iterable[Result]) -> None:
    findings = [
        (found.path, found.code, found.code_text)
        for result in results
        for found in result.diagnostics
    ]
    try:
        baseline.write(Path(path), findings)
    except baseline.BaselineError as error:
        raise _Failure(str(error)) from None


def _files(
    paths: tuple[str, ...], project: Project, options: dict[str, Any], run: Run
) -> Iterable[str]:
    excluded = (*project.exclude, *options["exclude"])
    return find_files(paths or (".",), excluded, project.root, run.fail_on_os)


def _results(
    paths: tuple[str, ...], project: Project, plan: Plan, options: dict[str, Any], run: Run
) -> Iterable[Result]:
    if _STDIN in paths:
        return (_standard_input(options["stdin_filename"] or _STDIN, plan),)
    files = list(_files(paths, project, options, run))
    jobs = options["jobs"] or os.cpu_count() or 1
    return with_progress(files, check_files(files, plan, jobs))


def _standard_input(name: str, plan: Plan) -> Result:
    """Check what is read from standard input; its fixed text goes to standard output."""
    data = sys.stdin.buffer.read()
    result = check_bytes(name, data, plan)
    if plan.writes:
        click.echo(data if result.data is None else result.data, nl=False)
    return result


def _report(results: Iterable[Result], plan: Plan, options: dict[str, Any], beside: bool) -> None:
    """Write the report, ``beside`` telling whether standard output is taken."""
    file = options["output_file"]
    style = unstyled if file is not None else style_for(sys.stderr if beside else sys.stdout)
    write = FORMATS[options["output_format"]].load(View(style, plan.unsafe))
    pieces = _diffs(results) if plan.action == "diff" else write(results)
    if file is not None:
        _write(file, pieces)
        return
    for piece in pieces:
        click.echo(piece, nl=False, err=beside, color=True)  # the style knows where it goes


def _diffs(results: Iterable[Result]) -> Iterator[str]:
    return (result.diff for result in results)


def _write(path: str, pieces: Iterable[str]) -> None:
    text = "".join(pieces)
    try:
        Path(path).write_text(text, "utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise _Failure(f"{path}: {error.strerror}") from None


def _status(run: Run, plan: Plan, options: dict[str, Any]) -> int:
    if run.failed:
        return _ERROR
    if options["exit_zero"] or options["write_baseline"] is not None or plan.action == "noqa":
        return _CLEAN
    found = run.fixed if plan.action == "diff" else run.found
    return _FINDINGS if found else _CLEAN


def _project(options: dict[str, Any]) -> Project:
    """The project's configuration, with what the command line changes in it."""
    try:
        project = find_project(Path.cwd())
        _check_codes(project)
    except ConfigError as error:
        raise _Failure(str(error)) from None
    try:
        return replace(project, settings=overridden(project.settings, options))
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
                raise ConfigError(f"{file}: [tool.memlint] {name}: {unknown(code)}")
