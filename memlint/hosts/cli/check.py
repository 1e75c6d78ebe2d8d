"""``memlint check``: report memory hazards, and fix them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import click

from memlint import baseline
from memlint.checking import Action, Plan, Result, check_bytes, check_files
from memlint.config import ConfigError, Project, show_settings
from memlint.discovery import excluder, find_files
from memlint.hosts.cli.config import keys
from memlint.hosts.cli.options import codes_option, per_file_option, project_of, settings_options
from memlint.hosts.cli.run import Run, with_progress
from memlint.hosts.cli.terminal import style_for
from memlint.report import DIFF, FORMATS, STATISTICS, Format
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
@per_file_option("--per-file-ignores", "Do not run these rules on matching files.")
@click.option(
    "--exclude",
    "--extend-exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave matching paths out.",
)
@click.option("--force-exclude", is_flag=True, help="Leave them out even where they are named.")
@click.option("--fix/--no-fix", default=None, help="Apply safe fixes.")
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes", default=None, help="Apply, or show, unsafe fixes as well."
)
@click.option("--diff", is_flag=True, help="Show what fixes would change; write nothing.")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were applied.")
@click.option("--add-noqa", metavar="[=REASON]", help="Silence every finding with a comment.")
@click.option("--baseline", metavar="FILE", help="Report what is not in this baseline.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to a baseline.")
@settings_options
@click.option("--output-format", type=click.Choice(list(FORMATS)), help="[default: full]")
@click.option("-o", "--output-file", metavar="FILE", help="Write the report to this file.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even where hazards were found.")
@click.option(
    "-j", "--jobs", type=int, metavar="N", help="Check in N processes.  [default: one per core]"
)
@click.option("-q", "--quiet", is_flag=True, help="Print no summary.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option(
    "--config", multiple=True, metavar="FILE|KEY=VALUE", help="The file, or one setting, to use."
)
@click.option("--show-settings", is_flag=True, help="Print the settings, and where each is from.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("--stdin-filename", metavar="PATH", help="The name of what is read from `-`.")
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Report memory hazards in Python files and notebooks.

    PATHS are files and folders, the current folder where none is given; `-` reads standard input.
    Exits with 0 where nothing was found, 1 where hazards were, 2 where the call or a file was bad.
    """
    if options["stdin_filename"] is not None and not paths:
        paths = (_STDIN,)
    _reject_contradictions(paths, options)
    project = _project(options)
    if options["show_settings"]:
        _show_settings(project)
        sys.exit(_CLEAN)
    run = Run(dry=options["diff"])
    if options["show_files"]:
        for path in _files(paths, project, options, run):
            click.echo(path)
        sys.exit(_ERROR if run.failed else _CLEAN)
    form = _form(project, options)
    plan = _plan(project, form, options)
    results = run.watched(_results(paths, project, plan, options, run))
    if options["write_baseline"] is not None:
        _write_baseline(options["write_baseline"], results)
    else:
        _report(results, form, plan, options, beside=_STDIN in paths and plan.writes)
    if options["show_fixes"]:
        run.show_fixes()
    if not options["quiet"]:
        run.finish(options["write_baseline"])
    sys.exit(_status(run, plan, options))


def _reject_contradictions(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    if _STDIN in paths and len(paths) > 1:
        raise click.UsageError("`-` cannot be checked together with other paths")
    if options["stdin_filename"] is not None and _STDIN not in paths:
        raise click.UsageError("--stdin-filename names what is read from `-`, and no other path")
    actions = {
        "--add-noqa": options["add_noqa"] is not None,
        "--diff": options["diff"],
        "--fix": options["fix"],
        "--statistics": options["statistics"] and options["diff"],
        "--write-baseline": options["write_baseline"] is not None,
    }
    given = [name for name, is_given in actions.items() if is_given]
    if len(given) > 1 and given != ["--diff", "--fix"]:
        raise click.UsageError(f"{given[0]} and {given[1]} cannot be used together")


def _project(options: dict[str, Any]) -> Project:
    try:
        return project_of(options)
    except ConfigError as error:
        raise _Failure(str(error)) from None


def _show_settings(project: Project) -> None:
    defaults = {key.name: key.default for key in keys()}
    for name, value, source in show_settings(project):
        known = f"{name} = {value}  # {source}"
        click.echo(f"# {name}: {defaults[name]}" if value is None else known)


def _action(project: Project, options: dict[str, Any]) -> Action:
    if options["add_noqa"] is not None:
        return "noqa"
    if options["diff"]:
        return "diff"
    return "fix" if project.fix and options["write_baseline"] is None else "check"


def _form(project: Project, options: dict[str, Any]) -> Format:
    """The form of the report."""
    if options["diff"]:
        return DIFF
    name = project.output_format or "full"
    if not options["statistics"]:
        return FORMATS[name]
    if name not in STATISTICS:
        raise click.UsageError(f"--statistics cannot be written as {name}")
    return STATISTICS[name]


def _plan(project: Project, form: Format, options: dict[str, Any]) -> Plan:
    return Plan(
        project,
        _action(project, options),
        offers=form.offers and options["write_baseline"] is None,
        baseline=_baseline(project, options),
        reason=options["add_noqa"] or "",
    )


def _baseline(project: Project, options: dict[str, Any]) -> baseline.Baseline | None:
    """The baseline that counts; what is written anew counts from nothing."""
    path = options["baseline"] or project.baseline
    if path is None or options["write_baseline"] is not None:
        return None
    try:
        return baseline.read(Path(path))
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
    if _STDIN in paths:
        return (options["stdin_filename"] or _STDIN,)
    excludes: list[Callable[[str], bool]] = [project.excludes]
    if options["force_exclude"]:
        excludes.append(excluder(project.exclude, project.root))
    return find_files(
        paths or (".",),
        project.exclude,
        project.root,
        run.fail_on_os,
        lambda path: any(leaves_out(path) for leaves_out in excludes),
    )


def _results(
    paths: tuple[str, ...], project: Project, plan: Plan, options: dict[str, Any], run: Run
) -> Iterable[Result]:
    if _STDIN in paths:
        return (_standard_input(options["stdin_filename"] or _STDIN, plan),)
    files = list(_files(paths, project, options, run))
    jobs = project.jobs or os.cpu_count() or 1
    return with_progress(files, check_files(files, plan, jobs))


def _standard_input(name: str, plan: Plan) -> Result:
    """Check what is read from standard input; its fixed text goes to standard output."""
    data = sys.stdin.buffer.read()
    result = check_bytes(name, data, plan)
    if plan.writes:
        click.echo(data if result.data is None else result.data, nl=False)
    return result


def _report(
    results: Iterable[Result], form: Format, plan: Plan, options: dict[str, Any], beside: bool
) -> None:
    """Write the report, ``beside`` telling whether standard output is taken."""
    file = options["output_file"]
    style = unstyled if file is not None else style_for(sys.stderr if beside else sys.stdout)
    write = form.load(View(style, plan.unsafe))
    if file is not None:
        _write(file, write(results))
        return
    for piece in write(results):
        click.echo(piece, nl=False, err=beside, color=True)  # the style knows where it goes


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
