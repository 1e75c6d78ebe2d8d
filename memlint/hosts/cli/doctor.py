"""``memlint doctor``: which linters and editors see memlint, and what to do where they do not."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memlint.hosts.cli.terminal import style_for
from memlint.report.view import unstyled

if TYPE_CHECKING:
    from memlint.doctor.check import Check

_COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}
_WIDTH = max(map(len, _COLORS))


@click.command()
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def doctor(output_format: str) -> None:
    """Tell which linters and editors see memlint.

    It runs flake8, pylint and pytest where they are found, in the current folder. Exits with 0
    where all is well or only warnings are left, 1 where there is a problem.
    """
    from memlint.doctor import examine

    found = []
    for check in examine(Path.cwd()):
        found.append(check)
        if output_format == "text":
            _print(check)
    if output_format == "json":
        _print_json(found)
    sys.exit(any(check.status == "problem" for check in found))


def _print(check: Check) -> None:
    status = f"{check.status:{_WIDTH}}"
    if style_for(sys.stdout) is not unstyled:
        status = click.style(status, fg=_COLORS[check.status])
    click.echo(f"{status}  {check.subject}: {check.message}", color=True)
    if check.remedy:
        click.echo(f"{'':{_WIDTH}}  {check.remedy}")


def _print_json(checks: Iterable[Check]) -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps([asdict(check) for check in checks], indent=2))
