"""The marks that say what memlint must find: a trailing ``# MEM101`` on the line of the finding.

``# MEM101 MEM102`` marks two findings, ``# MEM101[pylint]`` one that only inference can make, and
``# MEM103[conftest]`` one for which a host has to know the conftest.py files, as flake8 does not.
"""

from __future__ import annotations

import re
from collections import Counter

Marks = Counter[tuple[int, str]]

_COMMENT = re.compile(r"#(?P<marks>(?: MEM\d{3}(?:\[(?:conftest|pylint)\])?)+)\s*$")
# What the marks of a host may say in brackets; "ast" is the command.
_KNOWN = {"ast": ("", "conftest"), "flake8": ("",), "pylint": ("", "conftest", "pylint")}


def marks(text: str, host: str = "ast") -> Marks:
    """The marked lines, from 1, and codes: what ``host`` must find."""
    found: Marks = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        for mark in comment["marks"].split() if comment else ():
            code, _, needed = mark.removesuffix("]").partition("[")
            if needed in _KNOWN[host]:
                found[number, code] += 1
    return found
