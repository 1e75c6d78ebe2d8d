"""The forms in which results are reported. Each is imported when it is asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from memlint.checking import Result
from memlint.report.view import PLAIN, View

Report = Callable[[Iterable[Result]], Iterator[str]]
"""Makes text of results, piece by piece."""


@dataclass(frozen=True, slots=True)
class Format:
    """A form of report: the module and function that write it.

    ``offers`` tells whether it says what could be done about each finding, ``viewed`` whether it is
    for people and takes a `View`.
    """

    where: str
    offers: bool = False
    viewed: bool = False

    def load(self, view: View = PLAIN) -> Report:
        """The function that writes it, imported now."""
        write: Any = pkgutil.resolve_name(f"{__name__}.{self.where}")
        return partial(write, view=view) if self.viewed else write


FORMATS = {
    "full": Format("text:full", offers=True, viewed=True),
    "concise": Format("text:concise", viewed=True),
    "grouped": Format("grouped:grouped", offers=True, viewed=True),
    "json": Format("json:array", offers=True),
    "jsonl": Format("json:lines", offers=True),
    "github": Format("github:commands"),
    "gitlab": Format("gitlab:code_quality"),
    "sarif": Format("sarif:log", offers=True),
    "junit": Format("junit:suites"),
}

DIFF = Format("diff:unified", offers=True, viewed=True)

_TABLE = Format("statistics:table", offers=True, viewed=True)
STATISTICS = {
    "full": _TABLE,
    "concise": _TABLE,
    "grouped": _TABLE,
    "json": Format("statistics:array", offers=True, viewed=True),
}
