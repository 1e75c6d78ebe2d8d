"""What fixes change, for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from memlint.checking import Result
from memlint.report.view import PLAIN, Role, View

_CHANGED = re.compile(r"^[-+@][^\r\n]*", re.MULTILINE)
_ROLES: dict[str, Role] = {"-": "removed", "+": "added", "@": "hunk"}


def unified(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """The unified diff of each file that fixes change."""
    for result in results:
        yield _CHANGED.sub(lambda line: view.style(line[0], _ROLES[line[0][0]]), result.diff)
