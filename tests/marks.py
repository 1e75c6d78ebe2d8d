"""The marks that say what memlint must find: a trailing ``# MEM101`` on the line of the finding.

``# MEM101 MEM102`` marks two findings, ``# MEM101[pylint]`` one that only inference can make.
"""

from __future__ import annotations

import re
from collections import Counter

Marks = Counter[tuple[int, str]]

_COMMENT = re.compile(r"#(?P<marks>(?: MEM\d{3}(?:\[pylint\])?)+)\s*$")


def marks(text: str, host: str = "ast") -> Marks:
    """The marked lines, from 1, and codes; of inferred findings only where ``host`` is pylint."""
    found: Marks = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        for mark in comment["marks"].split() if comment else ():
            code, _, inferred = mark.partition("[")
            if not inferred or host == "pylint":
                found[number, code] += 1
    return found
