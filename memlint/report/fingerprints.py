"""Names for diagnostics that stay the same from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

from memlint.baseline import code_text
from memlint.checking import Result
from memlint.diagnostic import Diagnostic
from memlint.report.paths import from_here


def fingerprinted(results: Iterable[Result]) -> Iterator[tuple[Diagnostic, str]]:
    """Each diagnostic with 32 hexadecimal digits that no other one has.

    They are made of the rule, the path and the code's own text, and of how many of the same came
    before: not of lines, which move.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for result in results:
        for found in result.diagnostics:
            key = (found.code, from_here(found.path), code_text(found.code_text))
            seen[key] += 1
            yield found, sha256(ascii((*key, seen[key])).encode()).hexdigest()[:32]
