"""The rules: one module each, discovered here. Nothing else lists them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module

from memlint.model import Rule

_NONE = -1  # the length of no prefix at all: less than that of the empty one


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    modules = (
        import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.code))


def default_codes() -> frozenset[str]:
    """The codes that are on without configuration."""
    return frozenset(rule.code for rule in all_rules() if rule.default)


def find(name: str) -> Rule | None:
    """The rule with this code or name."""
    return next((rule for rule in all_rules() if name in (rule.code, rule.name)), None)


def select(
    selected: Sequence[str] | None = None,
    extended: Iterable[str] = (),
    ignored: Iterable[str] = (),
) -> tuple[Rule, ...]:
    """The rules that code prefixes turn on; ``ALL`` stands for the empty one.

    ``selected`` replaces the default set where it is not None, ``extended`` adds to it, ``ignored``
    takes away; of a selected and an ignored prefix the longer one wins, the ignored one at a tie.
    """
    ignored = tuple(ignored)
    wanted = [*(selected or ()), *extended]
    chosen = []
    for rule in all_rules():
        on = _longest(rule, wanted)
        if on == _NONE and selected is None and rule.default:
            on = 0
        if on > _longest(rule, ignored):
            chosen.append(rule)
    return tuple(chosen)


def table() -> str:
    """All rules as a Markdown table, which the README holds."""
    lines = ["| code | name | set | reports |", "|---|---|---|---|"]
    for rule in all_rules():
        kind = "default" if rule.default else "opt-in"
        lines.append(f"| {rule.code} | {rule.name} | {kind} | {rule.doc.partition(chr(10))[0]} |")
    return "\n".join(lines)


def _longest(rule: Rule, prefixes: Iterable[str]) -> int:
    """The length of the longest prefix that names ``rule``."""
    real = ("" if prefix == "ALL" else prefix for prefix in prefixes if prefix)
    return max((len(prefix) for prefix in real if rule.code.startswith(prefix)), default=_NONE)
