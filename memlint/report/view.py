"""How a report for people looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from memlint.diagnostic import Diagnostic

Role = Literal["path", "separator", "code", "gutter", "mark", "fix", "hunk", "removed", "added"]

Style = Callable[[str, Role], str]
"""Gives a text the look of its role."""


def unstyled(text: str, role: Role) -> str:  # noqa: ARG001 - a Style
    """``text`` as it is."""
    return text


@dataclass(frozen=True, slots=True)
class View:
    """The ``style`` of the text, and whether ``unsafe`` fixes count as fixes."""

    style: Style = unstyled
    unsafe: bool = False

    def fixable(self, found: Diagnostic) -> bool:
        """Whether ``--fix`` would do something about ``found``."""
        return any(self.unsafe or remedy.safety == "safe" for remedy in found.remedies)


PLAIN = View()
