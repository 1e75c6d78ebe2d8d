"""The command: ``memlint check``, ``memlint rule`` and what helps to set them up."""

from __future__ import annotations

import errno
import os
import signal
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

_ERROR = 2
_INTERRUPTED = 130
_TERMINATED = 143


class _Group(click.Group):
    """Tells a run that was interrupted, or cannot write, from one that found hazards."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _open_streams()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, _terminate)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # nobody reads on, which click knows
                raise
            click.echo(f"memlint: {error.strerror or error}", err=True)
            sys.exit(_ERROR)
        finally:
            signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> None:
    """End as an interrupt does, so that nothing half-written stays behind."""
    sys.exit(_TERMINATED)


def _open_streams() -> None:
    """Put the null device in the place of each standard stream that is closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - stays open


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="memlint")  # doctor reads it
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
