"""Where the values of a JSON text stand, so that one can be changed and all else be left alone."""

from __future__ import annotations

import json
import re

from memlint.model import Span

_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,:]*")


def members(text: str, start: int) -> dict[str, Span]:
    """The values of the object at ``start``, by name, in the valid JSON ``text``."""
    found = {}
    at = _next(text, start + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        found[name] = _value(text, _next(text, end))
        at = _next(text, found[name].end)
    return found


def items(text: str, start: int) -> list[Span]:
    """The values of the array at ``start``, in the valid JSON ``text``."""
    found = []
    at = _next(text, start + 1)
    while text[at] != "]":
        found.append(_value(text, at))
        at = _next(text, found[-1].end)
    return found


def _value(text: str, start: int) -> Span:
    _, end = _DECODER.raw_decode(text, start)
    return Span(start, end)


def _next(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    assert between is not None  # it matches nothing at all, too
    return between.end()
