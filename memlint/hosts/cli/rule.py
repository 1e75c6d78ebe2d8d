"""``memlint rule``: the pages of rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from memlint import rules
from memlint.hosts.cli.completion import complete_rules
from memlint.model import Rule
from memlint.nearest import nearest


@click.command()
@click.argument("names", nargs=-1, metavar="[CODE...]", shell_complete=complete_rules)
@click.option("--all", "every", is_flag=True, help="Print the pages of all rules.")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def rule(names: tuple[str, ...], every: bool, output_format: str) -> None:
    """Print the pages of rules, or a table of all of them.

    CODE is a rule's code or its name.
    """
    if names and every:
        raise click.UsageError("--all takes no CODE")
    found = [_find(name) for name in names]
    if output_format == "json":
        _print_json(found or rules.all_rules(), alone=len(found) == 1)
    elif found or every:
        for each in found or rules.all_rules():
            _print_page(each)
    else:
        for each in rules.all_rules():
            click.echo(f"{each.code}  {_set_name(each):7}  {each.name}")


def _find(name: str) -> Rule:
    found = rules.find(name)
    if found is None:
        known = [known for each in rules.all_rules() for known in (each.code, each.name)]
        hint = nearest(name, known) or "`memlint rule` lists them"
        raise click.UsageError(f"no rule {name!r}; {hint}")
    return found


def _set_name(found: Rule) -> str:
    return "default" if found.default else "opt-in"


def _print_page(found: Rule) -> None:
    from memlint import explain

    page = explain.markdown(found)
    if not sys.stdout.isatty():
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))


def _print_json(found: Iterable[Rule], alone: bool) -> None:
    import json

    described = [_describe(each) for each in found]
    click.echo(json.dumps(described[0] if alone else described, indent=2))


def _describe(found: Rule) -> dict[str, Any]:
    from memlint import explain
    from memlint.fix import has_fix

    return {
        "code": found.code,
        "name": found.name,
        "set": _set_name(found),
        "summary": explain.title(found),
        "explanation": explain.markdown(found),
        "fix": has_fix(found),
        "options": [option.name for option in explain.options(found)],
        "yields_to": sorted(found.yields_to),
    }
