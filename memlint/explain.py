"""A rule's page: its module docstring, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from memlint.config import OPTIONS
from memlint.model import Option, Rule

HEADINGS = (
    "What it does",
    "Why it costs memory",
    "Example",
    "Use instead",
    "Fix safety",
    "Measured",
    "Options",
)

_BLOCK = re.compile(r"^```python (?P<kind>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (?P<heading>.+)\n+(?P<body>(?:(?!## ).*\n?)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """An example: ``kind`` is ``bad``, ``good`` or ``fixed``."""

    kind: str
    code: str


def title(rule: Rule) -> str:
    """The page's first line."""
    return rule.doc.partition("\n")[0]


def sections(rule: Rule) -> dict[str, str]:
    """The page's sections by heading, in order."""
    return {match["heading"]: match["body"].strip() for match in _SECTION.finditer(rule.doc + "\n")}


def summary(rule: Rule) -> str:
    """What the rule does, in one line."""
    first = sections(rule)["What it does"].partition("\n\n")[0]
    return " ".join(first.split())


def options(rule: Rule) -> list[Option]:
    """The options that the page names."""
    body = sections(rule)["Options"]
    return [option for option in OPTIONS if f"`{option.name}`:" in body]


def blocks(rule: Rule) -> list[Block]:
    """The page's examples, in order."""
    return [Block(match["kind"], match["code"]) for match in _BLOCK.finditer(rule.doc)]


def fixed_examples(rule: Rule) -> list[tuple[str, str]]:
    """Bad examples, and what the rule's fix makes of them."""
    shown = blocks(rule)
    return [
        (before.code, after.code)
        for before, after in pairwise(shown)
        if (before.kind, after.kind) == ("bad", "fixed")
    ]


def plain(rule: Rule) -> str:
    """The page for readers that know no Markdown: without the marks around code and headings."""
    return re.sub(r"^(```.*\n|## )", "", rule.doc, flags=re.MULTILINE).strip()


def markdown(rule: Rule) -> str:
    """The page as Markdown that any renderer shows."""
    set_name = "on by default" if rule.default else "opt-in"
    body = rule.doc.partition("\n")[2].strip()
    body = re.sub(r"^```python \w+$", "```python", body, flags=re.MULTILINE)
    return f"# {rule.code} {rule.name}\n\n{title(rule)} ({set_name})\n\n{body}\n"
