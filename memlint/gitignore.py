"""Git's patterns for paths to ignore, read as git reads them.

Unlike a pattern that also matches what is inside a folder, one of these matches a path itself:
who walks from the top down needs no more, and only so can a later line take a folder back.
Character classes by name, as in ``[[:alpha:]]``, are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A line: its negation, its pattern, the mark of a folder. A space counts at the end if escaped.
_LINE = re.compile(r"(!?)((?:\\.|[^\\])*?)(/?) *", re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<folders> (?<![^/]) \*\*+ / )
    | (?P<rest> (?<![^/]) \*\*+ \Z )
    | (?P<part> \*+ )
    | (?P<one> \? )
    | \[ (?P<negation> [!^]? ) (?P<members> \]? (?: \\. | [^]\\] )* ) \]
    | \\ (?P<escaped> . )
    | (?P<endless> \[ )
    | (?P<plain> . )
    """,
    re.DOTALL | re.VERBOSE,
)
_WILDCARDS = {
    "folders": "(?:.+/)?",
    "rest": ".+",
    "part": "[^/]*",
    "one": "[^/]",
    "endless": "(?!)",
}
_MEMBER = re.compile(r"\\?(.)(?:-\\?(.))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line that ignores what it matches, or takes back that a line before it does."""

    regex: re.Pattern[str]
    ignores: bool


def parse(lines: Iterable[str]) -> list[Pattern]:
    """The patterns that ``lines`` hold; comments, blank and broken lines hold none."""
    found = (_pattern(line) for line in lines if not line.startswith("#"))
    return [pattern for pattern in found if pattern is not None]


def verdict(patterns: Iterable[Pattern], path: str) -> bool | None:
    """Whether ``path`` is ignored, None where no pattern speaks of it: the last that does decides.

    The path is relative to where the patterns stand, with ``/``, and ends in it for a folder.
    """
    result = None
    for pattern in patterns:
        if pattern.ignores is not result and pattern.regex.fullmatch(path):
            result = pattern.ignores
    return result


def _pattern(line: str) -> Pattern | None:
    match = _LINE.fullmatch(line)
    if match is None or not match[2]:
        return None
    negation, text, folder = match.groups()
    above = "" if "/" in text else "(?:.*/)?"
    body = _TOKEN.sub(_translated, text.removeprefix("/"))
    regex = re.compile(rf"{above}{body}(?<!/){folder or '/?'}", re.DOTALL)
    return Pattern(regex, not negation)


def _translated(token: re.Match[str]) -> str:
    kind = token.lastgroup or ""
    if kind == "members":
        return _one_of(token["members"], token["negation"] != "")
    return _WILDCARDS.get(kind) or re.escape(token[kind])


def _one_of(members: str, negated: bool) -> str:
    ranges = [(low, high or low) for low, high in _MEMBER.findall(members)]
    known = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if negated:
        return f"[^/{known}]"
    return f"(?!/)[{known}]" if known else "(?!)"
