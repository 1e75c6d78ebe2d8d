"""What users choose rules by: codes, their beginnings, names, and ``ALL``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from memlint.config.settings import ConfigError
from memlint.config.table import closest

ALL = "ALL"


class Selectable(Protocol):
    """What can be chosen: a rule, or anything else with a code."""

    @property
    def code(self) -> str:
        """As ``MEM101``."""

    @property
    def name(self) -> str:
        """As ``patch-context-in-wide-fixture``."""

    @property
    def default(self) -> bool:
        """Whether it is on without configuration."""


def as_codes(selectors: Iterable[str], known: Sequence[Selectable]) -> tuple[str, ...]:
    """``selectors`` with codes for names. Raises `ConfigError` for one that chooses nothing."""
    return tuple(_as_code(selector, known) for selector in selectors)


def chosen(selectors: Iterable[str], known: Sequence[Selectable]) -> tuple[str, ...]:
    """The full codes that ``selectors``, which are codes, choose."""
    beginnings = tuple("" if selector == ALL else selector for selector in selectors)
    return tuple(each.code for each in known if each.code.startswith(beginnings))


def _as_code(selector: str, known: Sequence[Selectable]) -> str:
    for each in known:
        if selector == each.name:
            return each.code
    if selector == ALL or (selector and chosen([selector], known)):
        return selector
    meant = [selector.upper()] if chosen([selector.upper()], known) else []
    hint = closest(selector, [*meant, *(each.name for each in known)]) if selector else ""
    raise ConfigError(f"no rule's code starts with {selector!r}{hint}")
