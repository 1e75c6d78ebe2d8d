"""How a report looks on a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any

import click

from memlint.report.view import Role, Style, unstyled

_LOOKS: dict[Role, dict[str, Any]] = {
    "path": {"bold": True},
    "separator": {"fg": "cyan"},
    "code": {"fg": "red", "bold": True},
    "gutter": {"fg": "blue", "bold": True},
    "mark": {"fg": "red", "bold": True},
    "fix": {"fg": "cyan", "bold": True},
    "hunk": {"fg": "cyan"},
    "removed": {"fg": "red"},
    "added": {"fg": "green"},
}


def style_for(stream: IO[str], environment: Mapping[str, str] = os.environ) -> Style:
    """The style of what goes to ``stream``: coloured on a terminal only.

    ``NO_COLOR`` and ``FORCE_COLOR`` decide where they are set to something, in this order.
    """
    if environment.get("NO_COLOR"):
        return unstyled
    if environment.get("FORCE_COLOR"):
        return coloured
    return coloured if stream.isatty() and environment.get("TERM") != "dumb" else unstyled


def coloured(text: str, role: Role) -> str:
    """``text`` in the colour of its role."""
    return click.style(text, **_LOOKS[role])
