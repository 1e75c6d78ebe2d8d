"""``memlint completion``: what shells complete."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from memlint import rules

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands, options and rules.

    \b
    bash:  eval "$(memlint completion bash)"         in ~/.bashrc
    zsh:   eval "$(memlint completion zsh)"          in ~/.zshrc
    fish:  memlint completion fish | source          in ~/.config/fish/config.fish
    """
    complete = get_completion_class(shell)
    if complete is None:
        raise click.UsageError(f"click does not know the shell {shell}")
    root = context.find_root().command
    click.echo(complete(root, {}, "memlint", "_MEMLINT_COMPLETE").source())


def complete_rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes and names that begin like the last of those that a comma separates."""
    before, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(before + comma + value, help=rule.doc.partition("\n")[0])
        for rule in rules.all_rules()
        for value in (rule.code, rule.name)
        if value.startswith(begun)
    ]
