"""The rules: one module each, discovered here. Nothing else lists them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module

from memlint.model import Rule


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
    """The rules that code prefixes turn on.

    ``selected`` replaces the default set where it is not None, ``extended`` adds to it, ``ignored``
    takes away; of a selected and an ignored prefix the longer one wins, the ignored one at a tie.
    """
    ignored = tuple(ignored)
    wanted = [*(selected or ()), *extended]
    chosen = []
    for rule in all_rules():
        on = _longest(rule, wanted)
        if on == 0 and selected is None and rule.default:
            on = 1
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
    lengths = (len(prefix) for prefix in prefixes if _matches(rule, prefix))
    return max(lengths, default=0)


def _matches(rule: Rule, prefix: str) -> bool:
    return prefix == "ALL" or (bool(prefix) and rule.code.startswith(prefix))
