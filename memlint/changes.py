"""What differs between two texts, line by line: no line that is the same counts as changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

Opcode = tuple[str, int, int, int, int]
"""What becomes of which lines, as `difflib.SequenceMatcher.get_opcodes` says it."""


def opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[Opcode]:
    """How ``old`` becomes ``new``."""
    return _matcher(old, new).get_opcodes()


def unified_diff(old: Sequence[str], new: Sequence[str], name: str) -> Iterator[str]:
    """The unified diff of two versions of ``name``; nothing where they are the same.

    `difflib.unified_diff` takes frequent lines of long texts for changed, and cannot be told
    otherwise.
    """
    for number, group in enumerate(_matcher(old, new).get_grouped_opcodes()):
        if number == 0:
            yield f"--- {name}\n"
            yield f"+++ {name}\n"
        (_, first, _, new_first, _), (_, _, last, _, new_last) = group[0], group[-1]
        yield f"@@ -{_range(first, last)} +{_range(new_first, new_last)} @@\n"
        for kind, start, end, new_start, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in old[start:end])
                continue
            yield from (f"-{line}" for line in old[start:end])
            yield from (f"+{line}" for line in new[new_start:new_end])


def _matcher(old: Sequence[str], new: Sequence[str]) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False)


def _range(start: int, end: int) -> str:
    """The lines from ``start`` to ``end`` as a unified diff counts them."""
    length = end - start
    first = start + 1 if length else start
    return f"{first}" if length == 1 else f"{first},{length}"
