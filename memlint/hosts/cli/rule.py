"""``memlint rule``: the pages of rules."""

from __future__ import annotations

import sys

import click

from memlint import rules
from memlint.model import Rule


@click.command()
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


def _print_page(found: Rule) -> None:
    from memlint import explain

    page = explain.markdown(found)
    if not sys.stdout.isatty():
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))
