"""The command: ``memlint check``, ``memlint rule`` and what helps to set them up."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from memlint import __version__
from memlint.hosts.cli.check import check
from memlint.hosts.cli.completion import completion
from memlint.hosts.cli.config import config
from memlint.hosts.cli.doctor import doctor
from memlint.hosts.cli.rule import rule

_INTERRUPTED = 130


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
    try:
        Path.cwd()
    except OSError as error:
        raise click.UsageError(f"the current folder cannot be used: {error.strerror}") from None


for command in (check, rule, config, doctor, completion):
    main.add_command(command)
