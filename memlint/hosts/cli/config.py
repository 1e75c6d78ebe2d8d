"""``memlint config``: the keys of ``[tool.memlint]``."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import click

from memlint.config import KEYS, OPTIONS, OUTPUT_FORMATS
from memlint.model import Option
from memlint.nearest import nearest

_CODES = "list of codes, prefixes and names"
_NUMBER = "whole number from 1"
_SWITCH = "true or false"


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its type in words, its default as TOML or in words, and its meaning."""

    name: str
    type: str
    default: str
    meaning: str


_OTHERS = (
    Key("select", _CODES, "the default set", "the rules to run, in place of the default set"),
    Key("extend-select", _CODES, "[]", "rules to run beside those selected"),
    Key("ignore", _CODES, "[]", "rules not to run; of two prefixes the longer one counts"),
    Key(
        "per-file-ignores",
        f"table of patterns, each with a {_CODES}",
        "{}",
        "rules not to run on matching files",
    ),
    Key("exclude", "list of patterns", "[]", "files and folders to leave out, as in a .gitignore"),
    Key("baseline", "path", "none", "a file of known findings, which are not reported"),
    Key(
        "output-format", f"one of {', '.join(OUTPUT_FORMATS)}", "full", "how findings are reported"
    ),
    Key("fix", _SWITCH, "false", "whether to apply safe fixes"),
    Key("unsafe-fixes", _SWITCH, "false", "whether to apply, or show, unsafe fixes as well"),
    Key("jobs", _NUMBER, "one for each core", "how many processes check files"),
)


def keys() -> list[Key]:
    """Every key, in the order of the documentation."""
    described = {key.name: key for key in (*_OTHERS, *map(_key, OPTIONS))}
    return [described[name] for name in KEYS]


@click.command()
@click.argument("names", nargs=-1, metavar="[OPTION...]")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def config(names: tuple[str, ...], output_format: str) -> None:
    """Print what can be set in [tool.memlint], or some of it."""
    known = {key.name: key for key in keys()}
    for name in names:
        if name not in known:
            hint = nearest(name, known) or "`memlint config` lists them"
            raise click.UsageError(f"no option {name!r}; {hint}")
    found = [known[name] for name in names or known]
    if output_format == "json":
        import json

        described = [asdict(key) for key in found]
        click.echo(json.dumps(described[0] if len(names) == 1 else described, indent=2))
        return
    for key in found:
        click.echo(f"{key.name}\n    {key.meaning}\n    {key.type}; default: {key.default}")


def _key(option: Option) -> Key:
    import json

    kind = "list of names" if isinstance(option.default, tuple) else _NUMBER
    kind = _SWITCH if isinstance(option.default, bool) else kind
    return Key(option.name, kind, json.dumps(option.default), option.help)
